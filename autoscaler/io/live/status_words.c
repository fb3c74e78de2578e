/* The words of conditions and Events, as kubectl describe shows them of an HPA.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go. */
#include "actuate_internal.h"

static const char *const reason_texts[] = {
#define X(id, text) text,
    HPA_REASONS(X)
#undef X
};

static const char *reason_text(enum hpa_reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reason_texts[reason] : "";
}

/* ---- metrics ---- */

static const struct metric_ask *ask_of(const struct hpa_spec *spec, uint32_t metric)
{
	static const struct metric_ask nothing;
	return spec->asks ? &spec->asks[metric] : &nothing;
}

/* "cpu resource utilization (percentage of request)" */
static struct words words_metric(const struct hpa_spec *spec, uint32_t metric)
{
	struct words words;
	const struct metric_spec *m = &spec->metrics[metric];
	const struct metric_ask *ask = ask_of(spec, metric);
	const char *percent = m->target_type == TARGET_UTILIZATION ? " utilization (percentage of request)" : "";
	const char *name = m->name ? m->name : "";
	switch (m->type) {
	case METRIC_RESOURCE:
		snprintf(words.text, sizeof words.text, "%s resource%s", name, percent);
		break;
	case METRIC_CONTAINER_RESOURCE:
		snprintf(words.text, sizeof words.text, "%s container resource%s", name, percent);
		break;
	case METRIC_PODS:
		snprintf(words.text, sizeof words.text, "pods metric %s", name);
		break;
	case METRIC_OBJECT:
		snprintf(words.text, sizeof words.text, "%s metric %s", ask->object_kind ? ask->object_kind : "object",
			 name);
		break;
	case METRIC_EXTERNAL:
		if (ask->query) {
			snprintf(words.text, sizeof words.text, "Prometheus metric %s", name);
			break;
		}
		snprintf(words.text, sizeof words.text, "external metric %s(%s)", name,
			 ask->selector && ask->selector[0] ? ask->selector : "nil");
		break;
	}
	return words;
}

/* ---- why there is no replica count ---- */

/* The metric of that type, when there is only one; NULL. */
static const struct metric_spec *only_of_type(const struct hpa_spec *spec, enum metric_type type)
{
	const struct metric_spec *found = NULL;
	for (uint32_t i = 0; i < spec->n_metrics; i++) {
		if (spec->metrics[i].type != type)
			continue;
		if (found)
			return NULL;
		found = &spec->metrics[i];
	}
	return found;
}

struct words words_failure(const struct live_said *said)
{
	struct words words;
	const struct metric_spec *metric = NULL;
	enum hpa_reason reason = said->decision->active.reason;
	const char *trouble = said->trouble ? said->trouble : said->explained ? said->explained : "";
	if (said->shared)
		trouble = said->shared;
	else if (said->trouble && reason == REASON_FAILED_GET_RESOURCE_METRIC)
		metric = only_of_type(&said->autoscaler->spec, METRIC_RESOURCE);
	else if (said->trouble && reason == REASON_FAILED_GET_CONTAINER_RESOURCE_METRIC)
		metric = only_of_type(&said->autoscaler->spec, METRIC_CONTAINER_RESOURCE);
	if (metric)
		snprintf(words.text, sizeof words.text, "failed to get %s %s: %.400s", metric->name,
			 metric->target_type == TARGET_UTILIZATION ? "utilization" : "usage", trouble);
	else
		snprintf(words.text, sizeof words.text, "%s", trouble);
	return words;
}

struct words words_rescale(const struct live_said *said)
{
	struct words words;
	const struct hpa_spec *spec = &said->autoscaler->spec;
	const struct hpa_decision *decision = said->decision;
	bool up = decision->desired > decision->current;
	if (decision->metric >= spec->n_metrics)
		snprintf(words.text, sizeof words.text, "Current number of replicas %s Spec.%s", up ? "below" : "above",
			 up ? "MinReplicas" : "MaxReplicas");
	else if (up)
		snprintf(words.text, sizeof words.text, "%.480s above target",
			 words_metric(spec, decision->metric).text);
	else
		snprintf(words.text, sizeof words.text, "All metrics below target");
	return words;
}

/* ---- conditions ---- */

