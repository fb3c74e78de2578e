#include "compare.h"

#include "calendar.h"
#include "cmd.h"

/* One row of columns says where each cell comes from; people see what differs, programs see all. */
enum source { TRAIT, FIGURE, AGAINST, BOUGHT, FRONTIER };

static const struct column {
	struct table_column shown, spread; /* spread: of the same over seeds */
	enum source source;
	int which, decimals;
} columns[] = {
    {{"policy", "POLICY", false}, {0}, TRAIT, TRAIT_POLICY, 0},
    {{"price", "PRICE", false}, {0}, TRAIT, TRAIT_PRICE, 0},
    {{"nodes", "NODES", false}, {0}, TRAIT, TRAIT_NODES, 0},
    {{"plan", "PLAN", false}, {0}, TRAIT, TRAIT_PLAN, 0},
    {{"cost_per_30_days", "30 days", true}, {"cost_per_30_days_95", "\xc2\xb1", true}, FIGURE, FIGURE_COST, 2},
    {{"against_first_percent", "cost", true}, {"against_first_95", NULL, true}, AGAINST, 0, 1},
    {{"under_percent", "under %", true}, {"under_95", "\xc2\xb1", true}, FIGURE, FIGURE_UNDER, 3},
    {{"unserved_percent", "unserved %", true}, {"unserved_95", NULL, true}, FIGURE, FIGURE_UNSERVED, 3},
    {{"late_percent", "late %", true}, {"late_95", NULL, true}, FIGURE, FIGURE_LATE, 3},
    {{"start_mean_seconds", "start s", true}, {"start_95", NULL, true}, FIGURE, FIGURE_START, 1},
    {{"evictions", "evicted", true}, {"evictions_95", NULL, true}, FIGURE, FIGURE_EVICTED, 0},
    {{"node_hours", NULL, true}, {"node_hours_95", NULL, true}, FIGURE, FIGURE_NODE_HOURS, 1},
    {{"nodes_peak", NULL, true}, {"nodes_peak_95", NULL, true}, FIGURE, FIGURE_PEAK, 1},
    {{"commitment", "BOUGHT", false}, {0}, BOUGHT, 0, 0},
    {{"frontier", NULL, false}, {0}, FRONTIER, 0, 0},
};

static bool varies(const struct comparison *comparison, int trait)
{
	for (uint32_t i = 1; i < comparison->n_rows; i++)
		if (strcmp(comparison->rows[i].traits[trait], comparison->rows[0].traits[trait]) != 0)
			return true;
	return false;
}

static bool bought_any(const struct comparison *comparison)
{
	for (uint32_t i = 0; i < comparison->n_rows; i++)
		if (comparison->rows[i].commitment)
			return true;
	return false;
}

static bool wanted(const struct comparison *comparison, const struct column *column, enum table_format format)
{
	if (format != TABLE_HUMAN)
		return true;
	if (column->source == TRAIT)
		return column->which == TRAIT_PLAN || varies(comparison, column->which);
	if (column->source == BOUGHT)
		return bought_any(comparison);
	return column->shown.title != NULL;
}

static bool wants_spread(const struct comparison *comparison, const struct column *column, enum table_format format)
{
	return comparison->n_seeds > 1 && (format != TABLE_HUMAN ? column->spread.key : column->spread.title) != NULL;
}

static const struct spread *spread_at(const struct comparison_row *row, const struct column *column)
{
	return column->source == AGAINST ? &row->against : &row->figures[column->which];
}

static void cell(struct table *table, const struct comparison_row *row, const struct column *column,
		 enum table_format format)
{
	char text[32];
	switch (column->source) {
	case TRAIT:
		table_text(table, row->traits[column->which]);
		break;
	case BOUGHT:
		if (row->commitment)
			table_text(table, row->commitment);
		else
			table_none(table);
		break;
	case FRONTIER:
		table_bool(table, row->frontier);
		break;
	case AGAINST:
		if (format == TABLE_HUMAN) {
			snprintf(text, sizeof text, "%+.1f%%", row->against.mean);
			table_text(table, text);
			break;
		}
		table_number(table, row->against.mean, 6);
		break;
	case FIGURE:
		table_number(table, row->figures[column->which].mean, format == TABLE_HUMAN ? column->decimals : 6);
		break;
	}
}

/* For people, what was bought stands beside the plan. */
static bool leads(const struct column *column, enum table_format format)
{
	return format != TABLE_HUMAN || column->source == TRAIT || column->source == BOUGHT;
}

