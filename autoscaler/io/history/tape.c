#include "tape_internal.h"

#include "../text/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#define DROP_SNAPSHOTS 64 /* at one time */
#define VACUUM_PAGES   4096

static const char schema[] =
    "begin immediate;"
    "create table snapshot(time_ms integer primary key);"
    "create table workload(id integer primary key, name text not null unique);"
    "create table used(time_ms integer not null references snapshot, workload integer not null references workload,"
    " pods integer not null, measured integer not null, cpu_milli integer not null, memory_bytes integer not null,"
    " cpu_request_milli integer not null, memory_request_bytes integer not null,"
    " primary key(time_ms, workload)) without rowid;";

enum statement {
	BEGIN,
	COMMIT,
	ROLLBACK,
	ADD_SNAPSHOT,
	ADD_WORKLOAD,
	ADD_USED,
	DROP_USED,
	DROP_SNAPSHOT,
	DROP_WORKLOADS,
	STATEMENTS
};
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "begin immediate",
    [COMMIT] = "commit",
    [ROLLBACK] = "rollback",
    [ADD_SNAPSHOT] = "insert into snapshot values(?)",
    [ADD_WORKLOAD] = "insert into workload(name) values(?) on conflict do nothing",
    [ADD_USED] = "insert into used select ?1, id, ?3, ?4, ?5, ?6, ?7, ?8 from workload where name = ?2",
    [DROP_USED] = "delete from used where time_ms < ?",
    [DROP_SNAPSHOT] = "delete from snapshot where time_ms < ?",
    [DROP_WORKLOADS] = "delete from workload where id not in (select workload from used)",
};

struct tape {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	char *path;
	int lock;
	struct tape_limits limits;
	ms_t last;
	uint64_t count;
};

static int failed(const struct tape *tape, const char *what, struct err *err)
{
	return err_set(err, "%s: %s: %s", tape->path, what, sqlite3_errmsg(tape->db));
}

