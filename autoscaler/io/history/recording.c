#include "recording_internal.h"

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

struct recording {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	char *path;
	int lock;
	struct recording_limits limits;
	ms_t last;
	uint64_t count;
};

static int failed(const struct recording *recording, const char *what, struct err *err)
{
	return err_set(err, "%s: %s: %s", recording->path, what, sqlite3_errmsg(recording->db));
}

int64_t recording_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW &&
	    sqlite3_column_type(statement, 0) != SQLITE_NULL)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

static sqlite3_stmt *prepared(struct recording *recording, enum statement which)
{
	sqlite3_stmt **statement = &recording->statements[which];
	if (!*statement && sqlite3_prepare_v3(recording->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement,
					      NULL) != SQLITE_OK)
		return NULL;
	return *statement;
}

static int run(struct recording *recording, enum statement which)
{
	sqlite3_stmt *statement = prepared(recording, which);
	int status = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	if (statement)
		sqlite3_reset(statement);
	return status == SQLITE_DONE ? 0 : -1;
}

static int run_at(struct recording *recording, enum statement which, ms_t at)
{
	sqlite3_stmt *statement = prepared(recording, which);
	return statement && sqlite3_bind_int64(statement, 1, at) == SQLITE_OK ? run(recording, which) : -1;
}

/* ---- opening ---- */

