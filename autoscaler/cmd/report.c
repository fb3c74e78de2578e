#include "report.h"

#include "calendar.h"
#include "cmd.h"
#include "duration.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static double days(const struct report *report)
{
	return report->result->simulated_seconds / 86400;
}

static double per_30_days(const struct report *report, double amount)
{
	return amount / days(report) * 30;
}

/* ---- for people ---- */

/* Every workload, and all of them when there are several. */
static int print_each(const struct report *report, const struct table_column *columns, size_t n_columns,
		      void (*row)(struct table *, const struct workload_result *), FILE *out, struct err *err)
{
	const struct sim_result *result = report->result;
	struct table table;
	table_init(&table, columns, n_columns);
	for (uint32_t w = 0; w < result->n_workloads; w++)
		row(&table, &result->workloads[w]);
	if (result->n_workloads > 1)
		row(&table, &result->total);
	int status = table_print(&table, TABLE_HUMAN, out, err);
	table_free(&table);
	return status;
}

static const struct table_column pod_columns[] = {
    {"name", "PODS", false},        {"min", "min", true},       {"mean", "mean", true},   {"max", "max", true},
    {"hours", "pod-hours", true},   {"ups", "ups", true},       {"downs", "downs", true}, {"evicted", "evicted", true},
    {"wait", "start mean s", true}, {"longest", "max s", true},
};

static void pod_row(struct table *table, const struct workload_result *workload)
{
	table_text(table, workload->label);
	table_integer(table, workload->replicas_min);
	table_number(table, workload->replicas_mean, 2);
	table_integer(table, workload->replicas_max);
	table_number(table, workload->pod_hours, 0);
	table_integer(table, (int64_t)workload->scale_ups);
	table_integer(table, (int64_t)workload->scale_downs);
	table_integer(table, (int64_t)workload->evictions);
	table_number(table, workload->wait_mean_s, 1);
	table_number(table, workload->wait_max_s, 0);
}

static const struct table_column service_columns[] = {
    {"name", "SERVICE", false},   {"unserved", "unserved %", true},  {"late", "late %", true},
    {"theta_u", "under %", true}, {"theta_o", "over %", true},       {"tau_u", "time under", true},
    {"tau_o", "time over", true}, {"instability", "unstable", true},
};

static void service_row(struct table *table, const struct workload_result *workload)
{
	double demand = workload->demand_core_hours > 0 ? workload->demand_core_hours : 1;
	table_text(table, workload->label);
	table_number(table, 100 * workload->unserved_core_hours / demand, 3);
	table_number(table, 100 * workload->delayed_core_hours / demand, 3);
	table_number(table, workload->theta_u, 3);
	table_number(table, workload->theta_o, 1);
	table_number(table, workload->tau_u, 3);
	table_number(table, workload->tau_o, 1);
	table_number(table, workload->instability, 1);
}

/* How often in all, and the longest: of the workload that has it. */
static void print_shortage_sum(const struct sim_result *result, FILE *out)
{
	const struct workload_result *longest = &result->workloads[0];
	uint64_t total = 0;
	char span[48], times[32] = "Once";
	for (uint32_t w = 0; w < result->n_workloads; w++) {
		const struct workload_result *workload = &result->workloads[w];
		total += workload->n_shortages;
		longest = workload->longest_shortage_s > longest->longest_shortage_s ? workload : longest;
	}
	duration_format((ms_t)(longest->longest_shortage_s + 0.5) * SECOND_MS, span, sizeof span);
	if (total > 1)
		snprintf(times, sizeof times, "%llu times", (unsigned long long)total);
	fprintf(out, "%s in all", times);
	if (total > 1 && result->n_workloads > 1)
		fprintf(out, "; the longest, of %s, took %s", longest->label, span);
	else if (total > 1)
		fprintf(out, "; the longest took %s", span);
	fprintf(out, ".\n");
}

