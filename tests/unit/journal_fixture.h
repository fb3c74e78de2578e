/* Random clusters for the journal's tests: three workloads, two groups, everything that a snapshot may hold. */
#ifndef JOURNAL_FIXTURE_H
#define JOURNAL_FIXTURE_H

#include "loop.h"

#include <stdlib.h>

#define WORKLOADS 3
#define PODS_MAX  40
#define NODES_MAX 12
#define GROUPS    2

struct cluster {
	uint64_t random;
	struct settings settings;
	struct metric_spec metrics[WORKLOADS][2];
	struct metric_ask asks[2];
	struct scaling_policy policies[2];
	struct hpa_spec specs[WORKLOADS];
	uint32_t workload_of[WORKLOADS];
	struct core_config config;
	/* the snapshot's arrays */
	struct workload_view views[WORKLOADS];
	struct pod pods[WORKLOADS][PODS_MAX];
	struct metric_input inputs[WORKLOADS][2];
	struct sample samples[WORKLOADS][2][PODS_MAX];
	int64_t requests[WORKLOADS][PODS_MAX], values[WORKLOADS][3];
	struct node_view nodes[NODES_MAX];
	struct placed placed[NODES_MAX][PODS_MAX];
	struct pending_view pending[4];
	struct group_view groups[GROUPS];
	uint8_t fits[4];
	int32_t budgets[3];
	char names[WORKLOADS][PODS_MAX][32];
	const char *name_list[WORKLOADS][PODS_MAX];
	uint64_t generation;
};

static uint32_t draw(struct cluster *c, uint32_t below)
{
	c->random = mix64(c->random);
	return (uint32_t)(c->random >> 33) % below;
}

static void cluster_init(struct cluster *c, uint64_t seed)
{
	memset(c, 0, sizeof *c);
	c->random = seed;
	settings_default(&c->settings);
	c->settings.hpa.tolerance = 0.1 + 1e-17 * (double)draw(c, 100);
	c->settings.ca.unneeded_time = MINUTE_MS;
	c->settings.ca.delay_after_add = MINUTE_MS;
	c->policies[0] = (struct scaling_policy){POLICY_PODS, 4, 60};
	c->policies[1] = (struct scaling_policy){POLICY_PERCENT, 50, 30};
	c->asks[0].selector = "app=web";
	c->asks[1].query = "sum(rate(http_requests_total[1m]))";
	static const char *const names[] = {"web", "basket", "queue"};
	for (uint32_t w = 0; w < WORKLOADS; w++) {
		c->metrics[w][0] = (struct metric_spec){METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true};
		c->metrics[w][1] =
		    (struct metric_spec){METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, 2000, "depth", NULL, false};
		c->specs[w] = (struct hpa_spec){
		    .name = names[w],
		    .namespace_ = "shop",
		    .target_api = "apps/v1",
		    .target_kind = "Deployment",
		    .target_name = names[w],
		    .min_replicas = 1,
		    .max_replicas = 30,
		    .metrics = c->metrics[w],
		    .asks = w ? c->asks : NULL,
		    .n_metrics = w ? 2 : 1,
		    .has_behavior = w == 2,
		    .scale_up = {.window_s = -1,
				 .tolerance = -1,
				 .policies = c->policies,
				 .n_policies = w == 2 ? 2 : 0},
		    .scale_down = {.window_s = w == 2 ? 60 : -1, .tolerance = w == 2 ? 0.2 : -1},
		    .smoothing = w == 1 ? "exponential,alpha=0.3" : NULL,
		};
		c->workload_of[w] = w;
		c->views[w].spec_replicas = c->views[w].status_replicas = 3;
	}
	c->config = (struct core_config){c->specs, c->workload_of, WORKLOADS, NODES_MAX, GROUPS, &c->settings, 0};
	for (uint32_t g = 0; g < GROUPS; g++)
		c->groups[g] = (struct group_view){.max = NODES_MAX,
						   .size = 2,
						   .cpu_milli = 4000,
						   .memory_bytes = 8 * GIB,
						   .pods = 30,
						   .price_nano_per_hour = 100000000 + g,
						   .kind = g};
}

static void draw_pods(struct cluster *c, uint32_t w, ms_t now)
{
	struct workload_view *view = &c->views[w];
	uint32_t n = (uint32_t)view->spec_replicas + draw(c, 3);
	n = n > PODS_MAX ? PODS_MAX : n;
	int64_t usage = 100 + draw(c, 500);
	for (uint32_t i = 0; i < n; i++) {
		if (i >= view->n_pods || draw(c, 50) == 0) {
			c->pods[w][i] = (struct pod){draw(c, 9) ? now : MS_UNSET, now, (uint8_t)draw(c, 4),
						     (uint8_t)draw(c, 3), draw(c, 9) == 0};
			snprintf(c->names[w][i], sizeof c->names[w][i], "%s-%08x", c->specs[w].name, draw(c, 1u << 30));
		}
		c->name_list[w][i] = c->names[w][i];
		c->requests[w][i] = draw(c, 60) ? 500 : -1;
		for (uint32_t m = 0; m < 2; m++)
			c->samples[w][m][i] =
			    (struct sample){draw(c, 20) ? usage + draw(c, 40) : -1, now - draw(c, 3) * 1000, 15000};
	}
	c->values[w][0] = draw(c, 100000);
	c->values[w][1] = draw(c, 1000);
	view->pods = c->pods[w];
	view->n_pods = n;
	view->metrics = c->inputs[w];
	view->lost = draw(c, 20) == 0;
	c->inputs[w][0] = (struct metric_input){.samples = c->samples[w][0],
						.requests = c->requests[w],
						.request_step = draw(c, 2),
						.unavailable = draw(c, 15) == 0};
	c->inputs[w][1] = (struct metric_input){.values = c->values[w], .n_values = draw(c, 3)};
}

