#include "explain.h"

#include "calendar.h"
#include "cmd.h"
#include "duration.h"

#define NAMES_SHOWN 10

/* ---- lines ---- */

#define LINE_MAX_SIZE (NAMES_SHOWN * 256 + 512)

/* What a line says, as far as it is known yet. */
struct line {
	char text[LINE_MAX_SIZE];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int n = vsnprintf(line->text + line->used, sizeof line->text - line->used, format, args);
	va_end(args);
	line->used += n > 0 ? (size_t)n : 0;
	line->used = line->used < sizeof line->text ? line->used : sizeof line->text - 1;
}

static void print(struct line *line, const char *label, FILE *file)
{
	explain_line(label, line->text, file);
	*line = (struct line){.used = 0};
}

/* ---- the metric ---- */

struct subject {
	const struct hpa_spec *spec;
	const struct hpa_decision *decision;
	const struct workload_view *view;
	const struct record_texts *names;
	uint32_t metric; /* the one that decided, or HPA_NO_METRIC */
	struct calc_options options;
};

static double tolerance(const struct hpa_spec *spec, const struct scaling_rules *rules, double fallback)
{
	return spec->has_behavior && rules->tolerance >= 0 ? rules->tolerance : fallback;
}

static struct subject subject_of(const struct journal_tick *tick, uint32_t autoscaler)
{
	const struct core_config *config = &tick->head->config;
	const struct hpa_spec *spec = &config->autoscalers[autoscaler];
	const struct hpa_settings *settings = &config->settings->hpa;
	uint32_t workload = config->workload_of[autoscaler];
	const struct hpa_decision *decision = &tick->plan.decisions[autoscaler];
	return (struct subject){
	    .spec = spec,
	    .decision = decision,
	    .view = &tick->snapshot.workloads[workload],
	    .names = &tick->names.pods[workload],
	    .metric = decision->metric < spec->n_metrics ? decision->metric : HPA_NO_METRIC,
	    .options = {tolerance(spec, &spec->scale_up, settings->tolerance),
			tolerance(spec, &spec->scale_down, settings->tolerance), settings->cpu_initialization_period,
			settings->initial_readiness_delay},
	};
}

/* ---- pods, by what the calculator made of each ---- */

enum pod_group { GROUP_READY, GROUP_UNREADY, GROUP_MISSING, GROUP_IGNORED, POD_GROUPS };
static const char *const group_keys[POD_GROUPS] = {"ready", "unready", "missing", "ignored"};
static const char *const group_words[POD_GROUPS] = {"ready", "not ready yet", "without a sample", "ending"};

/* The calculator, asked about one pod alone, says which of its groups that pod is in. */
static enum pod_group group_of(const struct subject *subject, ms_t now, uint32_t metric, uint32_t pod)
{
	const struct metric_input *all = &subject->view->metrics[metric];
	struct metric_input one = *all;
	struct proposal proposal;
	one.samples = all->samples + pod;
	one.requests = all->requests ? all->requests + (size_t)pod * all->request_step : NULL;
	const struct hpa_input input = {.now = now,
					.spec_replicas = subject->view->spec_replicas,
					.status_replicas = subject->view->status_replicas,
					.pods = subject->view->pods + pod,
					.n_pods = 1,
					.metrics = &one};
	replicas_for_metric(&subject->spec->metrics[metric], &one, &input, &subject->options, &proposal);
	return proposal.ignored   ? GROUP_IGNORED
	       : proposal.missing ? GROUP_MISSING
	       : proposal.unready ? GROUP_UNREADY
				  : GROUP_READY;
}

/* The metric by which the pods are grouped: the one that decided, else the first of the pods' own. */
static uint32_t grouping_metric(const struct subject *subject)
{
	uint32_t m = subject->metric == HPA_NO_METRIC ? 0 : subject->metric;
	for (; m < subject->spec->n_metrics; m++)
		if (subject->view->metrics[m].samples)
			return m;
	return HPA_NO_METRIC;
}

static const char *pod_name(const struct subject *subject, uint32_t pod, char buffer[32])
{
	if (pod < subject->names->n && subject->names->names[pod])
		return subject->names->names[pod];
	snprintf(buffer, 32, "#%u", pod);
	return buffer;
}

static void add_group(struct line *line, const struct subject *subject, ms_t now, uint32_t metric, enum pod_group group)
{
	uint32_t n = 0;
	char buffer[32];
	for (uint32_t i = 0; i < subject->view->n_pods; i++) {
		if (group_of(subject, now, metric, i) != group)
			continue;
		if (n < NAMES_SHOWN)
			add(line, "%s%.253s", n ? ", " : ": ", pod_name(subject, i, buffer));
		n++;
	}
	if (n > NAMES_SHOWN)
		add(line, " and %u more", n - NAMES_SHOWN);
}

