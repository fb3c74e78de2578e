/* A tick: what the core was shown, what it answered, and what things are called. What was not due was not observed, and
 * is not looked at. */
#include "record_columns.h"
#include "record_walk.h"

#include <stdlib.h>

/* ---- workloads ---- */

/* The autoscaler of each workload: it says what its metrics are. Of several, the one with most. */
static const struct hpa_spec **find_owners(struct record_codec *codec, uint32_t n_workloads)
{
	const struct core_config *config = codec->config;
	const struct hpa_spec **owners = record_make(codec, n_workloads, sizeof(struct hpa_spec *));
	for (uint32_t a = 0; owners && a < config->n_autoscalers; a++) {
		uint32_t w = config->workload_of[a];
		if (w < n_workloads && (!owners[w] || owners[w]->n_metrics < config->autoscalers[a].n_metrics))
			owners[w] = &config->autoscalers[a];
	}
	return owners;
}

struct workloads {
	struct snapshot *snapshot;
	const struct hpa_spec **owners;
	struct workload_view *views; /* that are read */
	struct stored_workload *stored;
	struct record_span *spans; /* by workload */
	uint32_t n_inputs;
};

static int walk_views(struct record_codec *codec, struct workloads *w)
{
	uint32_t n = w->snapshot->n_workloads;
	for (uint32_t i = 0; codec->out && i < n; i++) {
		const struct workload_view *view = &w->snapshot->workloads[i];
		w->stored[i] = (struct stored_workload){
		    .spec_replicas = view->spec_replicas,
		    .status_replicas = view->status_replicas,
		    .n_pods = view->n_pods,
		    .n_metrics = view->metrics && w->owners[i] ? w->owners[i]->n_metrics : 0,
		    .lost = view->lost,
		};
	}
	struct record_span span = {w->stored, n, NULL};
	if (record_rows(codec, RECORD_WORKLOAD, &span, 1) < 0)
		return -1;
	for (uint32_t i = 0; !codec->out && i < n; i++) {
		const struct stored_workload *stored = &((struct stored_workload *)span.made)[i];
		if (stored->n_metrics && (!w->owners[i] || stored->n_metrics != w->owners[i]->n_metrics))
			return err_set(codec->err, "damaged: workload %u has %u metrics", i, stored->n_metrics);
		w->stored[i] = *stored;
		w->views[i] = (struct workload_view){.spec_replicas = stored->spec_replicas,
						     .status_replicas = stored->status_replicas,
						     .n_pods = stored->n_pods,
						     .lost = stored->lost};
	}
	return 0;
}

static int walk_pods(struct record_codec *codec, struct workloads *w)
{
	uint32_t n = w->snapshot->n_workloads;
	for (uint32_t i = 0; i < n; i++)
		w->spans[i] =
		    (struct record_span){codec->out ? w->snapshot->workloads[i].pods : NULL, w->stored[i].n_pods, NULL};
	if (record_rows(codec, RECORD_POD, w->spans, n) < 0)
		return -1;
	for (uint32_t i = 0; !codec->out && i < n; i++)
		w->views[i].pods = w->spans[i].rows;
	return 0;
}

static int walk_workloads(struct record_codec *codec, struct snapshot *snapshot)
{
	uint32_t n = snapshot->n_workloads;
	if (!codec->out && n > RECORD_MAX_OF)
		return err_set(codec->err, "damaged: %u workloads", n);
	struct workloads w = {
	    .snapshot = snapshot,
	    .owners = find_owners(codec, n),
	    .views = record_make(codec, n, sizeof *w.views),
	    .stored = record_make(codec, n, sizeof *w.stored),
	    .spans = record_make(codec, n, sizeof *w.spans),
	};
	if (!w.owners || !w.views || !w.stored || !w.spans || walk_views(codec, &w) < 0 || walk_pods(codec, &w) < 0)
		return -1;
	const struct record_walk walk = {snapshot->workloads, w.views, w.stored, w.owners, n};
	if (record_walk_metrics(codec, &walk) < 0)
		return -1;
	if (!codec->out)
		snapshot->workloads = w.views;
	return 0;
}

