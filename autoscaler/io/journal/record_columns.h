/* Rows of one type, column by column, each told by the same column of the tick before. One walk over a tick serves both
 * directions: what is written and what is read cannot part. Private to io/journal/record_*.c. */
#ifndef PLIMSOLL_JOURNAL_RECORD_COLUMNS_H
#define PLIMSOLL_JOURNAL_RECORD_COLUMNS_H

#include "record_bytes.h"

/* Rows that belong together: the pods of one workload, the pods on one node. */
struct record_span {
	const void *rows;
	uint32_t n;
	void *made; /* the same, when they are read */
};

/* How a column begins. */
enum { COLUMN_AS_EXPECTED, COLUMN_DIFFERS };

struct record_column {
	int64_t *values, *before; /* of this tick while it is at work; of the tick before */
	size_t values_room, before_room;
	/* of a column of texts, of the tick before */
	struct arena text_arena;
	const char **texts;
};

struct record_series {
	struct record_column columns[RECORD_MAX_FIELDS];
	uint32_t *counts; /* rows by span, of the tick before */
	uint32_t n_spans;
	size_t counts_room;
};

struct record_codec {
	struct record_series series[RECORD_TYPES];
	const struct core_config *config;
	const struct record_layout *layout;
	struct record_layout own;
	struct record_bytes plain;
	/* of the record at work */
	struct record_bytes *out; /* NULL: it is read */
	struct record_reader in;
	struct arena *arena;
	struct err *err;
	bool copies_texts; /* into the arena */
	struct arena scratch;
};

/* The same for one column of texts (record_texts.c). field NULL: not known here, read over. */
int record_text_column(struct record_codec *, enum record_type, const struct field *, struct record_column *,
		       struct record_span *, uint32_t n_spans, size_t total);
/* Rows that the tick before had, too. */
size_t record_known_rows(const struct record_series *, const struct record_span *, uint32_t n_spans);
/* Writes the spans' rows, or reads them: the spans say how many, and get their rows. */
int record_rows(struct record_codec *, enum record_type, struct record_span *, uint32_t n_spans);
/* One row. */
int record_row(struct record_codec *, enum record_type, void *row);
/* Zeroed, of the record's arena; NULL with a message. */
void *record_make(struct record_codec *, size_t count, size_t size);
void record_series_forget(struct record_series *);

#endif