int64_t tape_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static sqlite3_stmt *prepared(struct tape *tape, enum statement which)
{
	sqlite3_stmt **statement = &tape->statements[which];
	if (!*statement &&
	    sqlite3_prepare_v3(tape->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		return NULL;
	return *statement;
}

static int run(struct tape *tape, enum statement which)
{
	sqlite3_stmt *statement = prepared(tape, which);
	int status = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	if (statement)
		sqlite3_reset(statement);
	return status == SQLITE_DONE ? 0 : -1;
}

static int run_at(struct tape *tape, enum statement which, ms_t at)
{
	sqlite3_stmt *statement = prepared(tape, which);
	return statement && sqlite3_bind_int64(statement, 1, at) == SQLITE_OK ? run(tape, which) : -1;
}

/* ---- opening ---- */

/* On a file beside it: to close another descriptor of the database itself would undo SQLite's own locks. */
static int take_lock(struct tape *tape, struct err *err)
{
	char path[PATH_SIZE];
	if (path_format(path, sizeof path, err, "%s-lock", tape->path) < 0)
		return -1;
	tape->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (tape->lock < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	if (flock(tape->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, "%s: %s", tape->path,
			       errno == EWOULDBLOCK ? "another process records into it" : strerror(errno));
	return 0;
}

static int open_file(struct tape *tape, struct err *err)
{
	int made = open(tape->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (made < 0)
		return err_set(err, "%s: %s", tape->path, strerror(errno));
	close(made);
	if (sqlite3_open_v2(tape->path, &tape->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return tape->db ? failed(tape, "cannot be opened", err) : err_set(err, "out of memory");
	sqlite3_busy_timeout(tape->db, TAPE_BUSY_MS);
	return 0;
}

/* All of it in one transaction: a file is a tape, or empty. */
static int make_tables(struct tape *tape, struct err *err)
{
	char marks[128];
	snprintf(marks, sizeof marks, "pragma application_id=%d; pragma user_version=%d; commit", TAPE_APPLICATION,
		 TAPE_VERSION);
	if (sqlite3_exec(tape->db, "pragma auto_vacuum=incremental; pragma journal_mode=wal", NULL, NULL, NULL) !=
		SQLITE_OK ||
	    sqlite3_exec(tape->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(tape->db, marks, NULL, NULL, NULL) != SQLITE_OK)
		return failed(tape, "cannot be made", err);
	return 0;
}

int tape_check(sqlite3 *db, const char *path, struct err *err)
{
	int64_t application = tape_number(db, "pragma application_id");
	int64_t version = tape_number(db, "pragma user_version");
	if (application < 0 || version < 0)
		return err_set(err, "%s: %s", path, sqlite3_errmsg(db));
	if (application != TAPE_APPLICATION)
		return err_set(err, "%s: is not what `plimsoll record` writes", path);
	return version == TAPE_VERSION
		   ? 0
		   : err_set(err, "%s: of version %lld, expected %d", path, (long long)version, TAPE_VERSION);
}

static int claim(struct tape *tape, struct err *err)
{
	char limits[256];
	if (tape_number(tape->db, "select count(*) from sqlite_master") == 0 &&
	    tape_number(tape->db, "pragma application_id") == 0 && make_tables(tape, err) < 0)
		return -1;
	if (tape_check(tape->db, tape->path, err) < 0)
		return -1;
	snprintf(limits, sizeof limits,
		 "pragma journal_mode=wal; pragma synchronous=normal; pragma journal_size_limit=8388608; "
		 "pragma max_page_count=%lld",
		 (long long)(tape->limits.max_bytes / max64(tape_number(tape->db, "pragma page_size"), 1)));
	if (sqlite3_exec(tape->db, limits, NULL, NULL, NULL) != SQLITE_OK)
		return failed(tape, "cannot be written to", err);
	tape->last = tape_number(tape->db, "select max(time_ms) from snapshot");
	tape->count = (uint64_t)max64(tape_number(tape->db, "select count(*) from snapshot"), 0);
	return 0;
}

struct tape *tape_open(const char *path, const struct tape_limits *limits, struct err *err)
{
	struct tape *tape = calloc(1, sizeof *tape);
	if (!tape) {
		err_set(err, "out of memory");
		return NULL;
	}
	tape->lock = -1;
	tape->limits = *limits;
	tape->path = strdup(path);
	if (!tape->path)
		err_set(err, "out of memory");
	else if (take_lock(tape, err) == 0 && open_file(tape, err) == 0 && claim(tape, err) == 0)
		return tape;
	tape_close(tape);
	return NULL;
}

void tape_close(struct tape *tape)
{
	if (!tape)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(tape->statements[i]);
	sqlite3_close(tape->db);
	if (tape->lock >= 0)
		close(tape->lock);
	free(tape->path);
	free(tape);
}

uint64_t tape_count(const struct tape *tape)
{
	return tape->count;
}

/* ---- bounds ---- */

static int drop_before(struct tape *tape, ms_t at)
{
	if (run_at(tape, DROP_USED, at) < 0 || run_at(tape, DROP_SNAPSHOT, at) < 0)
		return -1;
	tape->count -= (uint64_t)sqlite3_changes(tape->db);
	return run(tape, DROP_WORKLOADS);
}

static bool is_much(const struct tape *tape)
{
	int64_t pages = tape_number(tape->db, "pragma page_count") - tape_number(tape->db, "pragma freelist_count");
	return pages * tape_number(tape->db, "pragma page_size") > tape->limits.max_bytes / 8 * 7;
}

static ms_t nth_oldest(const struct tape *tape)
{
	char sql[96];
	snprintf(sql, sizeof sql, "select time_ms from snapshot order by time_ms limit 1 offset %d", DROP_SNAPSHOTS);
	return tape_number(tape->db, sql);
}

/* What is too old, or too much, goes, in a transaction of its own. */
static int bound(struct tape *tape, ms_t now, struct err *err)
{
	char vacuum[64];
	ms_t oldest = tape_number(tape->db, "select min(time_ms) from snapshot"), before = MS_UNSET;
	if (oldest >= 0 && now - oldest > tape->limits.max_age)
		before = now - tape->limits.max_age;
	if (is_much(tape))
		before = max64(before, nth_oldest(tape) >= 0 ? nth_oldest(tape) : now);
	if (before == MS_UNSET)
		return 0;
	if (run(tape, BEGIN) < 0 || drop_before(tape, before) < 0 || run(tape, COMMIT) < 0) {
		failed(tape, "old snapshots cannot be dropped", err);
		run(tape, ROLLBACK);
		return -1;
	}
	snprintf(vacuum, sizeof vacuum, "pragma incremental_vacuum(%d)", VACUUM_PAGES);
	sqlite3_exec(tape->db, vacuum, NULL, NULL, NULL);
	return 0;
}

/* ---- a snapshot ---- */

static int add_used(struct tape *tape, ms_t at, const struct usage_sum *sum)
{
	sqlite3_stmt *workload = prepared(tape, ADD_WORKLOAD), *used = prepared(tape, ADD_USED);
	const int64_t numbers[] = {sum->pods,         sum->measured,          sum->cpu_milli,
				   sum->memory_bytes, sum->cpu_request_milli, sum->memory_request_bytes};
	if (!workload || !used || sqlite3_bind_text(workload, 1, sum->workload, -1, SQLITE_STATIC) != SQLITE_OK ||
	    run(tape, ADD_WORKLOAD) < 0 || sqlite3_bind_int64(used, 1, at) != SQLITE_OK ||
	    sqlite3_bind_text(used, 2, sum->workload, -1, SQLITE_STATIC) != SQLITE_OK)
		return -1;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (sqlite3_bind_int64(used, (int)i + 3, numbers[i]) != SQLITE_OK)
			return -1;
	return run(tape, ADD_USED);
}

int tape_add(struct tape *tape, ms_t at, const struct usage_sum *sums, size_t n, struct err *err)
{
	if (at <= tape->last)
		return 0;
	if (bound(tape, at, err) < 0)
		return -1;
	int status = run(tape, BEGIN) < 0 || run_at(tape, ADD_SNAPSHOT, at) < 0 ? -1 : 0;
	for (size_t i = 0; status == 0 && i < n; i++)
		status = add_used(tape, at, &sums[i]);
	if (status < 0 || run(tape, COMMIT) < 0) {
		failed(tape, "a snapshot cannot be kept", err);
		if (!sqlite3_get_autocommit(tape->db))
			run(tape, ROLLBACK);
		return -1;
	}
	tape->last = at;
	tape->count++;
	return 1;
}
