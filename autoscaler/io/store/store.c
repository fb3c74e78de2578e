#include "store.h"

#include "store_internal.h"

static const char schema[] =
    "create table if not exists run(id integer primary key, version text, load text, region text, from_ms integer,"
    " until_ms integer, seed integer, currency text, total_nano integer, decisions integer, events integer);"
    "create table if not exists workload(run integer references run(id), name text, namespace text, replicas_min "
    "integer,"
    " replicas_mean real, replicas_max integer, pod_hours real, scale_ups integer, scale_downs integer, evictions "
    "integer,"
    " theta_u real, theta_o real, tau_u real, tau_o real, instability real, demand_core_hours real,"
    " unserved_core_hours real, delayed_core_hours real, pending_pod_hours real);"
    "create table if not exists node_group(run integer references run(id), name text, node_hours real, peak integer,"
    " added integer, removed integer);"
    "create table if not exists invoice_line(run integer references run(id), sku text, quantity real, unit text,"
    " price_nano integer, amount_nano integer);"
    "create table if not exists yardstick(run integer references run(id), name text, cost real, node_hours real,"
    " pod_hours real, unserved_core_hours real);"
    "create table if not exists usage(run integer references run(id), kind text, sku text, quantity integer,"
    " start_ms integer, end_ms integer);";

struct rows {
	sqlite3 *db;
	int64_t run;
	const struct sim_params *params;
	const struct sim_result *result;
	const struct invoice *invoice;
	sqlite3_stmt *statement;
};

static int add_workloads(struct rows *rows)
{
	int status = 0;
	for (uint32_t w = 0; w < rows->result->n_workloads && status == 0; w++) {
		const struct workload_result *workload = &rows->result->workloads[w];
		status = store_insert(
		    rows->db, &rows->statement, "insert into workload values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		    "ittiririiirrrrrrrrr", rows->run, workload->name, workload->namespace_,
		    (int64_t)workload->replicas_min, workload->replicas_mean, (int64_t)workload->replicas_max,
		    workload->pod_hours, (int64_t)workload->scale_ups, (int64_t)workload->scale_downs,
		    (int64_t)workload->evictions, workload->theta_u, workload->theta_o, workload->tau_u,
		    workload->tau_o, workload->instability, workload->demand_core_hours, workload->unserved_core_hours,
		    workload->delayed_core_hours, workload->pending_pod_hours);
	}
	return status;
}

static int add_groups(struct rows *rows)
{
	int status = 0;
	for (uint32_t g = 0; g < rows->result->n_groups && status == 0; g++) {
		const struct group_result *group = &rows->result->groups[g];
		status = store_insert(rows->db, &rows->statement, "insert into node_group values(?,?,?,?,?,?)",
				      "itriii", rows->run, group->name, group->node_hours, (int64_t)group->peak,
				      (int64_t)group->added, (int64_t)group->removed);
	}
	return status;
}

static int add_lines(struct rows *rows)
{
	int status = 0;
	for (uint32_t i = 0; i < rows->invoice->n_lines && status == 0; i++) {
		const struct invoice_line *line = &rows->invoice->lines[i];
		status =
		    store_insert(rows->db, &rows->statement, "insert into invoice_line values(?,?,?,?,?,?)", "itrtii",
				 rows->run, line->sku, line->quantity, line->unit, line->price_nano, line->amount_nano);
	}
	return status;
}

static int add_yardsticks(struct rows *rows)
{
	int status = 0;
	for (uint32_t i = 0; i < rows->result->n_yardsticks && status == 0; i++) {
		const struct yardstick *yardstick = &rows->result->yardsticks[i];
		status = store_insert(rows->db, &rows->statement, "insert into yardstick values(?,?,?,?,?,?)", "itrrrr",
				      rows->run, yardstick->name, yardstick->cost, yardstick->node_hours,
				      yardstick->pod_hours, yardstick->unserved_core_hours);
	}
	return status;
}

static int add_usage(struct rows *rows)
{
	static const char *const kinds[] = {
	    [USAGE_INSTANCE] = "instance", [USAGE_DISK] = "disk", [USAGE_CONTROL_PLANE] = "control plane"};
	const struct region_fees *fees = rows->params->fees;
	int status = 0;
	for (size_t i = 0; i < rows->result->n_usage && status == 0; i++) {
		const struct usage_record *usage = &rows->result->usage[i];
		const char *sku = usage->kind == USAGE_INSTANCE ? rows->result->types[usage->sku]->name
				  : usage->kind == USAGE_DISK   ? fees->disk_name
								: fees->control_plane_name;
		status = store_insert(rows->db, &rows->statement, "insert into usage values(?,?,?,?,?,?)", "ittiii",
				      rows->run, kinds[usage->kind], sku, usage->quantity, usage->start, usage->end);
	}
	return status;
}

static int add_run(struct rows *rows, const char *load, const char *region)
{
	const struct sim_params *params = rows->params;
	int status = store_insert(rows->db, &rows->statement, "insert into run values(null,?,?,?,?,?,?,?,?,?,?)",
				  "tttiiitiii", PLIMSOLL_VERSION, load, region, params->from, params->until,
				  params->settings->sim.seed, rows->invoice->currency, rows->invoice->total_nano,
				  (int64_t)rows->result->decisions, (int64_t)rows->result->events);
	rows->run = sqlite3_last_insert_rowid(rows->db);
	return status;
}

static int write_all(struct rows *rows, const char *load, const char *region)
{
	static int (*const parts[])(struct rows *) = {add_workloads, add_groups, add_lines, add_yardsticks, add_usage};
	int status = add_run(rows, load, region);
	sqlite3_finalize(rows->statement);
	rows->statement = NULL;
	for (size_t i = 0; i < COUNT(parts) && status == 0; i++) {
		status = parts[i](rows);
		sqlite3_finalize(rows->statement);
		rows->statement = NULL;
	}
	return status;
}

int store_run(const char *path, const struct sim_params *params, const struct sim_result *result,
	      const struct invoice *invoice, const char *load, const char *region, struct err *err)
{
	struct store store;
	struct rows rows = {.params = params, .result = result, .invoice = invoice};
	int status = store_open(&store, path, schema, err);
	rows.db = store.db;
	if (status == 0 && write_all(&rows, load, region) < 0)
		status = store_failed(&store, err);
	return store_close(&store, status, err);
}
