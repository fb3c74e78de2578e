/* A tick, and what became of it. Each is a transaction of its own: whatever moment the process ends at, the file holds
 * all ticks that were acted upon. */
#include "journal_internal.h"

#include <stdlib.h>

/* ---- what a segment begins with ---- */

/* What the core remembers now is what the next tick's segment begins with. */
static int prepare_head(struct journal_file *file, struct err *err)
{
	file->head_due = true;
	file->head_ready = false;
	size_t size = core_save(file->core, file->state, file->state_room);
	if (size > file->state_room) {
		free(file->state);
		file->state_room = size + size / 4;
		file->state = malloc(file->state_room);
		if (!file->state) {
			file->state_room = 0;
			return err_set(err, "journal %s: out of memory for the state of the core", file->path);
		}
		core_save(file->core, file->state, file->state_room);
	}
	if (record_head_encode(file->config, file->state, size, &file->head, err) < 0)
		return err_wrap(err, "journal %s: a segment cannot begin", file->path);
	file->head_ready = true;
	return 0;
}

int journal_begin(struct journal_file *file, struct core *core, const struct core_config *config, ms_t now,
		  struct err *err)
{
	struct err full;
	file->core = core;
	file->config = config;
	if (prepare_head(file, err) < 0)
		return -1;
	if (journal_bound(file, now, &full) < 0) /* the next tick tells whether there is room for it */
		log_line(file->log, LOG_WARN, "journal", "error", full.message, NULL);
	return 0;
}

/* ---- a tick as bytes ---- */

static int collect_pods(struct journal_file *file, uint32_t n, struct arena *arena, struct record_names *names)
{
	names->pods = arena_alloc(arena, n, sizeof *names->pods);
	names->n_workloads = names->pods ? n : 0;
	for (uint32_t w = 0; w < names->n_workloads; w++)
		names->pods[w].names = file->names.pods(file->names.self, w, &names->pods[w].n);
	return names->pods ? 0 : -1;
}

static int collect(const char *(*name)(void *, uint32_t), void *self, uint32_t n, struct arena *arena,
		   struct record_texts *texts)
{
	const char **names = arena_alloc(arena, n, sizeof *names);
	for (uint32_t i = 0; names && i < n; i++)
		names[i] = name(self, i);
	*texts = (struct record_texts){names, names ? n : 0};
	return names ? 0 : -1;
}

static int collect_names(struct journal_file *file, const struct snapshot *snapshot, struct arena *arena,
			 struct record_names *names)
{
	const struct journal_names *of = &file->names;
	bool replicas = snapshot->due & DUE_REPLICAS, nodes = snapshot->due & DUE_NODES;
	names->withheld = of->withheld ? of->withheld(of->self) : WITHHELD_NOT;
	if ((replicas && of->pods && collect_pods(file, snapshot->n_workloads, arena, names) < 0) ||
	    (nodes && of->node && collect(of->node, of->self, snapshot->n_nodes, arena, &names->nodes) < 0) ||
	    (nodes && of->group && collect(of->group, of->self, snapshot->n_groups, arena, &names->groups) < 0))
		return -1;
	return 0;
}

static int encode(struct journal_file *file, const struct tick_record *record, struct err *err)
{
	struct arena arena = {0};
	struct record_names names = {0};
	if (file->head_due)
		record_codec_begin(file->codec, file->config, NULL);
	int status = collect_names(file, record->snapshot, &arena, &names) < 0 ? err_set(err, "out of memory") : 0;
	if (status == 0)
		status = record_tick_encode(file->codec, record->snapshot, record->plan, &names, &file->tick, err);
	arena_free(&arena);
	return status < 0 ? err_wrap(err, "journal %s: the tick cannot be kept", file->path) : 0;
}

/* ---- writing ---- */

static int add_segment(struct journal_file *file, ms_t now)
{
	sqlite3_stmt *statement = journal_statement(file, ADD_SEGMENT);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, now);
	sqlite3_bind_blob64(statement, 2, file->head.at, file->head.size, SQLITE_STATIC);
	if (journal_run(file, ADD_SEGMENT) < 0)
		return -1;
	file->segment = sqlite3_last_insert_rowid(file->db);
	return 0;
}

