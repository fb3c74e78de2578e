#include "settings.h"

#include "duration.h"
#include "nearest.h"
#include "quantity.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum type { DURATION, NUMBER, INTEGER, CPU, BYTES, SWITCH, CHOICE, DIST, TEXT };

static const char *const type_names[] = {
    [DURATION] = "duration", [NUMBER] = "number", [INTEGER] = "integer", [CPU] = "cpu",   [BYTES] = "bytes",
    [SWITCH] = "true|false", [CHOICE] = "choice", [DIST] = "spread",     [TEXT] = "text",
};

struct row {
	struct setting_row shown;
	enum type type;
	size_t offset, size;
	double low, high; /* in the unit of the field: ms, milli-CPU, bytes */
	const char *choices;
};

/* clang-format off */
#define FIELD(member) offsetof(struct settings, member), sizeof(((struct settings *)0)->member)
#define ROW(key, kind, member, fallback, low, high, help)                                                              \
	{{key, fallback, help}, kind, FIELD(member), low, high, NULL}
#define PICK(key, member, fallback, choices, help)                                                                     \
	{{key, fallback, help}, CHOICE, FIELD(member), 0, 0, choices}
/* clang-format on */

#define WEEK (7.0 * 86400e3)
#define TIB  1099511627776.0

static const struct row rows[] = {
    ROW("hpa.sync_period", DURATION, hpa.sync_period, "15s", 1000, WEEK,
	"time between two decisions of an autoscaler (--horizontal-pod-autoscaler-sync-period)"),
    ROW("hpa.phase", DURATION, hpa.phase, "7s", 0, WEEK, "when the first sync falls, after the start"),
    ROW("hpa.follow_scrapes", SWITCH, hpa.follow_scrapes, "false", 0, 0,
	"move the sync to soon after metrics-server has scraped; kube-controller-manager leaves that to chance"),
    ROW("hpa.tolerance", NUMBER, hpa.tolerance, "0.1", 0, 1e6,
	"no change while usage is within this share of the target (--horizontal-pod-autoscaler-tolerance)"),
    ROW("hpa.initial_readiness_delay", DURATION, hpa.initial_readiness_delay, "30s", 0, WEEK,
	"after its start a pod that was never ready does not count "
	"(--horizontal-pod-autoscaler-initial-readiness-delay)"),
    ROW("hpa.cpu_initialization_period", DURATION, hpa.cpu_initialization_period, "5m", 0, WEEK,
	"after its start a pod's CPU counts only while ready (--horizontal-pod-autoscaler-cpu-initialization-period)"),
    ROW("hpa.downscale_stabilization", DURATION, hpa.downscale_stabilization, "5m", 0, 3600e3,
	"scale-down window where the manifest gives none (--horizontal-pod-autoscaler-downscale-stabilization)"),
    ROW("hpa.smoothing", TEXT, hpa.smoothing, "", 0, 0,
	"filter before the calculator, as in the annotation plimsoll.dev/smoothing; empty: plain HPA"),

    ROW("metrics.resolution", DURATION, metrics.resolution, "15s", 1000, WEEK,
	"time between two scrapes of metrics-server (--metric-resolution)"),
    ROW("metrics.phase", DURATION, metrics.phase, "2s", 0, WEEK, "when the first scrape falls, after the start"),
    ROW("metrics.fresh_container_min", DURATION, metrics.fresh_container_min, "10s", 0, WEEK,
	"a container at least this old has a usage after one scrape, else after two (metrics-server)"),

    ROW("guard.max_metric_age", DURATION, guard.max_metric_age, "2m", 0, WEEK,
	"a pod's sample older than this (and than twice metrics.resolution), or more than a minute ahead, is left out, "
	"and nothing is scaled down in that tick; 0s: off"),
    ROW("guard.max_pod_cpu", CPU, guard.max_pod_cpu_milli, "1000", 0, 1e15,
	"CPU no pod can use: a sample beyond is left out in the same way; 0: off"),
    ROW("guard.max_pod_memory", BYTES, guard.max_pod_memory_bytes, "64Ti", 0, 4096 * TIB,
	"memory no pod can use: a sample beyond is left out in the same way; 0: off"),
    ROW("guard.max_change", INTEGER, guard.max_change, "0", 0, 1e6,
	"most replicas by which one autoscaler may change its target in one tick; 0: no limit"),
    ROW("guard.max_total_change", INTEGER, guard.max_total_change, "0", 0, 1e9,
	"the same for all autoscalers together, first come first served; the rest waits for the next tick; 0: no "
	"limit"),

    ROW("ca.enabled", SWITCH, ca.enabled, "true", 0, 0,
	"whether cluster-autoscaler runs; false: groups keep their minimum"),
    ROW("ca.scan_interval", DURATION, ca.scan_interval, "10s", 1000, WEEK,
	"time between two node scans (--scan-interval)"),
    ROW("ca.phase", DURATION, ca.phase, "4s", 0, WEEK, "when the first scan falls, after the start"),
    ROW("ca.frequent_loops", SWITCH, ca.frequent_loops, "true", 0, 0,
	"an unschedulable pod, and a productive scan, start a scan at once (--frequent-loops-enabled)"),
    ROW("ca.new_pod_age", DURATION, ca.new_pod_age, "2s", 0, WEEK,
	"wait one interval while all unschedulable pods are younger (fixed in cluster-autoscaler)"),
    ROW("ca.new_pod_delay", DURATION, ca.new_pod_delay, "0s", 0, WEEK,
	"pods younger than this do not make nodes (--new-pod-scale-up-delay)"),
    PICK("ca.expander", ca.expander, "random", "random|least-waste|most-pods|least-nodes|price",
	 "which node group grows when several could (--expander)"),
    ROW("ca.max_nodes_per_scale_up", INTEGER, ca.max_nodes_per_scale_up, "1000", 1, 1e6,
	"most nodes one scan adds (--max-nodes-per-scaleup)"),
    ROW("ca.max_node_provision_time", DURATION, ca.max_node_provision_time, "15m", 1000, WEEK,
	"a node that has not come by then is given up (--max-node-provision-time)"),
    ROW("ca.utilization_threshold", NUMBER, ca.utilization_threshold, "0.5", 0, 1,
	"a node whose requests over allocatable are below is a candidate to go (--scale-down-utilization-threshold)"),
    ROW("ca.unneeded_time", DURATION, ca.unneeded_time, "10m", 0, WEEK,
	"how long a node must be unneeded before it goes (--scale-down-unneeded-time)"),
    ROW("ca.delay_after_add", DURATION, ca.delay_after_add, "10m", 0, WEEK,
	"no scale-down for this long after a scale-up (--scale-down-delay-after-add)"),
    ROW("ca.delay_after_delete", DURATION, ca.delay_after_delete, "0s", 0, WEEK,
	"no scale-down for this long after a deletion (--scale-down-delay-after-delete)"),
    ROW("ca.unremovable_recheck", DURATION, ca.unremovable_recheck, "5m", 0, WEEK,
	"how long a node found unremovable is not looked at again (--unremovable-node-recheck-timeout)"),
    ROW("ca.delete_delay_after_taint", DURATION, ca.delete_delay_after_taint, "5s", 0, 600e3,
	"from the taint to the eviction (--node-delete-delay-after-taint)"),
    ROW("ca.max_graceful_termination", DURATION, ca.max_graceful_termination, "10m", 0, WEEK,
	"longest wait for evicted pods (--max-graceful-termination-sec)"),
    ROW("ca.max_parallel_deletions", INTEGER, ca.max_parallel_deletions, "10", 1, 1e6,
	"nodes going at one time (--max-scale-down-parallelism)"),
    ROW("ca.max_parallel_drains", INTEGER, ca.max_parallel_drains, "1", 1, 1e6,
	"of these, nodes with pods to move (--max-drain-parallelism)"),
    ROW("ca.non_empty_candidates", INTEGER, ca.non_empty_candidates, "30", 0, 1e6,
	"non-empty nodes tracked for removal (--scale-down-non-empty-candidates-count)"),
    ROW("ca.candidate_pool_ratio", NUMBER, ca.candidate_pool_ratio, "0.1", 0, 1,
	"share of nodes looked at for more candidates (--scale-down-candidates-pool-ratio)"),
    ROW("ca.candidate_pool_min", INTEGER, ca.candidate_pool_min, "50", 0, 1e6,
	"least number of nodes looked at (--scale-down-candidates-pool-min-count)"),
    ROW("ca.max_unready_ratio", NUMBER, ca.max_unready_ratio, "0.45", 0, 1,
	"while more than this share of the nodes is no longer Ready, nothing is done (--max-total-unready-percentage)"),
    ROW("ca.ok_unready", INTEGER, ca.ok_unready, "3", 0, 1e6,
	"so many nodes may be unready whatever their share (--ok-total-unready-count)"),

    ROW("pod.schedule_latency", DURATION, pod.schedule_latency, "10ms", 0, 600e3,
	"from a pod's creation to its binding, if it fits"),
    ROW("pod.image_size", BYTES, pod.image_bytes, "500M", 0, 64 * TIB, "compressed size of a container image"),
    ROW("pod.pull_rate", BYTES, pod.pull_bytes_per_second, "100M", 1, 64 * TIB,
	"image bytes a node pulls and unpacks in a second"),
    ROW("pod.start", DIST, pod.start, "1s..2s", 0, WEEK, "from the image being there to the containers running"),
    ROW("pod.ready", DIST, pod.ready, "1s..5s", 0, WEEK,
	"from running to ready, beside the manifest's readinessProbe.initialDelaySeconds"),
    ROW("pod.stop", DIST, pod.stop, "1s..5s", 0, WEEK,
	"from deletion to gone; the manifest's grace period is the most"),
    ROW("pod.memory_use", NUMBER, pod.memory_use, "0.6", 0, 1000,
	"memory a pod uses, as a share of its request, where the load has no memory column"),

    ROW("node.boot", DIST, node.boot, "median:50s,sigma:0.25", 0, WEEK, "from the request of a node to it being Ready"),
    ROW("node.terminate", DIST, node.terminate, "10s", 0, WEEK, "from a node's deletion to the end of its bill"),
    ROW("node.disk_gib", INTEGER, node.disk_gib, "-1", -1, 65536,
	"boot disk of a node; -1: what the provider's managed Kubernetes gives"),
    ROW("node.max_pods", INTEGER, node.max_pods, "0", 0, 100000, "pods a node may hold; 0: the provider's rule"),
    ROW("node.daemonset_cpu", CPU, node.daemonset_cpu_milli, "-1", -1, 1e9,
	"CPU the cluster's own agents request on each node; -1: the provider's agents"),
    ROW("node.daemonset_memory", BYTES, node.daemonset_memory_bytes, "-1", -1, TIB,
	"memory the cluster's own agents request on each node; -1: the provider's agents"),
    ROW("node.daemonset_pods", INTEGER, node.daemonset_pods, "-1", -1, 1000,
	"how many such agents; -1: the provider's agents"),
    ROW("node.cached_images", SWITCH, node.cached_images, "false", 0, 0, "whether nodes boot with every image on disk"),

    ROW("load.scale", NUMBER, load.scale, "1", 1e-9, 1e9,
	"multiplies the load's cpu and requests, not its memory or other metrics"),
    ROW("load.cpu_per_request", NUMBER, load.cpu_per_request, "0", 0, 1e6,
	"cores one request a second costs, for a load without a cpu column; 0: none given"),
    PICK("load.overload", load.overload, "queue", "queue|drop",
	 "what happens to CPU demand that the ready pods cannot serve"),

    ROW("sim.seed", INTEGER, sim.seed, "1", 0, 9e15, "seed of every random stream (--seed)"),
    PICK("sim.start", sim.start, "steady", "steady|manifest",
	 "start with the replicas that the first demand needs, or with the manifest's"),
    ROW("sim.report_step", DURATION, sim.report_step, "1m", 1000, WEEK,
	"grid of the timeline and of the instability figure"),
};

