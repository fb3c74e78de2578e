/* Source: the OpenMetrics specification, 1.0.0. */
#include "../text/decimal.h"
#include "render.h"

/* Up to 292 years. */
static int64_t seconds_nano(ms_t span)
{
	return min64(span, INT64_MAX / (NANO / SECOND_MS)) * (NANO / SECOND_MS);
}

/* A family begins; unit "" when it has none (else the family's name ends with it). */
static void family(struct body *out, const char *name, const char *type, const char *unit, const char *help)
{
	body_format(out, "# TYPE plimsoll_%s %s\n", name, type);
	if (*unit)
		body_format(out, "# UNIT plimsoll_%s %s\n", name, unit);
	body_format(out, "# HELP plimsoll_%s %s\n", name, help);
}

static void put_nano(struct body *out, int64_t nano)
{
	char text[DECIMAL_TEXT];
	decimal_text(nano, 9, 0, text);
	body_format(out, "%s\n", text);
}

static void gauge(struct body *out, const char *name, const char *help, int64_t value)
{
	family(out, name, "gauge", "", help);
	body_format(out, "plimsoll_%s %lld\n", name, (long long)value);
}

static void counter(struct body *out, const char *name, const char *help, uint64_t value)
{
	family(out, name, "counter", "", help);
	body_format(out, "plimsoll_%s_total %llu\n", name, (unsigned long long)value);
}

/* The way of OpenMetrics to write a bound: 0.01, 1.0. */
static void put_bound(struct body *out, ms_t bound)
{
	char text[DECIMAL_TEXT] = "+Inf";
	if (bound != MS_NEVER)
		decimal_text(seconds_nano(bound), 9, 1, text);
	body_put(out, text);
}

static void histogram(struct body *out, const char *name, const char *help, const struct status_histogram *of)
{
	uint64_t below = 0;
	char sum[DECIMAL_TEXT];
	family(out, name, "histogram", "seconds", help);
	for (unsigned i = 0; i < STATUS_BUCKETS; i++) {
		below += of->buckets[i];
		body_format(out, "plimsoll_%s_bucket{le=\"", name);
		put_bound(out, status_bound(i));
		body_format(out, "\"} %llu\n", (unsigned long long)below);
	}
	decimal_text(seconds_nano(of->sum_ms), 3, 1, sum);
	body_format(out, "plimsoll_%s_count %llu\nplimsoll_%s_sum %s\n", name, (unsigned long long)below, name, sum);
}

/* ---- autoscalers ---- */

enum autoscaler_value { VALUE_CURRENT, VALUE_DESIRED, VALUE_MIN, VALUE_MAX, VALUE_TROUBLE, VALUE_HPA };

static int64_t value_of(const struct status_autoscaler *a, enum autoscaler_value which)
{
	const int64_t values[] = {
	    [VALUE_CURRENT] = a->current, [VALUE_DESIRED] = a->desired,    [VALUE_MIN] = a->min,
	    [VALUE_MAX] = a->max,         [VALUE_TROUBLE] = a->in_trouble, [VALUE_HPA] = a->hpa_desired};
	return values[which];
}

static void put_sample_of(struct body *out, const char *name, const struct status_autoscaler *a)
{
	body_format(out, "plimsoll_autoscaler_%s{namespace=\"", name);
	body_label(out, a->namespace_);
	body_put(out, "\",name=\"");
	body_label(out, a->name);
	body_put(out, "\"");
}

static void render_replicas(struct body *out, const struct status *s)
{
	static const struct {
		enum autoscaler_value value;
		const char *name, *help;
	} table[] = {
	    {VALUE_CURRENT, "current_replicas", "Replicas that the target has."},
	    {VALUE_DESIRED, "desired_replicas", "Replicas that were last decided."},
	    {VALUE_MIN, "min_replicas", "The least replicas allowed."},
	    {VALUE_MAX, "max_replicas", "The most replicas allowed."},
	    {VALUE_TROUBLE, "in_trouble", "1 when no sound decision can be made, else 0."},
	    {VALUE_HPA, "hpa_desired_replicas", "Shadow: replicas that the cluster's own autoscaler wants."},
	};
	char name[64];
	for (size_t i = 0; i < COUNT(table); i++) {
		snprintf(name, sizeof name, "autoscaler_%s", table[i].name);
		family(out, name, "gauge", "", table[i].help);
		for (uint32_t j = 0; j < s->n_autoscalers; j++) {
			int64_t value = value_of(s->autoscalers + j, table[i].value);
			if (value < 0)
				continue;
			put_sample_of(out, table[i].name, s->autoscalers + j);
			body_format(out, "} %lld\n", (long long)value);
		}
	}
}

