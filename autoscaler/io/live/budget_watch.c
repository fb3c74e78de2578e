#include "node_store.h"

#include "../text/grown.h"

#include <stdlib.h>

static void budget_free(struct live_budget *budget)
{
	live_selector_free(budget->selector);
	free(budget->uid);
	free(budget->namespace_);
	free(budget);
}

static size_t budget_index(const struct live_nodes *nodes, const char *uid)
{
	size_t i = 0;
	while (i < nodes->n_budgets && strcmp(nodes->budgets[i]->uid, uid) != 0)
		i++;
	return i;
}

static void budget_remove(struct live_nodes *nodes, size_t i)
{
	budget_free(nodes->budgets[i]);
	nodes->budgets[i] = nodes->budgets[--nodes->n_budgets];
	nodes->changes++;
}

static struct live_budget *budget_read(struct live_nodes *nodes, const char *uid, struct json_value object)
{
	struct live_budget *budget = calloc(1, sizeof *budget);
	struct err err;
	bool failed = false;
	if (!budget)
		return NULL;
	int64_t allowed = json_int(json_path(object, "status.disruptionsAllowed"), 0);
	budget->uid = own_bytes(uid, strlen(uid), &failed);
	budget->namespace_ = own_text(json_path(object, "metadata.namespace"), &failed);
	budget->selector = live_selector_of(nodes->config.pods, json_path(object, "spec.selector"), &err);
	budget->allowed = (int32_t)min64(max64(allowed, 0), INT32_MAX);
	budget->listed = true;
	if (!failed && budget->selector)
		return budget;
	if (!failed)
		log_line(nodes->config.log, LOG_WARN, "disruption budget not understood", "reason", err.message, NULL);
	budget_free(budget);
	return NULL;
}

static void on_put(void *self, const char *uid, struct json_value object)
{
	struct live_nodes *nodes = self;
	struct live_budget *budget = budget_read(nodes, uid, object);
	size_t i = budget_index(nodes, uid);
	if (!budget)
		return;
	nodes->changes++;
	if (i < nodes->n_budgets) {
		budget_free(nodes->budgets[i]);
		nodes->budgets[i] = budget;
		return;
	}
	void *grown = heap_grown(nodes->budgets, nodes->n_budgets, &nodes->budgets_room, sizeof(struct live_budget *));
	if (!grown) {
		budget_free(budget);
		return;
	}
	nodes->budgets = grown;
	nodes->budgets[nodes->n_budgets++] = budget;
}

static void on_begin(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = 0; i < nodes->n_budgets; i++)
		nodes->budgets[i]->listed = false;
}

static void on_drop(void *self, const char *uid)
{
	struct live_nodes *nodes = self;
	size_t i = budget_index(nodes, uid);
	if (i < nodes->n_budgets)
		budget_remove(nodes, i);
}

static void on_end(void *self)
{
	struct live_nodes *nodes = self;
	for (size_t i = nodes->n_budgets; i-- > 0;)
		if (!nodes->budgets[i]->listed)
			budget_remove(nodes, i);
}

struct watch_sink budget_sink(struct live_nodes *nodes)
{
	return (struct watch_sink){nodes, on_begin, on_put, on_drop, on_end};
}

int budget_watch_open(struct live_nodes *nodes, struct err *err)
{
	const struct watch_sink sink = budget_sink(nodes);
	nodes->budget_watch =
	    watch_open(nodes->config.kube, "/apis/policy/v1/poddisruptionbudgets", NULL, &sink, nodes->config.log, err);
	return nodes->budget_watch ? 0 : -1;
}

void budget_watch_close(struct live_nodes *nodes)
{
	watch_close(nodes->budget_watch);
	for (size_t i = 0; i < nodes->n_budgets; i++)
		budget_free(nodes->budgets[i]);
	free(nodes->budgets);
}
