#include "journal_reader.h"

#include "../text/path.h"
#include "calendar.h"

#include <stdlib.h>

struct journal_reader {
	sqlite3 *db;
	bool owned;
	char *path;
	sqlite3_stmt *segments, *ticks;
	int64_t after; /* segments up to this one are done with */
	bool in_segment;
	struct arena head_arena, arena;
	struct record_head head;
	struct record_codec *codec;
	struct journal_tick tick;
};

/* ---- opening ---- */

static int failed(const struct journal_reader *reader, struct err *err)
{
	return err_set(err, "journal %s: %s", reader->path, sqlite3_errmsg(reader->db));
}

static int prepare(struct journal_reader *reader, struct err *err)
{
	static const char segments[] = "select id, head from segment where id > ? order by id limit 1";
	static const char ticks[] =
	    "select tick.id, time_ms, wall_ms, record, accepted from tick left join outcome on outcome.tick = tick.id"
	    " where segment = ? order by tick.id";
	if (sqlite3_prepare_v2(reader->db, segments, -1, &reader->segments, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(reader->db, ticks, -1, &reader->ticks, NULL) != SQLITE_OK)
		return failed(reader, err);
	reader->codec = record_codec_new(err);
	return reader->codec ? 0 : -1;
}

static struct journal_reader *reader_new(const char *path, struct err *err)
{
	struct journal_reader *reader = calloc(1, sizeof *reader);
	if (reader && (reader->path = strdup(path)))
		return reader;
	free(reader);
	err_set(err, "out of memory");
	return NULL;
}

struct journal_reader *journal_reader_on(sqlite3 *db, const char *path, struct err *err)
{
	struct journal_reader *reader = reader_new(path, err);
	if (!reader)
		return NULL;
	reader->db = db;
	if (prepare(reader, err) == 0)
		return reader;
	journal_reader_close(reader);
	return NULL;
}

struct journal_reader *journal_reader_open(const char *path, struct err *err)
{
	struct journal_reader *reader = reader_new(path, err);
	if (!reader)
		return NULL;
	reader->owned = true;
	int status = 0;
	if (sqlite3_open_v2(path, &reader->db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		status =
		    err_set(err, "journal %s: %s", path, reader->db ? sqlite3_errmsg(reader->db) : "out of memory");
	if (status == 0) {
		sqlite3_busy_timeout(reader->db, JOURNAL_BUSY_MS);
		status = journal_check(reader->db, path, err) < 0 ? -1 : prepare(reader, err);
	}
	if (status == 0)
		return reader;
	journal_reader_close(reader);
	return NULL;
}

void journal_reader_close(struct journal_reader *reader)
{
	if (!reader)
		return;
	sqlite3_finalize(reader->segments);
	sqlite3_finalize(reader->ticks);
	if (reader->owned)
		sqlite3_close(reader->db);
	record_codec_free(reader->codec);
	arena_free(&reader->head_arena);
	arena_free(&reader->arena);
	free(reader->path);
	free(reader);
}

/* ---- where to begin ---- */

/* One number by a query with up to two values: 1, 0 when there is none, negative on failure. */
static int ask(struct journal_reader *reader, const char *sql, int64_t first, int64_t second, int64_t *number,
	       struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int status = sqlite3_prepare_v2(reader->db, sql, -1, &statement, NULL);
	if (status == SQLITE_OK && sqlite3_bind_parameter_count(statement) > 0) {
		sqlite3_bind_int64(statement, 1, first);
		sqlite3_bind_int64(statement, 2, second);
	}
	if (status == SQLITE_OK)
		status = sqlite3_step(statement);
	bool found = status == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_INTEGER;
	if (found)
		*number = sqlite3_column_int64(statement, 0);
	if (status != SQLITE_ROW && status != SQLITE_DONE)
		failed(reader, err);
	sqlite3_finalize(statement);
	return status == SQLITE_ROW || status == SQLITE_DONE ? found : -1;
}

static void go_to(struct journal_reader *reader, int64_t segment)
{
	sqlite3_reset(reader->ticks);
	reader->in_segment = false;
	reader->after = segment - 1;
}

int journal_reader_seek(struct journal_reader *reader, ms_t wall, unsigned due, struct err *err)
{
	int64_t segment = 0;
	int found =
	    ask(reader,
		"select segment from tick where wall_ms <= ? and (due & ?2) = ?2 order by wall_ms desc, id desc "
		"limit 1",
		wall, due, &segment, err);
	if (found < 0)
		return -1;
	go_to(reader, found ? segment : 0);
	return 0;
}

int journal_reader_last(struct journal_reader *reader, struct err *err)
{
	int64_t segment;
	int found = ask(reader, "select max(id) from segment", 0, 0, &segment, err);
	if (found > 0)
		go_to(reader, segment);
	return found;
}

int journal_reader_span(struct journal_reader *reader, ms_t *from, ms_t *until, struct err *err)
{
	int found = ask(reader, "select min(wall_ms) from tick", 0, 0, from, err);
	return found > 0 ? ask(reader, "select max(wall_ms) from tick", 0, 0, until, err) : found;
}

/* ---- reading on ---- */

static int begin_segment(struct journal_reader *reader, struct err *err)
{
	sqlite3_reset(reader->segments);
	sqlite3_bind_int64(reader->segments, 1, reader->after);
	int status = sqlite3_step(reader->segments);
	if (status != SQLITE_ROW) {
		sqlite3_reset(reader->segments);
		return status == SQLITE_DONE ? 0 : failed(reader, err);
	}
	int64_t id = sqlite3_column_int64(reader->segments, 0);
	const void *bytes = sqlite3_column_blob(reader->segments, 1);
	size_t size = (size_t)sqlite3_column_bytes(reader->segments, 1);
	arena_free(&reader->head_arena);
	status = record_head_decode(bytes, size, &reader->head_arena, &reader->head, err);
	sqlite3_reset(reader->segments);
	if (status < 0)
		return err_wrap(err, "journal %s: segment %lld", reader->path, (long long)id);
	record_codec_begin(reader->codec, &reader->head.config, &reader->head.layout);
	sqlite3_reset(reader->ticks);
	sqlite3_bind_int64(reader->ticks, 1, id);
	reader->after = id;
	reader->in_segment = true;
	reader->tick.first = true;
	return 1;
}

static int read_outcome(struct journal_reader *reader, struct err *err)
{
	struct journal_tick *tick = &reader->tick;
	const unsigned char *answers = sqlite3_column_blob(reader->ticks, 4);
	uint32_t size = (uint32_t)sqlite3_column_bytes(reader->ticks, 4);
	bool *accepted = arena_alloc(&reader->arena, tick->plan.n_actions, sizeof *accepted);
	if (!accepted)
		return err_set(err, "out of memory");
	tick->accepted = accepted;
	tick->settled = sqlite3_column_type(reader->ticks, 4) != SQLITE_NULL;
	if (tick->settled && size != tick->plan.n_actions)
		return err_set(err, "damaged: %u answers for %u actions", size, tick->plan.n_actions);
	for (uint32_t i = 0; tick->settled && i < size; i++)
		accepted[i] = answers[i] != 0;
	return 0;
}

static int read_tick(struct journal_reader *reader, struct err *err)
{
	struct journal_tick *tick = &reader->tick;
	sqlite3_stmt *row = reader->ticks;
	tick->id = sqlite3_column_int64(row, 0);
	tick->segment = reader->after;
	tick->time = sqlite3_column_int64(row, 1);
	tick->wall = sqlite3_column_int64(row, 2);
	tick->head = &reader->head;
	arena_free(&reader->arena);
	const void *bytes = sqlite3_column_blob(row, 3);
	int status = record_tick_decode(reader->codec, bytes, (size_t)sqlite3_column_bytes(row, 3), &reader->arena,
					&tick->snapshot, &tick->plan, &tick->names, err);
	if (status == 0)
		status = read_outcome(reader, err);
	char text[CALENDAR_TEXT];
	if (status < 0)
		return err_wrap(err, "journal %s: tick %lld of %s", reader->path, (long long)tick->id,
				calendar_format(tick->wall, text));
	return 1;
}

int journal_reader_next(struct journal_reader *reader, const struct journal_tick **tick, struct err *err)
{
	*tick = &reader->tick;
	reader->tick.first = false;
	for (;;) {
		int status = reader->in_segment ? 1 : begin_segment(reader, err);
		if (status <= 0)
			return status;
		status = sqlite3_step(reader->ticks);
		if (status == SQLITE_ROW)
			return read_tick(reader, err);
		sqlite3_reset(reader->ticks);
		if (status != SQLITE_DONE)
			return failed(reader, err);
		reader->in_segment = false;
	}
}

int journal_default(char *path, size_t size, struct err *err)
{
	const char *named = getenv("PLIMSOLL_JOURNAL"), *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	if (named && *named)
		return path_format(path, size, err, "%s", named);
	if (state && *state == '/')
		return path_format(path, size, err, "%s/plimsoll/journal.db", state);
	if (!home || !*home)
		return err_set(err,
			       "no journal: name one with --journal FILE ($PLIMSOLL_JOURNAL and $HOME are not set)");
	return path_format(path, size, err, "%s/.local/state/plimsoll/journal.db", home);
}
