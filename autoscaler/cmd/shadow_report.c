#include "calendar.h"
#include "cmd.h"
#include "shadow.h"
#include "visible.h"

#include "duration.h"

#include <stdlib.h>

#define HUMAN_COLUMNS 10
#define NOTES_MAX     10u /* autoscalers that have a note of their own */

/* The first are for people, too; of them the money only when there is a price list. */
enum { NAME, HPA_PODS, OUR_PODS, HPA_MAX, OUR_MAX, HPA_OVER, OUR_OVER, HPA_MONTH, OUR_MONTH, MONTH_DIFFERENCE };
static const struct table_column columns[] = {
    [NAME] = {"autoscaler", "autoscaler", false},
    [HPA_PODS] = {"hpa_mean_pods", "HPA pods", true},
    [OUR_PODS] = {"our_mean_pods", "ours", true},
    [HPA_MAX] = {"hpa_max_pods", "max", true},
    [OUR_MAX] = {"our_max_pods", "ours", true},
    [HPA_OVER] = {"hpa_over_target_percent", "over%", true},
    [OUR_OVER] = {"our_over_target_percent", "ours", true},
    [HPA_MONTH] = {"hpa_cost_per_month", "HPA $/mo", true},
    [OUR_MONTH] = {"our_cost_per_month", "ours", true},
    [MONTH_DIFFERENCE] = {"cost_difference_per_month", "diff", true},
    {"basis", NULL, false},
    {"hours", NULL, true},
    {"hpa_pod_hours", NULL, true},
    {"our_pod_hours", NULL, true},
    {"hpa_cost", NULL, true},
    {"our_cost", NULL, true},
    {"hpa_cost_per_hour", NULL, true},
    {"our_cost_per_hour", NULL, true},
    {"pod_cost_per_hour", NULL, true},
    {"priced_by", NULL, false},
    {"hpa_peak_of_target", NULL, true},
    {"our_peak_of_target", NULL, true},
    {"decisions_compared", NULL, true},
    {"decisions_differing", NULL, true},
    {"decisions_not_compared", NULL, true},
    {"last_difference_at", NULL, false},
    {"last_difference", NULL, false},
    {"trouble", NULL, false},
};

static ms_t span_of(const struct shadow_row *row)
{
	return max64(row->last - row->since, 1);
}

static wide_t difference(const struct shadow_row *row)
{
	wide_t money = row->ours.nano_ms - row->hpa.nano_ms;
	return money < 0 ? -money : money;
}

static wide_t pods_difference(const struct shadow_row *row)
{
	wide_t pods = row->ours.pod_ms - row->hpa.pod_ms;
	return pods < 0 ? -pods : pods;
}

/* By the largest difference, in money and then in pods; then by name. */
static int compare_rows(const void *a, const void *b)
{
	const struct shadow_row *x = *(const struct shadow_row *const *)a, *y = *(const struct shadow_row *const *)b;
	wide_t money = difference(y) - difference(x), pods = pods_difference(y) - pods_difference(x);
	if (money != 0)
		return money > 0 ? 1 : -1;
	if (pods != 0)
		return pods > 0 ? 1 : -1;
	return strcmp(x->name, y->name);
}

static int64_t total_cost(const struct shadow_side *side)
{
	return (int64_t)(side->nano_ms / HOUR_MS);
}

static int64_t hourly(const struct shadow_row *row, const struct shadow_side *side)
{
	return (int64_t)(side->nano_ms / span_of(row));
}

static int64_t monthly(const struct shadow_row *row, const struct shadow_side *side)
{
	return (int64_t)(side->nano_ms * SHADOW_MONTH_HOUR / span_of(row));
}

static void add_nano(struct table *table, bool known, int64_t nano, int decimals)
{
	if (known)
		table_nano(table, nano, decimals);
	else
		table_none(table);
}

static void add_over(struct table *table, const struct shadow_side *side)
{
	if (side->measured)
		table_number(table, 100.0 * side->over / side->measured, 0);
	else
		table_none(table);
}

static void add_text(struct table *table, const char *text)
{
	if (*text)
		table_text(table, text);
	else
		table_none(table);
}

static void add_sums(struct table *table, const struct shadow_row *row)
{
	bool priced = row->pod_nano_per_hour >= 0;
	table_text(table, row->per_decision ? "per decision" : "had it acted");
	table_number(table, (double)span_of(row) / (double)HOUR_MS, 4);
	table_number(table, (double)row->hpa.pod_ms / (double)HOUR_MS, 4);
	table_number(table, (double)row->ours.pod_ms / (double)HOUR_MS, 4);
	add_nano(table, priced, total_cost(&row->hpa), 4);
	add_nano(table, priced, total_cost(&row->ours), 4);
	add_nano(table, priced, hourly(row, &row->hpa), 4);
	add_nano(table, priced, hourly(row, &row->ours), 4);
	add_nano(table, priced, row->pod_nano_per_hour, 4);
	add_text(table, !priced ? "" : row->by_nodes ? "nodes" : "list");
}