const struct setting_row *settings_row(size_t index)
{
	return index < COUNT(rows) ? &rows[index].shown : NULL;
}

const char *settings_type(size_t index)
{
	return rows[index].choices ? rows[index].choices : type_names[rows[index].type];
}

/* "30s", "25s..35s", "median:50s,sigma:0.25". */
static int span_parse(const char *text, ms_t *out)
{
	struct err ignored;
	return duration_parse(text, strlen(text), out, &ignored);
}

static int dist_parse(const char *text, struct dist *out)
{
	char copy[96];
	if (strlen(text) >= sizeof copy)
		return -1;
	snprintf(copy, sizeof copy, "%s", text);
	struct dist dist = {0};
	char *range = strstr(copy, ".."), *sigma = strstr(copy, ",sigma:"), *end;
	if (!strncmp(copy, "median:", 7)) {
		if (!sigma)
			return -1;
		*sigma = 0;
		dist.kind = DIST_LOGNORMAL;
		dist.sigma = strtod(sigma + 7, &end);
		if (end == sigma + 7 || *end || !(dist.sigma >= 0 && dist.sigma <= 3) || span_parse(copy + 7, &dist.a))
			return -1;
	} else if (range) {
		*range = 0;
		dist.kind = DIST_UNIFORM;
		if (span_parse(copy, &dist.a) || span_parse(range + 2, &dist.b) || dist.b < dist.a)
			return -1;
	} else if (span_parse(copy, &dist.a)) {
		return -1;
	}
	*out = dist;
	return 0;
}

