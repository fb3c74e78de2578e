/* What the core remembers as bytes.
 *
 *   magic[8] "PLIMCOR" 0 | u32 version
 *   i64 next replicas | i64 newest sample | u8 early | u8 close
 *   i64 next scan | i64 last scale-up | i64 last deletion
 *   u32 nodes | each:       u32 slot | u32 uid | i64 unneeded since | i64 unremovable until
 *   u32 autoscalers | each: text namespace | text name | u32 size | what hpa_save wrote
 *   u64 FNV-1a of all before
 *
 * A text is u32 length and its bytes. What a scan found on an unchanged cluster is not kept: the next one looks. */
#include "core_internal.h"
#include "state.h"

#define STATE_VERSION 2
static const unsigned char magic[8] = "PLIMCOR";

/* ---- writing ---- */

static void put_text(struct writer *writer, const char *text)
{
	size_t length = text ? strlen(text) : 0;
	put(writer, length, 4);
	for (size_t i = 0; i < length; i++)
		put(writer, (unsigned char)text[i], 1);
}

static void put_nodes(struct writer *writer, const struct nodes *nodes)
{
	uint32_t known = 0;
	for (uint32_t slot = 0; slot < nodes->max_nodes; slot++)
		known += nodes->memory[slot].known;
	put(writer, known, 4);
	for (uint32_t slot = 0; slot < nodes->max_nodes; slot++) {
		const struct node_memory *memory = &nodes->memory[slot];
		if (!memory->known)
			continue;
		put(writer, slot, 4);
		put(writer, memory->uid, 4);
		put(writer, (uint64_t)memory->unneeded_since, 8);
		put(writer, (uint64_t)memory->unremovable_until, 8);
	}
}

static void put_autoscalers(struct writer *writer, const struct core *core)
{
	put(writer, core->config.n_autoscalers, 4);
	for (uint32_t i = 0; i < core->config.n_autoscalers; i++) {
		put_text(writer, core->config.autoscalers[i].namespace_);
		put_text(writer, core->config.autoscalers[i].name);
		size_t size = hpa_save(core->autoscalers[i], NULL, 0);
		put(writer, size, 4);
		if (writer->size < writer->capacity && size <= writer->capacity - writer->size)
			hpa_save(core->autoscalers[i], writer->bytes + writer->size, size);
		writer->size += size;
	}
}

static void put_all(struct writer *writer, const struct core *core)
{
	for (size_t i = 0; i < sizeof magic; i++)
		put(writer, magic[i], 1);
	put(writer, STATE_VERSION, 4);
	put(writer, (uint64_t)core->phase.due, 8);
	put(writer, (uint64_t)core->phase.newest, 8);
	put(writer, core->phase.early, 1);
	put(writer, core->phase.close, 1);
	put(writer, (uint64_t)core->nodes.next_scan, 8);
	put(writer, (uint64_t)core->nodes.last_scale_up, 8);
	put(writer, (uint64_t)core->nodes.last_delete, 8);
	put_nodes(writer, &core->nodes);
	put_autoscalers(writer, core);
}

size_t core_save(const struct core *core, unsigned char *bytes, size_t capacity)
{
	struct writer writer = {NULL, 0, 0};
	put_all(&writer, core);
	size_t size = writer.size + STATE_SUM_SIZE;
	if (capacity < size)
		return size;
	writer = (struct writer){bytes, size, 0};
	put_all(&writer, core);
	put(&writer, state_sum(bytes, writer.size), STATE_SUM_SIZE);
	return size;
}

/* ---- reading: once to check, once more to take it over ---- */

/* A time that spans can be added to. */
static bool is_time(ms_t time)
{
	return time >= INT64_MIN / 4 && time <= INT64_MAX / 4;
}

static ms_t get_time(struct reader *reader, ms_t none)
{
	ms_t time = (ms_t)get(reader, 8);
	if (time != none && !is_time(time))
		reader->failed = true;
	return time;
}

static bool get_flag(struct reader *reader)
{
	uint64_t flag = get(reader, 1);
	reader->failed |= flag > 1;
	return flag == 1;
}

