/* The parts of the load reader: which column is what, and the rows read so far. */
#ifndef PLIMSOLL_LOAD_INTERNAL_H
#define PLIMSOLL_LOAD_INTERNAL_H

#include "../text/csv.h"
#include "load.h"

enum role { ROLE_TIME, ROLE_CPU, ROLE_REQUESTS, ROLE_MEMORY, ROLE_WORKLOAD, ROLE_METRIC };

enum metric_state { METRIC_EMPTY, METRIC_NUMBER, METRIC_TEXT };

/* One column of the file. */
struct load_column {
	char *name; /* of the header, or of the role when there is none */
	enum role role;
	enum metric_state state; /* METRIC: what its first cell was */
	uint32_t slot;           /* place of its number in a row of `rows`; not for WORKLOAD */
};

struct load_columns {
	struct load_column *items;
	uint32_t n;
	int at[ROLE_METRIC]; /* place of each role, -1: none */
	bool header;         /* the first record is one */
	uint32_t slots;      /* numbers in a row: SLOT_TIME, SLOT_CPU, then the others */
};

enum { SLOT_TIME, SLOT_CPU, SLOT_OTHERS };

/* Decides from the first record. Refuses missing and ambiguous columns. */
int load_columns_find(struct load_columns *, const struct csv *, const struct csv_field *, size_t n,
		      double cpu_per_request, struct err *);
void load_columns_free(struct load_columns *);

/* The rows of one workload, slot by slot. */
struct load_rows {
	char *workload;
	uint32_t n;
	size_t room;
	int64_t *cells;
	uint64_t last_line;
};

struct load_builder {
	struct load_rows *items; /* in order of first appearance */
	uint32_t n;
	uint32_t *by_name; /* places in items, in order of name */
	size_t items_room, by_name_room;
	uint32_t current; /* of the row before */
	uint32_t slots;
	uint64_t cells;
};

/* Rows of that workload, begun if need be. */
int load_builder_find(struct load_builder *, const char *workload, size_t length, struct load_rows **, struct err *);
/* Room for one more row: its slots. */
int load_builder_add(struct load_builder *, struct load_rows *, int64_t **slots, struct err *);
/* Moves everything into load->arena. */
int load_builder_finish(struct load_builder *, const struct load_columns *, struct load *, struct err *);
void load_builder_free(struct load_builder *);

/* Text without the spaces around it. */
struct csv_field load_trim(struct csv_field);

#endif
