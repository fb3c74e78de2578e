#include "store.h"

#include <errno.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_VERSION     1
#define STORE_APPLICATION 0x504c494d /* "PLIM" */

static const char schema[] =
    "create table if not exists run(id integer primary key, version text, load text, region text, from_ms integer,"
    " until_ms integer, seed integer, currency text, total_nano integer, decisions integer, events integer);"
    "create table if not exists workload(run integer references run(id), name text, namespace text, replicas_min integer,"
    " replicas_mean real, replicas_max integer, pod_hours real, scale_ups integer, scale_downs integer, evictions integer,"
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

/* One statement with its values: i integer, r real, t text. */
static int insert(sqlite3 *db, sqlite3_stmt **statement, const char *sql, const char *types, ...)
{
	va_list values;
	if (!*statement && sqlite3_prepare_v2(db, sql, -1, statement, NULL) != SQLITE_OK)
		return -1;
	va_start(values, types);
	for (int i = 0; types[i]; i++) {
		if (types[i] == 'i')
			sqlite3_bind_int64(*statement, i + 1, va_arg(values, int64_t));
		else if (types[i] == 'r')
			sqlite3_bind_double(*statement, i + 1, va_arg(values, double));
		else
			sqlite3_bind_text(*statement, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
	}
	va_end(values);
	int status = sqlite3_step(*statement);
	sqlite3_reset(*statement);
	return status == SQLITE_DONE ? 0 : -1;
}

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
		status = insert(rows->db, &rows->statement, "insert into workload values(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		                "ittiririiirrrrrrrrr", rows->run, workload->name, workload->namespace_,
		                (int64_t)workload->replicas_min, workload->replicas_mean, (int64_t)workload->replicas_max,
		                workload->pod_hours, (int64_t)workload->scale_ups, (int64_t)workload->scale_downs,
		                (int64_t)workload->evictions, workload->theta_u, workload->theta_o, workload->tau_u, workload->tau_o,
		                workload->instability, workload->demand_core_hours, workload->unserved_core_hours,
		                workload->delayed_core_hours, workload->pending_pod_hours);
	}
	return status;
}

static int add_groups(struct rows *rows)
{
	int status = 0;
	for (uint32_t g = 0; g < rows->result->n_groups && status == 0; g++) {
		const struct group_result *group = &rows->result->groups[g];
		status = insert(rows->db, &rows->statement, "insert into node_group values(?,?,?,?,?,?)", "itriii", rows->run,
		                group->name, group->node_hours, (int64_t)group->peak, (int64_t)group->added, (int64_t)group->removed);
	}
	return status;
}

static int add_lines(struct rows *rows)
{
	int status = 0;
	for (uint32_t i = 0; i < rows->invoice->n_lines && status == 0; i++) {
		const struct invoice_line *line = &rows->invoice->lines[i];
		status = insert(rows->db, &rows->statement, "insert into invoice_line values(?,?,?,?,?,?)", "itrtii", rows->run,
		                line->sku, line->quantity, line->unit, line->price_nano, line->amount_nano);
	}
	return status;
}

static int add_yardsticks(struct rows *rows)
{
	int status = 0;
	for (uint32_t i = 0; i < rows->result->n_yardsticks && status == 0; i++) {
		const struct yardstick *yardstick = &rows->result->yardsticks[i];
		status = insert(rows->db, &rows->statement, "insert into yardstick values(?,?,?,?,?,?)", "itrrrr", rows->run,
		                yardstick->name, yardstick->cost, yardstick->node_hours, yardstick->pod_hours,
		                yardstick->unserved_core_hours);
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
		status = insert(rows->db, &rows->statement, "insert into usage values(?,?,?,?,?,?)", "ittiii", rows->run,
		                kinds[usage->kind], sku, usage->quantity, usage->start, usage->end);
	}
	return status;
}

