#include "csv_history.h"

#include "../text/csv.h"
#include "../text/instant.h"
#include "quantity.h"
#include "visible.h"

#include <strings.h>

static const struct unit {
	enum history_role role;
	const char *name;
	int64_t times, by; /* to the unit of the column */
} units[] = {
    {HISTORY_CPU, "cores", 1, 1},
    {HISTORY_CPU, "millicores", 1, 1000},
    {HISTORY_CPU, "nanocores", 1, NANO},
    {HISTORY_CPU, "percent", 1, 100}, /* of a core */
    {HISTORY_MEMORY, "bytes", 1, 1},
    {HISTORY_MEMORY, "KiB", 1 << 10, 1},
    {HISTORY_MEMORY, "MiB", 1 << 20, 1},
    {HISTORY_MEMORY, "GiB", 1 << 30, 1},
    {HISTORY_MEMORY, "kB", 1000, 1},
    {HISTORY_MEMORY, "MB", 1000000, 1},
    {HISTORY_MEMORY, "GB", 1000000000, 1},
    {HISTORY_REQUESTS, "per-second", 1, 1},
    {HISTORY_REQUESTS, "per-minute", 1, 60},
    {HISTORY_REQUESTS, "per-hour", 1, 3600},
    {HISTORY_REQUESTS, "per-day", 1, 86400},
    {HISTORY_METRIC, "plain", 1, 1},
};

struct source_column {
	int place;
	const struct unit *unit;
	enum history_role role;
	uint32_t column;
};

struct reading {
	const struct csv_history *request;
	const struct mapping *mapping;
	struct trace *trace;
	const struct history *history;
	int time, workload, namespace_, pod; /* -1: no such column */
	struct source_column values[HISTORY_COLUMNS_MAX];
};

static void list_units(enum history_role role, char *text, size_t size)
{
	size_t at = 0;
	for (size_t i = 0; i < COUNT(units) && at < size; i++)
		if (units[i].role == role)
			at += (size_t)snprintf(text + at, size - at, "%s%s", at ? ", " : "", units[i].name);
}

/* ---- columns ---- */

static int find_column(const struct csv *csv, const struct csv_field *header, size_t n, const char *name, int *place,
		       struct err *err)
{
	*place = name ? csv_column(header, n, name) : -1;
	return !name || *place >= 0
		   ? 0
		   : csv_fail(csv, err, "there is no column '%s'", visible(name, strlen(name), 60).text);
}

/* "usage:millicores"; what stands behind the last colon is a unit when it is one, or when no column is called so. */
static int find_value(struct reading *r, const struct csv *csv, const struct csv_field *header, size_t n, size_t i,
		      struct err *err)
{
	const struct csv_value *value = &r->request->values[i];
	struct source_column *source = &r->values[i];
	const char *colon = strrchr(value->from, ':');
	char name[256], allowed[160];
	source->column = value->column;
	source->role = history_column_at(r->history, value->column)->role;
	source->place = csv_column(header, n, value->from);
	for (size_t u = 0; u < COUNT(units) && !source->unit; u++)
		if (units[u].role == source->role &&
		    (source->place >= 0 || !colon || strcmp(colon + 1, units[u].name) == 0))
			source->unit = &units[u];
	if (!source->unit) {
		list_units(source->role, allowed, sizeof allowed);
		return csv_fail(csv, err, "'%s': neither a column, nor one with a unit; allowed units: %s",
				visible(value->from, strlen(value->from), 60).text, allowed);
	}
	snprintf(name, sizeof name, "%.*s", colon && source->place < 0 ? (int)(colon - value->from) : 255, value->from);
	return find_column(csv, header, n, name, &source->place, err);
}

static int find_columns(struct reading *r, struct csv *csv, struct err *err)
{
	const struct csv_history *request = r->request;
	const struct csv_field *header;
	size_t n;
	int got = csv_next(csv, &header, &n, err);
	if (got <= 0)
		return got < 0 ? -1 : csv_fail(csv, err, "is empty; the first line names the columns");
	csv->width = n;
	if (find_column(csv, header, n, request->time, &r->time, err) < 0 ||
	    find_column(csv, header, n, request->workload, &r->workload, err) < 0 ||
	    find_column(csv, header, n, request->namespace_, &r->namespace_, err) < 0 ||
	    find_column(csv, header, n, request->pod, &r->pod, err) < 0)
		return -1;
	for (size_t i = 0; i < request->n_values; i++)
		if (find_value(r, csv, header, n, i, err) < 0)
			return -1;
	return 0;
}

/* ---- rows ---- */

/* A time that says no zone is of the request's. */
static int read_instant(ms_t zone, struct csv_field f, ms_t *at, struct err *err)
{
	char text[96];
	struct err ignored;
	ms_t off = zone < 0 ? -zone : zone;
	int length = f.length > 48 ? 0
				   : snprintf(text, sizeof text, "%.*s%s%c%02d:%02d", (int)f.length, f.text,
					      f.length == 10 ? "T00:00" : "", zone < 0 ? '-' : '+',
					      (int)(off / HOUR_MS), (int)(off / MINUTE_MS % 60));
	if (zone && length > 0 && f.length >= 10 && f.text[4] == '-' &&
	    instant_parse(text, (size_t)length, 0, at, &ignored) == 0)
		return 0;
	return instant_parse(f.text, f.length, 0, at, err);
}