/* Which columns there are, in their order; returns how many lead. */
static size_t choose(const struct comparison *comparison, enum table_format format,
		     const struct column *chosen[COUNT(columns)], size_t *n)
{
	size_t lead = 0;
	*n = 0;
	for (int leading = 1; leading >= 0; leading--) {
		for (size_t c = 0; c < COUNT(columns); c++)
			if (wanted(comparison, &columns[c], format) && leads(&columns[c], format) == leading)
				chosen[(*n)++] = &columns[c];
		lead = leading ? *n : lead;
	}
	return lead;
}

static int print_rows(const struct comparison *comparison, enum table_format format, FILE *out, struct err *err)
{
	const struct column *chosen[COUNT(columns)];
	struct table_column heads[2 * COUNT(columns)] = {{0}};
	struct table table;
	size_t n = 0, n_chosen, lead = choose(comparison, format, chosen, &n_chosen);
	for (size_t c = 0; c < n_chosen; c++) {
		heads[n++] = chosen[c]->shown;
		if (wants_spread(comparison, chosen[c], format))
			heads[n++] = chosen[c]->spread;
	}
	table_init(&table, heads, n);
	table.lead = lead;
	for (uint32_t i = 0; i < comparison->n_rows; i++)
		for (size_t c = 0; c < n_chosen; c++) {
			cell(&table, &comparison->rows[i], chosen[c], format);
			if (wants_spread(comparison, chosen[c], format))
				table_number(&table, spread_at(&comparison->rows[i], chosen[c])->half_width,
					     format == TABLE_HUMAN ? chosen[c]->decimals : 6);
		}
	int status = table_print(&table, format, out, err);
	table_free(&table);
	return status;
}

static int print_human(const struct comparison *comparison, FILE *out, struct err *err)
{
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT], span[2 * CALENDAR_TEXT + 64];
	double days = (double)(comparison->until - comparison->from) / (double)DAY_MS;
	int column = fprintf(out, "%s, ", comparison->load);
	snprintf(span, sizeof span, "%s to %s (%.1f days)", calendar_format(comparison->from, from),
		 calendar_format(comparison->until, until), days);
	fold(out, span, column, 2);
	for (int trait = 0; trait < TRAIT_PLAN; trait++)
		if (!varies(comparison, trait))
			fprintf(out, "%s%s", comparison->rows[0].traits[trait], trait == TRAIT_NODES ? "; " : ", ");
	fprintf(out, "%s", comparison->currency);
	if (comparison->n_seeds > 1)
		fprintf(out, "; mean of %u seeds, \xc2\xb1 half the 95 %% interval", comparison->n_seeds);
	fprintf(out, "\n\n");
	if (print_rows(comparison, TABLE_HUMAN, out, err) < 0)
		return -1;
	for (uint32_t i = 0; i < comparison->n_notes; i++) {
		fprintf(out, "%s", i ? "" : "\n");
		fold(out, comparison->notes[i], 0, 2);
	}
	return 0;
}

static void json_text(FILE *out, const char *key, const char *text)
{
	fprintf(out, "\"%s\": ", key);
	table_json_string(out, text);
	fprintf(out, ",\n");
}

static void json_list(FILE *out, const char *key, const char *const *texts, uint32_t n)
{
	fprintf(out, "\"%s\": [", key);
	for (uint32_t i = 0; i < n; i++) {
		fprintf(out, "%s", i ? ", " : "");
		table_json_string(out, texts[i]);
	}
	fprintf(out, "],\n");
}

static int print_json(const struct comparison *comparison, FILE *out, struct err *err)
{
	char time[CALENDAR_TEXT];
	fprintf(out, "{");
	json_text(out, "load", comparison->load);
	json_text(out, "from", calendar_format(comparison->from, time));
	json_text(out, "until", calendar_format(comparison->until, time));
	json_text(out, "currency", comparison->currency);
	fprintf(out, "\"first_seed\": %lld,\n\"seeds\": %u,\n", (long long)comparison->first_seed, comparison->n_seeds);
	json_list(out, "notes", comparison->notes, comparison->n_notes);
	json_list(out, "skipped", comparison->skipped, comparison->n_skipped);
	fprintf(out, "\"rows\": ");
	if (print_rows(comparison, TABLE_JSON, out, err) < 0)
		return -1;
	fprintf(out, "}\n");
	return 0;
}

int compare_report(const struct comparison *comparison, enum table_format format, FILE *out, struct err *err)
{
	if (format == TABLE_HUMAN)
		return print_human(comparison, out, err);
	if (format == TABLE_JSON)
		return print_json(comparison, out, err);
	return print_rows(comparison, format, out, err);
}
