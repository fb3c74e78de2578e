/* The replica calculator: how many replicas one metric asks for.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/replica_calculator.go and metrics/utilization.go. */
#include "hpa_internal.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The pods of one metric, summed by group. */
struct tally {
	uint32_t ready, unready, missing, ignored;
	int64_t usage;                                                      /* of the ready ones */
	int64_t request, unready_request, missing_request, ignored_request; /* of each group */
	int64_t missing_usage; /* what the missing count for on the way down */
	int64_t fallback;      /* at this percentage of their request */
	bool has_unrequested;  /* a pod without a request is among them */
};

/* What usage comes to: percent or average, and over the target. */
struct level {
	int64_t value;
	double ratio;
};

ALWAYS_INLINE bool within(double ratio, const struct calc_options *options)
{
	return 1.0 - options->tolerance_down <= ratio && ratio <= 1.0 + options->tolerance_up;
}

/* A young pod counts once it is ready and a whole window was measured since; an old one unless it was never ready. */
static bool cpu_counts(const struct pod *pod, const struct sample *sample, ms_t young_after,
		       const struct calc_options *options)
{
	if (pod->ready == POD_READY_UNKNOWN || pod->start_at == MS_UNSET)
		return false;
	if (pod->start_at > young_after)
		return pod->ready != POD_READY_FALSE && sample->at >= ms_after(pod->ready_changed_at, sample->window);
	return pod->ready != POD_READY_FALSE ||
	       ms_after(pod->start_at, options->initial_readiness_delay) <= pod->ready_changed_at;
}

/* Any pod, by upstream's order of questions (groupPods); options are NULL where readiness does not matter. */
static __attribute__((noinline)) void tally_pod(const struct pod *pod, const struct sample *sample, int64_t request,
						ms_t young_after, const struct calc_options *options,
						struct tally *tally)
{
	if (pod->deleted || pod->phase == POD_FAILED) {
		tally->ignored++;
		tally->ignored_request = go_add(tally->ignored_request, request);
	} else if (pod->phase != POD_PENDING && sample->value < 0) {
		tally->missing++;
		tally->missing_request = go_add(tally->missing_request, request);
		tally->missing_usage = go_add(tally->missing_usage, go_mul(request, tally->fallback) / 100);
	} else if (pod->phase == POD_PENDING || (options && !cpu_counts(pod, sample, young_after, options))) {
		tally->unready++;
		tally->unready_request = go_add(tally->unready_request, request);
	} else {
		tally->usage = go_add(tally->usage, sample->value);
	}
}

/* One pass, in which the common pod (running, measured, ready, not young) is soon done with. What is ready is what
 * remains of all. */
ALWAYS_INLINE void tally_pods(const struct metric_input *metric, const struct hpa_input *input,
			      const struct calc_options *options, bool cpu, bool each_request, struct tally *tally)
{
	ms_t young_after = max64(ms_before(input->now, options->cpu_initialization_period), MS_UNSET + 1);
	const uint64_t earliest = (uint64_t)(MS_UNSET + 1), old = (uint64_t)young_after - earliest;
	int64_t usage = 0, requests = 0, signs = 0;
	uint32_t n = input->n_pods;
	for (uint32_t i = 0; i < n; i++) {
		const struct pod *pod = &input->pods[i];
		const struct sample *sample = &metric->samples[i];
		int64_t request = each_request ? metric->requests[i] : 0;
		signs |= request;
		requests = go_add(requests, request);
		bool common;
		if (cpu) /* two bytes at once; started, and not after young_after, in one comparison */
			common = (pod->phase | pod->ready << 8) == (POD_RUNNING | POD_READY_TRUE << 8) &&
				 !pod->deleted && sample->value >= 0 && (uint64_t)pod->start_at - earliest <= old;
		else
			common = pod->phase == POD_RUNNING && !pod->deleted && sample->value >= 0;
		if (__builtin_expect(common, 1))
			usage = go_add(usage, sample->value);
		else
			tally_pod(pod, sample, request, young_after, cpu ? options : NULL, tally);
	}
	tally->ready = n - tally->unready - tally->missing - tally->ignored;
	tally->usage = go_add(tally->usage, usage);
	tally->request =
	    go_sub(requests, go_add(tally->ignored_request, go_add(tally->missing_request, tally->unready_request)));
	tally->has_unrequested = signs < 0;
}

/* Every pod has the same request: the sums are products. */
static void tally_same_request(struct tally *tally, int64_t request)
{
	tally->has_unrequested = request < 0;
	tally->request = go_mul(tally->ready, request);
	tally->unready_request = go_mul(tally->unready, request);
	tally->missing_request = go_mul(tally->missing, request);
	if (tally->missing)
		tally->missing_usage = go_mul(tally->missing, go_mul(request, tally->fallback) / 100);
}

