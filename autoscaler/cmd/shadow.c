#include "run.h"

#include <stdlib.h>

/* What was seen of one autoscaler, summed over time. Between two sights the first one holds. */
struct shadow_row {
	char *name; /* namespace/name */
	ms_t since, last;
	int32_t hpa, ours;
	int64_t pod_nano_per_hour;
	bool priced;
	wide_t hpa_pod_ms, our_pod_ms, hpa_nano_ms, our_nano_ms; /* nano an hour, times ms */
	int32_t hpa_most, our_most;
	uint32_t sights, differed;
	ms_t differed_at;
	char why[512]; /* of the last time that they differed */
};

struct shadow {
	struct shadow_row *rows; /* in order of first sight */
	size_t n, room;
};

struct shadow *shadow_open(struct err *err)
{
	struct shadow *shadow = calloc(1, sizeof *shadow);
	if (!shadow)
		err_set(err, "out of memory");
	return shadow;
}

void shadow_close(struct shadow *shadow)
{
	for (size_t i = 0; shadow && i < shadow->n; i++)
		free(shadow->rows[i].name);
	if (shadow)
		free(shadow->rows);
	free(shadow);
}

static struct shadow_row *row_of(struct shadow *shadow, const struct hpa_spec *spec, ms_t wall)
{
	char name[512];
	snprintf(name, sizeof name, "%s/%s", spec->namespace_, spec->name);
	for (size_t i = 0; i < shadow->n; i++)
		if (strcmp(shadow->rows[i].name, name) == 0)
			return &shadow->rows[i];
	if (shadow->n == shadow->room) {
		size_t room = shadow->room ? 2 * shadow->room : 64;
		struct shadow_row *rows = realloc(shadow->rows, room * sizeof *rows);
		if (!rows)
			return NULL;
		shadow->rows = rows;
		shadow->room = room;
	}
	struct shadow_row *row = &shadow->rows[shadow->n];
	*row = (struct shadow_row){.name = strdup(name), .since = wall, .last = wall, .differed_at = MS_UNSET};
	shadow->n += row->name != NULL;
	return row->name ? row : NULL;
}

void shadow_see(struct shadow *shadow, ms_t wall, const struct shadow_sight *sight)
{
	struct shadow_row *row = row_of(shadow, sight->spec, wall);
	if (!row)
		return;
	ms_t span = max64(wall - row->last, 0);
	row->hpa_pod_ms += (wide_t)row->hpa * span;
	row->our_pod_ms += (wide_t)row->ours * span;
	row->hpa_nano_ms += (wide_t)row->hpa * row->pod_nano_per_hour * span;
	row->our_nano_ms += (wide_t)row->ours * row->pod_nano_per_hour * span;
	row->last = wall;
	row->hpa = sight->hpa;
	row->ours = sight->ours;
	row->priced |= sight->pod_nano_per_hour >= 0;
	row->pod_nano_per_hour = max64(sight->pod_nano_per_hour, 0);
	row->hpa_most = row->hpa > row->hpa_most ? row->hpa : row->hpa_most;
	row->our_most = row->ours > row->our_most ? row->ours : row->our_most;
	row->sights++;
	if (row->hpa == row->ours)
		return;
	row->differed++;
	row->differed_at = wall;
	snprintf(row->why, sizeof row->why, "%s", sight->explained);
}

/* ---- the report ---- */

static const struct table_column columns[] = {
    {"autoscaler", "autoscaler", false},  {"hours", NULL, true},
    {"hpa_pod_hours", "HPA pod-h", true}, {"our_pod_hours", "ours", true},
    {"hpa_max_pods", "HPA max", true},    {"our_max_pods", "ours", true},
    {"decisions", "decisions", true},     {"decisions_differing", "differing", true},
    {"hpa_cost", "HPA cost", true},       {"our_cost", "ours", true},
    {"last_difference", NULL, false},
};

static int64_t money(wide_t nano_ms)
{
	return (int64_t)(nano_ms / HOUR_MS);
}

static void add_row(struct table *table, const struct shadow_row *row)
{
	table_text(table, row->name);
	table_number(table, (double)(row->last - row->since) / (double)HOUR_MS, 4);
	table_number(table, (double)row->hpa_pod_ms / (double)HOUR_MS, 3);
	table_number(table, (double)row->our_pod_ms / (double)HOUR_MS, 3);
	table_integer(table, row->hpa_most);
	table_integer(table, row->our_most);
	table_integer(table, row->sights);
	table_integer(table, row->differed);
	if (row->priced) {
		table_nano(table, money(row->hpa_nano_ms), 4);
		table_nano(table, money(row->our_nano_ms), 4);
	} else {
		table_none(table);
		table_none(table);
	}
	if (row->differed)
		table_text(table, row->why);
	else
		table_none(table);
}

/* For people the reasons follow the table, one each. */
static void print_reasons(const struct shadow *shadow, FILE *file)
{
	for (size_t i = 0; i < shadow->n; i++)
		if (shadow->rows[i].differed) {
			int column = fprintf(file, "\n%s: ", shadow->rows[i].name) - 1;
			fold(file, shadow->rows[i].why, column, 2);
			fputc('\n', file);
		}
}

int shadow_report(const struct shadow *shadow, enum table_format format, FILE *file, struct err *err)
{
	struct table table;
	table_init(&table, columns, COUNT(columns));
	for (size_t i = 0; i < shadow->n; i++)
		add_row(&table, &shadow->rows[i]);
	int result = table_print(&table, format, file, err);
	table_free(&table);
	if (result == 0 && format == TABLE_HUMAN)
		print_reasons(shadow, file);
	return result;
}
