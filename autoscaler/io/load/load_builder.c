#include "load_internal.h"

#include "../text/grown.h"

#include <stdlib.h>

#define STEP_DEFAULT (60 * SECOND_MS)
#define STEP_SAMPLES 65536

static int compare(const char *text, size_t length, const char *name)
{
	int order = strncmp(text, name, length);
	return order ? order : -(name[length] != 0);
}

/* Place in by_name where the workload is, or belongs. */
static uint32_t search(const struct load_builder *b, const char *workload, size_t length, bool *found)
{
	uint32_t low = 0, high = b->n;
	*found = false;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare(workload, length, b->items[b->by_name[middle]].workload);
		if (order == 0)
			*found = true;
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static int begin(struct load_builder *b, const char *workload, size_t length, uint32_t place, struct err *err)
{
	if (b->n == LOAD_MAX_WORKLOADS)
		return err_set(err, "more than %d workloads", LOAD_MAX_WORKLOADS);
	uint32_t *by_name = heap_grown(b->by_name, b->n, &b->by_name_room, sizeof *by_name);
	b->by_name = by_name ? by_name : b->by_name;
	struct load_rows *items = heap_grown(b->items, b->n, &b->items_room, sizeof *items);
	b->items = items ? items : b->items;
	if (!by_name || !items)
		return err_set(err, "out of memory");
	char *name = malloc(length + 1);
	if (!name)
		return err_set(err, "out of memory");
	memcpy(name, workload, length);
	name[length] = 0;
	memmove(b->by_name + place + 1, b->by_name + place, (b->n - place) * sizeof *b->by_name);
	b->by_name[place] = b->n;
	b->items[b->n] = (struct load_rows){.workload = name};
	b->current = b->n++;
	return 0;
}

/* Rows come in runs of one workload, or in rounds over all: those are tried before searching. */
static bool try_near(struct load_builder *b, const char *workload, size_t length)
{
	for (uint32_t i = 0; i < 2 && i < b->n; i++) {
		uint32_t place = b->current + i < b->n ? b->current + i : 0;
		if (compare(workload, length, b->items[place].workload) == 0) {
			b->current = place;
			return true;
		}
	}
	return false;
}

int load_builder_find(struct load_builder *b, const char *workload, size_t length, struct load_rows **rows,
		      struct err *err)
{
	if (!try_near(b, workload, length)) {
		bool found;
		uint32_t place = search(b, workload, length, &found);
		if (found)
			b->current = b->by_name[place];
		else if (begin(b, workload, length, place, err) < 0)
			return -1;
	}
	*rows = &b->items[b->current];
	return 0;
}

int load_builder_add(struct load_builder *b, struct load_rows *rows, int64_t **slots, struct err *err)
{
	b->cells += b->slots;
	if (b->cells > LOAD_MAX_CELLS)
		return err_set(err, "more than %llu numbers, the most that is read",
			       (unsigned long long)LOAD_MAX_CELLS);
	int64_t *cells = heap_grown(rows->cells, rows->n, &rows->room, b->slots * sizeof *cells);
	if (!cells)
		return err_set(err, "out of memory");
	rows->cells = cells;
	*slots = rows->cells + (size_t)rows->n++ * b->slots;
	return 0;
}

static int64_t *copy_slot(const struct load_builder *b, const struct load_rows *rows, uint32_t slot,
			  struct arena *arena)
{
	int64_t *column = arena_alloc(arena, rows->n, sizeof *column);
	for (uint32_t i = 0; column && i < rows->n; i++)
		column[i] = rows->cells[(size_t)i * b->slots + slot];
	return column;
}

static bool is_kept(const struct load_column *column)
{
	return column->role == ROLE_METRIC && column->state == METRIC_NUMBER;
}

static bool copy_metrics(const struct load_builder *b, const struct load_rows *rows, const struct load_columns *columns,
			 struct load_series *series, struct arena *arena)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < columns->n; i++)
		n += is_kept(&columns->items[i]);
	if (n == 0)
		return true;
	struct load_metric *metrics = arena_alloc(arena, n, sizeof *metrics);
	if (!metrics)
		return false;
	series->metrics = metrics;
	for (uint32_t i = 0; i < columns->n; i++) {
		const struct load_column *column = &columns->items[i];
		if (!is_kept(column))
			continue;
		struct load_metric *metric = &metrics[series->n_metrics++];
		metric->name = arena_strdup(arena, column->name);
		metric->milli = copy_slot(b, rows, column->slot, arena);
		if (!metric->name || !metric->milli)
			return false;
	}
	return true;
}

