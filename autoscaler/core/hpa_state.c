/* The history of an autoscaler as bytes: little-endian, versioned, with a checksum.
 *
 *   magic[8] "PLIMHPA" 0 | u32 version | i64 now | u8 flags | u8 reason of active | u8 reason of limited
 *   2 windows (up, down):      u32 count | count x (i64 at, i64 key)
 *   2 lists (added, removed):  u32 count | count x (i64 at, i32 change)
 *   u32 smoothers | each:      u32 count | count x double
 *   u64 FNV-1a of all before
 */
#include "hpa_internal.h"
#include "state.h"

#include <math.h>

#define STATE_VERSION 1
static const unsigned char magic[8] = "PLIMHPA";

enum state_flag {
	FLAG_STARTED = 1,
	FLAG_SCALED_TO_ZERO = 2,
	FLAG_ACTIVE = 4,
	FLAG_LIMITED = 8,
	FLAGS = 15,
};

/* ---- writing ---- */

static void put_window(struct writer *writer, const struct window *window)
{
	put(writer, window->count, 4);
	for (uint32_t i = 0; i < window->count; i++) {
		const struct mark *mark = &window->ring[(window->head + i) & window->mask];
		put(writer, (uint64_t)mark->at, 8);
		put(writer, (uint64_t)mark->key, 8);
	}
}

static void put_events(struct writer *writer, const struct events *events)
{
	put(writer, events->count, 4);
	for (uint32_t i = 0; i < events->count; i++) {
		put(writer, (uint64_t)events->slots[i].at, 8);
		put(writer, (uint32_t)events->slots[i].change, 4);
	}
}

static void put_smoothers(struct writer *writer, const struct hpa *hpa)
{
	uint32_t n = hpa->smoothers ? hpa->spec->n_metrics : 0;
	put(writer, n, 4);
	for (uint32_t i = 0; i < n; i++) {
		size_t count = smoother_state_count(hpa->smoothers[i]);
		put(writer, count, 4);
		smoother_save(hpa->smoothers[i], hpa->smoother_states);
		for (size_t k = 0; k < count; k++) {
			uint64_t bits;
			memcpy(&bits, &hpa->smoother_states[k], sizeof bits);
			put(writer, bits, 8);
		}
	}
}

static void put_head(struct writer *writer, const struct hpa *hpa)
{
	for (size_t i = 0; i < sizeof magic; i++)
		put(writer, magic[i], 1);
	put(writer, STATE_VERSION, 4);
	put(writer, (uint64_t)hpa->now, 8);
	put(writer,
	    (hpa->started ? FLAG_STARTED : 0u) | (hpa->scaled_to_zero ? FLAG_SCALED_TO_ZERO : 0u) |
		(hpa->active.status ? FLAG_ACTIVE : 0u) | (hpa->limited.status ? FLAG_LIMITED : 0u),
	    1);
	put(writer, hpa->active.reason, 1);
	put(writer, hpa->limited.reason, 1);
}

static void put_all(struct writer *writer, const struct hpa *hpa)
{
	put_head(writer, hpa);
	put_window(writer, &hpa->up);
	put_window(writer, &hpa->down);
	put_events(writer, &hpa->added);
	put_events(writer, &hpa->removed);
	put_smoothers(writer, hpa);
}

static size_t state_size(const struct hpa *hpa)
{
	uint32_t n = hpa->smoothers ? hpa->spec->n_metrics : 0;
	return sizeof magic + 4 + 8 + 3 + 4 * 4 + 16 * ((size_t)hpa->up.count + hpa->down.count) +
	       12 * ((size_t)hpa->added.count + hpa->removed.count) + 4 + 4 * (size_t)n +
	       8 * (n ? hpa->n_smoother_states : 0) + 8;
}

size_t hpa_save(const struct hpa *hpa, unsigned char *bytes, size_t capacity)
{
	size_t size = state_size(hpa);
	if (capacity < size)
		return size;
	struct writer writer = {bytes, size, 0};
	put_all(&writer, hpa);
	put(&writer, state_sum(bytes, writer.size), STATE_SUM_SIZE);
	return size;
}

/* ---- reading: once to check everything, once more to take it over ---- */

static uint32_t get_count(struct reader *reader)
{
	uint32_t count = (uint32_t)get(reader, 4);
	if (count > HPA_HISTORY_MAX)
		reader->failed = true;
	return reader->failed ? 0 : count;
}

static void get_window(struct reader *reader, ms_t now, bool negated, struct window *window)
{
	uint32_t count = get_count(reader);
	struct mark before = {INT64_MIN, INT64_MAX};
	int64_t least = negated ? -(int64_t)INT32_MAX : INT32_MIN, most = negated ? -(int64_t)INT32_MIN : INT32_MAX;
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct mark mark = {(ms_t)get(reader, 8), (int64_t)get(reader, 8)};
		if (mark.at < before.at || mark.at > now || mark.key >= before.key || mark.key < least ||
		    mark.key > most)
			reader->failed = true;
		if (window && !reader->failed)
			window_push(window, mark.at, mark.key);
		before = mark;
	}
}