static const struct {
	enum hpa_reason reason;
	const char *text;
} messages[] = {
    {REASON_READY_FOR_NEW_SCALE, "recommended size matches current size"},
    {REASON_SCALE_UP_STABILIZED,
     "recent recommendations were lower than current one, applying the lowest recent recommendation"},
    {REASON_SCALE_DOWN_STABILIZED,
     "recent recommendations were higher than current one, applying the highest recent recommendation"},
    {REASON_SUCCEEDED_GET_SCALE, "the HPA controller was able to get the target's current scale"},
    {REASON_VALID_METRIC_FOUND, "the HPA was able to successfully calculate a replica count from "},
    {REASON_SCALING_DISABLED, "scaling is disabled since the replica count of the target is zero"},
    {REASON_DESIRED_WITHIN_RANGE, "the desired count is within the acceptable range"},
    {REASON_TOO_MANY_REPLICAS, "the desired replica count is more than the maximum replica count"},
    {REASON_TOO_FEW_REPLICAS, "the desired replica count is less than the minimum replica count"},
    {REASON_SCALE_UP_LIMIT, "the desired replica count is increasing faster than the maximum scale rate"},
    {REASON_SCALE_DOWN_LIMIT, "the desired replica count is decreasing faster than the maximum scale rate"},
};

__attribute__((format(printf, 4, 5))) static void set(struct status_condition *into, bool status, const char *reason,
						      const char *format, ...)
{
	va_list args;
	va_start(args, format);
	into->known = true;
	into->status = status;
	snprintf(into->reason, sizeof into->reason, "%s", reason);
	vsnprintf(into->message, sizeof into->message, format, args);
	va_end(args);
}

static void set_from(struct status_condition *into, const struct condition *condition, const struct live_said *said)
{
	const char *message = "";
	struct words metric = {""};
	if (condition->reason == REASON_NONE)
		return;
	for (size_t i = 0; i < COUNT(messages); i++)
		if (messages[i].reason == condition->reason)
			message = messages[i].text;
	if (condition->reason == REASON_VALID_METRIC_FOUND && said->decision->metric < said->autoscaler->spec.n_metrics)
		metric = words_metric(&said->autoscaler->spec, said->decision->metric);
	set(into, condition->status, reason_text(condition->reason), "%s%.400s", message, metric.text);
}

static void set_undecided(const struct live_said *said, struct status_condition into[STATUS_CONDITIONS])
{
	const char *trouble = said->trouble ? said->trouble : "";
	/* The one that upstream has no word for: its API server refuses such an object. */
	if (said->autoscaler->held) /* upstream's word; it stops all of them */
		set(&into[SCALING_ACTIVE], false, "AmbiguousSelector", "%.400s", said->autoscaler->invalid);
	else if (said->autoscaler->invalid)
		set(&into[SCALING_ACTIVE], false, "InvalidSpec", "%.400s", said->autoscaler->invalid);
	else
		set(&into[ABLE_TO_SCALE], false, "FailedGetScale",
		    "the HPA controller was unable to get the target's current scale: %.400s", trouble);
}

void words_conditions(const struct live_said *said, bool dry, struct status_condition into[STATUS_CONDITIONS])
{
	const struct hpa_decision *decision = said->decision;
	if (!decision) {
		set_undecided(said, into);
		return;
	}
	set_from(&into[ABLE_TO_SCALE], &decision->able, said);
	set_from(&into[SCALING_ACTIVE], &decision->active, said);
	set_from(&into[SCALING_LIMITED], &decision->limited, said);
	if (said->rescaled)
		set(&into[ABLE_TO_SCALE], true, "SucceededRescale",
		    "the HPA controller was able to update the target scale to %d", decision->desired);
	else if (decision->rescale && !dry)
		set(&into[ABLE_TO_SCALE], false, "FailedUpdateScale",
		    "the HPA controller was unable to update the target scale: %.400s",
		    said->trouble ? said->trouble : "");
	if (said->shared)
		set(&into[SCALING_ACTIVE], false, "AmbiguousSelector", "%.400s", said->shared);
	else if (!decision->active.status && decision->active.reason != REASON_NONE &&
		 decision->active.reason != REASON_SCALING_DISABLED)
		set(&into[SCALING_ACTIVE], false, reason_text(decision->active.reason),
		    "the HPA was unable to compute the replica count: %.400s", words_failure(said).text);
}