static void get_nodes(struct reader *reader, struct nodes *nodes, bool apply)
{
	uint32_t count = (uint32_t)get(reader, 4);
	int64_t before = -1;
	for (uint32_t slot = 0; apply && slot < nodes->max_nodes; slot++)
		nodes->memory[slot] = (struct node_memory){0};
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		uint32_t slot = (uint32_t)get(reader, 4), uid = (uint32_t)get(reader, 4);
		ms_t since = get_time(reader, MS_UNSET), until = (ms_t)get(reader, 8);
		if (until != MS_UNSET && until != MS_NEVER && !is_time(until))
			reader->failed = true;
		if (slot <= before || slot >= nodes->max_nodes)
			reader->failed = true;
		else if (apply)
			nodes->memory[slot] = (struct node_memory){uid, true, since, until};
		before = slot;
	}
}

static bool is_text(struct reader *reader, const char *text)
{
	size_t length = (size_t)get(reader, 4), ours = text ? strlen(text) : 0;
	if (reader->failed || reader->size - reader->at < length) {
		reader->failed = true;
		return false;
	}
	reader->at += length;
	return length == ours && (ours == 0 || memcmp(reader->bytes + reader->at - length, text, length) == 0);
}

/* The autoscaler whose names stand next, or n_autoscalers; most often it is at its old place. */
static uint32_t get_autoscaler(struct reader *reader, const struct core *core, uint32_t guess)
{
	const struct core_config *config = &core->config;
	struct reader start = *reader;
	for (uint32_t tried = 0; tried < config->n_autoscalers; tried++) {
		uint32_t i = (guess + tried) % config->n_autoscalers;
		*reader = start;
		bool same = is_text(reader, config->autoscalers[i].namespace_);
		same &= is_text(reader, config->autoscalers[i].name);
		if (same && !reader->failed)
			return i;
	}
	*reader = start;
	is_text(reader, NULL);
	is_text(reader, NULL);
	return config->n_autoscalers;
}

static int get_autoscalers(struct reader *reader, struct core *core, bool apply, struct err *err)
{
	uint32_t count = (uint32_t)get(reader, 4);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		uint32_t own = get_autoscaler(reader, core, i);
		size_t size = (size_t)get(reader, 4);
		if (reader->failed || reader->size - reader->at < size) {
			reader->failed = true;
			break;
		}
		if (apply && own < core->config.n_autoscalers &&
		    hpa_restore(core->autoscalers[own], reader->bytes + reader->at, size, err) < 0)
			return -1;
		reader->at += size;
	}
	return 0;
}

static int get_all(struct reader *reader, struct core *core, bool apply, struct err *err)
{
	struct nodes *nodes = &core->nodes;
	struct phase phase = {.due = get_time(reader, MS_NEVER)};
	phase.newest = get_time(reader, MS_UNSET);
	phase.early = get_flag(reader);
	phase.close = get_flag(reader);
	ms_t scan = get_time(reader, MS_NEVER);
	ms_t scale_up = get_time(reader, MS_UNSET), delete = get_time(reader, MS_UNSET);
	if (apply) {
		/* what was off and is on now, or the other way round, keeps its own time */
		if (core->phase.due != MS_NEVER && phase.due != MS_NEVER)
			core->phase = phase;
		if (nodes->next_scan != MS_NEVER && scan != MS_NEVER)
			nodes->next_scan = scan;
		nodes->last_scale_up = scale_up;
		nodes->last_delete = delete;
		nodes->quiet_until = MS_UNSET;
	}
	get_nodes(reader, nodes, apply);
	return get_autoscalers(reader, core, apply, err);
}

static int take_over(struct core *core, const unsigned char *bytes, size_t size, struct err *err)
{
	struct reader reader;
	if (state_open(&reader, bytes, size, magic, STATE_VERSION, "core", err) < 0)
		return -1;
	size_t first = reader.at;
	get_all(&reader, core, false, err);
	if (reader.failed || reader.at != reader.size)
		return err_set(err, "saved state of the core: byte %zu does not fit this core", reader.at);
	reader.at = first;
	return get_all(&reader, core, true, err);
}

/* An autoscaler's own part may be refused after others were taken over: then all go back. */
int core_restore(struct core *core, const unsigned char *bytes, size_t size, struct err *err)
{
	struct err ignored;
	size_t own = core_save(core, NULL, 0);
	unsigned char *before = arena_alloc(core->nodes.arena, own, 1);
	if (!before)
		return err_set(err, "out of memory for %zu bytes of saved state", own);
	core_save(core, before, own);
	if (take_over(core, bytes, size, err) == 0)
		return 0;
	take_over(core, before, own, &ignored);
	return -1;
}
