#include "tape_internal.h"

struct reading {
	const char *path;
	sqlite3 *db;
	const struct mapping *mapping;
	uint32_t cpu, memory;
	struct trace *trace;
};

static int take_used(const struct reading *r, sqlite3_stmt *row, struct err *err)
{
	const char *name = (const char *)sqlite3_column_text(row, 1);
	int64_t values[HISTORY_COLUMNS_MAX], cpu = sqlite3_column_int64(row, 2), memory = sqlite3_column_int64(row, 3);
	uint32_t series;
	if (!name || cpu < 0 || memory < 0 || cpu > LOAD_MAX_CORES * INT64_C(1000) || memory > LOAD_MAX_BYTES)
		return err_set(err, "%s: a row that cannot be", r->path);
	memset(values, -1, sizeof values);
	values[r->cpu] = cpu * (NANO / 1000);
	values[r->memory] = memory;
	if (trace_series(r->trace, name, strlen(name), name, &series, err) < 0)
		return -1;
	return trace_add(r->trace, series, sqlite3_column_int64(row, 0), values, 0, err);
}

static int take_look(const struct reading *r, sqlite3_stmt *row, struct err *err)
{
	return trace_look(r->trace, sqlite3_column_int64(row, 0), err);
}

static int each(const struct reading *r, const char *sql, ms_t from, ms_t until,
		int (*take)(const struct reading *, sqlite3_stmt *, struct err *), struct err *err)
{
	sqlite3_stmt *statement;
	int status = 0, got = SQLITE_DONE;
	if (sqlite3_prepare_v2(r->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return err_set(err, "%s: %s", r->path, sqlite3_errmsg(r->db));
	if (sqlite3_bind_int64(statement, 1, from) != SQLITE_OK || sqlite3_bind_int64(statement, 2, until) != SQLITE_OK)
		status = -1;
	while (status == 0 && (got = sqlite3_step(statement)) == SQLITE_ROW)
		if (take(r, statement, err) < 0) {
			sqlite3_finalize(statement);
			return -1;
		}
	if (status < 0 || got != SQLITE_DONE)
		status = err_set(err, "%s: %s", r->path, sqlite3_errmsg(r->db));
	sqlite3_finalize(statement);
	return status;
}

static int read_all(const struct reading *r, ms_t from, ms_t until, struct err *err)
{
	static const char looks[] = "select time_ms from snapshot where time_ms between ? and ?";
	static const char used[] = "select time_ms, name, cpu_milli, memory_bytes from used "
				   "join workload on workload.id = workload "
				   "where time_ms between ? and ? and measured > 0";
	int status = tape_check(r->db, r->path, err);
	if (status == 0 && sqlite3_exec(r->db, "begin", NULL, NULL, NULL) != SQLITE_OK)
		status = err_set(err, "%s: %s", r->path, sqlite3_errmsg(r->db));
	if (status == 0)
		status = each(r, looks, from, until, take_look, err);
	return status == 0 ? each(r, used, from, until, take_used, err) : -1;
}

int tape_read(const char *path, const struct mapping *mapping, uint32_t cpu, uint32_t memory, ms_t from, ms_t until,
	      struct trace *trace, struct err *err)
{
	struct reading reading = {.path = path, .mapping = mapping, .cpu = cpu, .memory = memory, .trace = trace};
	int status;
	if (sqlite3_open_v2(path, &reading.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) {
		status = err_set(err, "%s: %s", path, reading.db ? sqlite3_errmsg(reading.db) : "out of memory");
	} else {
		sqlite3_busy_timeout(reading.db, TAPE_BUSY_MS);
		status = read_all(&reading, from, until, err);
	}
	sqlite3_close(reading.db);
	return status;
}
