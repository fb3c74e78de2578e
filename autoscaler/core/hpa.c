/* One horizontal autoscaler: metrics in, a decision with its reasons out.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (reconcileAutoscaler,
 * computeReplicasForMetrics), KEP-2021 (scaling to and from zero), KEP-4951 (tolerance). */
#include "hpa_internal.h"

static uint32_t history_room(ms_t span, ms_t period)
{
	int64_t steps = span / max64(period, 1);
	return (uint32_t)min64(2 * min64(steps, HPA_HISTORY_MAX) + 8, HPA_HISTORY_MAX);
}

static int window_new(struct window *window, ms_t keep, ms_t period, struct arena *arena)
{
	uint32_t capacity = 1, room = keep ? history_room(keep, period) : 1;
	while (capacity < room)
		capacity *= 2;
	window->keep = keep;
	window->mask = capacity - 1;
	window->ring = arena_alloc(arena, capacity, sizeof *window->ring);
	return window->ring ? 0 : -1;
}

static int events_new(struct events *events, const struct scaling_rules *rules, ms_t period, struct arena *arena)
{
	for (uint32_t i = 0; i < rules->n_policies; i++)
		events->longest = max64(events->longest, rules->policies[i].period_s * SECOND_MS);
	events->capacity = history_room(events->longest, period);
	events->slots = arena_alloc(arena, events->capacity, sizeof *events->slots);
	return events->slots ? 0 : -1;
}

static int history_new(struct hpa *hpa, const struct hpa_settings *settings, struct arena *arena)
{
	const struct hpa_spec *spec = hpa->spec;
	ms_t period = settings->sync_period, window = max64(settings->downscale_stabilization, 0);
	if (!spec->has_behavior)
		return window_new(&hpa->down, window, period, arena);
	ms_t up = max64(spec->scale_up.window_s, 0) * SECOND_MS;
	ms_t down =
	    spec->scale_down.window_s < 0 ? window / SECOND_MS * SECOND_MS : spec->scale_down.window_s * SECOND_MS;
	if (window_new(&hpa->up, up, period, arena) || window_new(&hpa->down, down, period, arena) ||
	    events_new(&hpa->added, &spec->scale_up, period, arena) ||
	    events_new(&hpa->removed, &spec->scale_down, period, arena))
		return -1;
	return 0;
}

static int smoothing_new(struct hpa *hpa, const struct hpa_settings *settings, struct arena *arena, struct err *err)
{
	const struct hpa_spec *spec = hpa->spec;
	const char *text = spec->smoothing ? spec->smoothing : settings->smoothing;
	struct smooth_spec smooth = {0};
	if (text[0] == 0)
		return 0;
	if (smooth_parse(text, &smooth, err) < 0)
		return spec->smoothing && spec->file
			   ? err_wrap(err, "%s:%d: metadata.annotations[plimsoll.dev/smoothing]", spec->file,
				      spec->line)
			   : err_wrap(err, "%s: %s", spec->name,
				      spec->smoothing ? "plimsoll.dev/smoothing" : "hpa.smoothing");
	if (smooth.kind == SMOOTH_NONE)
		return 0;
	hpa->smoothers = arena_alloc(arena, spec->n_metrics, sizeof(struct smoother *));
	if (!hpa->smoothers)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < spec->n_metrics; i++) {
		hpa->smoothers[i] = smoother_new(&smooth, settings->sync_period, arena);
		if (!hpa->smoothers[i])
			return err_set(err, "out of memory");
		hpa->n_smoother_states += smoother_state_count(hpa->smoothers[i]);
	}
	hpa->smoother_states = arena_alloc(arena, 2 * hpa->n_smoother_states, sizeof(double));
	return hpa->smoother_states ? 0 : err_set(err, "out of memory");
}

static double tolerance(const struct hpa_spec *spec, const struct scaling_rules *rules, double fallback)
{
	return spec->has_behavior && rules->tolerance >= 0 ? rules->tolerance : fallback;
}