static void put_currency(struct body *out, const struct status *s)
{
	body_put(out, "currency=\"");
	body_label(out, s->currency);
	body_put(out, "\"} ");
}

static void render_cost(struct body *out, const struct status *s)
{
	family(out, "autoscaler_cost_per_hour", "gauge", "", "What the pods' requests cost in an hour at present.");
	for (uint32_t i = 0; i < s->n_autoscalers; i++) {
		if (s->autoscalers[i].cost_nano_per_hour < 0)
			continue;
		put_sample_of(out, "cost_per_hour", s->autoscalers + i);
		body_put(out, ",");
		put_currency(out, s);
		put_nano(out, s->autoscalers[i].cost_nano_per_hour);
	}
	family(out, "cost_per_hour", "gauge", "", "What all nodes with a known price cost in an hour at present.");
	if (s->cost_nano_per_hour >= 0) {
		body_put(out, "plimsoll_cost_per_hour{");
		put_currency(out, s);
		put_nano(out, s->cost_nano_per_hour);
	}
	gauge(out, "unpriced_nodes", "Nodes whose price is not known.", s->n_unpriced);
}

/* ---- node groups ---- */

static void render_groups(struct body *out, const struct status *s)
{
	static const char *const names[] = {"min", "max", "size", "ready", "upcoming", "leaving"};
	static const char *const helps[] = {"The least nodes allowed.", "The most nodes allowed.", "Nodes asked for.",
					    "Nodes that are Ready.",    "Nodes on their way.",     "Nodes that go."};
	for (size_t i = 0; i < COUNT(names); i++) {
		body_format(out, "# TYPE plimsoll_node_group_%s gauge\n# HELP plimsoll_node_group_%s %s\n", names[i],
			    names[i], helps[i]);
		for (uint32_t j = 0; j < s->n_groups; j++) {
			const struct status_group *g = s->groups + j;
			const int32_t values[] = {g->min, g->max, g->size, g->ready, g->upcoming, g->leaving};
			body_format(out, "plimsoll_node_group_%s{group=\"", names[i]);
			body_label(out, g->name);
			body_format(out, "\"} %d\n", values[i]);
		}
	}
}

/* ---- calls of the API ---- */

/* "2xx", or "none" when no answer came. */
static const char *status_class(int status)
{
	static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
	return status >= 100 && status < 600 ? classes[status / 100] : classes[0];
}

static bool same_kind(const struct call_count *a, const struct call_count *b)
{
	return strcmp(a->method, b->method) == 0 && strcmp(status_class(a->status), status_class(b->status)) == 0;
}

/* The sum over all of the kind of calls[first], if that is the first of its kind. */
static bool sum_calls(const struct status *s, uint32_t first, struct call_count *sum)
{
	*sum = (struct call_count){.method = s->calls[first].method, .status = s->calls[first].status};
	for (uint32_t i = 0; i < s->n_calls; i++) {
		if (!same_kind(s->calls + i, sum))
			continue;
		if (i < first)
			return false;
		sum->calls += s->calls[i].calls;
		sum->tries += s->calls[i].tries;
		sum->took += s->calls[i].took;
	}
	return true;
}