static int add_tick(struct journal_file *file, const struct snapshot *snapshot)
{
	sqlite3_stmt *statement = journal_statement(file, ADD_TICK);
	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, file->segment);
	sqlite3_bind_int64(statement, 2, snapshot->time);
	sqlite3_bind_int64(statement, 3, snapshot->time + file->wall_ahead);
	sqlite3_bind_int64(statement, 4, snapshot->due);
	sqlite3_bind_blob64(statement, 5, file->tick.at, file->tick.size, SQLITE_STATIC);
	if (journal_run(file, ADD_TICK) < 0)
		return -1;
	file->last_tick = sqlite3_last_insert_rowid(file->db);
	return 0;
}

/* All or nothing of it; on failure *full says whether for want of room. */
static int write_tick(struct journal_file *file, const struct snapshot *snapshot, bool *full, struct err *err)
{
	if (journal_run(file, BEGIN) == 0 && (!file->head_due || add_segment(file, snapshot->time) == 0) &&
	    add_tick(file, snapshot) == 0 && journal_run(file, COMMIT) == 0)
		return 0;
	*full = sqlite3_errcode(file->db) == SQLITE_FULL;
	journal_failed(file, "the tick cannot be kept, and is not acted upon", err);
	if (!sqlite3_get_autocommit(file->db))
		journal_run(file, ROLLBACK);
	return -1;
}

static int write_somehow(struct journal_file *file, const struct snapshot *snapshot, struct err *err)
{
	bool full = false;
	struct err ignored;
	if (write_tick(file, snapshot, &full, err) == 0)
		return 0;
	return full && journal_drop_oldest(file, &ignored) > 0 ? write_tick(file, snapshot, &full, err) : -1;
}

/* The core has gone on without a record of it: the next one begins a segment. */
static int fall_behind(struct journal_file *file)
{
	struct err ignored;
	prepare_head(file, &ignored);
	return -1;
}

/* When all of a tick is known: a segment that is long enough ends with it. */
static void after_tick(struct journal_file *file, ms_t now)
{
	struct err err;
	if (now - file->segment_start < file->limits.segment && file->segment_bytes < file->limits.max_bytes / 8)
		return;
	if (prepare_head(file, &err) < 0 || journal_bound(file, now, &err) < 0)
		log_line(file->log, LOG_WARN, "journal", "error", err.message, NULL);
}

static int append(void *self, const struct tick_record *record, struct err *err)
{
	struct journal_file *file = self;
	const struct snapshot *snapshot = record->snapshot;
	if (file->head_due && !file->head_ready) {
		fall_behind(file);
		return err_set(err, "journal %s: out of memory for the tick before", file->path);
	}
	if (encode(file, record, err) < 0 || write_somehow(file, snapshot, err) < 0)
		return fall_behind(file);
	if (file->head_due) {
		file->head_due = false;
		file->segment_start = snapshot->time;
		file->segment_bytes = (int64_t)file->head.size;
	}
	file->n_ticks++;
	file->segment_bytes += (int64_t)file->tick.size;
	if (record->plan->n_actions == 0)
		after_tick(file, snapshot->time);
	return 0;
}

static int settle(void *self, const struct tick_record *record, const bool *accepted, struct err *err)
{
	struct journal_file *file = self;
	sqlite3_stmt *statement = journal_statement(file, ADD_OUTCOME);
	_Static_assert(sizeof(bool) == 1, "an answer is a byte");
	if (statement) {
		sqlite3_bind_int64(statement, 1, file->last_tick);
		sqlite3_bind_blob64(statement, 2, accepted, record->plan->n_actions, SQLITE_STATIC);
	}
	if (!statement || journal_run(file, ADD_OUTCOME) < 0) {
		journal_failed(file, "what became of a tick cannot be kept", err);
		return fall_behind(file);
	}
	after_tick(file, record->snapshot->time);
	return 0;
}

struct journal journal_port(struct journal_file *file)
{
	return (struct journal){file, append, settle};
}