/* The false and true are constants, so that each combination gets a loop of its own. */
static void tally_metric(const struct metric_spec *spec, const struct metric_input *metric,
			 const struct hpa_input *input, const struct calc_options *options, struct tally *tally)
{
	bool utilization = spec->target_type == TARGET_UTILIZATION;
	bool each = utilization && metric->request_step;
	if (each && spec->is_cpu)
		tally_pods(metric, input, options, true, true, tally);
	else if (each)
		tally_pods(metric, input, options, false, true, tally);
	else if (spec->is_cpu)
		tally_pods(metric, input, options, true, false, tally);
	else
		tally_pods(metric, input, options, false, false, tally);
	if (utilization && !each)
		tally_same_request(tally, metric->requests[0]);
	else if (!utilization)
		tally->missing_usage = go_mul(tally->missing, spec->target);
}

/* GetResourceUtilizationRatio, GetMetricUsageRatio; false when no request is known. */
ALWAYS_INLINE bool measure(const struct metric_spec *spec, int64_t usage, int64_t request, uint32_t entries,
			   struct level *level)
{
	if (spec->target_type == TARGET_UTILIZATION) {
		if (request == 0)
			return false;
		level->value = go_wrap32(go_div(go_mul(usage, 100), request));
	} else {
		level->value = usage / entries;
	}
	level->ratio = (double)level->value / (double)spec->target;
	return true;
}

/* With pods that are missing or unready: assume the cautious value for each, and move only if the direction stays. */
static void propose_cautiously(const struct metric_spec *spec, const struct tally *tally, int32_t current,
			       const struct calc_options *options, bool with_unready, struct proposal *proposal)
{
	double ratio = proposal->ratio;
	int64_t usage = tally->usage, request = tally->request;
	uint32_t entries = tally->ready;
	if (ratio < 1.0)
		usage = go_add(usage, tally->missing_usage);
	if (ratio < 1.0 || ratio > 1.0) {
		request = go_add(request, tally->missing_request);
		entries += tally->missing;
	}
	if (with_unready) {
		request = go_add(request, tally->unready_request);
		entries += tally->unready;
	}
	struct level level;
	if (!measure(spec, usage, request, entries, &level)) {
		proposal->error = CALC_NO_METRICS_FOR_READY;
		return;
	}
	proposal->replicas = current;
	if (within(level.ratio, options) || (ratio < 1.0 && level.ratio > 1.0) || (ratio > 1.0 && level.ratio < 1.0))
		return;
	int32_t replicas = go_ceil32(level.ratio * entries);
	bool reversed = (level.ratio < 1.0 && replicas > current) || (level.ratio > 1.0 && replicas < current);
	if (!reversed)
		proposal->replicas = replicas;
}

/* The ready pods' usage, with the workload's total filtered: a change of our own in the number of pods is no change
 * of load. */
static int64_t smooth_usage(struct smoother *smoother, const struct tally *tally)
{
	double known = tally->ready, all = known + tally->missing;
	double total = smoother_step(smoother, (double)tally->usage * all / known);
	double usage = total * known / all + 0.5;
	if (!(usage > 0))
		return 0;
	return usage < 9.2e18 ? (int64_t)usage : INT64_MAX;
}

static uint32_t first_unrequested(const struct metric_input *metric)
{
	uint32_t i = 0;
	while (metric->requests[(size_t)i * metric->request_step] >= 0)
		i++;
	return i;
}

/* GetResourceReplicas, GetRawResourceReplicas, GetMetricReplicas */
static void from_pods(const struct metric_spec *spec, const struct metric_input *metric, const struct hpa_input *input,
		      const struct calc_options *options, struct smoother *smoother, struct proposal *proposal)
{
	if (input->n_pods == 0) {
		proposal->error = CALC_NO_PODS;
		return;
	}
	struct tally tally = {.fallback = max64(100, spec->target)};
	tally_metric(spec, metric, input, options, &tally);
	proposal->ready = tally.ready;
	proposal->unready = tally.unready;
	proposal->missing = tally.missing;
	proposal->ignored = tally.ignored;
	if (tally.ready == 0) {
		proposal->error = CALC_NO_METRICS;
		return;
	}
	if (tally.has_unrequested) {
		proposal->error = CALC_MISSING_REQUEST;
		proposal->error_pod = first_unrequested(metric);
		return;
	}
	if (smoother)
		tally.usage = smooth_usage(smoother, &tally);
	struct level level;
	if (!measure(spec, tally.usage, tally.request, tally.ready, &level)) {
		proposal->error = CALC_NO_METRICS_FOR_READY;
		return;
	}
	proposal->usage = level.value;
	proposal->ratio = level.ratio;
	bool with_unready = tally.unready > 0 && level.ratio > 1.0;
	if (with_unready || tally.missing)
		propose_cautiously(spec, &tally, input->spec_replicas, options, with_unready, proposal);
	else if (within(level.ratio, options))
		proposal->replicas = input->spec_replicas;
	else
		proposal->replicas = go_ceil32(level.ratio * tally.ready);
}

static uint32_t count_ready(const struct hpa_input *input)
{
	uint32_t ready = 0;
	for (uint32_t i = 0; i < input->n_pods; i++)
		ready += input->pods[i].phase == POD_RUNNING && input->pods[i].ready == POD_READY_TRUE;
	return ready;
}