static void print_pods(const struct subject *subject, ms_t now, FILE *file)
{
	struct line line = {.used = 0};
	uint32_t metric = grouping_metric(subject), counts[POD_GROUPS] = {0};
	if (metric == HPA_NO_METRIC) {
		add(&line, "%u", subject->view->n_pods);
		print(&line, "pods", file);
		return;
	}
	for (uint32_t i = 0; i < subject->view->n_pods; i++)
		counts[group_of(subject, now, metric, i)]++;
	for (int group = 0; group < POD_GROUPS; group++) {
		if (!counts[group] && group != GROUP_READY)
			continue;
		add(&line, "%u %s", counts[group], group_words[group]);
		if (group != GROUP_READY)
			add_group(&line, subject, now, metric, (enum pod_group)group);
		print(&line, group ? "" : "pods", file);
	}
}

/* ---- rules ---- */

static const char *const selects[] = {"Max", "Min", "Disabled"};
static const char *const policy_types[] = {"pods", "percent"};

static void print_rules(const char *title, const struct scaling_rules *rules, double tolerated, ms_t window, FILE *file)
{
	struct line line = {.used = 0};
	char text[48];
	duration_format(window, text, sizeof text);
	add(&line, "window %s, tolerance %.4g", text, tolerated);
	if (rules->select == SELECT_DISABLED)
		add(&line, ", disabled");
	for (uint32_t i = 0; i < rules->n_policies && rules->select != SELECT_DISABLED; i++)
		add(&line, "%s%d %s in %d s", i ? ", " : "; policies: ", rules->policies[i].value,
		    policy_types[rules->policies[i].type], rules->policies[i].period_s);
	if (rules->n_policies > 1)
		add(&line, " (%s)", selects[rules->select]);
	print(&line, title, file);
}

static ms_t window_of(const struct journal_tick *tick, const struct scaling_rules *rules, bool up)
{
	if (rules->window_s >= 0)
		return rules->window_s * SECOND_MS;
	return up ? 0 : tick->head->config.settings->hpa.downscale_stabilization;
}

static void print_condition(const char *label, const char *name, const struct condition *condition, FILE *file)
{
	struct line line = {.used = 0};
	const char *reason = hpa_reason_text(condition->reason);
	add(&line, "%s=%s", name, condition->status ? "True" : "False");
	if (*reason)
		add(&line, " (%s)", reason);
	print(&line, label, file);
}

static void print_replicas(const struct subject *subject, FILE *file)
{
	struct line line = {.used = 0};
	const struct hpa_decision *decision = subject->decision;
	if (hpa_is_lost(decision))
		add(&line, "not known");
	else
		add(&line, "%d now, %d asked for, %d after the windows, %d decided", decision->current,
		    decision->proposed, decision->stabilized, decision->desired);
	add(&line, "; %d to %d allowed", subject->spec->min_replicas, subject->spec->max_replicas);
	print(&line, "replicas", file);
}

static void print_metric(const struct subject *subject, FILE *file)
{
	struct line line = {.used = 0};
	const struct metric_spec *metric = &subject->spec->metrics[subject->metric];
	const struct proposal *proposal = &subject->decision->proposal;
	add(&line, "%s: usage %lld, target %lld, ratio %.10g", metric->name, (long long)proposal->usage,
	    (long long)metric->target, proposal->ratio);
	print(&line, "metric", file);
}

static void print_conditions(const struct hpa_decision *decision, FILE *file)
{
	print_condition("conditions", "AbleToScale", &decision->able, file);
	print_condition("", "ScalingActive", &decision->active, file);
	print_condition("", "ScalingLimited", &decision->limited, file);
}

void explain_autoscaler_print(const struct journal_tick *tick, uint32_t autoscaler, FILE *file)
{
	struct subject subject = subject_of(tick, autoscaler);
	const struct hpa_spec *spec = subject.spec;
	const char *outcome = explain_outcome(tick, autoscaler).text;
	char sentence[2048], at[CALENDAR_TEXT];
	hpa_explain(spec, subject.decision, sentence, sizeof sentence);
	int column = fprintf(file, "%s/%s at %s: ", spec->namespace_, spec->name, calendar_format(tick->wall, at));
	fold(file, sentence, column, 2);
	if (subject.metric != HPA_NO_METRIC)
		print_metric(&subject, file);
	if (!hpa_is_lost(subject.decision))
		print_pods(&subject, tick->time, file);
	print_replicas(&subject, file);
	print_rules("up", &spec->scale_up, subject.options.tolerance_up, window_of(tick, &spec->scale_up, true), file);
	print_rules("down", &spec->scale_down, subject.options.tolerance_down,
		    window_of(tick, &spec->scale_down, false), file);
	print_conditions(subject.decision, file);
	fprintf(file, "  %-12s %s\n", "outcome", *outcome ? outcome : "nothing was to be done");
}