/* On a file beside it: to close another descriptor of the database itself would undo SQLite's own locks. */
static int take_lock(struct recording *recording, struct err *err)
{
	char path[PATH_SIZE];
	if (path_format(path, sizeof path, err, "%s-lock", recording->path) < 0)
		return -1;
	recording->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (recording->lock < 0)
		return err_set(err, "%s: %s", path, strerror(errno));
	if (flock(recording->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, "%s: %s", recording->path,
			       errno == EWOULDBLOCK ? "another process records into it" : strerror(errno));
	return 0;
}

static int open_file(struct recording *recording, struct err *err)
{
	int made = open(recording->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (made < 0)
		return err_set(err, "%s: %s", recording->path, strerror(errno));
	close(made);
	if (sqlite3_open_v2(recording->path, &recording->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return recording->db ? failed(recording, "cannot be opened", err) : err_set(err, "out of memory");
	sqlite3_busy_timeout(recording->db, RECORDING_BUSY_MS);
	return 0;
}

/* All of it in one transaction: a file is a recording, or empty. */
static int make_tables(struct recording *recording, struct err *err)
{
	char marks[128];
	snprintf(marks, sizeof marks, "pragma application_id=%d; pragma user_version=%d; commit", RECORDING_APPLICATION,
		 RECORDING_VERSION);
	if (sqlite3_exec(recording->db, "pragma auto_vacuum=incremental; pragma journal_mode=wal", NULL, NULL, NULL) !=
		SQLITE_OK ||
	    sqlite3_exec(recording->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(recording->db, marks, NULL, NULL, NULL) != SQLITE_OK)
		return failed(recording, "cannot be made", err);
	return 0;
}

int recording_check(sqlite3 *db, const char *path, struct err *err)
{
	int64_t application = recording_number(db, "pragma application_id");
	int64_t version = recording_number(db, "pragma user_version");
	if (application < 0 || version < 0)
		return err_set(err, "%s: %s", path, sqlite3_errmsg(db));
	if (application != RECORDING_APPLICATION)
		return err_set(err, "%s: is not what `plimsoll record` writes", path);
	return version == RECORDING_VERSION
		   ? 0
		   : err_set(err, "%s: of version %lld, expected %d", path, (long long)version, RECORDING_VERSION);
}

static int claim(struct recording *recording, struct err *err)
{
	char limits[256];
	if (recording_number(recording->db, "select count(*) from sqlite_master") == 0 &&
	    recording_number(recording->db, "pragma application_id") == 0 && make_tables(recording, err) < 0)
		return -1;
	if (recording_check(recording->db, recording->path, err) < 0)
		return -1;
	snprintf(
	    limits, sizeof limits,
	    "pragma journal_mode=wal; pragma synchronous=normal; pragma journal_size_limit=8388608; "
	    "pragma max_page_count=%lld",
	    (long long)(recording->limits.max_bytes / max64(recording_number(recording->db, "pragma page_size"), 1)));
	if (sqlite3_exec(recording->db, limits, NULL, NULL, NULL) != SQLITE_OK)
		return failed(recording, "cannot be written to", err);
	recording->last = recording_number(recording->db, "select max(time_ms) from snapshot");
	recording->count = (uint64_t)max64(recording_number(recording->db, "select count(*) from snapshot"), 0);
	return 0;
}

struct recording *recording_open(const char *path, const struct recording_limits *limits, struct err *err)
{
	struct recording *recording = calloc(1, sizeof *recording);
	if (!recording) {
		err_set(err, "out of memory");
		return NULL;
	}
	recording->lock = -1;
	recording->limits = *limits;
	recording->path = strdup(path);
	if (!recording->path)
		err_set(err, "out of memory");
	else if (take_lock(recording, err) == 0 && open_file(recording, err) == 0 && claim(recording, err) == 0)
		return recording;
	recording_close(recording);
	return NULL;
}

void recording_close(struct recording *recording)
{
	if (!recording)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(recording->statements[i]);
	sqlite3_close(recording->db);
	if (recording->lock >= 0)
		close(recording->lock);
	free(recording->path);
	free(recording);
}

uint64_t recording_count(const struct recording *recording)
{
	return recording->count;
}

/* ---- bounds ---- */

static int drop_before(struct recording *recording, ms_t at)
{
	if (run_at(recording, DROP_USED, at) < 0 || run_at(recording, DROP_SNAPSHOT, at) < 0)
		return -1;
	recording->count -= (uint64_t)sqlite3_changes(recording->db);
	return run(recording, DROP_WORKLOADS);
}

static bool is_much(const struct recording *recording)
{
	int64_t pages = recording_number(recording->db, "pragma page_count") -
			recording_number(recording->db, "pragma freelist_count");
	return pages * recording_number(recording->db, "pragma page_size") > recording->limits.max_bytes / 8 * 7;
}

static ms_t nth_oldest(const struct recording *recording)
{
	char sql[96];
	snprintf(sql, sizeof sql, "select time_ms from snapshot order by time_ms limit 1 offset %d", DROP_SNAPSHOTS);
	return recording_number(recording->db, sql);
}

/* What is too old, or too much, goes, in a transaction of its own. */
static int bound(struct recording *recording, ms_t now, struct err *err)
{
	char vacuum[64];
	ms_t oldest = recording_number(recording->db, "select min(time_ms) from snapshot"), before = MS_UNSET;
	if (oldest >= 0 && now - oldest > recording->limits.max_age)
		before = now - recording->limits.max_age;
	if (is_much(recording))
		before = max64(before, nth_oldest(recording) >= 0 ? nth_oldest(recording) : now);
	if (before == MS_UNSET)
		return 0;
	if (run(recording, BEGIN) < 0 || drop_before(recording, before) < 0 || run(recording, COMMIT) < 0) {
		failed(recording, "old snapshots cannot be dropped", err);
		run(recording, ROLLBACK);
		return -1;
	}
	snprintf(vacuum, sizeof vacuum, "pragma incremental_vacuum(%d)", VACUUM_PAGES);
	sqlite3_exec(recording->db, vacuum, NULL, NULL, NULL);
	return 0;
}

/* ---- a snapshot ---- */

static int add_used(struct recording *recording, ms_t at, const struct usage_sum *sum)
{
	sqlite3_stmt *workload = prepared(recording, ADD_WORKLOAD), *used = prepared(recording, ADD_USED);
	const int64_t numbers[] = {sum->pods,         sum->measured,          sum->cpu_milli,
				   sum->memory_bytes, sum->cpu_request_milli, sum->memory_request_bytes};
	if (!workload || !used || sqlite3_bind_text(workload, 1, sum->workload, -1, SQLITE_STATIC) != SQLITE_OK ||
	    run(recording, ADD_WORKLOAD) < 0 || sqlite3_bind_int64(used, 1, at) != SQLITE_OK ||
	    sqlite3_bind_text(used, 2, sum->workload, -1, SQLITE_STATIC) != SQLITE_OK)
		return -1;
	for (size_t i = 0; i < COUNT(numbers); i++)
		if (sqlite3_bind_int64(used, (int)i + 3, numbers[i]) != SQLITE_OK)
			return -1;
	return run(recording, ADD_USED);
}

int recording_add(struct recording *recording, ms_t at, const struct usage_sum *sums, size_t n, struct err *err)
{
	if (at <= recording->last)
		return 0;
	if (bound(recording, at, err) < 0)
		return -1;
	int status = run(recording, BEGIN) < 0 || run_at(recording, ADD_SNAPSHOT, at) < 0 ? -1 : 0;
	for (size_t i = 0; status == 0 && i < n; i++)
		status = add_used(recording, at, &sums[i]);
	if (status < 0 || run(recording, COMMIT) < 0) {
		failed(recording, "a snapshot cannot be kept", err);
		if (!sqlite3_get_autocommit(recording->db))
			run(recording, ROLLBACK);
		return -1;
	}
	recording->last = at;
	recording->count++;
	return 1;
}