static void add_decisions(struct table *table, const struct shadow_row *row)
{
	char at[CALENDAR_TEXT];
	table_number(table, row->hpa.peak, 3);
	table_number(table, row->ours.peak, 3);
	table_integer(table, row->compared);
	table_integer(table, row->differed);
	table_integer(table, row->not_compared);
	if (row->differed) {
		table_text(table, calendar_format(row->differed_at, at));
		table_text(table, row->why);
	} else {
		table_none(table);
		table_none(table);
	}
	add_text(table, row->trouble);
}

static void add_row(struct table *table, const struct shadow_row *row)
{
	bool priced = row->pod_nano_per_hour >= 0;
	double span = (double)span_of(row);
	table_text(table, row->name);
	table_number(table, (double)row->hpa.pod_ms / span, 2);
	table_number(table, (double)row->ours.pod_ms / span, 2);
	table_integer(table, row->hpa.most);
	table_integer(table, row->ours.most);
	add_over(table, &row->hpa);
	add_over(table, &row->ours);
	add_nano(table, priced, monthly(row, &row->hpa), 2);
	add_nano(table, priced, monthly(row, &row->ours), 2);
	add_nano(table, priced, monthly(row, &row->ours) - monthly(row, &row->hpa), 2);
	add_sums(table, row);
	add_decisions(table, row);
}

/* Of rates, so that each counts by how it was while it was seen. */
static void add_total(struct table *table, const struct shadow_row *const *rows, size_t n)
{
	double pods[2] = {0, 0};
	int64_t money[2] = {0, 0};
	bool priced = false;
	for (size_t i = 0; i < n; i++) {
		double span = (double)span_of(rows[i]);
		pods[0] += (double)rows[i]->hpa.pod_ms / span;
		pods[1] += (double)rows[i]->ours.pod_ms / span;
		money[0] += monthly(rows[i], &rows[i]->hpa);
		money[1] += monthly(rows[i], &rows[i]->ours);
		priced |= rows[i]->pod_nano_per_hour >= 0;
	}
	table_text(table, "total");
	table_number(table, pods[0], 2);
	table_number(table, pods[1], 2);
	for (int i = HPA_MAX; i <= OUR_OVER; i++)
		table_none(table);
	add_nano(table, priced, money[0], 2);
	add_nano(table, priced, money[1], 2);
	add_nano(table, priced, money[1] - money[0], 2);
	for (size_t i = HUMAN_COLUMNS; i < COUNT(columns); i++)
		table_none(table);
}

/* ---- what people are told beside it ---- */

struct counts {
	uint32_t compared, differed, not_compared, by_list, per_decision, unpriced, blind;
};

static struct counts count(const struct shadow_row *const *rows, size_t n)
{
	struct counts counts = {0};
	for (size_t i = 0; i < n; i++) {
		const struct shadow_row *row = rows[i];
		counts.compared += row->compared;
		counts.differed += row->differed;
		counts.not_compared += row->not_compared;
		counts.per_decision += row->per_decision;
		counts.unpriced += row->pod_nano_per_hour < 0;
		counts.by_list += row->pod_nano_per_hour >= 0 && !row->by_nodes;
		counts.blind += row->trouble[0] != 0;
	}
	return counts;
}

__attribute__((format(printf, 2, 3))) static void note(FILE *file, const char *format, ...)
{
	char text[2048];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	fputc('\n', file);
	fold(file, text, 0, 0);
}

static void note_basis(const struct shadow_row *const *rows, size_t n, const struct counts *counts, FILE *file)
{
	if (counts->per_decision < n)
		note(file,
		     "ours: had it acted. What the pods used in all is spread over as many as Plimsoll would have had. "
		     "What they could not serve was not used, and is not in it. over%%: of the time, usage more than "
		     "10%% above the target.");
	size_t told = 0;
	for (size_t i = 0; i < n && told < NOTES_MAX; i++)
		if (rows[i]->per_decision && ++told)
			note(file,
			     "%s: per decision. What each asked for, from the replicas that the HPA had made: what its "
			     "metric would have been with others is not known.",
			     rows[i]->name);
}

