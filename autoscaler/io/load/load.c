/* The load reader: row by row, nothing of the file is kept but its numbers. */
#include "load.h"

#include "../text/decimal.h"
#include "../text/instant.h"
#include "load_internal.h"
#include "quantity.h"
#include "visible.h"

#include <math.h>
#include <strings.h>

#define NAME_SHOWN 253

struct reader {
	struct csv csv;
	double scale, cpu_per_request;
	struct load_columns columns;
	struct load_builder builder;
};

/* How a number of each role is read: in units of 10^-places. */
static const struct figure {
	int places;
	int64_t most;
	const char *allowed;
} figures[] = {
    [ROLE_CPU] = {9, LOAD_MAX_CORES *NANO, "cores such as 1.5 or 250m, from 0 to 1000000"},
    [ROLE_REQUESTS] = {9, LOAD_MAX_REQUESTS *NANO, "requests per second, from 0 to 1000000000"},
    [ROLE_MEMORY] = {0, LOAD_MAX_BYTES, "bytes, or a quantity such as 2Gi, from 0 to 1000000000000000000"},
    [ROLE_METRIC] = {3, DECIMAL_MAX, "a number from 0 to 1000000000000000, or nothing"},
};

static struct visible shown(const char *name)
{
	return visible(name, strlen(name), 60);
}

static int refuse_cell(const struct reader *r, const struct load_column *column, struct csv_field f, const char *why,
		       struct err *err)
{
	struct visible name = shown(column->name);
	if (f.length == 0)
		return csv_fail(&r->csv, err, "column %s is empty; allowed: %s", name.text,
				figures[column->role].allowed);
	return csv_fail(&r->csv, err, "column %s: '%s' %s; allowed: %s", name.text, visible(f.text, f.length, 40).text,
			why, figures[column->role].allowed);
}

static int64_t in_places(wide_t nano, int places)
{
	return places == 9   ? (nano > INT64_MAX ? INT64_MAX : (int64_t)nano)
	       : places == 3 ? quantity_milli(nano)
			     : quantity_value(nano);
}

static bool has_suffix(struct csv_field f)
{
	char last = f.length ? f.text[f.length - 1] : 0;
	return (last >= 'a' && last <= 'z') || (last >= 'A' && last <= 'Z');
}

static enum decimal parse_figure(struct csv_field f, const struct figure *figure, int64_t *out)
{
	enum decimal status = decimal_parse(f.text, f.length, figure->places, out);
	if (status == DECIMAL_NOT_A_NUMBER && has_suffix(f)) {
		wide_t nano;
		struct err ignored;
		if (quantity_parse(f.text, f.length, &nano, &ignored) < 0)
			return DECIMAL_NOT_A_NUMBER;
		if (nano < 0)
			return DECIMAL_NEGATIVE;
		*out = in_places(nano, figure->places);
		status = DECIMAL_OK;
	}
	return status == DECIMAL_OK && *out > figure->most ? DECIMAL_TOO_LARGE : status;
}

static int read_figure(const struct reader *r, const struct load_column *column, struct csv_field f, int64_t *out,
		       struct err *err)
{
	static const char *const why[] = {
	    [DECIMAL_NOT_A_NUMBER] = "is not a number",
	    [DECIMAL_NEGATIVE] = "is negative",
	    [DECIMAL_TOO_LARGE] = "is too large",
	};
	enum decimal status = parse_figure(f, &figures[column->role], out);
	return status == DECIMAL_OK ? 0 : refuse_cell(r, column, f, why[status], err);
}

static bool is_text(struct csv_field f)
{
	static const char *const not_text[] = {"nan", "inf", "infinity", "-inf", "+inf", "-infinity", "+infinity"};
	int64_t ignored;
	for (size_t i = 0; i < COUNT(not_text); i++)
		if (strlen(not_text[i]) == f.length && strncasecmp(not_text[i], f.text, f.length) == 0)
			return false;
	return parse_figure(f, &figures[ROLE_METRIC], &ignored) == DECIMAL_NOT_A_NUMBER;
}

