#include "price_rows.h"

int rows_begin(struct price_rows *rows, const char *sql, const char *first, const char *second)
{
	if (sqlite3_prepare_v2(rows->db, sql, -1, &rows->statement, NULL) != SQLITE_OK)
		return err_set(rows->err, "price lists: %s", sqlite3_errmsg(rows->db));
	if (first)
		sqlite3_bind_text(rows->statement, 1, first, -1, SQLITE_STATIC);
	if (second)
		sqlite3_bind_text(rows->statement, 2, second, -1, SQLITE_STATIC);
	return 0;
}

int rows_next(struct price_rows *rows)
{
	int status = sqlite3_step(rows->statement);
	if (status == SQLITE_ROW)
		return 1;
	if (status == SQLITE_DONE)
		return 0;
	return err_set(rows->err, "price lists: %s", sqlite3_errmsg(rows->db));
}

int rows_end(struct price_rows *rows, int status)
{
	sqlite3_finalize(rows->statement);
	rows->statement = NULL;
	return status;
}

int64_t rows_integer(const struct price_rows *rows, int column)
{
	return sqlite3_column_int64(rows->statement, column);
}

bool rows_null(const struct price_rows *rows, int column)
{
	return sqlite3_column_type(rows->statement, column) == SQLITE_NULL;
}

static const char *text_of(const struct price_rows *rows, int column)
{
	const char *text = (const char *)sqlite3_column_text(rows->statement, column);
	return text ? text : "";
}

const char *rows_text(const struct price_rows *rows, int column)
{
	return arena_strdup(rows->arena, text_of(rows, column));
}

const char *rows_shared_text(const struct price_rows *rows, int column, const char *before)
{
	return before && strcmp(before, text_of(rows, column)) == 0 ? before : rows_text(rows, column);
}

int rows_out_of_memory(const struct price_rows *rows)
{
	return err_set(rows->err, "price lists: out of memory");
}