static void note_money(const struct shadow_head *head, size_t n, const struct counts *counts, FILE *file)
{
	if (!head->prices) {
		note(file, "No prices: --price aws/us-east-1 (`plimsoll price` lists them) says what it costs.");
		return;
	}
	note(file,
	     "$/mo: %s for %d hours at these means. Pods are priced by their requests, on %s, at %s's list prices.",
	     head->currency, SHADOW_MONTH_HOUR,
	     counts->by_list == 0  ? "the nodes that they run on"
	     : counts->by_list < n ? "the nodes that they run on, where their type is known, and else on a general node"
				   : "a general node",
	     head->prices);
	if (*head->nodes_trouble)
		note(file, "Nodes could not be read: %s.",
		     visible(head->nodes_trouble, strlen(head->nodes_trouble), 150).text);
	if (counts->unpriced)
		note(file, "No price for %u: no pod of theirs was seen.", counts->unpriced);
}

/* The first of them have the largest differences. */
static void note_differing(const struct shadow_row *const *rows, size_t n, FILE *file)
{
	char at[CALENDAR_TEXT];
	size_t told = 0;
	for (size_t i = 0; i < n && told < NOTES_MAX; i++) {
		if (rows[i]->differed == 0)
			continue;
		note(file, "%s: %u of %u otherwise, the last at %s: %s", rows[i]->name, rows[i]->differed,
		     rows[i]->compared, calendar_format(rows[i]->differed_at, at), rows[i]->why);
		told++;
	}
}

static void note_troubles(const struct shadow_row *const *rows, size_t n, const struct counts *counts, FILE *file)
{
	size_t told = 0;
	for (size_t i = 0; i < n && told < NOTES_MAX; i++) {
		if (!rows[i]->trouble[0])
			continue;
		note(file, "%s: no decision at the end: %s", rows[i]->name,
		     visible(rows[i]->trouble, strlen(rows[i]->trouble), 180).text);
		told++;
	}
	if (counts->blind > told)
		note(file, "No decision at the end either: %zu more.", counts->blind - told);
}

static void note_decisions(const struct shadow_row *const *rows, size_t n, const struct shadow_head *head,
			   const struct counts *counts, FILE *file)
{
	char window[32];
	duration_format(head->window, window, sizeof window);
	if (counts->compared)
		note(file,
		     "Decisions from the same state as the HPA's: %u compared, %u as the HPA within %.20s before or "
		     "after "
		     "(the two look at different moments), %u otherwise.",
		     counts->compared, counts->compared - counts->differed, window, counts->differed);
	else
		note(file, "No decision was compared: %.20s have to pass after one until the HPA's are known.", window);
	if (counts->not_compared)
		note(file, "Not compared: %u, made without a metric, or held by a past that only the HPA has seen.",
		     counts->not_compared);
	note_differing(rows, n, file);
	note_troubles(rows, n, counts, file);
}

static int print_people(struct table *table, const struct shadow_row *const *rows, size_t n,
			const struct shadow_head *head, FILE *file, struct err *err)
{
	char watched[32];
	duration_format(head->watched / SECOND_MS * SECOND_MS, watched, sizeof watched);
	const struct counts counts = count(rows, n);
	fprintf(file, "%zu autoscaler%s, watched for %s; nothing was acted upon.\n\n", n, n == 1 ? "" : "s", watched);
	if (n == 0)
		return fflush(file) == 0 ? 0 : err_set(err, "cannot write the report");
	if (n > 1)
		add_total(table, rows, n);
	if (table_print(table, TABLE_HUMAN, file, err) < 0)
		return -1;
	note_basis(rows, n, &counts, file);
	note_money(head, n, &counts, file);
	note_decisions(rows, n, head, &counts, file);
	return fflush(file) == 0 ? 0 : err_set(err, "cannot write the report");
}

int shadow_report_print(const struct shadow_row *rows, size_t n, const struct shadow_head *head,
			enum table_format format, FILE *file, struct err *err)
{
	struct table_column shown[COUNT(columns)];
	struct table table;
	const struct shadow_row **sorted = malloc((n + 1) * sizeof *sorted);
	if (!sorted)
		return err_set(err, "out of memory");
	memcpy(shown, columns, sizeof shown);
	for (int i = HPA_MONTH; !head->prices && i <= MONTH_DIFFERENCE; i++)
		shown[i].title = NULL;
	for (size_t i = 0; i < n; i++)
		sorted[i] = &rows[i];
	if (n > 1)
		qsort(sorted, n, sizeof(const struct shadow_row *), compare_rows);
	table_init(&table, shown, COUNT(shown));
	for (size_t i = 0; i < n; i++)
		add_row(&table, sorted[i]);
	int status = format == TABLE_HUMAN ? print_people(&table, sorted, n, head, file, err)
					   : table_print(&table, format, file, err);
	table_free(&table);
	free(sorted);
	return status;
}
