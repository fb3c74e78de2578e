/* What is too old, or too much, goes: whole segments, the oldest first. */
#include "journal_internal.h"

#define DROPS_MAX    16   /* at one time */
#define VACUUM_PAGES 4096 /* at one time */

/* The two oldest: how many there are. */
static int oldest(struct journal_file *file, int64_t ids[2], ms_t starts[2], struct err *err)
{
	sqlite3_stmt *statement = journal_statement(file, OLDEST_SEGMENTS);
	int n = 0, status = SQLITE_DONE;
	while (statement && n < 2 && (status = sqlite3_step(statement)) == SQLITE_ROW) {
		ids[n] = sqlite3_column_int64(statement, 0);
		starts[n++] = sqlite3_column_int64(statement, 1);
	}
	if (statement)
		sqlite3_reset(statement);
	return statement && (status == SQLITE_DONE || status == SQLITE_ROW) ? n : journal_failed(file, "segments", err);
}

static int drop(struct journal_file *file, int64_t segment, struct err *err)
{
	static const enum journal_statement parts[] = {DROP_OUTCOMES, DROP_TICKS, DROP_SEGMENT};
	int64_t ticks = 0;
	int status = journal_run(file, BEGIN);
	for (size_t i = 0; i < COUNT(parts) && status == 0; i++) {
		sqlite3_stmt *statement = journal_statement(file, parts[i]);
		status = statement && sqlite3_bind_int64(statement, 1, segment) == SQLITE_OK
			     ? journal_run(file, parts[i])
			     : -1;
		if (parts[i] == DROP_TICKS)
			ticks = sqlite3_changes(file->db);
	}
	if (status == 0)
		status = journal_run(file, COMMIT);
	if (status < 0) {
		journal_failed(file, "an old segment cannot be dropped", err);
		if (!sqlite3_get_autocommit(file->db))
			journal_run(file, ROLLBACK);
		return -1;
	}
	file->n_ticks -= (uint64_t)ticks;
	return 0;
}

int journal_drop_oldest(struct journal_file *file, struct err *err)
{
	int64_t ids[2];
	ms_t starts[2];
	int n = oldest(file, ids, starts, err);
	if (n < 2)
		return n < 0 ? -1 : 0;
	return drop(file, ids[0], err) < 0 ? -1 : 1;
}

/* Gives pages back to the file system, a few at a time; what follows fills the others. */
static void shrink(struct journal_file *file)
{
	char vacuum[64];
	if (journal_bytes(file, false) - journal_bytes(file, true) < journal_bytes(file, false) / 8)
		return;
	snprintf(vacuum, sizeof vacuum, "pragma incremental_vacuum(%d)", VACUUM_PAGES);
	sqlite3_exec(file->db, vacuum, NULL, NULL, NULL);
}

int journal_bound(struct journal_file *file, ms_t now, struct err *err)
{
	int64_t ids[2];
	ms_t starts[2];
	for (int i = 0; i < DROPS_MAX; i++) {
		int n = oldest(file, ids, starts, err);
		if (n < 0)
			return -1;
		/* a segment is as young as its last tick, which is no younger than the next segment */
		bool old = n == 2 && now - starts[1] > file->limits.max_age;
		bool much = n == 2 && journal_bytes(file, true) > file->limits.max_bytes / 8 * 7;
		if (!old && !much)
			break;
		if (drop(file, ids[0], err) < 0)
			return -1;
	}
	shrink(file);
	return 0;
}