/* The worst of all workloads. */
static int print_shortages(const struct report *report, FILE *out, struct err *err)
{
	static const struct table_column columns[] = {
	    {"name", "TOO SMALL", false},   {"from", "from (UTC)", false}, {"for", "for", true},
	    {"worst", "cores short", true}, {"hours", "core-hours", true}, {"why", "mostly", false},
	};
	const struct workload_result *all = &report->result->total;
	struct table table;
	table_init(&table, columns, COUNT(columns));
	for (uint64_t i = 0; i < all->n_shortages && i < SHORTAGES_KEPT; i++) {
		const struct shortage *shortage = &all->shortages[i];
		char from[CALENDAR_TEXT], span[48];
		calendar_format(shortage->from, from);
		duration_format((shortage->until - shortage->from + 500) / 1000 * 1000, span, sizeof span);
		from[16] = 0;
		from[10] = ' ';
		table_text(&table, shortage->workload ? shortage->workload : report->result->workloads[0].label);
		table_text(&table, from);
		table_text(&table, span);
		table_number(&table, from_nano(shortage->worst_nano), 1);
		table_number(&table, shortage->missed_nano_ms / (double)NANO / (double)HOUR_MS, 2);
		table_text(&table, shortage_cause_text(shortage->cause));
	}
	int status = 0;
	if (all->n_shortages) {
		fprintf(out, "\n");
		status = table_print(&table, TABLE_HUMAN, out, err);
		if (status == 0)
			print_shortage_sum(report->result, out);
	} else {
		fprintf(out, "\nAt no time was it too small for the demand.\n");
	}
	table_free(&table);
	return status;
}

static int print_invoice(const struct report *report, FILE *out, struct err *err)
{
	static const struct table_column columns[] = {
	    {"sku", "INVOICE", false}, {"quantity", "quantity", true}, {"unit", "unit", false},
	    {"price", "price", true},  {"amount", "amount USD", true}, {"month", "per 30 days", true},
	};
	const struct invoice *invoice = report->invoice;
	struct table table;
	table_init(&table, columns, COUNT(columns));
	for (uint32_t i = 0; i < invoice->n_lines; i++) {
		const struct invoice_line *line = &invoice->lines[i];
		table_text(&table, line->sku);
		table_number(&table, line->quantity, 2);
		table_text(&table, line->unit);
		table_nano(&table, line->price_nano, 4);
		table_number(&table, from_nano(line->amount_nano), 2);
		table_number(&table, per_30_days(report, from_nano(line->amount_nano)), 2);
	}
	table_text(&table, "total");
	table_text(&table, "");
	table_text(&table, "");
	table_text(&table, "");
	table_number(&table, from_nano(invoice->total_nano), 2);
	table_number(&table, per_30_days(report, from_nano(invoice->total_nano)), 2);
	fprintf(out, "\n");
	int status = table_print(&table, TABLE_HUMAN, out, err);
	table_free(&table);
	return status;
}

static void yardstick_row(struct table *table, const struct report *report, const struct yardstick *yardstick)
{
	double ours = from_nano(report->invoice->total_nano);
	char against[32];
	snprintf(against, sizeof against, "%+.1f%%", ours > 0 ? 100 * (yardstick->cost - ours) / ours : 0);
	table_text(table, yardstick->name);
	table_number(table, per_30_days(report, yardstick->cost), 2);
	table_text(table, against);
	table_number(table, yardstick->node_hours, 0);
	table_number(table, yardstick->pod_hours, 0);
	table_number(table, yardstick->unserved_core_hours, 2);
	table_number(table, yardstick->delayed_core_hours, 2);
}

static int print_yardsticks(const struct report *report, FILE *out, struct err *err)
{
	static const struct table_column columns[] = {
	    {"name", "YARDSTICKS", false}, {"month", "30 days", true}, {"against", "cost", true},
	    {"nodes", "node-h", true},     {"pods", "pod-h", true},    {"unserved", "unserved", true},
	    {"late", "late core-h", true},
	};
	const struct sim_result *result = report->result;
	struct yardstick ours = {
	    .name = "this policy",
	    .cost = from_nano(report->invoice->total_nano),
	    .pod_hours = result->total.pod_hours,
	    .unserved_core_hours = result->total.unserved_core_hours,
	    .delayed_core_hours = result->total.delayed_core_hours,
	};
	struct table table;
	for (uint32_t g = 0; g < result->n_groups; g++)
		ours.node_hours += result->groups[g].node_hours;
	table_init(&table, columns, COUNT(columns));
	yardstick_row(&table, report, &ours);
	for (uint32_t i = 0; i < result->n_yardsticks; i++)
		yardstick_row(&table, report, &result->yardsticks[i]);
	fprintf(out, "\n");
	int status = table_print(&table, TABLE_HUMAN, out, err);
	fprintf(out, "\n");
	for (uint32_t i = 0; i < result->n_yardsticks && status == 0; i++) {
		int column = fprintf(out, "%s: ", result->yardsticks[i].name);
		fold(out, result->yardsticks[i].meaning, column, 2);
	}
	table_free(&table);
	return status;
}