static void dist_format(const struct dist *dist, char *text, size_t size)
{
	char a[48], b[48];
	duration_format(dist->a, a, sizeof a);
	duration_format(dist->b, b, sizeof b);
	if (dist->kind == DIST_LOGNORMAL)
		snprintf(text, size, "median:%s,sigma:%.15g", a, dist->sigma);
	else if (dist->kind == DIST_UNIFORM)
		snprintf(text, size, "%s..%s", a, b);
	else
		snprintf(text, size, "%s", a);
}

static int choice_parse(const char *choices, const char *text, int64_t *out)
{
	size_t length = strlen(text);
	int64_t index = 0;
	for (const char *at = choices; length; index++) {
		size_t span = strcspn(at, "|");
		if (span == length && !strncmp(at, text, span)) {
			*out = index;
			return 0;
		}
		if (!at[span])
			break;
		at += span + 1;
	}
	return -1;
}

static void choice_format(const char *choices, int64_t index, char *text, size_t size)
{
	const char *at = choices;
	while (index-- > 0)
		at += strcspn(at, "|") + 1;
	snprintf(text, size, "%.*s", (int)strcspn(at, "|"), at);
}

static int number_parse(const char *text, double *out)
{
	char *end;
	errno = 0;
	double value = strtod(text, &end);
	if (end == text || *end || !isfinite(value))
		return -1;
	*out = value;
	return 0;
}