static bool copy_optional(const struct load_builder *b, const struct load_rows *rows,
			  const struct load_columns *columns, enum role role, const int64_t **out, struct arena *arena)
{
	if (columns->at[role] < 0)
		return true;
	*out = copy_slot(b, rows, columns->items[columns->at[role]].slot, arena);
	return *out;
}

static bool copy_series(const struct load_builder *b, const struct load_rows *rows, const struct load_columns *columns,
			struct load_series *series, struct arena *arena)
{
	series->n = rows->n;
	if (columns->at[ROLE_WORKLOAD] >= 0 && !(series->workload = arena_strdup(arena, rows->workload)))
		return false;
	series->time = copy_slot(b, rows, SLOT_TIME, arena);
	series->cpu_nano = copy_slot(b, rows, SLOT_CPU, arena);
	return series->time && series->cpu_nano &&
	       copy_optional(b, rows, columns, ROLE_MEMORY, &series->memory_bytes, arena) &&
	       copy_optional(b, rows, columns, ROLE_REQUESTS, &series->requests_milli, arena) &&
	       copy_metrics(b, rows, columns, series, arena);
}

static int compare_ms(const void *a, const void *b)
{
	ms_t x = *(const ms_t *)a, y = *(const ms_t *)b;
	return (x > y) - (x < y);
}

/* Spacings, every stride-th of them, so that no more than STEP_SAMPLES are looked at. */
static size_t sample_spacings(const struct load *load, uint64_t stride, ms_t *spacings)
{
	size_t n = 0;
	uint64_t seen = 0;
	for (uint32_t s = 0; s < load->n_series; s++)
		for (uint32_t i = 1; i < load->series[s].n; i++, seen++)
			if (seen % stride == 0)
				spacings[n++] = load->series[s].time[i] - load->series[s].time[i - 1];
	return n;
}

static int find_span(struct load *load, struct err *err)
{
	uint64_t pairs = 0;
	load->from = MS_NEVER;
	load->step = STEP_DEFAULT;
	ms_t last = 0;
	for (uint32_t s = 0; s < load->n_series; s++) {
		load->from = min64(load->from, load->series[s].time[0]);
		last = max64(last, load->series[s].time[load->series[s].n - 1]);
		pairs += load->series[s].n - 1;
	}
	if (pairs) {
		ms_t *spacings = malloc(STEP_SAMPLES * sizeof *spacings);
		if (!spacings)
			return err_set(err, "out of memory");
		size_t n = sample_spacings(load, (pairs + STEP_SAMPLES - 1) / STEP_SAMPLES, spacings);
		qsort(spacings, n, sizeof *spacings, compare_ms);
		load->step = spacings[(n - 1) / 2];
		free(spacings);
	}
	load->until = last + load->step;
	return 0;
}

int load_builder_finish(struct load_builder *b, const struct load_columns *columns, struct load *load, struct err *err)
{
	load->series = arena_alloc(&load->arena, b->n, sizeof *load->series);
	if (!load->series)
		return err_set(err, "out of memory");
	load->n_series = b->n;
	for (uint32_t i = 0; i < b->n; i++) {
		if (!copy_series(b, &b->items[i], columns, &load->series[i], &load->arena))
			return err_set(err, "out of memory");
		free(b->items[i].cells);
		b->items[i].cells = NULL;
	}
	return find_span(load, err);
}

void load_builder_free(struct load_builder *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		free(b->items[i].workload);
		free(b->items[i].cells);
	}
	free(b->items);
	free(b->by_name);
	*b = (struct load_builder){0};
}