/* -1 stands for no value. */
static int read_metric(const struct reader *r, struct load_column *column, struct csv_field f, int64_t *out,
		       struct err *err)
{
	*out = -1;
	if (f.length == 0 || column->state == METRIC_TEXT)
		return 0;
	if (column->state == METRIC_EMPTY)
		column->state = is_text(f) ? METRIC_TEXT : METRIC_NUMBER;
	return column->state == METRIC_TEXT ? 0 : read_figure(r, column, f, out, err);
}

/* value * factor, to the nearest, in [0, most]. */
static bool multiply(int64_t value, double factor, int64_t most, int64_t *out)
{
	double product = nearbyint((double)value * factor);
	if (!(product <= (double)most))
		return false;
	*out = factor == 1 ? value : (int64_t)product;
	return true;
}

static int too_large(const struct reader *r, const struct load_column *column, struct csv_field f, double factor,
		     enum role role, struct err *err)
{
	return csv_fail(&r->csv, err, "column %s: '%s' times %g is too large; allowed: %s", shown(column->name).text,
			visible(f.text, f.length, 40).text, factor, figures[role].allowed);
}

static int read_scaled(const struct reader *r, const struct load_column *column, struct csv_field f, double factor,
		       enum role as, int64_t *out, struct err *err)
{
	int64_t value = 0;
	if (read_figure(r, column, f, &value, err) < 0)
		return -1;
	if (!multiply(value, factor, figures[as].most, out))
		return too_large(r, column, f, factor, as, err);
	return 0;
}

static int read_requests(const struct reader *r, const struct load_column *column, struct csv_field f, int64_t *slots,
			 struct err *err)
{
	bool gives_cpu = r->columns.at[ROLE_CPU] < 0;
	int64_t *requests = &slots[column->slot];
	*requests = -1;
	if (f.length == 0 && !gives_cpu)
		return 0;
	if (read_scaled(r, column, f, r->scale, ROLE_REQUESTS, requests, err) < 0)
		return -1;
	*requests = (*requests + 500000) / 1000000;
	if (!gives_cpu)
		return 0;
	return read_scaled(r, column, f, r->scale * r->cpu_per_request, ROLE_CPU, &slots[SLOT_CPU], err);
}

static int read_cell(struct reader *r, struct load_column *column, struct csv_field f, int64_t *slots, struct err *err)
{
	int64_t *slot = &slots[column->slot];
	switch (column->role) {
	case ROLE_CPU:
		return read_scaled(r, column, f, r->scale, ROLE_CPU, slot, err);
	case ROLE_REQUESTS:
		return read_requests(r, column, f, slots, err);
	case ROLE_MEMORY:
		return read_figure(r, column, f, slot, err);
	case ROLE_METRIC:
		return read_metric(r, column, f, slot, err);
	case ROLE_TIME:
	case ROLE_WORKLOAD:
		break;
	}
	return 0;
}

static int read_workload(struct reader *r, const struct csv_field *fields, struct load_rows **rows, struct err *err)
{
	int at = r->columns.at[ROLE_WORKLOAD];
	struct csv_field f = at < 0 ? (struct csv_field){"", 0} : load_trim(fields[at]);
	if (at >= 0 && (f.length == 0 || f.length > NAME_SHOWN || memchr(f.text, '\n', f.length)))
		return csv_fail(&r->csv, err, "column %s: '%s' is no name; allowed: 1 to %d characters on one line",
				shown(r->columns.items[at].name).text, visible(f.text, f.length, 40).text, NAME_SHOWN);
	if (load_builder_find(&r->builder, f.text, f.length, rows, err) < 0) {
		struct err inner = *err;
		return csv_fail(&r->csv, err, "%s", inner.message);
	}
	return 0;
}

static int refuse_order(const struct reader *r, const struct load_rows *rows, struct csv_field f, bool same,
			struct err *err)
{
	char of[240] = "";
	if (r->columns.at[ROLE_WORKLOAD] >= 0)
		snprintf(of, sizeof of, " of workload '%s'", shown(rows->workload).text);
	return csv_fail(&r->csv, err, "time '%s'%s is %s line %llu; allowed: each later than the one before",
			visible(f.text, f.length, 40).text, of, same ? "the same as on" : "before that on",
			(unsigned long long)rows->last_line);
}

