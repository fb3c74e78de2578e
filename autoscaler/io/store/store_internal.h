/* A SQLite file of results, for what writes to it. Private to io/store*.c and io/comparison_store.c. */
#ifndef PLIMSOLL_STORE_INTERNAL_H
#define PLIMSOLL_STORE_INTERNAL_H

#include "base.h"

#include <sqlite3.h>

struct store {
	sqlite3 *db;
	const char *path;
	bool made;  /* was not there: goes again when nothing is kept */
	bool fresh; /* was not there, or empty */
};

/* Opens or makes the file, begins a transaction, makes the schema's tables. store_close is due in any case. */
int store_open(struct store *, const char *path, const char *schema, struct err *);
/* One statement with its values: i integer, r real, t text, NULL as null. */
int store_insert(sqlite3 *, sqlite3_stmt **, const char *sql, const char *types, ...);
/* What SQLite has against it; returns -1. */
int store_failed(const struct store *, struct err *);
/* status 0: keeps what was written; negative: nothing of it. Returns the outcome. */
int store_close(struct store *, int status, struct err *);

#endif