/* GetObjectMetricReplicas, GetExternalMetricReplicas */
static void from_value(const struct metric_spec *spec, const struct hpa_input *input,
		       const struct calc_options *options, int64_t usage, struct proposal *proposal)
{
	double ratio = (double)usage / (double)spec->target;
	proposal->usage = usage;
	proposal->ratio = ratio;
	if (input->spec_replicas == 0) {
		proposal->replicas = go_ceil32(ratio);
	} else if (within(ratio, options)) {
		proposal->replicas = input->spec_replicas;
	} else if (input->n_pods == 0) {
		proposal->error = CALC_NO_PODS;
	} else {
		proposal->ready = count_ready(input);
		double replicas = ratio * proposal->ready;
		proposal->replicas = replicas > INT32_MAX ? INT32_MAX : go_ceil32(replicas);
	}
}

/* GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas: only the latter has a limit at the top. */
static void from_average_value(const struct metric_spec *spec, const struct hpa_input *input,
			       const struct calc_options *options, int64_t usage, struct proposal *proposal)
{
	int32_t status = input->status_replicas;
	double target = (double)spec->target;
	proposal->ratio = (double)usage / (target * status);
	proposal->replicas = status;
	if (!within(proposal->ratio, options)) {
		double replicas = (double)usage / target;
		bool beyond = spec->type == METRIC_EXTERNAL && replicas > INT32_MAX;
		proposal->replicas = beyond ? INT32_MAX : go_ceil32(replicas);
	}
	if ((double)usage >= 9223372036854775808.0)
		proposal->usage = INT64_MAX;
	else
		proposal->usage = status == 0 ? 0 : go_ceil64((double)usage / status);
}

/* Upstream notices overflow in two ways: before it happens for values, by its sign for averages. */
static int64_t sum_values(const struct metric_input *metric, bool average)
{
	int64_t sum = 0;
	for (uint32_t i = 0; i < metric->n_values; i++) {
		int64_t value = metric->values[i];
		if (!average && value > 0 && sum > INT64_MAX - value)
			return INT64_MAX;
		sum = go_add(sum, value);
		if (average && sum < 0)
			return INT64_MAX;
	}
	return sum;
}

static int64_t smooth_value(struct smoother *smoother, int64_t value)
{
	double smooth = smoother_step(smoother, (double)value) + 0.5;
	if (!(smooth > -9.2e18 && smooth < 9.2e18))
		return value;
	int64_t whole = (int64_t)smooth;
	return (double)whole > smooth ? whole - 1 : whole;
}

static void from_shared(const struct metric_spec *spec, const struct metric_input *metric,
			const struct hpa_input *input, const struct calc_options *options, struct smoother *smoother,
			struct proposal *proposal)
{
	if (metric->n_values == 0) {
		proposal->error = CALC_UNAVAILABLE;
		return;
	}
	bool average = spec->target_type == TARGET_AVERAGE_VALUE;
	int64_t usage = spec->type == METRIC_OBJECT ? metric->values[0] : sum_values(metric, average);
	if (smoother)
		usage = smooth_value(smoother, usage);
	if (average)
		from_average_value(spec, input, options, usage, proposal);
	else
		from_value(spec, input, options, usage, proposal);
}

static bool is_understood(const struct metric_spec *spec)
{
	static const bool allowed[METRIC_EXTERNAL + 1][TARGET_VALUE + 1] = {
	    [METRIC_RESOURCE] = {[TARGET_UTILIZATION] = true, [TARGET_AVERAGE_VALUE] = true},
	    [METRIC_CONTAINER_RESOURCE] = {[TARGET_UTILIZATION] = true, [TARGET_AVERAGE_VALUE] = true},
	    [METRIC_PODS] = {[TARGET_AVERAGE_VALUE] = true},
	    [METRIC_OBJECT] = {[TARGET_AVERAGE_VALUE] = true, [TARGET_VALUE] = true},
	    [METRIC_EXTERNAL] = {[TARGET_AVERAGE_VALUE] = true, [TARGET_VALUE] = true},
	};
	return (unsigned)spec->type <= METRIC_EXTERNAL && (unsigned)spec->target_type <= TARGET_VALUE &&
	       allowed[spec->type][spec->target_type] && spec->target > 0;
}

void replicas_smoothed(const struct metric_spec *spec, const struct metric_input *metric, const struct hpa_input *input,
		       const struct calc_options *options, struct smoother *smoother, struct proposal *proposal)
{
	*proposal = (struct proposal){0};
	if (!is_understood(spec))
		proposal->error = CALC_BAD_SPEC;
	else if (metric->unavailable)
		proposal->error = CALC_UNAVAILABLE;
	else if (spec->type >= METRIC_OBJECT)
		from_shared(spec, metric, input, options, smoother, proposal);
	else
		from_pods(spec, metric, input, options, smoother, proposal);
}

void replicas_for_metric(const struct metric_spec *spec, const struct metric_input *metric,
			 const struct hpa_input *input, const struct calc_options *options, struct proposal *proposal)
{
	replicas_smoothed(spec, metric, input, options, NULL, proposal);
}
