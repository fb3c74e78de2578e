#include "journal_internal.h"

#include "../text/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

const struct journal_limits journal_limits_usual = {7 * DAY_MS, GIB, 10 * MINUTE_MS};

static const char schema[] =
    "begin immediate;"
    "create table segment(id integer primary key, start_ms integer not null, head blob not null);"
    "create table tick(id integer primary key, segment integer not null references segment(id),"
    " time_ms integer not null, wall_ms integer not null, due integer not null, record blob not null);"
    "create table outcome(tick integer primary key references tick(id), accepted blob not null);"
    "create index segment_start on segment(start_ms);"
    "create index tick_segment on tick(segment, id);"
    "create index tick_wall on tick(wall_ms, id);";

static const char *const texts[JOURNAL_STATEMENTS] = {
    [ADD_SEGMENT] = "insert into segment(start_ms, head) values(?,?)",
    [ADD_TICK] = "insert into tick(segment, time_ms, wall_ms, due, record) values(?,?,?,?,?)",
    [ADD_OUTCOME] = "insert into outcome(tick, accepted) values(?,?)",
    [DROP_OUTCOMES] = "delete from outcome where tick in (select id from tick where segment=?)",
    [DROP_TICKS] = "delete from tick where segment=?",
    [DROP_SEGMENT] = "delete from segment where id=?",
    [OLDEST_SEGMENTS] = "select id, start_ms from segment order by id limit 2",
    [BEGIN] = "begin immediate",
    [COMMIT] = "commit",
    [ROLLBACK] = "rollback",
};

int journal_failed(const struct journal_file *file, const char *what, struct err *err)
{
	return err_set(err, "journal %s: %s: %s", file->path, what, sqlite3_errmsg(file->db));
}

sqlite3_stmt *journal_statement(struct journal_file *file, enum journal_statement which)
{
	sqlite3_stmt **statement = &file->statements[which];
	if (!*statement &&
	    sqlite3_prepare_v3(file->db, texts[which], -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) != SQLITE_OK)
		return NULL;
	return *statement;
}

int journal_run(struct journal_file *file, enum journal_statement which)
{
	sqlite3_stmt *statement = journal_statement(file, which);
	int status = statement ? sqlite3_step(statement) : SQLITE_ERROR;
	if (statement)
		sqlite3_reset(statement);
	return status == SQLITE_DONE ? 0 : -1;
}

static int64_t read_number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t number = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return number;
}

int64_t journal_bytes(const struct journal_file *file, bool used)
{
	int64_t pages = read_number(file->db, "pragma page_count");
	if (used)
		pages -= read_number(file->db, "pragma freelist_count");
	return pages * read_number(file->db, "pragma page_size");
}

/* ---- opening ---- */

/* Folders on the way that are not there. */
static int make_folders(const char *path, struct err *err)
{
	char folder[PATH_SIZE];
	if (path_format(folder, sizeof folder, err, "%s", path) < 0)
		return -1;
	for (char *slash = folder + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		if (mkdir(folder, 0700) < 0 && errno != EEXIST)
			return err_set(err, "journal %s: %s: %s", path, folder, strerror(errno));
		*slash = '/';
	}
	return 0;
}

/* On a file beside it: to close another descriptor of the database itself would undo SQLite's own locks. */
static int take_lock(struct journal_file *file, struct err *err)
{
	char path[PATH_SIZE];
	if (path_format(path, sizeof path, err, "%s-lock", file->path) < 0)
		return -1;
	file->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (file->lock < 0)
		return err_set(err, "journal %s: %s", path, strerror(errno));
	if (flock(file->lock, LOCK_EX | LOCK_NB) < 0)
		return err_set(err, "journal %s: %s", file->path,
			       errno == EWOULDBLOCK ? "another process writes to it" : strerror(errno));
	return 0;
}

