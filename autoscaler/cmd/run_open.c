#include "../io/journal/journal_read.h"
#include "run.h"
#include "smooth.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* What a tick waits for at most: shares of its period, in hundredths. When both run out, the next tick is a little
 * late: better than that a slow server is not sent all scales that are due. */
#define METRICS_SHARE 40
#define WRITES_SHARE  75
#define SHORTEST_WAIT (4 * SECOND_MS)
#define LONGEST_WAIT  (30 * SECOND_MS)

/* client-go's times. */
#define LEASE_DURATION (15 * SECOND_MS)
#define LEASE_RENEW    (10 * SECOND_MS)
#define LEASE_RETRY    (2 * SECOND_MS)

bool run_may_act(void *self)
{
	const struct run *run = self;
	return !run->shadow && (!run->lease || lease_held(run->lease, live_mono()));
}

enum withheld run_withheld(void *self)
{
	static const enum withheld dry[] = {
	    [DRY_NOT] = WITHHELD_NOT, [DRY_CLIENT] = WITHHELD_DRY_CLIENT, [DRY_SERVER] = WITHHELD_DRY_SERVER};
	const struct run *run = self;
	if (run->shadow || run->options.dry != DRY_NOT)
		return run->shadow ? WITHHELD_SHADOW : dry[run->options.dry];
	return run_may_act(self) ? WITHHELD_NOT : WITHHELD_STANDBY;
}

static const char *identity(const struct run *run, char *text, size_t size)
{
	if (run->options.identity)
		return run->options.identity;
	char host[256] = "";
	gethostname(host, sizeof host - 1);
	uint64_t random = mix64((uint64_t)live_wall() ^ mix64((uint64_t)getpid()));
	snprintf(text, size, "%.200s_%016llx", host, (unsigned long long)random);
	return text;
}

static ms_t step_lease(void *lease, ms_t mono)
{
	return lease_step(lease, mono);
}

static int open_lease(struct run *run, struct err *err)
{
	char name[512], who[256];
	if (run->options.no_lease || run->shadow || run->options.dry == DRY_CLIENT)
		return 0;
	snprintf(name, sizeof name, "%s", run->options.lease ? run->options.lease : "plimsoll");
	char *slash = strchr(name, '/');
	if (slash)
		*slash = 0;
	const struct lease_config config = {
	    .namespace_ = slash ? name : kube_namespace(run->kube),
	    .name = slash ? slash + 1 : name,
	    .identity = identity(run, who, sizeof who),
	    .duration = LEASE_DURATION,
	    .renew_deadline = LEASE_RENEW,
	    .retry_period = LEASE_RETRY,
	    .mono = live_mono,
	};
	run->lease = lease_open(run->kube, &config, &run->options.log, err);
	if (!run->lease)
		return -1;
	net_every(run->net, step_lease, run->lease);
	return 0;
}

/* "NAME=URL", or a URL alone, which is then called "default". */
static int open_prometheus(struct run *run, struct err *err)
{
	for (size_t i = 0; i < run->options.prometheus.n; i++) {
		const char *text = run->options.prometheus.values[i], *equals = strchr(text, '=');
		bool named = equals && !memchr(text, ':', (size_t)(equals - text));
		struct live_prometheus *server = &run->prometheus[run->n_prometheus];
		if (run->n_prometheus == COUNT(run->prometheus))
			return err_set(err, "--prometheus: at most %zu servers", COUNT(run->prometheus));
		server->name = named ? strndup(text, (size_t)(equals - text)) : strdup("default");
		const struct server_config config = {.name = "prometheus", .url = named ? equals + 1 : text};
		server->server = server->name ? server_open(run->net, &config, err) : NULL;
		run->n_prometheus++;
		if (!server->server)
			return err_wrap(err, "--prometheus");
	}
	return 0;
}

/* A general node of the list stands for what pods cost. */
static int open_prices(struct run *run, struct err *err)
{
	if (!run->options.price)
		return 0;
	if (price_book_read(run->options.data, run->options.price, &run->book, err) < 0)
		return err_wrap(err, "--price");
	run->has_prices = true;
	const struct instance_type *cheapest = NULL;
	for (uint32_t i = 0; i < run->book.n_types; i++) {
		const struct instance_type *type = &run->book.types[i];
		if (type->general_purpose && (!cheapest || type->price_nano_per_hour < cheapest->price_nano_per_hour))
			cheapest = type;
	}
	if (cheapest)
		run->worth =
		    resource_price(cheapest->price_nano_per_hour, cheapest->vcpu_milli, cheapest->memory_bytes);
	return 0;
}

static ms_t share_of_period(const struct run *run, int hundredths)
{
	ms_t share = run->settings.hpa.sync_period / 100 * hundredths;
	return min64(max64(share, SHORTEST_WAIT), LONGEST_WAIT);
}

static int open_autoscalers(struct run *run, struct log *log, struct err *err)
{
	const char *within = run->options.kube.namespace_;
	run->autoscalers = live_autoscalers_open(run->kube, within, run->options.from_hpa, log, err);
	if (!run->autoscalers || run->shadow)
		return run->autoscalers ? 0 : -1;
	run->rivals = live_rivals_open(run->kube, within, log, err);
	if (!run->rivals)
		return -1;
	live_autoscalers_beside(run->autoscalers, run->rivals);
	return 0;
}

