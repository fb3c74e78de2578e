/* Acts on a cluster with the parts of `plimsoll run` that write, one at a time; for act.sh.
 *
 *	act_driver KUBECONFIG lease NAMESPACE NAME IDENTITY MARKS   until SIGTERM: a line "IDENTITY MS" for each look at
 *	                                                           which it held the lease
 *	act_driver KUBECONFIG scale DRY NAMESPACE NAME... FROM TO VERSION
 *	act_driver KUBECONFIG say NAMESPACE NAME UID up|failed|undecided TIMES */
#include "../../autoscaler/io/kube/lease.h"
#include "../../autoscaler/io/live/actuate.h"
#include "live.h"

#include <signal.h>
#include <stdlib.h>

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static struct live_target targets[4096];

/* The targets are what the command line says. */
struct live_target *live_target(struct live_targets *self, uint32_t index)
{
	(void)self;
	return &targets[index];
}

static bool may_act(void *self)
{
	(void)self;
	return true;
}

static int fail(const struct err *err)
{
	fprintf(stderr, "%s\n", err->message);
	return 1;
}

struct ends {
	struct net *net;
	struct kube *kube;
	struct log log;
};

static int hold_lease(struct ends *ends, char **args)
{
	struct err err;
	const struct lease_config config = {.namespace_ = args[0],
					    .name = args[1],
					    .identity = args[2],
					    .duration = 3 * SECOND_MS,
					    .renew_deadline = 2 * SECOND_MS,
					    .retry_period = 500,
					    .mono = live_mono};
	FILE *marks = fopen(args[3], "a");
	struct lease *lease = lease_open(ends->kube, &config, &ends->log, &err);
	if (!lease || !marks)
		return fail(&err);
	setvbuf(marks, NULL, _IOLBF, 0);
	while (!stopped) {
		ms_t due = lease_step(lease, live_mono()), now = live_mono();
		if (net_run(ends->net, min64(max64(due - now, 0), 20), &err) < 0)
			return fail(&err);
		now = live_mono();
		if (lease_held(lease, now))
			fprintf(marks, "%s %lld\n", args[2], (long long)now);
	}
	lease_close(lease);
	return fclose(marks);
}

static struct live_actuate *actuate(struct ends *ends, enum live_dry dry, struct err *err)
{
	const struct live_actuate_config config = {.net = ends->net,
						   .kube = ends->kube,
						   .dry = dry,
						   .deadline = 10 * SECOND_MS,
						   .may_act = may_act,
						   .log = &ends->log};
	return live_actuate_open(&config, err);
}

static int scale(struct ends *ends, int n_args, char **args)
{
	static struct action actions[COUNT(targets)];
	static bool accepted[COUNT(targets)];
	struct err err;
	uint32_t n = (uint32_t)n_args - 5;
	char **numbers = args + n_args - 3;
	struct live_actuate *act = actuate(ends, (enum live_dry)atoi(args[0]), &err);
	if (!act || n > COUNT(targets))
		return fail(&err);
	for (uint32_t i = 0; i < n; i++) {
		struct live_target *target = &targets[i];
		target->namespace_ = args[1];
		target->name = args[2 + i];
		target->found = true;
		kube_path(target->scale_path, sizeof target->scale_path, "apps/v1", args[1], "deployments",
			  target->name, "scale");
		snprintf(target->resource_version, sizeof target->resource_version, "%s", numbers[2]);
		actions[i] = (struct action){
		    .kind = ACTION_SCALE, .target = i, .from = atoi(numbers[0]), .to = atoi(numbers[1])};
	}
	ms_t began = live_mono();
	int status = live_scale(act, actions, n, accepted, &err);
	uint32_t done = 0;
	for (uint32_t i = 0; i < n; i++)
		done += accepted[i];
	printf("%u of %u accepted in %lld ms%s%s\n", done, n, (long long)(live_mono() - began), status < 0 ? ": " : "",
	       status < 0 ? err.message : "");
	live_actuate_close(act);
	return 0;
}

static int say(struct ends *ends, char **args)
{
	static const struct metric_spec metric = {.type = METRIC_RESOURCE, .target = 60, .name = "cpu", .is_cpu = true};
	static const struct sample sample = {300, 0, 0};
	static const int64_t request = 500;
	static const struct metric_input input = {.samples = &sample, .requests = &request};
	static const struct hpa_decision up = {.current = 1,
					       .desired = 3,
					       .proposal = {.usage = 81},
					       .able = {true, REASON_READY_FOR_NEW_SCALE},
					       .active = {true, REASON_VALID_METRIC_FOUND},
					       .limited = {false, REASON_DESIRED_WITHIN_RANGE},
					       .rescale = true};
	static const struct hpa_decision failed = {.current = 3,
						   .desired = 3,
						   .metric = HPA_NO_METRIC,
						   .able = {true, REASON_SUCCEEDED_GET_SCALE},
						   .active = {false, REASON_FAILED_GET_RESOURCE_METRIC}};
	const struct live_autoscaler autoscaler = {
	    .spec = {.namespace_ = args[0], .name = args[1], .metrics = &metric, .n_metrics = 1},
	    .uid = args[2],
	    .generation = 1};
	struct live_said said = {.autoscaler = &autoscaler, .metrics = &input, .n_pods = 1, .trouble = "no answer"};
	struct err err;
	struct live_actuate *act = actuate(ends, DRY_NOT, &err);
	if (!act)
		return fail(&err);
	said.decision = args[3][0] == 'u' && args[3][1] == 'p' ? &up : args[3][0] == 'f' ? &failed : NULL;
	said.rescaled = said.decision == &up;
	for (int i = 0; i < atoi(args[4]); i++) {
		live_say(act, live_wall(), &said);
		/* long enough for what was sent to be answered */
		for (ms_t until = live_mono() + 100; live_mono() < until;)
			if (net_run(ends->net, until - live_mono(), &err) < 0)
				return fail(&err);
	}
	live_actuate_close(act);
	return 0;
}

int main(int argc, char **argv)
{
	struct err err;
	struct ends ends = {.log = {.file = stderr, .level = LOG_INFO}};
	struct sigaction action = {.sa_handler = stop};
	sigaction(SIGTERM, &action, NULL);
	const struct kube_options options = {.kubeconfig = argc > 2 ? argv[1] : ""};
	ends.net = net_open((uint64_t)live_mono(), &err);
	ends.kube = ends.net ? kube_open(ends.net, &options, &ends.log, &err) : NULL;
	if (!ends.kube)
		return fail(&err);
	int status = 2;
	if (argc == 7 && strcmp(argv[2], "lease") == 0)
		status = hold_lease(&ends, argv + 3);
	else if (argc >= 9 && strcmp(argv[2], "scale") == 0)
		status = scale(&ends, argc - 3, argv + 3);
	else if (argc == 8 && strcmp(argv[2], "say") == 0)
		status = say(&ends, argv + 3);
	kube_close(ends.kube);
	net_close(ends.net);
	return status;
}