static int make_file(struct journal_file *file, struct err *err)
{
	int made = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (made < 0)
		return err_set(err, "journal %s: %s", file->path, strerror(errno));
	close(made);
	if (sqlite3_open_v2(file->path, &file->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		return err_set(err, "journal %s: %s", file->path,
			       file->db ? sqlite3_errmsg(file->db) : "out of memory");
	sqlite3_busy_timeout(file->db, JOURNAL_BUSY_MS);
	return 0;
}

/* All of it in one transaction: a file is a journal, or empty. */
static int make_tables(struct journal_file *file, struct err *err)
{
	char marks[128];
	snprintf(marks, sizeof marks, "pragma application_id=%d; pragma user_version=%d; commit", JOURNAL_APPLICATION,
		 JOURNAL_VERSION);
	if (sqlite3_exec(file->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(file->db, marks, NULL, NULL, NULL) != SQLITE_OK)
		return journal_failed(file, "it cannot be made", err);
	return 0;
}

static int claim(struct journal_file *file, struct err *err)
{
	char limits[256];
	if (read_number(file->db, "select count(*) from sqlite_master") == 0 &&
	    read_number(file->db, "pragma application_id") == 0) {
		if (sqlite3_exec(file->db, "pragma auto_vacuum=incremental; pragma journal_mode=wal", NULL, NULL,
				 NULL) != SQLITE_OK)
			return journal_failed(file, "it cannot be made", err);
		if (make_tables(file, err) < 0)
			return -1;
	}
	if (journal_check(file->db, file->path, err) < 0)
		return -1;
	snprintf(limits, sizeof limits,
		 "pragma journal_mode=wal; pragma synchronous=normal; pragma journal_size_limit=8388608; "
		 "pragma max_page_count=%lld",
		 (long long)max64(file->limits.max_bytes / max64(read_number(file->db, "pragma page_size"), 1), 16));
	if (sqlite3_exec(file->db, limits, NULL, NULL, NULL) != SQLITE_OK)
		return journal_failed(file, "it cannot be written to", err);
	int64_t ticks = read_number(file->db, "select count(*) from tick");
	if (ticks < 0)
		return journal_failed(file, "it cannot be read", err);
	file->n_ticks = (uint64_t)ticks;
	return 0;
}

int journal_check(sqlite3 *db, const char *path, struct err *err)
{
	int64_t application = read_number(db, "pragma application_id");
	int64_t version = read_number(db, "pragma user_version");
	if (application < 0 || version < 0)
		return err_set(err, "journal %s: %s", path, sqlite3_errmsg(db));
	if (application != JOURNAL_APPLICATION)
		return err_set(err, "journal %s: not a journal of this program", path);
	if (version != JOURNAL_VERSION)
		return err_set(err, "journal %s: of version %lld, expected %d", path, (long long)version,
			       JOURNAL_VERSION);
	return 0;
}

struct journal_file *journal_open(const char *path, const struct journal_limits *limits,
				  const struct journal_names *names, struct log *log, struct err *err)
{
	struct journal_file *file = calloc(1, sizeof *file);
	if (!file) {
		err_set(err, "out of memory");
		return NULL;
	}
	*file = (struct journal_file){.lock = -1, .limits = *limits, .log = log, .head_due = true};
	if (names)
		file->names = *names;
	file->path = strdup(path);
	file->codec = record_codec_new(err);
	if (!file->path || !file->codec)
		err_set(err, "out of memory");
	else if (make_folders(path, err) == 0 && take_lock(file, err) == 0 && make_file(file, err) == 0 &&
		 claim(file, err) == 0)
		return file;
	journal_close(file);
	return NULL;
}

void journal_close(struct journal_file *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < JOURNAL_STATEMENTS; i++)
		sqlite3_finalize(file->statements[i]);
	sqlite3_close(file->db);
	if (file->lock >= 0)
		close(file->lock);
	record_codec_free(file->codec);
	record_bytes_free(&file->head);
	record_bytes_free(&file->tick);
	free(file->state);
	free(file->path);
	free(file);
}

void journal_wall(struct journal_file *file, ms_t wall_ahead)
{
	file->wall_ahead = wall_ahead;
}

void journal_size(const struct journal_file *file, uint64_t *ticks, int64_t *bytes)
{
	*ticks = file->n_ticks;
	*bytes = journal_bytes(file, false);
}
