#include "guards.h"
#include "go.h"

/* Clocks of nodes differ; a sample that is further ahead of the snapshot is not believed. */
#define MAX_AHEAD MINUTE_MS

int guards_init(struct guards *guards, const struct core_config *config, struct arena *arena, struct err *err)
{
	const struct guard_settings *settings = &config->settings->guard;
	uint32_t n_metrics = 0;
	for (uint32_t i = 0; i < config->n_autoscalers; i++)
		n_metrics = (uint32_t)max64(n_metrics, config->autoscalers[i].n_metrics);
	*guards = (struct guards){
	    .settings = settings, .metrics = arena_alloc(arena, n_metrics, sizeof *guards->metrics), .arena = arena};
	if (!guards->metrics)
		return err_set(err, "out of memory for %u metrics", n_metrics);
	int64_t memory = settings->max_pod_memory_bytes;
	for (size_t type = 0; type < COUNT(guards->most); type++)
		guards->most[type] = type <= METRIC_CONTAINER_RESOURCE && memory ? memory * 1000 : INT64_MAX;
	guards->max_total_change = settings->max_total_change ? settings->max_total_change : INT64_MAX;
	guards->most_cpu = settings->max_pod_cpu_milli ? settings->max_pod_cpu_milli : INT64_MAX;
	if (settings->max_metric_age) /* between two scrapes a sample has to grow old */
		guards->max_age = max64(settings->max_metric_age, 2 * config->settings->metrics.resolution);
	return 0;
}

void guards_begin(struct guards *guards, ms_t now)
{
	guards->oldest = INT64_MIN;
	guards->newest = INT64_MAX;
	if (guards->max_age) {
		guards->oldest = ms_before(now, guards->max_age);
		guards->newest = ms_after(now, MAX_AHEAD);
	}
	guards->changes_left = guards->max_total_change;
}

/* ---- samples ---- */

/* A sample that the calculator would look at. */
static bool counts(const struct pod *pod, const struct sample *sample)
{
	return sample->value >= 0 && !pod->deleted && pod->phase != POD_PENDING && pod->phase != POD_FAILED;
}

static bool is_right(const struct guards *guards, const struct sample *sample, int64_t most)
{
	return sample->value <= most && sample->at >= guards->oldest && sample->at <= guards->newest;
}

static bool has_wrong(const struct guards *guards, const struct metric_spec *spec, const struct metric_input *metric,
		      const struct hpa_input *input)
{
	int64_t most = guards_most(guards, spec);
	for (uint32_t i = 0; i < input->n_pods; i++)
		if (counts(&input->pods[i], &metric->samples[i]) && !is_right(guards, &metric->samples[i], most))
			return true;
	return false;
}

static void take_note(struct guards *guards, ms_t now, const struct sample *sample)
{
	struct guard_note *note = &guards->note;
	if (sample->at < guards->oldest) {
		note->stale++;
		note->oldest = max64(note->oldest, ms_before(now, sample->at));
	} else if (sample->at > guards->newest) {
		note->ahead++;
	} else {
		note->absurd++;
	}
}

/* A copy of the samples, without those that are wrong. */
static void leave_out(struct guards *guards, const struct metric_spec *spec, const struct hpa_input *input,
		      struct metric_input *metric, struct sample *copy)
{
	int64_t most = guards_most(guards, spec);
	for (uint32_t i = 0; i < input->n_pods; i++) {
		copy[i] = metric->samples[i];
		if (!counts(&input->pods[i], &copy[i]))
			continue;
		guards->note.samples++;
		if (is_right(guards, &copy[i], most))
			continue;
		take_note(guards, input->now, &copy[i]);
		copy[i].value = -1;
	}
	metric->samples = copy;
}

static int reserve_samples(struct guards *guards, size_t count, struct err *err)
{
	if (count <= guards->max_samples)
		return 0;
	guards->samples = arena_alloc(guards->arena, count, 2 * sizeof *guards->samples);
	if (!guards->samples)
		return err_set(err, "out of memory for %zu samples", count);
	guards->max_samples = 2 * count;
	return 0;
}

const struct metric_input *guards_leave_out(struct guards *guards, const struct hpa_spec *spec,
					    const struct hpa_input *input, struct err *err)
{
	bool wrong = false;
	for (uint32_t m = 0; m < spec->n_metrics && !wrong; m++)
		wrong = guards_sampled(&spec->metrics[m], &input->metrics[m]) &&
			has_wrong(guards, &spec->metrics[m], &input->metrics[m], input);
	if (!wrong)
		return input->metrics;
	if (reserve_samples(guards, (size_t)spec->n_metrics * input->n_pods, err) < 0)
		return NULL;
	guards->note = (struct guard_note){.max_age = guards->max_age};
	for (uint32_t m = 0; m < spec->n_metrics; m++) {
		struct metric_input *metric = &guards->metrics[m];
		*metric = input->metrics[m];
		if (guards_sampled(&spec->metrics[m], metric))
			leave_out(guards, &spec->metrics[m], input, metric,
				  guards->samples + (size_t)m * input->n_pods);
	}
	return guards->metrics;
}

/* ---- the answer ---- */

static void limit(struct hpa_decision *decision, int32_t desired, enum guard_reason guard, enum hpa_reason reason)
{
	if (decision->guard.reason == GUARD_NONE) {
		decision->guard.wanted = decision->desired;
		decision->guard.limited = decision->limited;
	}
	decision->guard.reason = guard;
	decision->desired = desired;
	decision->limited = (struct condition){true, reason};
	decision->rescale = desired != decision->current;
	if (!decision->rescale)
		decision->able = (struct condition){true, REASON_READY_FOR_NEW_SCALE};
}

/* Where fewer samples are known than there are pods to measure, less load may be seen than there is. */
static void hold(const struct guard_note *note, struct hpa_decision *decision)
{
	decision->guard = *note;
	if (decision->metric != HPA_NO_METRIC && decision->desired < decision->current)
		limit(decision, decision->current, GUARD_HELD,
		      note->stale + note->ahead ? REASON_STALE_METRICS : REASON_ABSURD_METRICS);
}

static void limit_change(struct hpa_decision *decision, int64_t most, enum guard_reason guard, enum hpa_reason reason)
{
	int64_t change = (int64_t)decision->desired - decision->current;
	if (change > most)
		limit(decision, (int32_t)(decision->current + most), guard, reason);
	else if (change < -most)
		limit(decision, (int32_t)(decision->current - most), guard, reason);
}

void guards_judge(struct guards *guards, bool sifted, struct hpa_decision *decision)
{
	if (sifted)
		hold(&guards->note, decision);
	if (!decision->rescale)
		return;
	if (guards->settings->max_change)
		limit_change(decision, guards->settings->max_change, GUARD_MAX_CHANGE, REASON_CHANGE_LIMIT);
	limit_change(decision, guards->changes_left, GUARD_MAX_TOTAL_CHANGE, REASON_TOTAL_CHANGE_LIMIT);
	int64_t change = (int64_t)decision->desired - decision->current;
	guards->changes_left -= change < 0 ? -change : change;
}