/* ---- nodes ---- */

static int walk_placed(struct record_codec *codec, const struct node_view *nodes, struct node_view *made, uint32_t n)
{
	struct record_span *spans = record_make(codec, n, sizeof *spans);
	if (!spans)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		spans[i] = (struct record_span){nodes[i].placed, nodes[i].n_placed, NULL};
	if (record_rows(codec, RECORD_PLACED, spans, n) < 0)
		return -1;
	for (uint32_t i = 0; made && i < n; i++)
		made[i].placed = spans[i].rows;
	return 0;
}

static int walk_array(struct record_codec *codec, enum record_type type, const void **rows, uint64_t n)
{
	struct record_span span = {*rows, (uint32_t)n, NULL};
	if (n > RECORD_MAX_ROWS)
		return err_set(codec->err, "%llu rows of %s; at most %u can be kept", (unsigned long long)n,
			       record_types[type].name, RECORD_MAX_ROWS);
	if (record_rows(codec, type, &span, 1) < 0)
		return -1;
	*rows = span.rows;
	return 0;
}

#define WALK(type, member, n) walk_array(codec, type, (const void **)&snapshot->member, n)

static int walk_nodes(struct record_codec *codec, struct snapshot *snapshot)
{
	struct record_span nodes = {snapshot->nodes, snapshot->n_nodes, NULL};
	if (record_rows(codec, RECORD_NODE, &nodes, 1) < 0 || walk_placed(codec, nodes.rows, nodes.made, nodes.n) < 0)
		return -1;
	snapshot->nodes = nodes.rows;
	uint64_t fits = (uint64_t)snapshot->n_shapes * snapshot->n_kinds;
	if (WALK(RECORD_PENDING, pending, snapshot->n_pending) < 0 ||
	    WALK(RECORD_GROUP, groups, snapshot->n_groups) < 0 || WALK(RECORD_FIT, fits, fits) < 0 ||
	    WALK(RECORD_BUDGET, budgets, snapshot->n_budgets) < 0)
		return -1;
	/* none of them is not the same as an empty list */
	if (!codec->out && fits == 0)
		snapshot->fits = NULL;
	if (!codec->out && snapshot->n_budgets == 0)
		snapshot->budgets = NULL;
	return 0;
}

/* ---- names ---- */

/* As many as there are things to be named; what has no name is NULL. */
static int walk_names(struct record_codec *codec, enum record_type type, const struct record_texts *given,
		      const uint32_t *counts, uint32_t n_spans, struct record_texts *read)
{
	struct record_span *spans = record_make(codec, n_spans, sizeof *spans);
	if (!spans)
		return -1;
	for (uint32_t s = 0; s < n_spans; s++) {
		const char **names = NULL;
		spans[s] = (struct record_span){given ? given[s].names : NULL, counts[s], NULL};
		if (!codec->out || (given && given[s].n >= counts[s]))
			continue;
		if (!(names = record_make(codec, counts[s], sizeof *names)))
			return -1;
		for (uint32_t i = 0; given && i < given[s].n; i++)
			names[i] = given[s].names[i];
		spans[s].rows = names;
	}
	if (record_rows(codec, type, spans, n_spans) < 0)
		return -1;
	for (uint32_t s = 0; !codec->out && s < n_spans; s++)
		read[s] = (struct record_texts){spans[s].made, spans[s].n};
	return 0;
}

static int walk_pod_names(struct record_codec *codec, const struct snapshot *snapshot, struct record_names *names)
{
	uint32_t n = snapshot->n_workloads;
	uint32_t *counts = record_make(codec, n, sizeof *counts);
	struct record_texts *given = record_make(codec, n, sizeof *given);
	if (!counts || !given)
		return -1;
	for (uint32_t w = 0; w < n; w++) {
		counts[w] = snapshot->workloads[w].n_pods;
		if (codec->out && names->pods && w < names->n_workloads)
			given[w] = names->pods[w];
	}
	struct record_texts *read = codec->out ? NULL : given;
	if (walk_names(codec, RECORD_POD_NAME, codec->out ? given : NULL, counts, n, read) < 0)
		return -1;
	if (!codec->out)
		names->pods = given, names->n_workloads = n;
	return 0;
}