static int open_views(struct run *run, struct err *err)
{
	struct log *log = shadow_log(run);
	const char *within = run->options.node_groups.n ? NULL : run->options.kube.namespace_;
	run->pods = live_pods_open_in(run->kube, within, log, err);
	if (!run->pods || open_autoscalers(run, log, err) < 0)
		return -1;
	run->targets = live_targets_open(run->kube, run->pods, log, err);
	if (!run->targets)
		return -1;
	live_targets_within(run->targets, run->options.kube.namespace_);
	const struct live_actuate_config actuate = {
	    .net = run->net,
	    .kube = run->kube,
	    .targets = run->targets,
	    .dry = run->shadow ? DRY_CLIENT : run->options.dry,
	    .deadline = share_of_period(run, WRITES_SHARE),
	    .may_act = run_may_act,
	    .self = run,
	    .log = log,
	};
	run->actuate = live_actuate_open(&actuate, err);
	const struct live_replicas_config replicas = {
	    .net = run->net,
	    .kube = run->kube,
	    .pods = run->pods,
	    .targets = run->targets,
	    .prometheus = run->prometheus,
	    .n_prometheus = run->n_prometheus,
	    .deadline = share_of_period(run, METRICS_SHARE),
	    .log = log,
	};
	run->replicas = !run->actuate ? NULL : live_replicas_open(&replicas, err);
	return run->replicas ? 0 : -1;
}

static int open_nodes(struct run *run, struct err *err)
{
	const struct live_nodes_config config = {
	    .net = run->net,
	    .kube = run->kube,
	    .pods = run->pods,
	    .settings = &run->settings,
	    .groups = run->options.node_groups.values,
	    .n_groups = (uint32_t)run->options.node_groups.n,
	    .prices = run->has_prices ? &run->book : NULL,
	    .actuate = run->actuate,
	    .dry = run->shadow ? DRY_CLIENT : run->options.dry,
	    .may_act = run_may_act,
	    .self = run,
	    .log = shadow_log(run),
	};
	run->nodes = live_nodes_open(&config, err);
	return run->nodes ? 0 : -1;
}

static const char *const *pod_names(void *self, uint32_t workload, uint32_t *n)
{
	return live_replicas_pods(((struct run *)self)->replicas, workload, n);
}

static const char *node_name(void *self, uint32_t slot)
{
	return live_node_name(((struct run *)self)->nodes, slot);
}

static const char *group_name(void *self, uint32_t group)
{
	return live_group_name(((struct run *)self)->nodes, group);
}

static int open_journal(struct run *run, struct err *err)
{
	char usual[4096];
	const struct journal_names names = {pod_names, node_name, group_name, run_withheld, run};
	if (run->options.journal && strcmp(run->options.journal, "none") == 0)
		return 0;
	if (!run->options.journal && journal_default(usual, sizeof usual, err) < 0)
		return -1;
	run->journal = journal_open(run->options.journal ? run->options.journal : usual, &journal_limits_usual, &names,
				    &run->options.log, err);
	return run->journal ? 0 : -1;
}

static int open_web(struct run *run, struct err *err)
{
	const char *address = run->options.listen ? run->options.listen : "127.0.0.1:9476";
	if (strcmp(address, "none") == 0)
		return 0;
	run->web = web_open(address, &run->options.log, err);
	if (!run->web)
		return err_wrap(err, "--listen");
	return 0;
}

int run_open(struct run *run, struct err *err)
{
	if (scenario_settings(&run->options.sets, NULL, &run->settings, err) < 0)
		return -1;
	struct smooth_spec smooth;
	if (run->settings.hpa.smoothing[0] && smooth_parse(run->settings.hpa.smoothing, &smooth, err) < 0)
		return err_wrap(err, "--set hpa.smoothing");
	run->settings.ca.enabled = run->options.node_groups.n > 0;
	run->settings.hpa.phase = run->settings.ca.phase = 0;
	if (run->options.shadow && !(run->shadow = shadow_open(run, err)))
		return -1;
	if (open_prices(run, err) < 0)
		return -1;
	run->kube = kube_open(run->net, &run->options.kube, &run->options.log, err);
	if (!run->kube)
		return -1;
	log_line(shadow_log(run), LOG_INFO, "cluster", "address", kube_address(run->kube), NULL);
	server_guard(kube_server(run->kube), run_may_act, run, "this process does not lead");
	if (open_prometheus(run, err) < 0 || open_web(run, err) < 0 || open_lease(run, err) < 0 ||
	    open_views(run, err) < 0 || open_nodes(run, err) < 0)
		return -1;
	return open_journal(run, err);
}

void run_close(struct run *run)
{
	journal_close(run->journal);
	live_nodes_close(run->nodes);
	live_replicas_close(run->replicas);
	live_actuate_close(run->actuate);
	live_targets_close(run->targets);
	live_autoscalers_close(run->autoscalers);
	live_rivals_close(run->rivals);
	live_pods_close(run->pods);
	if (run->lease)
		net_every(run->net, NULL, NULL);
	lease_close(run->lease);
	web_close(run->web);
	for (uint32_t i = 0; i < run->n_prometheus; i++) {
		server_close(run->prometheus[i].server);
		free((char *)run->prometheus[i].name);
	}
	kube_close(run->kube);
	net_close(run->net);
	if (run->has_prices)
		price_book_free(&run->book);
	shadow_close(run->shadow);
	arena_free(&run->told.arena);
	arena_free(&run->told.groups_arena);
	arena_free(&run->now.arena);
	arena_free(&run->next.arena);
	free(run->accepted);
	free(run->scaled_at);
}
