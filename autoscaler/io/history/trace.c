#include "trace.h"

#include "../live/table.h"
#include "../text/grown.h"
#include "calendar.h"
#include "visible.h"

#define SPACINGS_MAX  100000 /* that the median is taken of */
#define HOLD_SPACINGS 3

struct trace_value {
	ms_t at;
	uint64_t line;
	uint32_t first; /* of its values, in `values` */
};

struct trace_entry {
	struct table_link link;
	uint32_t index, workload;
	bool wanted;
	struct trace_value *seen;
	size_t n, room;
	char name[];
};

struct trace {
	struct history *history;
	const struct mapping *mapping;
	struct table table;
	struct trace_entry **entries;
	size_t n_entries, entries_room;
	ms_t *looks;
	size_t n_looks, looks_room;
	int64_t *values;
	size_t n_values, values_room;
	uint32_t columns;
	bool sorted;
};

struct trace *trace_open(struct history *history, const struct mapping *mapping, struct err *err)
{
	struct trace *trace = calloc(1, sizeof *trace);
	if (!trace) {
		err_set(err, "out of memory");
		return NULL;
	}
	trace->history = history;
	trace->mapping = mapping;
	trace->columns = history_columns(history);
	return trace;
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	for (size_t i = 0; i < trace->n_entries; i++) {
		free(trace->entries[i]->seen);
		free(trace->entries[i]);
	}
	free(trace->entries);
	free(trace->looks);
	free(trace->values);
	table_free(&trace->table);
	free(trace);
}

/* ---- what is seen ---- */

static struct trace_entry *find(const struct trace *trace, uint64_t hash, const char *name, size_t length)
{
	for (struct table_link *link = table_first(&trace->table, hash); link; link = table_next(link)) {
		struct trace_entry *entry = TABLE_OF(link, struct trace_entry, link);
		if (strlen(entry->name) == length && memcmp(entry->name, name, length) == 0)
			return entry;
	}
	return NULL;
}

static struct trace_entry *add_entry(struct trace *trace, uint64_t hash, const char *name, size_t length)
{
	struct trace_entry **entries =
	    heap_grown(trace->entries, trace->n_entries, &trace->entries_room, sizeof(struct trace_entry *));
	trace->entries = entries ? entries : trace->entries;
	struct trace_entry *entry =
	    entries && table_reserve(&trace->table) == 0 ? calloc(1, sizeof *entry + length + 1) : NULL;
	if (!entry)
		return NULL;
	memcpy(entry->name, name, length);
	entry->index = (uint32_t)trace->n_entries;
	trace->entries[trace->n_entries++] = entry;
	table_add(&trace->table, &entry->link, hash);
	return entry;
}

int trace_series(struct trace *trace, const char *name, size_t length, const char *workload, uint32_t *series,
		 struct err *err)
{
	uint64_t hash = table_hash(0, name, length);
	struct trace_entry *entry = memchr(name, 0, length) ? NULL : find(trace, hash, name, length);
	if (!entry) {
		if (memchr(name, 0, length))
			return err_set(err, "a name with a NUL in it");
		if (trace->n_entries == UINT32_MAX / 2 || !(entry = add_entry(trace, hash, name, length)))
			return err_set(err, "out of memory");
		entry->wanted = mapping_wants(trace->mapping, workload);
		if (entry->wanted &&
		    history_workload(trace->history, workload, strlen(workload), &entry->workload, err) < 0)
			return -1;
	}
	*series = entry->index;
	return 0;
}

int trace_add(struct trace *trace, uint32_t series, ms_t at, const int64_t *values, uint64_t line, struct err *err)
{
	struct trace_entry *entry = trace->entries[series];
	if (!entry->wanted)
		return 0;
	struct trace_value *seen = heap_grown(entry->seen, entry->n, &entry->room, sizeof *seen);
	entry->seen = seen ? seen : entry->seen;
	int64_t *grown =
	    seen ? heap_room(trace->values, trace->n_values, trace->columns, &trace->values_room, sizeof *grown) : NULL;
	trace->values = grown ? grown : trace->values;
	if (!grown || trace->n_values > UINT32_MAX - HISTORY_COLUMNS_MAX)
		return err_set(err,
			       "too many values, or out of memory: take a shorter time, or fewer workloads (--only)");
	seen[entry->n++] = (struct trace_value){at, line, (uint32_t)trace->n_values};
	memcpy(trace->values + trace->n_values, values, trace->columns * sizeof *values);
	trace->n_values += trace->columns;
	trace->sorted = false;
	return 0;
}

