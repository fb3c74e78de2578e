/* One allocation convention: what is made together dies together. An arena hands out zeroed memory from
 * blocks and gives it all back at once. The core and the models only ever take from an arena they are given. */
#ifndef PLIMSOLL_ARENA_H
#define PLIMSOLL_ARENA_H

#include "base.h"

#include <stdlib.h>

struct arena_block {
	struct arena_block *next;
	size_t size;
};

struct arena {
	struct arena_block *blocks;
	char *at, *end;
	size_t total, limit; /* bytes taken; an allocation beyond a non-zero limit fails */
};

/* Zeroed memory aligned for any type, or NULL when memory or the limit is exhausted. */
static inline void *arena_alloc(struct arena *arena, size_t count, size_t size)
{
	if (size && count > (SIZE_MAX - 64) / size)
		return NULL;
	size_t bytes = (count * size + 15) & ~(size_t)15;
	if (bytes == 0)
		bytes = 16;
	if (arena->limit && bytes > arena->limit - arena->total)
		return NULL;
	if ((size_t)(arena->end - arena->at) < bytes) {
		size_t head = (sizeof(struct arena_block) + 15) & ~(size_t)15;
		size_t room = arena->total < 65536 ? 4096 : 65536; /* a small arena stays small */
		room = bytes > room ? bytes : room;
		struct arena_block *block = calloc(1, head + room);
		if (!block)
			return NULL;
		block->next = arena->blocks;
		block->size = room;
		arena->blocks = block;
		arena->at = (char *)block + head;
		arena->end = arena->at + room;
	}
	void *memory = arena->at;
	arena->at += bytes;
	arena->total += bytes;
	return memory;
}

/* Room for one more in an array of the arena that holds n: the array, perhaps moved (what it held before dies with the
 * arena), or NULL. *room: how many it has room for. */
static inline void *arena_grown(struct arena *arena, void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	size_t more = *room ? 2 * *room : 64;
	void *larger = arena_alloc(arena, more, size);
	if (!larger)
		return NULL;
	if (n)
		memcpy(larger, array, n * size);
	*room = more;
	return larger;
}

static inline char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_alloc(arena, length + 1, 1);
	if (copy)
		memcpy(copy, text, length);
	return copy;
}

static inline char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

static inline void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;
		free(arena->blocks);
		arena->blocks = next;
	}
	*arena = (struct arena){0};
}

#endif