/* ---- for programs ---- */

static cJSON *condition_json(const struct condition *condition)
{
	cJSON *json = cJSON_CreateObject();
	cJSON_AddBoolToObject(json, "status", condition->status);
	cJSON_AddStringToObject(json, "reason", hpa_reason_text(condition->reason));
	return json;
}

static cJSON *rules_json(const struct scaling_rules *rules, double tolerated, ms_t window)
{
	cJSON *json = cJSON_CreateObject(), *policies = cJSON_AddArrayToObject(json, "policies");
	cJSON_AddNumberToObject(json, "window_seconds", (double)window / 1e3);
	cJSON_AddNumberToObject(json, "tolerance", tolerated);
	cJSON_AddStringToObject(json, "select", selects[rules->select]);
	for (uint32_t i = 0; i < rules->n_policies; i++) {
		cJSON *policy = cJSON_CreateObject();
		cJSON_AddStringToObject(policy, "type", policy_types[rules->policies[i].type]);
		cJSON_AddNumberToObject(policy, "value", rules->policies[i].value);
		cJSON_AddNumberToObject(policy, "period_seconds", rules->policies[i].period_s);
		cJSON_AddItemToArray(policies, policy);
	}
	return json;
}

static void add_pods_json(cJSON *json, const struct subject *subject, ms_t now)
{
	uint32_t metric = grouping_metric(subject);
	cJSON *pods = cJSON_AddObjectToObject(json, "pods"), *lists[POD_GROUPS];
	char buffer[32];
	for (int group = 0; group < POD_GROUPS; group++)
		lists[group] = cJSON_AddArrayToObject(pods, group_keys[group]);
	for (uint32_t i = 0; metric != HPA_NO_METRIC && i < subject->view->n_pods; i++)
		cJSON_AddItemToArray(lists[group_of(subject, now, metric, i)],
				     cJSON_CreateString(pod_name(subject, i, buffer)));
}

/* null: not known. */
static void add_replicas_json(cJSON *json, const struct hpa_decision *decision)
{
	const struct {
		const char *key;
		int32_t replicas;
	} all[] = {{"current", decision->current},
		   {"proposed", decision->proposed},
		   {"stabilized", decision->stabilized},
		   {"desired", decision->desired}};
	for (size_t i = 0; i < COUNT(all); i++)
		cJSON_AddItemToObject(json, all[i].key,
				      hpa_is_lost(decision) ? cJSON_CreateNull() : cJSON_CreateNumber(all[i].replicas));
}

cJSON *explain_autoscaler_json(const struct journal_tick *tick, uint32_t autoscaler)
{
	struct subject subject = subject_of(tick, autoscaler);
	const struct hpa_spec *spec = subject.spec;
	const struct hpa_decision *decision = subject.decision;
	char sentence[2048], at[CALENDAR_TEXT];
	cJSON *json = cJSON_CreateObject();
	hpa_explain(spec, decision, sentence, sizeof sentence);
	cJSON_AddStringToObject(json, "time", calendar_format(tick->wall, at));
	cJSON_AddStringToObject(json, "namespace", spec->namespace_);
	cJSON_AddStringToObject(json, "name", spec->name);
	cJSON_AddStringToObject(json, "why", sentence);
	add_replicas_json(json, decision);
	cJSON_AddNumberToObject(json, "min_replicas", spec->min_replicas);
	cJSON_AddNumberToObject(json, "max_replicas", spec->max_replicas);
	if (subject.metric != HPA_NO_METRIC) {
		cJSON *metric = cJSON_AddObjectToObject(json, "metric");
		cJSON_AddStringToObject(metric, "name", spec->metrics[subject.metric].name);
		cJSON_AddNumberToObject(metric, "usage", (double)decision->proposal.usage);
		cJSON_AddNumberToObject(metric, "target", (double)spec->metrics[subject.metric].target);
		cJSON_AddNumberToObject(metric, "ratio", decision->proposal.ratio);
	}
	add_pods_json(json, &subject, tick->time);
	cJSON_AddItemToObject(
	    json, "scale_up",
	    rules_json(&spec->scale_up, subject.options.tolerance_up, window_of(tick, &spec->scale_up, true)));
	cJSON_AddItemToObject(
	    json, "scale_down",
	    rules_json(&spec->scale_down, subject.options.tolerance_down, window_of(tick, &spec->scale_down, false)));
	cJSON_AddItemToObject(json, "able_to_scale", condition_json(&decision->able));
	cJSON_AddItemToObject(json, "scaling_active", condition_json(&decision->active));
	cJSON_AddItemToObject(json, "scaling_limited", condition_json(&decision->limited));
	cJSON_AddStringToObject(json, "outcome", explain_outcome(tick, autoscaler).text);
	return json;
}