static int read_time(const struct reading *r, const struct csv *csv, struct csv_field f, ms_t *at, struct err *err)
{
	struct err why;
	if (!r->request->time_format) {
		if (read_instant(r->request->zone, f, at, &why) == 0)
			return 0;
		return csv_fail(csv, err, "column %s: %s", r->request->time, why.message);
	}
	if (time_pattern_read(r->request->time_format, f.text, f.length, r->request->zone, at) == 0)
		return 0;
	return csv_fail(csv, err, "column %s: '%s' is no time like '%s'", r->request->time,
			visible(f.text, f.length, 40).text, r->request->time_format);
}

static bool is_nothing(struct csv_field f)
{
	static const char *const words[] = {"", "-", "nan", "null", "none", "n/a"};
	for (size_t i = 0; i < COUNT(words); i++)
		if (strlen(words[i]) == f.length && strncasecmp(words[i], f.text, f.length) == 0)
			return true;
	return false;
}

static int64_t power(int places)
{
	return places > 0 ? 10 * power(places - 1) : 1;
}

static int read_value(const struct reading *r, const struct csv *csv, const struct source_column *source,
		      struct csv_field f, int64_t *value, struct err *err)
{
	const char *name = history_column_at(r->history, source->column)->name;
	struct err why;
	wide_t nano;
	*value = -1;
	if (is_nothing(f))
		return 0;
	if (quantity_parse(f.text, f.length, &nano, &why) < 0)
		return csv_fail(csv, err, "%s: '%s' is no number", name, visible(f.text, f.length, 40).text);
	wide_t by = (wide_t)source->unit->by * power(9 - history_places(source->role));
	wide_t scaled = (nano * source->unit->times + by / 2) / by;
	if (nano < 0 || scaled > INT64_MAX / 4)
		return csv_fail(csv, err, "%s: '%s' is %s", name, visible(f.text, f.length, 40).text,
				nano < 0 ? "negative" : "too large");
	*value = (int64_t)scaled;
	return 0;
}

static int name_row(const struct reading *r, const struct csv_field *fields, char name[WORKLOAD_NAME_SIZE],
		    struct err *err)
{
	struct series_label labels[3];
	size_t n = 0;
	const struct {
		int place;
		const char *name;
	} parts[] = {{r->namespace_, "namespace"}, {r->workload, "workload"}, {r->pod, "pod"}};
	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i].place >= 0)
			labels[n++] = (struct series_label){parts[i].name, fields[parts[i].place].text};
	return mapping_name(r->mapping, labels, n, name, err);
}

/* Of the row's series: its namespace, workload and pod. */
static int find_series(const struct reading *r, const struct csv *csv, const struct csv_field *fields, uint32_t *series,
		       bool *wanted, struct err *err)
{
	char workload[WORKLOAD_NAME_SIZE], key[1024];
	const int places[] = {r->namespace_, r->workload, r->pod};
	struct err why;
	int length = 0, named = name_row(r, fields, workload, &why);
	if (named < 0)
		return csv_fail(csv, err, "%s", why.message);
	*wanted = named > 0;
	for (size_t i = 0; i < COUNT(places) && length < (int)sizeof key; i++)
		if (places[i] >= 0)
			length += snprintf(key + length, sizeof key - (size_t)length, "%s%s", length ? "/" : "",
					   fields[places[i]].text);
	if (length >= (int)sizeof key)
		return csv_fail(csv, err, "the names are too long");
	if (named && trace_series(r->trace, key, (size_t)length, workload, series, &why) < 0)
		return csv_fail(csv, err, "%s", why.message);
	return 0;
}

static int read_row(const struct reading *r, const struct csv *csv, const struct csv_field *fields, struct err *err)
{
	int64_t values[HISTORY_COLUMNS_MAX];
	uint32_t series = 0;
	bool wanted = false;
	ms_t at;
	memset(values, -1, sizeof values);
	if (find_series(r, csv, fields, &series, &wanted, err) < 0 || read_time(r, csv, fields[r->time], &at, err) < 0)
		return -1;
	for (size_t i = 0; i < r->request->n_values; i++) {
		const struct source_column *source = &r->values[i];
		if (read_value(r, csv, source, fields[source->place], &values[source->column], err) < 0)
			return -1;
	}
	return wanted ? trace_add(r->trace, series, at, values, csv->line, err) : 0;
}

static int read_rows(struct reading *r, struct csv *csv, struct err *err)
{
	const struct csv_field *fields;
	int got;
	if (r->request->delimiter)
		csv->delimiter = r->request->delimiter;
	if (find_columns(r, csv, err) < 0)
		return -1;
	while ((got = csv_row(csv, &fields, err)) > 0)
		if (read_row(r, csv, fields, err) < 0)
			return -1;
	return got;
}

int csv_history_read(const struct csv_history *request, const struct mapping *mapping, struct trace *trace,
		     struct history *history, struct err *err)
{
	struct reading reading = {.request = request, .mapping = mapping, .trace = trace, .history = history};
	struct csv csv;
	const char *name;
	void *file = gzip_open(request->path, &name, err);
	if (!file)
		return -1;
	int status = csv_open(&csv, name, gzip_read, file, err);
	if (status == 0) {
		status = read_rows(&reading, &csv, err);
		csv_close(&csv);
	}
	gzip_close(file);
	return status;
}