/* Reads text as the row's type into value; ranged is what the bounds apply to. */
static int parse_value(const struct row *row, const char *text, void *value, double *ranged)
{
	wide_t nano;
	struct err ignored;
	int64_t whole = 0;
	double number = 0;
	*ranged = row->low;
	switch (row->type) {
	case DURATION:
		if (span_parse(text, &whole))
			return -1;
		*ranged = (double)whole;
		memcpy(value, &whole, sizeof whole);
		return 0;
	case NUMBER:
		if (number_parse(text, &number))
			return -1;
		*ranged = number;
		memcpy(value, &number, sizeof number);
		return 0;
	case INTEGER:
		if (number_parse(text, &number) || number != floor(number) || fabs(number) > 9e15)
			return -1;
		break;
	case CPU:
	case BYTES:
		if (!strcmp(text, "-1")) {
			number = -1;
			break;
		}
		if (quantity_parse(text, strlen(text), &nano, &ignored))
			return -1;
		whole = row->type == CPU ? quantity_milli(nano) : quantity_value(nano);
		*ranged = (double)whole;
		memcpy(value, &whole, sizeof whole);
		return 0;
	case SWITCH:
		if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
			return -1;
		memcpy(value, &(bool){*text == 't'}, sizeof(bool));
		return 0;
	case CHOICE:
		if (choice_parse(row->choices, text, &whole))
			return -1;
		memcpy(value, &whole, sizeof whole);
		return 0;
	case DIST:
		if (dist_parse(text, value))
			return -1;
		*ranged = (double)max64(((struct dist *)value)->a, ((struct dist *)value)->b);
		return 0;
	case TEXT:
		if (strlen(text) >= row->size)
			return -1;
		memcpy(value, text, strlen(text) + 1);
		return 0;
	}
	whole = (int64_t)number;
	*ranged = number;
	memcpy(value, &whole, sizeof whole);
	return 0;
}

