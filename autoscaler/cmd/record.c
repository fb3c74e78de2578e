#include "../io/history/recorder.h"
#include "../io/history/tape.h"

#include "connection.h"
#include "duration.h"
#include "import.h"
#include "live.h"
#include "quantity.h"
#include "stop.h"
#include "visible.h"

#include <stdlib.h>
#include <unistd.h>

#define ASK_MOST    (30 * SECOND_MS)
#define ASK_RETRIES 2
#define AHEAD_MOST  MINUTE_MS /* of the API's clock, a node's that is right */

enum { CONNECTION_WHERE, NAMESPACE, STORE, INTERVAL, FOR, MAX_AGE, MAX_SIZE, CONNECTION_LOG, HELP };

static const struct option_row options[] = {
    CONNECTION_WHERE_ROWS,
    [NAMESPACE] = {"namespace", 'n', "NAME", "only the pods of this namespace; default: all"},
    [STORE] = {"store", 0, "FILE.db", "the recording; one that is there is continued"},
    [INTERVAL] = {"interval", 0, "TIME", "a snapshot every so long (1m); metrics-server looks every 15s"},
    [FOR] = {"for", 0, "TIME", "stop after so long, such as 7d; default: until stopped"},
    [MAX_AGE] = {"max-age", 0, "TIME", "older snapshots go (90d)"},
    [MAX_SIZE] = {"max-size", 0, "SIZE", "the oldest go before the file is larger (1Gi)"},
    CONNECTION_LOG_ROWS,
    [HELP] = OPTION_HELP,
};

struct record {
	struct kube_options kube_options;
	struct tape_limits limits;
	const char *store;
	ms_t interval, span; /* span 0: until stopped */
	struct log log;
	struct net *net;
	struct kube *kube;
	struct live_pods *pods;
	struct tape *tape;
	struct pod_table table;
	struct arena arena;
	char *path;    /* of the metrics */
	uint64_t call; /* under way; 0: none */
	bool failing;
	uint64_t kept;
	struct err trouble; /* the last */
};

/* ---- what was asked ---- */

static int take_size(struct record *record, const char *value, struct err *err)
{
	wide_t nano;
	if (quantity_parse(value, strlen(value), &nano, err) < 0)
		return err_wrap(err, "--max-size");
	record->limits.max_bytes = quantity_value(nano);
	return record->limits.max_bytes >= TAPE_LEAST_BYTES
		   ? 0
		   : err_set(err, "--max-size is '%s'; allowed: 1Mi and more", visible(value, strlen(value), 40).text);
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct record *record = self;
	switch (option) {
	case STORE:
		record->store = value;
		return 0;
	case INTERVAL:
		return import_duration("interval", value, SECOND_MS, DAY_MS, &record->interval, err);
	case FOR:
		return import_duration("for", value, SECOND_MS, DURATION_MAX, &record->span, err);
	case MAX_AGE:
		return import_duration("max-age", value, MINUTE_MS, DURATION_MAX, &record->limits.max_age, err);
	case MAX_SIZE:
		return take_size(record, value, err);
	default:
		return connection_take(&record->kube_options, &record->log, options[option].name, value, err) < 0 ? -1
														  : 0;
	}
}

/* ---- a snapshot ---- */

/* A trouble is told when it begins, and when it is over. */
static void tell(struct record *record, const struct err *trouble)
{
	if (trouble && !record->failing)
		log_line(&record->log, LOG_WARN, "no snapshot", "reason", trouble->message, NULL);
	if (!trouble && record->failing)
		log_line(&record->log, LOG_INFO, "snapshots again", NULL);
	record->failing = trouble != NULL;
	if (trouble)
		record->trouble = *trouble;
}

static int keep(struct record *record, const struct answer *answer, struct err *err)
{
	struct recorded recorded;
	struct log_number n;
	ms_t now = answer->at == MS_UNSET ? live_wall() : answer->at;
	pod_table_clear(&record->table);
	if (resource_metrics_decode(answer->body, answer->size, &record->table, err) < 0)
		return -1;
	int status = recorder_take(record->pods, &record->table, record->kube_options.namespace_, now + AHEAD_MOST,
				   &recorded, err);
	if (status == 0 && recorded.at == MS_UNSET)
		status = err_set(err, "the metrics API knows of no pod, or of none at a time that has come");
	if (status == 0)
		status = tape_add(record->tape, recorded.at, recorded.sums, recorded.n, err);
	record->kept += status > 0;
	if (status > 0)
		log_line(&record->log, LOG_DEBUG, "snapshot", "workloads", log_int(&n, (int64_t)recorded.n), NULL);
	arena_free(&recorded.arena);
	return status < 0 ? -1 : 0;
}

