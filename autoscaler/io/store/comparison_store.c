#include "../report/comparison.h"
#include "store_internal.h"

static const char schema[] =
    "create table if not exists comparison(id integer primary key, version text, load text, from_ms integer,"
    " until_ms integer, currency text, first_seed integer, seeds integer);"
    "create table if not exists comparison_row(id integer primary key, comparison integer references comparison(id),"
    " place integer, policy text, price text, nodes text, plan text, commitment text, cost_per_30_days real,"
    " cost_per_30_days_95 real, against_first_percent real, against_first_95 real, under_percent real, under_95 real,"
    " unserved_percent real, unserved_95 real, late_percent real, late_95 real, start_mean_seconds real, start_95 real,"
    " evictions real, evictions_95 real, node_hours real, node_hours_95 real, nodes_peak real, nodes_peak_95 real,"
    " frontier integer);"
    "create table if not exists comparison_bill(comparison_row integer references comparison_row(id), seed integer,"
    " total_nano integer);";

struct writer {
	sqlite3 *db;
	sqlite3_stmt *head, *row, *bill;
};

static int add_bills(struct writer *writer, const struct comparison *comparison, const struct comparison_row *row)
{
	int64_t id = sqlite3_last_insert_rowid(writer->db);
	int status = 0;
	for (uint32_t seed = 0; seed < comparison->n_seeds && status == 0; seed++)
		status = store_insert(writer->db, &writer->bill, "insert into comparison_bill values(?,?,?)", "iii", id,
				      comparison->first_seed + seed, row->total_nano[seed]);
	return status;
}

static int add_row(struct writer *writer, int64_t id, int64_t place, const struct comparison_row *row)
{
	const struct spread *f = row->figures, *against = &row->against;
	return store_insert(
	    writer->db, &writer->row,
	    "insert into comparison_row values(null,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    "iitttttrrrrrrrrrrrrrrrrrri", id, place, row->traits[TRAIT_POLICY], row->traits[TRAIT_PRICE],
	    row->traits[TRAIT_NODES], row->traits[TRAIT_PLAN], row->commitment, f[FIGURE_COST].mean,
	    f[FIGURE_COST].half_width, against->mean, against->half_width, f[FIGURE_UNDER].mean,
	    f[FIGURE_UNDER].half_width, f[FIGURE_UNSERVED].mean, f[FIGURE_UNSERVED].half_width, f[FIGURE_LATE].mean,
	    f[FIGURE_LATE].half_width, f[FIGURE_START].mean, f[FIGURE_START].half_width, f[FIGURE_EVICTED].mean,
	    f[FIGURE_EVICTED].half_width, f[FIGURE_NODE_HOURS].mean, f[FIGURE_NODE_HOURS].half_width,
	    f[FIGURE_PEAK].mean, f[FIGURE_PEAK].half_width, (int64_t)row->frontier);
}

static int write_all(struct writer *writer, const struct comparison *comparison)
{
	int status = store_insert(writer->db, &writer->head, "insert into comparison values(null,?,?,?,?,?,?,?)",
				  "ttiitii", PLIMSOLL_VERSION, comparison->load, comparison->from, comparison->until,
				  comparison->currency, comparison->first_seed, (int64_t)comparison->n_seeds);
	int64_t id = sqlite3_last_insert_rowid(writer->db);
	for (uint32_t i = 0; i < comparison->n_rows && status == 0; i++) {
		status = add_row(writer, id, i + 1, &comparison->rows[i]);
		if (status == 0)
			status = add_bills(writer, comparison, &comparison->rows[i]);
	}
	sqlite3_finalize(writer->head);
	sqlite3_finalize(writer->row);
	sqlite3_finalize(writer->bill);
	return status;
}

int comparison_store(const char *path, const struct comparison *comparison, struct err *err)
{
	struct store store;
	int status = store_open(&store, path, schema, err);
	struct writer writer = {.db = store.db};
	if (status == 0 && write_all(&writer, comparison) < 0)
		status = store_failed(&store, err);
	return store_close(&store, status, err);
}
