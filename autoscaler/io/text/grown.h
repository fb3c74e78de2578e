/* Arrays on the heap that grow one by one, as arena_grown does for those in an arena. Private to autoscaler/io. */
#ifndef PLIMSOLL_GROWN_H
#define PLIMSOLL_GROWN_H

#include <stdint.h>
#include <stdlib.h>

/* Room for one more in an array that holds n: the array, perhaps moved, or NULL, which leaves it as it was. *room: how
 * many it has room for. */
static inline void *heap_grown(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	size_t more = *room ? 2 * *room : 64;
	void *larger = more <= SIZE_MAX / size ? realloc(array, more * size) : NULL;
	if (larger)
		*room = more;
	return larger;
}

/* The same for so many more; not beyond 2^32 in all. */
static inline void *heap_room(void *array, size_t n, size_t more, size_t *room, size_t size)
{
	size_t larger = *room ? *room : 64;
	if (n + more <= *room && array)
		return array;
	while (larger < n + more && larger <= UINT32_MAX)
		larger *= 2;
	void *grown = larger >= n + more && larger <= SIZE_MAX / size ? realloc(array, larger * size) : NULL;
	if (grown)
		*room = larger;
	return grown;
}

#endif