static const char *allowed(const struct row *row, char *text, size_t size)
{
	static const char *const examples[] = {
	    [DURATION] = "a duration such as 15s, 5m or 1h30m",
	    [NUMBER] = "a number",
	    [INTEGER] = "a whole number",
	    [CPU] = "a CPU quantity such as 250m",
	    [BYTES] = "a quantity such as 500M or 2Gi",
	    [SWITCH] = "true or false",
	    [DIST] = "a spread such as 30s, 25s..35s or median:50s,sigma:0.25",
	    [TEXT] = "a short text",
	};
	char low[48], high[48];
	if (row->type == CHOICE) {
		snprintf(text, size, "one of %s", row->choices);
	} else if (row->type == DURATION || row->type == DIST) {
		duration_format((ms_t)row->low, low, sizeof low);
		duration_format((ms_t)row->high, high, sizeof high);
		snprintf(text, size, "%s, from %s to %s", examples[row->type], low, high);
	} else if (row->type == SWITCH || row->type == TEXT) {
		snprintf(text, size, "%s", examples[row->type]);
	} else {
		snprintf(text, size, "%s from %.15g to %.15g", examples[row->type], row->low, row->high);
	}
	return text;
}

static int assign(struct settings *settings, const struct row *row, const char *text)
{
	union {
		struct dist dist;
		char text[64];
		int64_t whole;
	} value;
	double ranged;
	memset(&value, 0, sizeof value);
	if (parse_value(row, text, &value, &ranged) || !(ranged >= row->low && ranged <= row->high))
		return -1;
	memcpy((char *)settings + row->offset, &value, row->size);
	return 0;
}

static const char *nearest_key(const char *key)
{
	const char *names[COUNT(rows)];
	for (size_t i = 0; i < COUNT(rows); i++)
		names[i] = rows[i].shown.key;
	return nearest(key, names, COUNT(rows));
}

int settings_set(struct settings *settings, const char *assignment, struct err *err)
{
	size_t length = strcspn(assignment, "=");
	if (!assignment[length])
		return err_set(err, "--set %.80s: expected key=value; `plimsoll help settings` lists the keys",
			       assignment);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		if (strlen(rows[i].shown.key) != length || strncmp(rows[i].shown.key, assignment, length) != 0)
			continue;
		if (assign(settings, &rows[i], assignment + length + 1))
			return err_set(err, "--set %s: found '%.60s', allowed is %s", rows[i].shown.key,
				       assignment + length + 1, allowed(&rows[i], text, sizeof text));
		return 0;
	}
	char key[64];
	snprintf(key, sizeof key, "%.*s", (int)min64((int64_t)length, 60), assignment);
	return err_set(err, "--set %s: no such setting; the nearest is %s (`plimsoll help settings` lists all)", key,
		       nearest_key(key));
}

void settings_default(struct settings *settings)
{
	memset(settings, 0, sizeof *settings);
	for (size_t i = 0; i < COUNT(rows); i++)
		assign(settings, &rows[i], rows[i].shown.fallback);
}

void settings_format(const struct settings *settings, size_t index, char *text, size_t size)
{
	const struct row *row = &rows[index];
	const void *field = (const char *)settings + row->offset;
	int64_t whole = 0;
	double number = 0;
	switch (row->type) {
	case DURATION:
		memcpy(&whole, field, sizeof whole);
		duration_format(whole, text, size);
		break;
	case NUMBER:
		memcpy(&number, field, sizeof number);
		snprintf(text, size, "%.15g", number);
		if (strtod(text, NULL) != number)
			snprintf(text, size, "%.17g", number);
		break;
	case CPU:
	case INTEGER:
	case BYTES:
		memcpy(&whole, field, sizeof whole);
		snprintf(text, size, "%lld%s", (long long)whole, row->type == CPU && whole > 0 ? "m" : "");
		break;
	case CHOICE:
		memcpy(&whole, field, sizeof whole);
		choice_format(row->choices, whole, text, size);
		break;
	case SWITCH:
		snprintf(text, size, "%s", *(const bool *)field ? "true" : "false");
		break;
	case DIST:
		dist_format(field, text, size);
		break;
	case TEXT:
		snprintf(text, size, "%s", (const char *)field);
		break;
	}
}