static void answered(void *self, const struct answer *answer)
{
	struct record *record = self;
	struct err err;
	record->call = 0;
	if (answer->status != 200)
		tell(record, &answer->err);
	else
		tell(record, keep(record, answer, &err) < 0 ? &err : NULL);
}

static void ask(struct record *record)
{
	const struct call call = {
	    .method = "GET",
	    .path = record->path,
	    .timeout = min64(record->interval, ASK_MOST),
	    .retries = ASK_RETRIES,
	    .done = answered,
	    .self = record,
	};
	if (!record->call)
		record->call = server_call(kube_server(record->kube), &call);
}

/* ---- the run ---- */

/* At multiples of the interval; one that was missed is missed. */
static int watch(struct record *record, const struct stop *stop, struct err *err)
{
	ms_t begun = live_mono(), due = begun;
	for (ms_t now = begun; !atomic_load(&stop->stopping); now = live_mono()) {
		if (record->span && now - begun >= record->span)
			break;
		if (now >= due && live_pods_synced(record->pods)) {
			ask(record);
			due = begun + ((now - begun) / record->interval + 1) * record->interval;
		}
		ms_t wait = now < due ? due - now : SECOND_MS;
		wait = record->span ? min64(wait, record->span - (now - begun)) : wait;
		if (net_run(record->net, wait, err) < 0)
			return -1;
	}
	return 0;
}

static int open_all(struct record *record, struct err *err)
{
	record->tape = tape_open(record->store, &record->limits, err);
	if (!record->tape)
		return -1;
	record->kube = kube_open(record->net, &record->kube_options, &record->log, err);
	if (!record->kube)
		return -1;
	record->pods = live_pods_open_in(record->kube, record->kube_options.namespace_, &record->log, err);
	record->path = resource_metrics_path(&record->arena, record->kube_options.namespace_);
	if (!record->pods || !record->path)
		return record->pods ? err_set(err, "out of memory") : -1;
	log_line(&record->log, LOG_INFO, "recording", "cluster", kube_address(record->kube), "store", record->store,
		 NULL);
	return 0;
}

static void close_all(struct record *record)
{
	if (record->call)
		server_cancel(kube_server(record->kube), record->call);
	live_pods_close(record->pods);
	kube_close(record->kube);
	net_close(record->net);
	tape_close(record->tape);
	pod_table_free(&record->table);
	arena_free(&record->arena);
}

static int run(struct record *record, struct err *err)
{
	struct stop stop;
	record->net = net_open((uint64_t)live_mono() ^ (uint64_t)getpid() << 32, err);
	if (!record->net || stop_open(&stop, record->net, err) < 0)
		return -1;
	int status = open_all(record, err);
	if (status == 0)
		status = watch(record, &stop, err);
	stop_close(&stop);
	if (status < 0)
		return -1;
	if (record->kept == 0)
		return err_set(err, "nothing was recorded: %s",
			       *record->trouble.message         ? record->trouble.message
			       : live_pods_synced(record->pods) ? "no answer came in time"
								: watch_trouble(live_pods_watch(record->pods)));
	fprintf(stderr, "recorded %llu snapshot%s; %s has %llu\n", (unsigned long long)record->kept,
		record->kept == 1 ? "" : "s", record->store, (unsigned long long)tape_count(record->tape));
	return 0;
}

static int record_verb(const struct verb *verb, int argc, char **argv)
{
	struct record record = {
	    .log = {.file = stderr, .level = LOG_INFO}, .limits = {90 * DAY_MS, GIB}, .interval = MINUTE_MS};
	struct err err;
	int rest, status = options_parse(verb, argc, argv, take_option, &record, &rest, &err);
	if (status == 0 && argv[rest])
		status = err_set(&err, "unexpected '%s'; see `plimsoll record --help`",
				 visible(argv[rest], strlen(argv[rest]), 40).text);
	else if (status == 0)
		status = record.store ? run(&record, &err) : err_set(&err, "say where to: --store FILE.db");
	close_all(&record);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_record = {
    .name = "record",
    .summary = "keep what a cluster's workloads use, for a load of its own",
    .synopsis = "--store FILE.db [--for TIME] [options]",
    .description = "Reads metrics.k8s.io and the pods of a cluster, and keeps what each workload used and requested in "
		   "a SQLite file "
		   "(tables snapshot, workload, used), whatever happens to this program or to the cluster meanwhile. "
		   "It changes nothing "
		   "there; it needs to list and watch pods, and to list pods of metrics.k8s.io.\n\n"
		   "  plimsoll record --store week.db --for 7d\n"
		   "  plimsoll import record week.db -o load.csv",
    .options = options,
    .n_options = COUNT(options),
    .run = record_verb,
};