static int add_run(struct rows *rows, const char *load, const char *region)
{
	const struct sim_params *params = rows->params;
	int status =
	    insert(rows->db, &rows->statement, "insert into run values(null,?,?,?,?,?,?,?,?,?,?)", "tttiiitiii", PLIMSOLL_VERSION,
	           load, region, params->from, params->until, params->settings->sim.seed, rows->invoice->currency,
	           rows->invoice->total_nano, (int64_t)rows->result->decisions, (int64_t)rows->result->events);
	rows->run = sqlite3_last_insert_rowid(rows->db);
	return status;
}

static int write_all(struct rows *rows, const char *load, const char *region)
{
	static int (*const parts[])(struct rows *) = {add_workloads, add_groups, add_lines, add_yardsticks, add_usage};
	if (sqlite3_exec(rows->db, "begin immediate", NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(rows->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		return -1;
	int status = add_run(rows, load, region);
	sqlite3_finalize(rows->statement);
	rows->statement = NULL;
	for (size_t i = 0; i < COUNT(parts) && status == 0; i++) {
		status = parts[i](rows);
		sqlite3_finalize(rows->statement);
		rows->statement = NULL;
	}
	if (status == 0 && sqlite3_exec(rows->db, "commit", NULL, NULL, NULL) != SQLITE_OK)
		status = -1;
	return status;
}

static int read_pragma(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement;
	int version = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return version;
}

/* A fresh file is ours to mark; any other must carry our mark. */
static int claim(sqlite3 *db, const char *path, bool fresh, struct err *err)
{
	char pragma[64];
	snprintf(pragma, sizeof pragma, "pragma application_id=%d; pragma user_version=%d", STORE_APPLICATION, STORE_VERSION);
	if (fresh && sqlite3_exec(db, pragma, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(err, "--store %s: %s", path, sqlite3_errmsg(db));
	int version = read_pragma(db, "pragma user_version"), application = read_pragma(db, "pragma application_id");
	if (version < 0)
		return err_set(err, "--store %s: %s", path, sqlite3_errmsg(db));
	if (application != STORE_APPLICATION)
		return err_set(err, "--store %s: not a store of this program", path);
	if (version != STORE_VERSION)
		return err_set(err, "--store %s: of version %d, expected %d", path, version, STORE_VERSION);
	return 0;
}

static int check_folder(const char *path, struct err *err)
{
	char folder[4096];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) + 1 : 0;
	if (length >= sizeof folder)
		return err_set(err, "--store %.60s...: the path is too long", path);
	snprintf(folder, sizeof folder, "%.*s", (int)length, path);
	if (access(length ? folder : ".", W_OK) < 0)
		return err_set(err, "--store %s: %s", path, strerror(errno));
	return 0;
}

int store_check(const char *path, struct err *err)
{
	struct stat status;
	sqlite3 *db = NULL;
	if (stat(path, &status) < 0)
		return check_folder(path, err);
	int result = 0;
	if (!S_ISREG(status.st_mode))
		result = err_set(err, "--store %s: not a file", path);
	else if (access(path, W_OK) < 0)
		result = err_set(err, "--store %s: %s", path, strerror(errno));
	else if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		result = err_set(err, "--store %s: %s", path, db ? sqlite3_errmsg(db) : "out of memory");
	else if (status.st_size > 0)
		result = claim(db, path, false, err);
	sqlite3_close(db);
	return result;
}

int store_run(const char *path, const struct sim_params *params, const struct sim_result *result,
              const struct invoice *invoice, const char *load, const char *region, struct err *err)
{
	struct stat status_before;
	bool made = stat(path, &status_before) < 0, fresh = made || status_before.st_size == 0;
	struct rows rows = {.params = params, .result = result, .invoice = invoice};
	int status = -1;
	if (sqlite3_open_v2(path, &rows.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) != SQLITE_OK)
		err_set(err, "--store %s: %s", path, rows.db ? sqlite3_errmsg(rows.db) : "out of memory");
	else
		status = claim(rows.db, path, fresh, err);
	if (status == 0 && write_all(&rows, load, region) < 0) {
		status = err_set(err, "--store %s: %s; nothing was kept", path, sqlite3_errmsg(rows.db));
		sqlite3_exec(rows.db, "rollback", NULL, NULL, NULL);
	}
	sqlite3_close(rows.db);
	if (status < 0 && made)
		unlink(path);
	return status;
}