/* Slot by slot, since a slot decides what is overwritten next. */
static void get_events(struct reader *reader, ms_t now, struct events *events)
{
	uint32_t count = get_count(reader);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct scale_event event = {(ms_t)get(reader, 8), (int32_t)(uint32_t)get(reader, 4)};
		if (event.at > now || event.change < 0)
			reader->failed = true;
		if (!events || reader->failed)
			continue;
		if (events->count < events->capacity)
			events->slots[events->count++] = event;
		else
			events_push(events, event.at, event.change);
		events->newest = events->count == 1 ? event.at : max64(events->newest, event.at);
	}
}

static bool is_active_reason(unsigned reason)
{
	return reason == REASON_NONE ||
	       (reason >= REASON_VALID_METRIC_FOUND && reason <= REASON_FAILED_GET_EXTERNAL_METRIC);
}

static bool is_limited_reason(unsigned reason)
{
	return reason == REASON_NONE || (reason >= REASON_DESIRED_WITHIN_RANGE && reason <= REASON_SCALE_DOWN_LIMIT);
}

static void get_smoothers(struct reader *reader, const struct hpa *hpa, double *states)
{
	uint32_t n = (uint32_t)get(reader, 4), expected = hpa->smoothers ? hpa->spec->n_metrics : 0;
	if (n != expected)
		reader->failed = true;
	for (uint32_t i = 0; i < n && !reader->failed; i++) {
		size_t count = smoother_state_count(hpa->smoothers[i]);
		if (get(reader, 4) != count)
			reader->failed = true;
		for (size_t k = 0; k < count && !reader->failed; k++, states++) {
			uint64_t bits = get(reader, 8);
			memcpy(states, &bits, sizeof bits);
			if (!isfinite(*states))
				reader->failed = true;
		}
	}
}

static void empty_history(struct hpa *hpa)
{
	hpa->up.count = hpa->down.count = 0;
	hpa->added.count = hpa->removed.count = 0;
}

/* apply: the bytes are known to be good. */
static void get_all(struct reader *reader, struct hpa *hpa, bool apply)
{
	reader->at = sizeof magic + 4;
	ms_t now = (ms_t)get(reader, 8);
	unsigned flags = (unsigned)get(reader, 1), active = (unsigned)get(reader, 1),
		 limited = (unsigned)get(reader, 1);
	if ((flags & ~(unsigned)FLAGS) || !is_active_reason(active) || !is_limited_reason(limited))
		reader->failed = true;
	if (apply) {
		empty_history(hpa);
		hpa->now = now;
		hpa->started = flags & FLAG_STARTED;
		hpa->scaled_to_zero = flags & FLAG_SCALED_TO_ZERO;
		hpa->active = (struct condition){flags & FLAG_ACTIVE, (enum hpa_reason)active};
		hpa->limited = (struct condition){flags & FLAG_LIMITED, (enum hpa_reason)limited};
	}
	get_window(reader, now, true, apply ? &hpa->up : NULL);
	get_window(reader, now, false, apply ? &hpa->down : NULL);
	get_events(reader, now, apply ? &hpa->added : NULL);
	get_events(reader, now, apply ? &hpa->removed : NULL);
	get_smoothers(reader, hpa, hpa->smoother_states);
}

/* All smoothers or none. */
static int restore_smoothers(struct hpa *hpa, struct err *err)
{
	if (!hpa->smoothers)
		return 0;
	double *new = hpa->smoother_states, *old = new + hpa->n_smoother_states;
	for (uint32_t i = 0; i < hpa->spec->n_metrics; i++) {
		size_t count = smoother_state_count(hpa->smoothers[i]);
		smoother_save(hpa->smoothers[i], old);
		if (smoother_restore(hpa->smoothers[i], new, count, err) < 0) {
			struct err ignored;
			while (i-- > 0) {
				old -= smoother_state_count(hpa->smoothers[i]);
				smoother_restore(hpa->smoothers[i], old, smoother_state_count(hpa->smoothers[i]),
						 &ignored);
			}
			return err_wrap(err, "saved state of the autoscaler");
		}
		new += count;
		old += count;
	}
	return 0;
}

int hpa_restore(struct hpa *hpa, const unsigned char *bytes, size_t size, struct err *err)
{
	struct reader reader;
	if (state_open(&reader, bytes, size, magic, STATE_VERSION, "autoscaler", err) < 0)
		return -1;
	get_all(&reader, hpa, false);
	if (reader.failed || reader.at != reader.size)
		return err_set(err, "saved state of the autoscaler: byte %zu does not fit this autoscaler", reader.at);
	if (restore_smoothers(hpa, err) < 0)
		return -1;
	get_all(&reader, hpa, true);
	return 0;
}
