#include "run.h"

#include "connection.h"
#include "duration.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	CONNECTION_WHERE,
	NAMESPACE,
	SHADOW,
	FROM_HPA,
	DRY_RUN,
	FOR,
	JOURNAL,
	LISTEN,
	PROMETHEUS,
	NODE_GROUP,
	PRICE,
	DATA,
	SET,
	LEASE,
	NO_LEASE,
	IDENTITY,
	CONNECTION_LOG,
	OUTPUT,
	HELP
};

static const struct option_row options[] = {
    CONNECTION_WHERE_ROWS,
    [NAMESPACE] = {"namespace", 'n', "NAME", "only the autoscalers of this namespace; default: all"},
    [SHADOW] = {"shadow", 0, NULL, "act on nothing; report what would have been done differently"},
    [FROM_HPA] = {"from-hpa", 0, NULL, "take the cluster's HorizontalPodAutoscalers as autoscalers; with --shadow"},
    [DRY_RUN] = {"dry-run", 0, "none|client|server", "decide, and send nothing; or send what the server only checks"},
    [FOR] = {"for", 0, "TIME", "stop after so long, such as 10m; default: until stopped"},
    [JOURNAL] = {"journal", 0, "FILE|none",
		 "where every tick is kept; default: plimsoll/journal.db in the state folder"},
    [LISTEN] = {"listen", 0, "ADDRESS:PORT|none", "status page, /metrics, /healthz, /readyz (127.0.0.1:9476)"},
    [PROMETHEUS] = {"prometheus", 0, "[NAME=]URL", "a server for metrics of type Prometheus; may be repeated"},
    [NODE_GROUP] = {"node-group", 0, "DRIVER[:CONFIG]",
		    "scale these nodes: clusterapi, aws-asg:region=...; may be repeated"},
    [PRICE] = OPTION_PRICE,
    [DATA] = {"data", 0, "DIR", "price lists in DIR/prices"},
    [SET] = OPTION_SET,
    [LEASE] = {"lease", 0, "[NAMESPACE/]NAME", "the lease that the acting one of several replicas holds (plimsoll)"},
    [NO_LEASE] = {"no-lease", 0, NULL, "act without a lease: when there is surely no other"},
    [IDENTITY] = {"identity", 0, "NAME", "whom the lease names; default: host name and a random number"},
    CONNECTION_LOG_ROWS,
    [OUTPUT] = {"output", 'o', "table|json|csv", "form of the shadow report (table)"},
    [HELP] = OPTION_HELP,
};

static int take_dry(struct run_options *options_, const char *value, struct err *err)
{
	static const char *const words[] = {[DRY_NOT] = "none", [DRY_SERVER] = "server", [DRY_CLIENT] = "client"};
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(value, words[i]) == 0) {
			options_->dry = (enum live_dry)i;
			return 0;
		}
	return err_set(err, "--dry-run: found '%.40s', allowed is none, client or server", value);
}

static int take_for(struct run_options *options_, const char *value, struct err *err)
{
	if (duration_parse(value, strlen(value), &options_->for_ms, err) < 0)
		return err_wrap(err, "--for");
	if (options_->for_ms <= 0)
		return err_set(err, "--for: found '%.40s', must be longer than nothing", value);
	return 0;
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct run_options *run = self;
	const char **const single[] = {
	    [JOURNAL] = &run->journal, [LISTEN] = &run->listen, [PRICE] = &run->price,
	    [DATA] = &run->data,       [LEASE] = &run->lease,   [IDENTITY] = &run->identity,
	};
	bool *const flags[] = {[SHADOW] = &run->shadow, [FROM_HPA] = &run->from_hpa, [NO_LEASE] = &run->no_lease};
	int taken = connection_take(&run->kube, &run->log, options[option].name, value, err);
	run->has_log_level |= option == LOG_LEVEL;
	if (taken)
		return taken < 0 ? -1 : 0;
	switch (option) {
	case SET:
		return repeated_add(&run->sets, "set", value, err);
	case PROMETHEUS:
		return repeated_add(&run->prometheus, "prometheus", value, err);
	case NODE_GROUP:
		return repeated_add(&run->node_groups, "node-group", value, err);
	case DRY_RUN:
		return take_dry(run, value, err);
	case FOR:
		return take_for(run, value, err);
	case OUTPUT:
		return table_format_parse(value, &run->format, err);
	default:
		if (value)
			*single[option] = value;
		else
			*flags[option] = true;
		return 0;
	}
}

static int check(const struct run_options *run, const char *stray, struct err *err)
{
	if (stray)
		return err_set(err, "unexpected '%.40s'; see `plimsoll run --help`", stray);
	if (run->from_hpa && !run->shadow)
		return err_set(err,
			       "--from-hpa goes with --shadow: two controllers that scale the same target fight; turn "
			       "the HPA into an Autoscaler to have it acted upon");
	if (run->shadow && run->node_groups.n)
		return err_set(
		    err, "--node-group goes without --shadow: what nodes would be does not follow from what they are");
	if (run->lease && run->no_lease)
		return err_set(err, "--lease or --no-lease, not both");
	return 0;
}

static int run_all(struct run *run, struct err *err)
{
	if (run_open(run, err) < 0)
		return -1;
	run_plug(run);
	const struct live_world world = run_world(run);
	if (live_run(&run->loop, &run->clock, &world, err) < 0)
		return -1;
	return run->shadow ? shadow_finish(run, err) : 0;
}

static int run_until_stopped(struct run *run, struct err *err)
{
	run->net = net_open((uint64_t)live_mono() ^ (uint64_t)getpid() << 32, err);
	if (!run->net || stop_open(&run->stop, run->net, err) < 0)
		return -1;
	int result = run_all(run, err);
	stop_close(&run->stop);
	return result;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	struct run *run = calloc(1, sizeof *run);
	struct err err;
	int rest;
	if (!run)
		return EXIT_REFUSED;
	run->options.log = (struct log){.file = stderr, .level = LOG_INFO};
	int status = options_parse(verb, argc, argv, take_option, &run->options, &rest, &err);
	if (status == 0)
		status = check(&run->options, argv[rest], &err) < 0 ? -1 : run_until_stopped(run, &err);
	run_close(run);
	free(run);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_run = {
    .name = "run",
    .summary = "scale a cluster: the live control loop",
    .synopsis = "[--shadow --from-hpa] [options]",
    .description =
	"Watches a cluster through the Kubernetes API and scales it: the targets of its Autoscalers (`plimsoll crd` "
	"prints "
	"the custom resource to apply), and with --node-group its nodes. Decisions are those of `plimsoll sim`. Each "
	"tick "
	"is kept in a journal before anything is done (`plimsoll explain`, `plimsoll replay`).\n\n"
	"--shadow acts on nothing. With --from-hpa it takes the cluster's own HorizontalPodAutoscalers, and reports in "
	"the "
	"end where it would have differed from them, in pods and, with --price, in money. Try other settings by --set.",
    .options = options,
    .n_options = COUNT(options),
    .run = run_verb,
};