/* ---- a tick ---- */

static int walk_plan(struct record_codec *codec, struct plan *plan)
{
	const void *decisions = plan->decisions, *actions = plan->actions;
	if (walk_array(codec, RECORD_DECISION, &decisions, plan->n_decisions) < 0 ||
	    walk_array(codec, RECORD_ACTION, &actions, plan->n_actions) < 0)
		return -1;
	plan->decisions = decisions;
	plan->actions = actions;
	return 0;
}

static int walk_tick(struct record_codec *codec, struct snapshot *snapshot, struct plan *plan,
		     struct record_names *names)
{
	struct stored_tick stored = {*snapshot, names->withheld};
	if (record_row(codec, RECORD_SNAPSHOT, &stored) < 0 || record_row(codec, RECORD_PLAN, plan) < 0)
		return -1;
	*snapshot = stored.seen;
	names->withheld = (enum withheld)stored.withheld;
	if (snapshot->due & DUE_REPLICAS &&
	    (walk_workloads(codec, snapshot) < 0 || walk_pod_names(codec, snapshot, names) < 0))
		return -1;
	if (snapshot->due & DUE_NODES &&
	    (walk_nodes(codec, snapshot) < 0 ||
	     walk_names(codec, RECORD_NODE_NAME, &names->nodes, &snapshot->n_nodes, 1, &names->nodes) < 0 ||
	     walk_names(codec, RECORD_GROUP_NAME, &names->groups, &snapshot->n_groups, 1, &names->groups) < 0))
		return -1;
	return walk_plan(codec, plan);
}

/* Without what was not due, and with nothing of what is not there. */
static struct snapshot observed(const struct snapshot *snapshot)
{
	struct snapshot kept = *snapshot;
	if (!(kept.due & DUE_REPLICAS))
		kept.n_workloads = 0;
	if (!(kept.due & DUE_NODES))
		kept.n_nodes = kept.n_pending = kept.n_groups = kept.n_shapes = kept.n_kinds = kept.n_budgets = 0;
	if (!kept.fits)
		kept.n_shapes = kept.n_kinds = 0;
	if (!kept.budgets)
		kept.n_budgets = 0;
	return kept;
}

int record_tick_encode(struct record_codec *codec, const struct snapshot *snapshot, const struct plan *plan,
		       const struct record_names *names, struct record_bytes *out, struct err *err)
{
	struct snapshot kept = observed(snapshot);
	struct plan answer = *plan;
	struct record_names given = names ? *names : (struct record_names){0};
	codec->err = err;
	codec->out = &codec->plain;
	codec->plain.size = 0;
	codec->arena = &codec->scratch;
	int status = walk_tick(codec, &kept, &answer, &given);
	arena_free(&codec->scratch);
	return status < 0 ? -1 : record_pack(&codec->plain, out, err);
}

int record_tick_decode(struct record_codec *codec, const unsigned char *bytes, size_t size, struct arena *arena,
		       struct snapshot *snapshot, struct plan *plan, struct record_names *names, struct err *err)
{
	*snapshot = (struct snapshot){0};
	*plan = (struct plan){0};
	*names = (struct record_names){0};
	if (record_unpack(bytes, size, &codec->plain, err) < 0)
		return -1;
	codec->err = err;
	codec->out = NULL;
	codec->arena = arena;
	codec->in = (struct record_reader){codec->plain.at, codec->plain.at + codec->plain.size, false};
	if (walk_tick(codec, snapshot, plan, names) < 0)
		return -1;
	if (codec->in.at != codec->in.end)
		return err_set(err, "damaged: %zu bytes too many", (size_t)(codec->in.end - codec->in.at));
	return record_check(codec->config, snapshot, plan, err);
}
