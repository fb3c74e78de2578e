/* One table, three forms: aligned text for people, CSV (RFC 4180), or a JSON array of objects.
 *
 *	struct table table;
 *	table_init(&table, columns, COUNT(columns));
 *	table_text(&table, "m5.xlarge");
 *	table_nano(&table, 192000000);
 *	...
 *	int status = table_print(&table, TABLE_HUMAN, stdout, &err);
 *	table_free(&table);
 *
 * Cells are added row by row; table_print reports a row that is not full and memory that ran out. */
#ifndef PLIMSOLL_TABLE_H
#define PLIMSOLL_TABLE_H

#include "arena.h"
#include "base.h"

enum table_format { TABLE_HUMAN, TABLE_CSV, TABLE_JSON };

struct table_column {
	const char *key;   /* in CSV and JSON: "usd_per_hour" */
	const char *title; /* for people: "USD/h"; NULL: only for programs */
	bool right;        /* align right for people */
};

struct table_cell;
struct table {
	const struct table_column *columns;
	size_t n_columns;
	struct arena arena;
	struct table_cell *cells;
	size_t n_cells, room;
	size_t lead; /* for people, of a row that is too wide: so many columns are on its first line; 0: one */
	bool failed;
};

void table_init(struct table *, const struct table_column *, size_t n_columns);
void table_free(struct table *);

/* Each adds the next cell. Texts are copied. */
void table_text(struct table *, const char *text);
void table_text_brief(struct table *, const char *text, const char *brief); /* brief: for people */
void table_integer(struct table *, int64_t value);
void table_bool(struct table *, bool value);
/* With so many decimals (0..15); NaN and infinity become nothing. */
void table_number(struct table *, double value, int decimals);
/* Billionths: exact for programs, rounded to so many decimals (0..9) for people: 192000000 and 4 give 0.192, 0.1920. */
void table_nano(struct table *, int64_t nano, int decimals);
/* Nothing: "-", an empty field, null. */
void table_none(struct table *);

/* Writes and flushes. Human form is folded at 80 columns, ends without trailing blanks and, like CSV, with a line feed.
 */
int table_print(const struct table *, enum table_format, FILE *, struct err *);
/* "table", "csv" or "json". */
int table_format_parse(const char *word, enum table_format *, struct err *);
/* Text as a JSON string with its quotes; malformed UTF-8 becomes U+FFFD. */
void table_json_string(FILE *, const char *text);

#endif