static void render_calls(struct body *out, const struct status *s)
{
	static const struct {
		const char *name, *unit, *help;
	} table[] = {
	    {"api_calls", "", "Calls answered, by method and class of status (none: no answer)."},
	    {"api_tries", "", "Requests sent for them, tries again included."},
	    {"api_call_duration_seconds", "seconds", "Time that the calls took together."},
	};
	struct call_count sum;
	for (size_t i = 0; i < COUNT(table); i++) {
		family(out, table[i].name, "counter", table[i].unit, table[i].help);
		for (uint32_t j = 0; j < s->n_calls; j++) {
			if (!sum_calls(s, j, &sum))
				continue;
			body_format(out, "plimsoll_%s_total{method=\"", table[i].name);
			body_label(out, sum.method);
			body_format(out, "\",code=\"%s\"} ", status_class(sum.status));
			if (i == 2)
				put_nano(out, seconds_nano(sum.took));
			else
				body_format(out, "%llu\n", (unsigned long long)(i == 0 ? sum.calls : sum.tries));
		}
	}
}

/* ---- the process ---- */

static void put_build(struct body *out, const struct status *s)
{
	family(out, "build", "info", "", "What is running, and how.");
	body_put(out, "plimsoll_build_info{version=\"");
	body_label(out, s->version);
	body_put(out, "\",mode=\"");
	body_label(out, s->mode);
	body_put(out, "\"} 1\n");
}

static void render_process(struct body *out, const struct status *s)
{
	put_build(out, s);
	gauge(out, "leader", "1 when this process holds the lease and acts, else 0.", s->leader);
	gauge(out, "synced", "1 when the caches are filled, else 0.", s->synced);
	gauge(out, "stuck", "1 when no tick was made for three periods, else 0.", s->stuck);
	family(out, "start_time_seconds", "gauge", "seconds", "When the process started, since 1970.");
	body_put(out, "plimsoll_start_time_seconds ");
	put_nano(out, seconds_nano(s->started_at));
	gauge(out, "autoscalers", "Autoscalers that are followed.", s->n_autoscalers);
	gauge(out, "nodes", "Nodes of the cluster.", s->n_nodes);
	gauge(out, "nodes_ready", "Nodes that are Ready.", s->n_nodes_ready);
	gauge(out, "pods", "Pods of the cluster.", s->n_pods);
	gauge(out, "pods_pending", "Pods that no node has room for.", s->n_pending);
	gauge(out, "nodes_unneeded", "Nodes that could go.", s->nodes.unneeded);
	gauge(out, "journal_rows", "Ticks in the journal.", (int64_t)s->journal_ticks);
	family(out, "journal_size_bytes", "gauge", "bytes", "Size of the journal.");
	body_format(out, "plimsoll_journal_size_bytes %lld\n", (long long)s->journal_bytes);
}

static void render_counters(struct body *out, const struct status *s)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} table[] = {
	    {"ticks", "Ticks made, failed ones included.", s->ticks},
	    {"failed_ticks", "Ticks that failed.", s->failed_ticks},
	    {"decisions", "Decisions about replicas.", s->decisions},
	    {"actions", "Actions taken on the cluster.", s->actions},
	    {"failed_actions", "Actions that the cluster did not accept.", s->failed_actions},
	    {"withheld_actions", "Actions not taken for want of the lease, or in a dry run.", s->withheld_actions},
	    {"scaled_up", "Targets given more replicas.", s->scaled_up},
	    {"scaled_down", "Targets given fewer replicas.", s->scaled_down},
	    {"nodes_added", "Nodes asked for.", s->nodes_added},
	    {"nodes_removed", "Nodes given back.", s->nodes_removed},
	    {"watch_lists", "Times that objects were listed anew.", s->watch_lists},
	    {"leader_transitions", "Times that this process began or ceased to lead.", s->leader_transitions},
	    {"log_errors", "Errors in the log.", s->log_errors},
	    {"log_warnings", "Warnings in the log.", s->log_warnings},
	    {"clock_steps", "Times that the wall clock was found stepped.", s->clock_steps},
	};
	for (size_t i = 0; i < COUNT(table); i++)
		counter(out, table[i].name, table[i].help, table[i].value);
}

void render_metrics(struct body *out, const struct status *s)
{
	render_process(out, s);
	render_cost(out, s);
	render_counters(out, s);
	histogram(out, "tick_duration_seconds", "How long a tick took.", &s->tick);
	histogram(out, "metric_lag_seconds", "Age of the newest sample when it was decided upon.", &s->lag);
	render_calls(out, s);
	render_replicas(out, s);
	render_groups(out, s);
	body_put(out, "# EOF\n");
}