static int read_time(struct reader *r, struct load_rows *rows, struct csv_field f, ms_t *time, struct err *err)
{
	if (instant_parse(f.text, f.length, 0, time, err) < 0) {
		struct err inner = *err;
		return csv_fail(&r->csv, err, "column %s: %s",
				shown(r->columns.items[r->columns.at[ROLE_TIME]].name).text, inner.message);
	}
	if (rows->n) {
		ms_t last = rows->cells[(size_t)(rows->n - 1) * r->builder.slots + SLOT_TIME];
		if (*time <= last)
			return refuse_order(r, rows, f, *time == last, err);
	}
	rows->last_line = r->csv.line;
	return 0;
}

static int read_row(struct reader *r, const struct csv_field *fields, size_t n, struct err *err)
{
	if (n != r->columns.n)
		return csv_fail(&r->csv, err, "%zu fields; there are %u in the first line", n, r->columns.n);
	struct load_rows *rows;
	int64_t *slots;
	ms_t time;
	if (read_workload(r, fields, &rows, err) < 0 ||
	    read_time(r, rows, load_trim(fields[r->columns.at[ROLE_TIME]]), &time, err) < 0)
		return -1;
	if (load_builder_add(&r->builder, rows, &slots, err) < 0) {
		struct err inner = *err;
		return csv_fail(&r->csv, err, "%s", inner.message);
	}
	slots[SLOT_TIME] = time;
	for (size_t i = 0; i < n; i++)
		if (read_cell(r, &r->columns.items[i], load_trim(fields[i]), slots, err) < 0)
			return -1;
	return 0;
}

static int read_rows(struct reader *r, struct err *err)
{
	const struct csv_field *fields;
	size_t n;
	int got = csv_next(&r->csv, &fields, &n, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, "%.300s: is empty; a load has a time and a cpu column", r->csv.name);
	if (load_columns_find(&r->columns, &r->csv, fields, n, r->cpu_per_request, err) < 0)
		return -1;
	r->builder.slots = r->columns.slots;
	if (!r->columns.header && read_row(r, fields, n, err) < 0)
		return -1;
	while ((got = csv_next(&r->csv, &fields, &n, err)) > 0)
		if (read_row(r, fields, n, err) < 0)
			return -1;
	if (got == 0 && r->builder.n == 0)
		return csv_fail(&r->csv, err, "no rows after the header");
	return got;
}

static int check_factors(double scale, double cpu_per_request, struct err *err)
{
	if (!(scale > 0 && scale <= 1e12))
		return err_set(err, "load.scale is %g; allowed: above 0, up to 1e12", scale);
	if (!(cpu_per_request >= 0 && cpu_per_request <= 1e6))
		return err_set(err, "load.cpu_per_request is %g; allowed: 0 to 1e6", cpu_per_request);
	return 0;
}

/* r->csv is open. */
static int read_all(struct reader *r, struct load *load, struct err *err)
{
	int status = read_rows(r, err);
	if (status == 0 && (status = load_builder_finish(&r->builder, &r->columns, load, err)) < 0)
		err_wrap(err, "%.300s", r->csv.name);
	if (status < 0)
		load_free(load);
	load_builder_free(&r->builder);
	load_columns_free(&r->columns);
	csv_close(&r->csv);
	return status;
}

int load_parse(const char *name, const char *text, size_t length, double scale, double cpu_per_request,
	       struct load *load, struct err *err)
{
	struct reader r = {.scale = scale, .cpu_per_request = cpu_per_request};
	*load = (struct load){0};
	if (check_factors(scale, cpu_per_request, err) < 0 || csv_open_memory(&r.csv, name, text, length, err) < 0)
		return -1;
	return read_all(&r, load, err);
}

int load_read(const char *path, double scale, double cpu_per_request, struct load *load, struct err *err)
{
	const char *name;
	struct reader r = {.scale = scale, .cpu_per_request = cpu_per_request};
	*load = (struct load){0};
	if (check_factors(scale, cpu_per_request, err) < 0)
		return -1;
	void *file = gzip_open(path, &name, err);
	if (!file)
		return -1;
	int status = csv_open(&r.csv, name, gzip_read, file, err);
	if (status == 0)
		status = read_all(&r, load, err);
	gzip_close(file);
	return status;
}

void load_free(struct load *load)
{
	arena_free(&load->arena);
	*load = (struct load){0};
}
