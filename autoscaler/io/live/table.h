/* A hash table of things that carry their own link: nothing is allocated for a thing that is put in. Private to io. */
#ifndef PLIMSOLL_LIVE_TABLE_H
#define PLIMSOLL_LIVE_TABLE_H

#include "base.h"

#include <stdlib.h>

struct table_link {
	struct table_link *next;
	uint64_t hash;
};

struct table {
	struct table_link **slots;
	size_t n, n_slots; /* a power of two, or 0 */
};

/* The seed keeps who chooses the texts from choosing where they go. */
static inline uint64_t table_hash(uint64_t seed, const char *text, size_t length)
{
	uint64_t hash = seed ^ length, word;
	for (; length >= sizeof word; text += sizeof word, length -= sizeof word) {
		memcpy(&word, text, sizeof word);
		hash = mix64(hash ^ word);
	}
	word = 0;
	if (length)
		memcpy(&word, text, length);
	return mix64(hash ^ word);
}

/* NULL is not "". */
static inline uint64_t table_hash_text(uint64_t hash, const char *text)
{
	return text ? table_hash(hash, text, strlen(text)) : mix64(hash);
}

/* Makes room for one more: -1 when there is no memory. */
static inline int table_reserve(struct table *table)
{
	if (table->n < table->n_slots)
		return 0;
	size_t n_slots = table->n_slots ? 2 * table->n_slots : 64;
	struct table_link **slots = calloc(n_slots, sizeof(struct table_link *)), *next;
	if (!slots)
		return -1;
	for (size_t i = 0; i < table->n_slots; i++)
		for (struct table_link *link = table->slots[i]; link; link = next) {
			next = link->next;
			link->next = slots[link->hash & (n_slots - 1)];
			slots[link->hash & (n_slots - 1)] = link;
		}
	free(table->slots);
	table->slots = slots;
	table->n_slots = n_slots;
	return 0;
}

/* After table_reserve. */
static inline void table_add(struct table *table, struct table_link *link, uint64_t hash)
{
	struct table_link **slot = &table->slots[hash & (table->n_slots - 1)];
	link->hash = hash;
	link->next = *slot;
	*slot = link;
	table->n++;
}

static inline void table_remove(struct table *table, struct table_link *link)
{
	struct table_link **at = &table->slots[link->hash & (table->n_slots - 1)];
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	table->n--;
}

/* The first that may be it (NULL: none), and the next after it. */
static inline struct table_link *table_first(const struct table *table, uint64_t hash)
{
	struct table_link *link = table->n_slots ? table->slots[hash & (table->n_slots - 1)] : NULL;
	while (link && link->hash != hash)
		link = link->next;
	return link;
}

static inline struct table_link *table_next(const struct table_link *link)
{
	uint64_t hash = link->hash;
	struct table_link *next = link->next;
	while (next && next->hash != hash)
		next = next->next;
	return next;
}

static inline void table_free(struct table *table)
{
	free(table->slots);
	*table = (struct table){0};
}

/* The thing of type `type` whose member `member` this link is. */
#define TABLE_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

#endif