struct hpa *hpa_new(const struct hpa_spec *spec, const struct hpa_settings *settings, struct arena *arena,
		    struct err *err)
{
	struct hpa *hpa = arena_alloc(arena, 1, sizeof *hpa);
	if (!hpa) {
		err_set(err, "out of memory");
		return NULL;
	}
	hpa->spec = spec;
	hpa->now = MS_UNSET;
	hpa->options = (struct calc_options){
	    .tolerance_up = tolerance(spec, &spec->scale_up, settings->tolerance),
	    .tolerance_down = tolerance(spec, &spec->scale_down, settings->tolerance),
	    .cpu_initialization_period = settings->cpu_initialization_period,
	    .initial_readiness_delay = settings->initial_readiness_delay,
	};
	for (uint32_t i = 0; i < spec->n_metrics; i++)
		hpa->has_shared_metric |= spec->metrics[i].type >= METRIC_OBJECT;
	if (history_new(hpa, settings, arena) < 0) {
		err_set(err, "out of memory");
		return NULL;
	}
	return smoothing_new(hpa, settings, arena, err) < 0 ? NULL : hpa;
}

bool hpa_scaled_to_zero(const struct hpa *hpa)
{
	return hpa->scaled_to_zero;
}

void hpa_set_scaled_to_zero(struct hpa *hpa, bool scaled_to_zero)
{
	hpa->scaled_to_zero = scaled_to_zero;
}

static enum hpa_reason failure_reason(enum metric_type type)
{
	static const enum hpa_reason reasons[] = {
	    [METRIC_RESOURCE] = REASON_FAILED_GET_RESOURCE_METRIC,
	    [METRIC_CONTAINER_RESOURCE] = REASON_FAILED_GET_CONTAINER_RESOURCE_METRIC,
	    [METRIC_PODS] = REASON_FAILED_GET_PODS_METRIC,
	    [METRIC_OBJECT] = REASON_FAILED_GET_OBJECT_METRIC,
	    [METRIC_EXTERNAL] = REASON_FAILED_GET_EXTERNAL_METRIC,
	};
	return (unsigned)type < COUNT(reasons) ? reasons[type] : REASON_NONE;
}

/* What the metrics said; two slots, so that the best proposal stays where it was written. */
struct ballot {
	struct proposal *best, *next;
	int32_t replicas;
	uint32_t failures, failed; /* how many, and the first */
	struct proposal failure;   /* of the first */
};

static void take_proposal(struct ballot *ballot, uint32_t metric, struct hpa_decision *decision)
{
	struct proposal *proposal = ballot->next;
	if (__builtin_expect(proposal->error != CALC_OK, 0)) {
		if (ballot->failures++ == 0) {
			ballot->failed = metric;
			ballot->failure = *proposal;
		}
	} else if (ballot->replicas == 0 || proposal->replicas > ballot->replicas) {
		ballot->replicas = proposal->replicas;
		decision->metric = metric;
		ballot->next = ballot->best;
		ballot->best = proposal;
	}
}

static bool fail(struct hpa *hpa, const struct ballot *ballot, struct hpa_decision *decision)
{
	const struct hpa_spec *spec = hpa->spec;
	enum hpa_reason reason = spec->n_metrics ? failure_reason(spec->metrics[ballot->failed].type) : REASON_NONE;
	decision->metric = HPA_NO_METRIC;
	decision->proposal = spec->n_metrics ? ballot->failure : (struct proposal){0};
	hpa->active = (struct condition){false, reason};
	return false;
}

