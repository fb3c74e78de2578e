/* Decisions in words: upstream's reasons and errors, and one sentence with every number behind a decision. */
#include "duration.h"
#include "hpa.h"

static const char *const reason_texts[] = {
#define X(id, text) text,
    HPA_REASONS(X)
#undef X
};

const char *hpa_reason_text(enum hpa_reason reason)
{
	return (unsigned)reason < REASON_COUNT ? reason_texts[reason] : "";
}

/* Text that grows at its end and is cut off at its size. */
struct text {
	char *at;
	size_t room;
	int length; /* as if nothing had been cut off */
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text->at, text->room, format, args);
	va_end(args);
	if (n < 0)
		return;
	text->length += n;
	if (text->room == 0)
		return;
	size_t used = (size_t)n < text->room ? (size_t)n : text->room - 1;
	text->at += used;
	text->room -= used;
}

/* Milli-units as a decimal number: 1500 is 1.5. */
static void add_milli(struct text *text, int64_t milli)
{
	uint64_t size = milli < 0 ? 0 - (uint64_t)milli : (uint64_t)milli;
	unsigned fraction = (unsigned)(size % 1000);
	add(text, "%s%llu", milli < 0 ? "-" : "", (unsigned long long)(size / 1000));
	int digits = 3;
	for (; digits > 0 && fraction % 10 == 0; digits--)
		fraction /= 10;
	if (digits)
		add(text, ".%0*u", digits, fraction);
}

/* ---- errors of the calculator ---- */

static void add_unavailable(struct text *text, const struct metric_spec *spec)
{
	switch (spec->type) {
	case METRIC_RESOURCE:
	case METRIC_CONTAINER_RESOURCE:
		add(text, "unable to get metrics for resource %s: no metrics returned from resource metrics API",
		    spec->name);
		return;
	case METRIC_EXTERNAL:
		add(text, "unable to get external metric %s: no metrics returned from external metrics API",
		    spec->name);
		return;
	default:
		add(text, "unable to get metric %s: no metrics returned from custom metrics API", spec->name);
	}
}

int hpa_error_text(const struct metric_spec *spec, const struct proposal *proposal, const char *pod,
		   const char *container, char *buffer, size_t size)
{
	struct text text = {buffer, size, 0};
	if (size)
		buffer[0] = 0;
	switch (proposal->error) {
	case CALC_OK:
		break;
	case CALC_NO_METRICS:
		add(&text, "did not receive metrics for targeted pods (pods might be unready)");
		break;
	case CALC_MISSING_REQUEST:
		if (container)
			add(&text, "missing request for %s in container %s of Pod %s", spec->name, container, pod);
		else if (spec->container)
			add(&text, "container %s not found in Pod %s", spec->container, pod);
		else
			add(&text, "missing request for %s in Pod %s", spec->name, pod);
		break;
	case CALC_NO_METRICS_FOR_READY:
		add(&text, "no metrics returned matched known pods");
		break;
	case CALC_NO_PODS:
		add(&text, "%sno pods returned by selector while calculating replica count",
		    spec->type >= METRIC_OBJECT ? "unable to calculate ready pods: " : "");
		break;
	case CALC_UNAVAILABLE:
		add_unavailable(&text, spec);
		break;
	case CALC_BAD_SPEC:
		add(&text, "invalid metric source: target and type do not go together");
		break;
	}
	return text.length;
}

/* ---- a decision ---- */

static void add_metric(struct text *text, const struct metric_spec *spec)
{
	static const char *const kinds[] = {"", "container ", "pods metric ", "object metric ", "external metric "};
	add(text, "%s%s", kinds[spec->type], spec->name);
	if (spec->type == METRIC_CONTAINER_RESOURCE)
		add(text, " of %s", spec->container ? spec->container : "");
}

static void add_amount(struct text *text, const struct metric_spec *spec, int64_t amount)
{
	if (spec->target_type == TARGET_UTILIZATION)
		add(text, "%lld%%", (long long)amount);
	else
		add_milli(text, amount);
}

static void add_pods(struct text *text, const struct proposal *proposal)
{
	const struct {
		uint32_t count;
		const char *name;
	} groups[] = {{proposal->ready, "ready"},
		      {proposal->unready, "not ready yet"},
		      {proposal->missing, "without a sample"},
		      {proposal->ignored, "ending"}};
	const char *before = " (pods: ";
	for (size_t i = 0; i < COUNT(groups); i++) {
		if (groups[i].count == 0)
			continue;
		add(text, "%s%u %s", before, groups[i].count, groups[i].name);
		before = ", ";
	}
	if (before[0] == ',')
		add(text, ")");
}

static void add_proposal(struct text *text, const struct metric_spec *spec, const struct hpa_decision *decision)
{
	static const char *const averages[] = {"", " a pod", ""};
	const struct proposal *proposal = &decision->proposal;
	add_metric(text, spec);
	add(text, " is ");
	add_amount(text, spec, proposal->usage);
	add(text, "%s of ", averages[spec->target_type]);
	add_amount(text, spec, spec->target);
	add(text, " wanted, ratio %.4g", proposal->ratio);
	add_pods(text, proposal);
	add(text, ": asks for %d", decision->proposed);
}