int trace_look(struct trace *trace, ms_t at, struct err *err)
{
	ms_t *looks = heap_grown(trace->looks, trace->n_looks, &trace->looks_room, sizeof *looks);
	if (!looks)
		return err_set(err, "out of memory");
	trace->looks = looks;
	looks[trace->n_looks++] = at;
	trace->sorted = false;
	return 0;
}

/* ---- in order ---- */

static int by_value_time(const void *a, const void *b)
{
	const struct trace_value *x = a, *y = b;
	return x->at < y->at ? -1 : x->at > y->at;
}

static int by_time(const void *a, const void *b)
{
	const ms_t *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static void sort(struct trace *trace)
{
	if (trace->sorted)
		return;
	for (size_t i = 0; i < trace->n_entries; i++)
		if (trace->entries[i]->n)
			qsort(trace->entries[i]->seen, trace->entries[i]->n, sizeof(struct trace_value), by_value_time);
	if (trace->n_looks)
		qsort(trace->looks, trace->n_looks, sizeof *trace->looks, by_time);
	trace->sorted = true;
}

ms_t trace_spacing(struct trace *trace)
{
	size_t n = 0;
	ms_t *spacings = malloc(SPACINGS_MAX * sizeof *spacings), median = 0;
	sort(trace);
	for (size_t i = 1; spacings && i < trace->n_looks && n < SPACINGS_MAX; i++)
		spacings[n++] = trace->looks[i] - trace->looks[i - 1];
	for (size_t e = 0; spacings && trace->n_looks == 0 && e < trace->n_entries; e++)
		for (size_t i = 1; i < trace->entries[e]->n && n < SPACINGS_MAX; i++)
			spacings[n++] = trace->entries[e]->seen[i].at - trace->entries[e]->seen[i - 1].at;
	if (n) {
		qsort(spacings, n, sizeof *spacings, by_time);
		median = spacings[(n - 1) / 2];
	}
	free(spacings);
	return median;
}

/* The first look after `at`; MS_NEVER: none. */
static ms_t next_look(const struct trace *trace, ms_t at)
{
	size_t low = 0, high = trace->n_looks;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (trace->looks[middle] <= at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < trace->n_looks ? trace->looks[low] : MS_NEVER;
}

static int twice(const struct trace_entry *entry, const struct trace_value *a, const struct trace_value *b,
		 struct err *err)
{
	char when[CALENDAR_TEXT];
	struct visible name = visible(entry->name, strlen(entry->name), 80);
	calendar_format(a->at, when);
	if (!a->line)
		return err_set(err, "'%s' has two values at %s", name.text, when);
	return err_set(err,
		       "lines %llu and %llu: '%s' has two values at %s; if they are of several pods, say which column "
		       "tells them apart (--pod)",
		       (unsigned long long)min64((int64_t)a->line, (int64_t)b->line),
		       (unsigned long long)max64((int64_t)a->line, (int64_t)b->line), name.text, when);
}

static int entry_spans(struct trace *trace, const struct trace_entry *entry, ms_t usual, ms_t hold, struct err *err)
{
	for (size_t i = 0; i < entry->n; i++) {
		const struct trace_value *seen = &entry->seen[i];
		ms_t next = i + 1 < entry->n ? entry->seen[i + 1].at : MS_NEVER;
		if (next == seen->at)
			return twice(entry, seen, &entry->seen[i + 1], err);
		next = min64(next, next_look(trace, seen->at));
		ms_t until = next == MS_NEVER ? seen->at + min64(usual, hold) : min64(next, seen->at + hold);
		for (uint32_t c = 0; c < trace->columns; c++)
			if (trace->values[seen->first + c] >= 0 &&
			    history_span(trace->history, entry->workload, c, seen->at, until,
					 trace->values[seen->first + c], err) < 0)
				return -1;
	}
	return 0;
}

int trace_spans(struct trace *trace, ms_t hold, struct err *err)
{
	ms_t usual = trace_spacing(trace);
	usual = usual ? usual : MINUTE_MS;
	hold = hold ? hold : min64(usual, 366 * DAY_MS) * HOLD_SPACINGS;
	sort(trace);
	for (size_t i = 0; i < trace->n_entries; i++)
		if (entry_spans(trace, trace->entries[i], usual, hold, err) < 0)
			return -1;
	return 0;
}
