/* Rows of the price lists in SQLite, one after another. Private to autoscaler/io. */
#ifndef PLIMSOLL_PRICE_ROWS_H
#define PLIMSOLL_PRICE_ROWS_H

#include "arena.h"
#include "price_load.h"

/* An open database, the statement being read, and where texts and messages go. */
struct price_rows {
	sqlite3 *db;
	sqlite3_stmt *statement;
	struct arena *arena;
	struct err *err;
};

/* Begins another statement; whatever ?1 and ?2 mean in it (NULL: nothing). */
int rows_begin(struct price_rows *, const char *sql, const char *first, const char *second);
/* 1: a row; 0: no more; -1 with a message. */
int rows_next(struct price_rows *);
/* Ends the statement; returns the status it is given. */
int rows_end(struct price_rows *, int status);

/* Cells of the row. Texts are copied: NULL when memory is exhausted. */
int64_t rows_integer(const struct price_rows *, int column);
bool rows_null(const struct price_rows *, int column);
const char *rows_text(const struct price_rows *, int column);
/* `before` itself when it says the same: neighbouring rows often share a text. */
const char *rows_shared_text(const struct price_rows *, int column, const char *before);

int rows_out_of_memory(const struct price_rows *);

#endif