static void add_stabilisation(struct text *text, const struct hpa_decision *decision)
{
	if (decision->stabilized != decision->proposed)
		add(text, "; recent recommendations make it %d (%s)", decision->stabilized,
		    decision->stabilized > decision->proposed ? "ScaleDownStabilized" : "ScaleUpStabilized");
}

/* As it stood before a guard. */
static int32_t desired_first(const struct hpa_decision *decision)
{
	return decision->guard.reason ? decision->guard.wanted : decision->desired;
}

static void add_limit(struct text *text, const struct hpa_spec *spec, const struct hpa_decision *decision)
{
	struct condition limited = decision->guard.reason ? decision->guard.limited : decision->limited;
	int32_t desired = desired_first(decision);
	if (desired == decision->stabilized || !limited.status)
		return;
	const char *reason = hpa_reason_text(limited.reason);
	switch (limited.reason) {
	case REASON_TOO_MANY_REPLICAS:
		add(text, "; maxReplicas is %d (%s)", spec->max_replicas, reason);
		break;
	case REASON_TOO_FEW_REPLICAS:
		add(text, "; minReplicas is %d (%s)", spec->min_replicas, reason);
		break;
	default:
		add(text, "; the scaling policies allow %d (%s)", desired, reason);
	}
}

/* What decided when no metric did. */
static void add_cause(struct text *text, const struct hpa_spec *spec, const struct hpa_decision *decision)
{
	int32_t desired = desired_first(decision);
	if (desired < decision->current)
		add(text, "current number of replicas above maxReplicas %d", spec->max_replicas);
	else if (desired > decision->current)
		add(text, "current number of replicas below minReplicas %d", spec->min_replicas);
	else if (decision->active.reason == REASON_SCALING_DISABLED)
		add(text, "scaling is disabled since the replica count of the target is zero");
	else
		add(text, "no replica count can be computed (%s)", hpa_reason_text(decision->active.reason));
}

static void add_failure(struct text *text, const struct hpa_decision *decision)
{
	static const char *const errors[] = {
	    [CALC_OK] = "",
	    [CALC_NO_METRICS] = "no ready pod has a sample",
	    [CALC_MISSING_REQUEST] = "a container has no request",
	    [CALC_NO_METRICS_FOR_READY] = "the requests are zero",
	    [CALC_NO_PODS] = "there are no pods",
	    [CALC_UNAVAILABLE] = "the metrics API has no answer",
	    [CALC_BAD_SPEC] = "target and type do not go together",
	};
	if (decision->proposal.error == CALC_OK)
		return;
	add(text, ": %s", errors[decision->proposal.error]);
	add_pods(text, &decision->proposal);
}

static void add_left_out(struct text *text, const struct guard_note *note)
{
	char older[64], oldest[64];
	const struct {
		uint32_t count;
		const char *name;
	} kinds[] = {
	    {note->stale, older}, {note->ahead, "more than 1m ahead"}, {note->absurd, "of more than a pod can use"}};
	duration_format(note->max_age, oldest, sizeof oldest);
	snprintf(older, sizeof older, "older than %.48s", oldest);
	bool first = true;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (kinds[i].count == 0)
			continue;
		if (first)
			add(text, " %u of %u samples %s", kinds[i].count, note->samples, kinds[i].name);
		else
			add(text, ", %u %s", kinds[i].count, kinds[i].name);
		first = false;
	}
	if (note->stale && note->oldest < DURATION_MAX) {
		duration_format(note->oldest, oldest, sizeof oldest);
		add(text, " (the oldest %s)", oldest);
	}
}

static void add_guard(struct text *text, const struct hpa_decision *decision)
{
	static const char *const keys[] = {
	    [GUARD_MAX_CHANGE] = "guard.max_change", [GUARD_MAX_TOTAL_CHANGE] = "guard.max_total_change"};
	const struct guard_note *note = &decision->guard;
	if (note->samples) {
		add(text, note->reason == GUARD_HELD ? "; held:" : "; left out:");
		add_left_out(text, note);
	}
	if (note->reason == GUARD_MAX_CHANGE || note->reason == GUARD_MAX_TOTAL_CHANGE)
		add(text, "; of the change to %d, %s lets %d pass in this tick (%s)", note->wanted, keys[note->reason],
		    decision->desired > decision->current ? decision->desired - decision->current
							  : decision->current - decision->desired,
		    hpa_reason_text(decision->limited.reason));
	else if (note->reason == GUARD_HELD)
		add(text, " (%s)", hpa_reason_text(decision->limited.reason));
}

int hpa_explain(const struct hpa_spec *spec, const struct hpa_decision *decision, char *buffer, size_t size)
{
	struct text text = {buffer, size, 0};
	if (size)
		buffer[0] = 0;
	if (hpa_is_lost(decision)) {
		add(&text, "left as it is: unable to get the target's current scale (%s)",
		    hpa_reason_text(decision->able.reason));
		return text.length;
	}
	if (decision->desired == decision->current)
		add(&text, "stays at %d: ", decision->current);
	else
		add(&text, "from %d to %d: ", decision->current, decision->desired);
	if (decision->metric < spec->n_metrics) {
		add_proposal(&text, &spec->metrics[decision->metric], decision);
		add_stabilisation(&text, decision);
		add_limit(&text, spec, decision);
	} else {
		add_cause(&text, spec, decision);
		add_failure(&text, decision);
	}
	add_guard(&text, decision);
	return text.length;
}