static void print_head(const struct report *report, FILE *out)
{
	const struct sim_params *params = report->params;
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT], span[48];
	calendar_format(params->from, from);
	calendar_format(params->until, until);
	if (params->until - params->from < 24 * HOUR_MS)
		duration_format(params->until - params->from, span, sizeof span);
	else
		snprintf(span, sizeof span, "%.1f days", days(report));
	fprintf(out, "%s\n%.10s %.5s to %.10s %.5s UTC, %s\n", report->load, from, from + 11, until, until + 11, span);
	int column = fprintf(out, "%s: ", report->region);
	for (uint32_t g = 0; g < params->n_groups; g++) {
		char group[160];
		int length = snprintf(group, sizeof group, "%s, %d to %d nodes (peak %u)%s", params->groups[g].name,
				      params->groups[g].min, params->groups[g].max, report->result->groups[g].peak,
				      g + 1 < params->n_groups ? ";" : "");
		if (g > 0)
			column = column + 1 + length > 79 ? fprintf(out, "\n  ") - 1 : column + fprintf(out, " ");
		column += fprintf(out, "%s", group);
	}
	fprintf(out, "\n\n");
}

static int print_human(const struct report *report, FILE *out, struct err *err)
{
	print_head(report, out);
	if (print_each(report, pod_columns, COUNT(pod_columns), pod_row, out, err) < 0)
		return -1;
	fprintf(out, "\n");
	if (print_each(report, service_columns, COUNT(service_columns), service_row, out, err) < 0 ||
	    print_shortages(report, out, err) < 0 || print_invoice(report, out, err) < 0 ||
	    allocation_print(report->allocation, report->label, days(report), out, err) < 0)
		return -1;
	return print_yardsticks(report, out, err);
}

/* ---- for programs ---- */

#define NUMBER(object, key, value) cJSON_AddNumberToObject(object, key, (double)(value))

static cJSON *json_shortages(const struct workload_result *workload)
{
	cJSON *array = cJSON_CreateArray();
	for (uint64_t i = 0; i < workload->n_shortages && i < SHORTAGES_KEPT; i++) {
		const struct shortage *shortage = &workload->shortages[i];
		char time[CALENDAR_TEXT];
		cJSON *item = cJSON_CreateObject();
		if (shortage->workload)
			cJSON_AddStringToObject(item, "workload", shortage->workload);
		cJSON_AddStringToObject(item, "from", calendar_format(shortage->from, time));
		NUMBER(item, "seconds", (double)(shortage->until - shortage->from) / 1000);
		NUMBER(item, "worst_cores", from_nano(shortage->worst_nano));
		NUMBER(item, "core_hours", shortage->missed_nano_ms / (double)NANO / (double)HOUR_MS);
		cJSON_AddStringToObject(item, "cause", shortage_cause_text(shortage->cause));
		cJSON_AddItemToArray(array, item);
	}
	return array;
}

static cJSON *json_workload(const struct workload_result *workload)
{
	cJSON *object = cJSON_CreateObject(), *replicas = cJSON_CreateObject();
	cJSON_AddStringToObject(object, "name", workload->name);
	cJSON_AddStringToObject(object, "namespace", workload->namespace_);
	cJSON_AddBoolToObject(object, "autoscaled", workload->autoscaled);
	NUMBER(replicas, "min", workload->replicas_min);
	NUMBER(replicas, "mean", workload->replicas_mean);
	NUMBER(replicas, "max", workload->replicas_max);
	cJSON_AddItemToObject(object, "replicas", replicas);
	NUMBER(object, "pod_hours", workload->pod_hours);
	NUMBER(object, "scale_ups", workload->scale_ups);
	NUMBER(object, "scale_downs", workload->scale_downs);
	NUMBER(object, "evictions", workload->evictions);
	NUMBER(object, "theta_u", workload->theta_u);
	NUMBER(object, "theta_o", workload->theta_o);
	NUMBER(object, "tau_u", workload->tau_u);
	NUMBER(object, "tau_o", workload->tau_o);
	NUMBER(object, "instability", workload->instability);
	NUMBER(object, "demand_core_hours", workload->demand_core_hours);
	NUMBER(object, "served_core_hours", workload->served_core_hours);
	NUMBER(object, "unserved_core_hours", workload->unserved_core_hours);
	NUMBER(object, "delayed_core_hours", workload->delayed_core_hours);
	NUMBER(object, "pending_pod_hours", workload->pending_pod_hours);
	NUMBER(object, "starting_pod_hours", workload->starting_pod_hours);
	NUMBER(object, "wait_mean_seconds", workload->wait_mean_s);
	NUMBER(object, "wait_max_seconds", workload->wait_max_s);
	NUMBER(object, "shortages", workload->n_shortages);
	NUMBER(object, "longest_shortage_seconds", workload->longest_shortage_s);
	cJSON_AddItemToObject(object, "worst_shortages", json_shortages(workload));
	return object;
}