static void draw_nodes(struct cluster *c, ms_t now)
{
	c->generation++;
	for (uint32_t i = 0; i < NODES_MAX; i++) {
		struct node_view *node = &c->nodes[i];
		if (node->state == NODE_GONE && draw(c, 3))
			continue;
		if (node->state == NODE_GONE)
			*node = (struct node_view){.uid = (uint32_t)c->generation * 100 + i,
						   .group = draw(c, 9) ? draw(c, GROUPS) : NO_GROUP,
						   .created_at = now,
						   .cpu_milli = 4000,
						   .memory_bytes = 8 * GIB,
						   .pods = 30};
		node->state = draw(c, 8) ? NODE_READY : (enum node_state)draw(c, 5);
		node->kind = node->group % GROUPS;
		node->n_placed = draw(c, 6);
		node->placed = c->placed[i];
		node->used_cpu_milli = node->used_memory_bytes = 0;
		node->used_pods = (int32_t)node->n_placed;
		for (uint32_t p = 0; p < node->n_placed; p++) {
			c->placed[i][p] = (struct placed){.cpu_milli = 100 + draw(c, 300),
							  .memory_bytes = 100000000,
							  .workload = draw(c, WORKLOADS),
							  .pod = p,
							  .daemon = draw(c, 9) == 0,
							  .pinned = draw(c, 20) == 0,
							  .shape = draw(c, 2),
							  .budget = draw(c, 2) ? NO_BUDGET : draw(c, 3)};
			node->used_cpu_milli += c->placed[i][p].cpu_milli;
			node->used_memory_bytes += c->placed[i][p].memory_bytes;
		}
	}
	for (uint32_t i = 0; i < 4; i++) {
		c->pending[i] = (struct pending_view){.workload = draw(c, WORKLOADS),
						      .count = 1 + draw(c, 5),
						      .since = now - (4 - i) * 1000,
						      .cpu_milli = 500,
						      .memory_bytes = 200000000,
						      .shape = draw(c, 2)};
		c->fits[i] = (uint8_t)(draw(c, 4) > 0);
	}
	for (uint32_t i = 0; i < 3; i++)
		c->budgets[i] = (int32_t)draw(c, 3);
}

/* What is not due is left as garbage would be: pointers that must not be followed. */
static void cluster_observe(struct cluster *c, ms_t now, struct snapshot *snapshot)
{
	static const struct workload_view *const nowhere = (const struct workload_view *)16;
	snapshot->workloads = nowhere;
	snapshot->nodes = (const struct node_view *)16;
	snapshot->n_workloads = WORKLOADS;
	snapshot->n_nodes = 3;
	if (snapshot->due & DUE_REPLICAS) {
		for (uint32_t w = 0; w < WORKLOADS; w++)
			draw_pods(c, w, now);
		snapshot->workloads = c->views;
	}
	if (!(snapshot->due & DUE_NODES))
		return;
	if (draw(c, 3))
		draw_nodes(c, now);
	snapshot->nodes = c->nodes;
	snapshot->n_nodes = NODES_MAX;
	snapshot->pending = c->pending;
	snapshot->n_pending = c->generation % 4 ? 0 : 4;
	snapshot->groups = c->groups;
	snapshot->n_groups = GROUPS;
	snapshot->fits = c->generation % 2 ? c->fits : NULL;
	snapshot->n_shapes = snapshot->n_kinds = 2;
	snapshot->budgets = c->budgets;
	snapshot->n_budgets = 3;
	snapshot->generation = c->generation;
}

/* Accepts most things, and does them. */
static inline void cluster_apply(struct cluster *c, const struct action *actions, uint32_t n, bool *accepted)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct action *action = &actions[i];
		accepted[i] = draw(c, 5) > 0;
		if (!accepted[i])
			continue;
		c->generation += action->kind != ACTION_SCALE;
		if (action->kind == ACTION_SCALE)
			c->views[action->target].spec_replicas = c->views[action->target].status_replicas = action->to;
		else if (action->kind == ACTION_ADD_NODES)
			c->groups[action->target].size = action->to;
		else
			c->nodes[action->target].state = NODE_LEAVING;
	}
}

#endif
