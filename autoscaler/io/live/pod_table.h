/* What was measured of pods in one answer, found by namespace and name. Filled anew in each tick; its memory is kept.
 * Private to io/live. */
#ifndef PLIMSOLL_POD_TABLE_H
#define PLIMSOLL_POD_TABLE_H

#include "base.h"

enum { USED_CPU, USED_MEMORY, USED_KINDS };

/* In place of a value. */
#define USED_NONE     (-1) /* nothing was said of it */
#define USED_NEGATIVE (-2)
#define USED_ABSURD   (-3) /* not a quantity */

/* What a container uses, in milli-units; a Pods metric is one of them without a name, in value[0]. */
struct used {
	uint32_t name, name_length; /* in the table's text */
	int64_t value[USED_KINDS];  /* or one of the above */
};

struct measured {
	uint64_t hash;
	uint32_t text; /* where namespace and name lie, without anything between */
	uint16_t namespace_length, name_length;
	uint32_t first, n; /* of used */
	ms_t at;           /* MS_UNSET: not given, or no instant */
	ms_t window;
};

struct pod_table {
	char *text;
	struct measured *rows;
	struct used *used;
	uint32_t *slots; /* row + 1; 0: empty. A power of two of them, more than twice as many as rows */
	uint32_t n_rows, n_used, n_slots;
	size_t n_text, text_room, rows_room, used_room;
};

void pod_table_free(struct pod_table *);
void pod_table_clear(struct pod_table *);

/* A piece of text that need not end with a NUL. */
struct piece {
	const char *at;
	size_t size;
};
static inline struct piece piece_of(const char *text)
{
	return (struct piece){text, strlen(text)};
}

/* The row of a pod, made when there is none; of one that is there already, what it held is forgotten (the last one of
 * a name counts, as upstream). NULL: out of memory. Valid until the next is added. */
struct measured *pod_table_add(struct pod_table *, struct piece namespace_, struct piece name);
/* One more container of the row that was added last; values USED_NONE. NULL: out of memory. */
struct used *pod_table_use(struct pod_table *, struct piece name);
const struct measured *pod_table_find(const struct pod_table *, struct piece namespace_, struct piece name);
static inline struct piece used_name(const struct pod_table *table, const struct used *used)
{
	return (struct piece){table->text + used->name, used->name_length};
}

#endif