static cJSON *json_nodes(const struct sim_result *result)
{
	cJSON *array = cJSON_CreateArray();
	for (uint32_t g = 0; g < result->n_groups; g++) {
		const struct group_result *group = &result->groups[g];
		cJSON *object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "group", group->name);
		NUMBER(object, "node_hours", group->node_hours);
		NUMBER(object, "peak", group->peak);
		NUMBER(object, "added", group->added);
		NUMBER(object, "removed", group->removed);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

static cJSON *json_cost(const struct report *report)
{
	const struct invoice *invoice = report->invoice;
	cJSON *cost = cJSON_CreateObject(), *lines = cJSON_CreateArray();
	cJSON_AddStringToObject(cost, "currency", invoice->currency);
	NUMBER(cost, "total", from_nano(invoice->total_nano));
	NUMBER(cost, "per_30_days", per_30_days(report, from_nano(invoice->total_nano)));
	for (uint32_t i = 0; i < invoice->n_lines; i++) {
		const struct invoice_line *line = &invoice->lines[i];
		cJSON *object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "sku", line->sku);
		NUMBER(object, "quantity", line->quantity);
		cJSON_AddStringToObject(object, "unit", line->unit);
		NUMBER(object, "price", from_nano(line->price_nano));
		NUMBER(object, "amount", from_nano(line->amount_nano));
		cJSON_AddItemToArray(lines, object);
	}
	cJSON_AddItemToObject(cost, "lines", lines);
	return cost;
}

static void json_allocated(cJSON *object, const struct allocated *cost)
{
	NUMBER(object, "cpu", from_nano(cost->cpu_nano));
	NUMBER(object, "memory", from_nano(cost->memory_nano));
	NUMBER(object, "idle_and_overhead", from_nano(cost->shared_nano));
	NUMBER(object, "cost", from_nano(cost->cpu_nano + cost->memory_nano + cost->shared_nano));
}

static cJSON *json_sums(const struct run_allocation *run, const char *label)
{
	cJSON *array = cJSON_CreateArray();
	struct arena arena = {0};
	struct group_cost *groups;
	struct err err;
	uint32_t n;
	for (uint32_t i = 0; allocate_by(run, label, &arena, &groups, &n, &err) == 0 && i < n; i++) {
		cJSON *object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, label ? "value" : "namespace", groups[i].value);
		json_allocated(object, &groups[i].cost);
		cJSON_AddItemToArray(array, object);
	}
	arena_free(&arena);
	return array;
}

static cJSON *json_allocation(const struct report *report)
{
	const struct run_allocation *run = report->allocation;
	cJSON *root = cJSON_CreateObject(), *owners = cJSON_CreateArray(), *idle = cJSON_CreateObject();
	for (uint32_t i = 0; i < run->n_owners; i++) {
		cJSON *object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "name", run->owners[i].name);
		cJSON_AddStringToObject(object, "namespace", run->owners[i].namespace_);
		json_allocated(object, &run->costs.owners[i]);
		cJSON_AddItemToArray(owners, object);
	}
	cJSON_AddStringToObject(root, "idle_policy", run->idle == IDLE_SHARE ? "share" : "separate");
	cJSON_AddItemToObject(root, "workloads", owners);
	cJSON_AddItemToObject(root, "namespaces", json_sums(run, NULL));
	if (report->label)
		cJSON_AddItemToObject(root, "label_values", json_sums(run, report->label));
	NUMBER(idle, "cpu", from_nano(run->costs.idle_cpu_nano));
	NUMBER(idle, "memory", from_nano(run->costs.idle_memory_nano));
	cJSON_AddItemToObject(root, "idle", idle);
	NUMBER(root, "overhead", from_nano(run->costs.overhead_nano));
	NUMBER(root, "total", from_nano(run->costs.total_nano));
	return root;
}

