#include "journal_reader.h"

#include <stdlib.h>

/* A journal that ends later than now was written under another clock. */
#define LATER_MAX MINUTE_MS

/* The core as it was when the segment began. */
static struct core *begin(const struct record_head *head, struct arena *arena, struct err *err)
{
	struct core *core = core_new(&head->config, arena, err);
	if (!core || core_restore(core, head->state, head->n_state, err) < 0)
		return NULL;
	return core;
}

static int step(struct core *core, const struct journal_tick *tick, struct err *err)
{
	struct plan plan;
	if (core_step(core, &tick->snapshot, &plan, err) < 0)
		return -1;
	core_settle(core, &tick->plan, tick->accepted);
	return 0;
}

/* From a core of the journal's own specs to the one that is there now. */
static int hand_over(const struct core *past, struct core *core, struct err *err)
{
	size_t size = core_save(past, NULL, 0);
	unsigned char *bytes = malloc(size);
	if (!bytes)
		return err_set(err, "out of memory for %zu bytes of state", size);
	core_save(past, bytes, size);
	int status = core_restore(core, bytes, size, err);
	free(bytes);
	return status;
}

static int run_again(struct journal_reader *reader, struct core *core, ms_t now, struct err *err)
{
	const struct journal_tick *tick;
	struct arena arena = {0};
	struct core *past = NULL;
	ms_t last = MS_UNSET;
	int status = journal_reader_last(reader, err);
	if (status <= 0)
		return status;
	while ((status = journal_reader_next(reader, &tick, err)) > 0) {
		if ((tick->first && !(past = begin(tick->head, &arena, err))) || step(past, tick, err) < 0) {
			status = -1;
			break;
		}
		last = tick->time;
	}
	if (status == 0 && past && last > now + LATER_MAX)
		status = err_set(err, "its last tick is %lld s later than now", (long long)((last - now) / SECOND_MS));
	if (status == 0 && past)
		status = hand_over(past, core, err) < 0 ? -1 : 1;
	arena_free(&arena);
	return status;
}

int journal_restore(struct journal_file *file, struct core *core, ms_t now, struct err *err)
{
	struct journal_reader *reader = journal_reader_on(file->db, file->path, err);
	int status = reader ? run_again(reader, core, now, err) : -1;
	journal_reader_close(reader);
	return status < 0 ? err_wrap(err, "journal %s: what it holds of the past cannot be used", file->path) : status;
}