/* The largest wins. A metric that failed stops a move down, and everything when all failed. */
static bool compute_metrics(struct hpa *hpa, const struct hpa_input *input, struct hpa_decision *decision)
{
	const struct hpa_spec *spec = hpa->spec;
	struct proposal spare;
	struct ballot ballot;
	ballot.next = &decision->proposal;
	ballot.best = &spare;
	ballot.replicas = 0;
	ballot.failures = ballot.failed = 0;
	for (uint32_t i = 0; i < spec->n_metrics; i++) {
		replicas_smoothed(&spec->metrics[i], &input->metrics[i], input, &hpa->options,
				  hpa->smoothers ? hpa->smoothers[i] : NULL, ballot.next);
		take_proposal(&ballot, i, decision);
	}
	if (ballot.failures == spec->n_metrics || (ballot.failures > 0 && ballot.replicas < decision->current))
		return fail(hpa, &ballot, decision);
	if (ballot.best != &decision->proposal)
		decision->proposal = *ballot.best;
	hpa->active = (struct condition){true, REASON_VALID_METRIC_FOUND};
	decision->proposed = ballot.replicas > 0 ? ballot.replicas : 0;
	return true;
}

/* Field by field: copied as a whole, it would wait for its two halves to be stored. */
static inline void copy_condition(struct condition *to, const struct condition *from)
{
	to->status = from->status;
	to->reason = from->reason;
}

static void decide_by_metrics(struct hpa *hpa, const struct hpa_input *input, struct hpa_decision *decision)
{
	int32_t min = hpa->spec->min_replicas;
	if (!compute_metrics(hpa, input, decision))
		return;
	hpa_normalize(hpa, input->now, decision->current, decision->proposed, decision);
	copy_condition(&hpa->limited, &decision->limited);
	if (decision->current == 0 && min != 0 && hpa->scaled_to_zero && decision->desired < min)
		decision->desired = min;
}

/* Zero is left only if it was this autoscaler that went there. */
static bool may_leave_zero(const struct hpa *hpa)
{
	return hpa->scaled_to_zero && (hpa->spec->min_replicas != 0 || hpa->has_shared_metric);
}

static void decide(struct hpa *hpa, const struct hpa_input *input, struct hpa_decision *decision)
{
	const struct hpa_spec *spec = hpa->spec;
	int32_t current = decision->current;
	if (current != 0 && current >= spec->min_replicas && current <= spec->max_replicas) {
		decide_by_metrics(hpa, input, decision);
		return;
	}
	decision->proposal = (struct proposal){0};
	if (current == 0 && !may_leave_zero(hpa))
		hpa->active = (struct condition){false, REASON_SCALING_DISABLED};
	else if (current != 0 && current > spec->max_replicas)
		decision->desired = spec->max_replicas;
	else if (current != 0 && current < spec->min_replicas)
		decision->desired = spec->min_replicas;
	else
		decide_by_metrics(hpa, input, decision);
}

void hpa_rescaled(struct hpa *hpa, ms_t now, int32_t from, int32_t to)
{
	hpa_record_scale(hpa, now, from, to);
	hpa->scaled_to_zero = from > 0 && to == 0 && hpa->spec->min_replicas == 0 && hpa->has_shared_metric;
}

void hpa_step(struct hpa *hpa, const struct hpa_input *input, struct hpa_decision *decision)
{
	int32_t current = input->spec_replicas;
	hpa_set_clock(hpa, input->now);
	decision->current = decision->desired = decision->proposed = decision->stabilized = current;
	decision->metric = HPA_NO_METRIC;
	decision->guard = (struct guard_note){0};
	if (__builtin_expect(input->lost, 0)) {
		decision->proposal = (struct proposal){0};
		decision->able = (struct condition){false, REASON_FAILED_GET_SCALE};
	} else {
		if (__builtin_expect(!hpa->started, 0))
			hpa_record_initial(hpa, input->now, current);
		decision->able = (struct condition){true, REASON_SUCCEEDED_GET_SCALE};
		decide(hpa, input, decision);
	}
	copy_condition(&decision->active, &hpa->active);
	copy_condition(&decision->limited, &hpa->limited);
	decision->rescale = decision->desired != current;
	if (decision->rescale)
		decision->able = (struct condition){true, REASON_SUCCEEDED_RESCALE};
}