static cJSON *json_yardsticks(const struct sim_result *result)
{
	cJSON *array = cJSON_CreateArray();
	for (uint32_t i = 0; i < result->n_yardsticks; i++) {
		const struct yardstick *yardstick = &result->yardsticks[i];
		cJSON *object = cJSON_CreateObject();
		cJSON_AddStringToObject(object, "name", yardstick->name);
		cJSON_AddStringToObject(object, "meaning", yardstick->meaning);
		NUMBER(object, "cost", yardstick->cost);
		NUMBER(object, "node_hours", yardstick->node_hours);
		NUMBER(object, "pod_hours", yardstick->pod_hours);
		NUMBER(object, "unserved_core_hours", yardstick->unserved_core_hours);
		NUMBER(object, "delayed_core_hours", yardstick->delayed_core_hours);
		NUMBER(object, "nodes_peak", yardstick->nodes_peak);
		cJSON_AddItemToArray(array, object);
	}
	return array;
}

static cJSON *report_json(const struct report *report)
{
	const struct sim_result *result = report->result;
	char time[CALENDAR_TEXT];
	cJSON *root = cJSON_CreateObject(), *workloads = cJSON_CreateArray(), *notes = cJSON_CreateArray();
	cJSON_AddStringToObject(root, "load", report->load);
	cJSON_AddStringToObject(root, "price", report->region);
	cJSON_AddStringToObject(root, "from", calendar_format(report->params->from, time));
	cJSON_AddStringToObject(root, "until", calendar_format(report->params->until, time));
	NUMBER(root, "seed", report->params->settings->sim.seed);
	for (uint32_t w = 0; w < result->n_workloads; w++)
		cJSON_AddItemToArray(workloads, json_workload(&result->workloads[w]));
	cJSON_AddItemToObject(root, "workloads", workloads);
	cJSON_AddItemToObject(root, "total", json_workload(&result->total));
	cJSON_AddItemToObject(root, "nodes", json_nodes(result));
	cJSON_AddItemToObject(root, "cost", json_cost(report));
	cJSON_AddItemToObject(root, "allocation", json_allocation(report));
	cJSON_AddItemToObject(root, "yardsticks", json_yardsticks(result));
	for (uint32_t i = 0; i < result->n_notes; i++)
		cJSON_AddItemToArray(notes, cJSON_CreateString(result->notes[i]));
	cJSON_AddItemToObject(root, "notes", notes);
	NUMBER(root, "simulated_seconds", result->simulated_seconds);
	NUMBER(root, "decisions", result->decisions);
	NUMBER(root, "events", result->events);
	return root;
}

static int print_json(const struct report *report, FILE *out, struct err *err)
{
	cJSON *root = report_json(report);
	char *text = cJSON_Print(root);
	cJSON_Delete(root);
	if (!text)
		return err_set(err, "out of memory for the report");
	fprintf(out, "%s\n", text);
	free(text);
	return 0;
}

/* One figure a line: the leaves of the JSON, with their paths. */
static void csv_leaves(struct table *table, const cJSON *node, const char *path)
{
	char below[512];
	const cJSON *child = NULL;
	if (cJSON_IsString(node)) {
		table_text(table, path);
		table_text(table, node->valuestring);
	} else if (cJSON_IsNumber(node)) {
		char number[32];
		snprintf(number, sizeof number, "%.15g", node->valuedouble);
		table_text(table, path);
		table_text(table, number);
	} else if (cJSON_IsBool(node)) {
		table_text(table, path);
		table_bool(table, cJSON_IsTrue(node));
	}
	int index = 0;
	cJSON_ArrayForEach(child, node)
	{
		if (cJSON_IsArray(node))
			snprintf(below, sizeof below, "%s[%d]", path, index++);
		else
			snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", child->string);
		csv_leaves(table, child, below);
	}
}

static int print_csv(const struct report *report, FILE *out, struct err *err)
{
	static const struct table_column columns[] = {{"field", "FIELD", false}, {"value", "VALUE", false}};
	struct table table;
	table_init(&table, columns, COUNT(columns));
	cJSON *root = report_json(report);
	csv_leaves(&table, root, "");
	cJSON_Delete(root);
	int status = table_print(&table, TABLE_CSV, out, err);
	table_free(&table);
	return status;
}

int report_print(const struct report *report, enum table_format format, FILE *out, struct err *err)
{
	static int (*const forms[])(const struct report *, FILE *, struct err *) = {
	    [TABLE_HUMAN] = print_human,
	    [TABLE_CSV] = print_csv,
	    [TABLE_JSON] = print_json,
	};
	return forms[format](report, out, err);
}
