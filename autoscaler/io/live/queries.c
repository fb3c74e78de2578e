#include "queries.h"

#include "../text/clock.h"
#include "../text/grown.h"
#include "table.h"

#define RETRIES       2
#define URL_QUERY_MAX 4000 /* a longer expression is sent as a form */

static void query_drop(struct query *query)
{
	pod_table_free(&query->pods);
	free(query->values.values);
	query->values = (struct metric_values){0};
}

void queries_clear(struct queries *all)
{
	queries_end(all);
	for (uint32_t i = 0; i < all->n; i++)
		query_drop(all->each[i]);
	free(all->slots);
	all->slots = NULL;
	all->n = all->n_slots = 0;
	arena_free(&all->arena);
}

void queries_free(struct queries *all)
{
	queries_clear(all);
	free(all->each);
	arena_free(&all->paths);
	*all = (struct queries){0};
}

/* ---- the same question is the same query ---- */

static uint64_t hash_query(enum query_api api, const struct server *server, const char *path, const char *namespace_)
{
	return table_hash_text(table_hash_text(mix64((uint64_t)(uintptr_t)server + (uint64_t)api), path), namespace_);
}

static int grow_slots(struct queries *all)
{
	uint32_t n = all->n_slots ? 2 * all->n_slots : 64;
	uint32_t *slots = calloc(n, sizeof *slots);
	if (!slots)
		return -1;
	for (uint32_t i = 0; i < all->n; i++) {
		const struct query *query = all->each[i];
		uint32_t at = (uint32_t)hash_query(query->api, query->server, query->path, query->namespace_) & (n - 1);
		while (slots[at])
			at = (at + 1) & (n - 1);
		slots[at] = i + 1;
	}
	free(all->slots);
	all->slots = slots;
	all->n_slots = n;
	return 0;
}

static struct query *query_new(struct queries *all, const char *name, const char *path, const char *namespace_)
{
	struct query **each = heap_grown(all->each, all->n, &all->room, sizeof *each);
	struct query *query = arena_alloc(&all->arena, 1, sizeof *query);
	if (!each || !query)
		return NULL;
	all->each = each;
	query->path = arena_strdup(&all->arena, path);
	query->name = arena_strdup(&all->arena, name);
	query->namespace_ = namespace_ ? arena_strdup(&all->arena, namespace_) : NULL;
	query->all = all;
	query->values.at = MS_UNSET;
	bool whole = query->path && query->name && (query->namespace_ || !namespace_);
	if (whole)
		all->each[all->n++] = query;
	return whole ? query : NULL;
}

struct query *queries_add(struct queries *all, enum query_api api, struct server *server, const char *name,
			  const char *path, const char *namespace_)
{
	if (all->n >= all->n_slots / 2 && grow_slots(all) < 0)
		return NULL;
	uint32_t mask = all->n_slots - 1, at = (uint32_t)hash_query(api, server, path, namespace_) & mask;
	for (; all->slots[at]; at = (at + 1) & mask) {
		struct query *query = all->each[all->slots[at] - 1];
		if (query->api == api && query->server == server && texts_equal(query->path, path) &&
		    texts_equal(query->namespace_, namespace_))
			return query;
	}
	struct query *query = query_new(all, name, path, namespace_);
	if (!query)
		return NULL;
	query->api = api;
	query->server = server;
	all->slots[at] = all->n;
	return query;
}

/* ---- answers ---- */

static int query_read(struct query *query, const char *body, size_t size, struct err *err)
{
	switch (query->api) {
	case QUERY_RESOURCE:
		return resource_metrics_decode(body, size, &query->pods, err);
	case QUERY_PODS:
		return custom_pods_decode(body, size, query->namespace_, &query->pods, err);
	case QUERY_OBJECT:
		return custom_object_decode(body, size, &query->values, err);
	case QUERY_EXTERNAL:
		return external_decode(body, size, &query->values, err);
	case QUERY_PROMETHEUS:
		return prometheus_decode(body, size, &query->values, err);
	}
	return -1;
}

static void query_clear(struct query *query)
{
	pod_table_clear(&query->pods);
	query->values.n = 0;
	query->values.at = MS_UNSET;
}

static void query_settle(struct query *query, const char *trouble)
{
	query->state = trouble ? QUERY_FAILED : QUERY_ANSWERED;
	snprintf(query->trouble, sizeof query->trouble, "%s", trouble ? trouble : "");
	if (trouble)
		query_clear(query);
	if (trouble && !query->failing)
		log_line(query->all->log, LOG_WARN, "metrics cannot be had", "of", query->name, "reason",
			 query->trouble, NULL);
	else if (!trouble && query->failing)
		log_line(query->all->log, LOG_INFO, "metrics are there again", "of", query->name, NULL);
	query->failing = trouble != NULL;
}

/* Prometheus says in the body what is wrong with a query. */
static void take_explanation(struct query *query, const struct answer *answer, struct err *err)
{
	struct err said;
	if (query->api == QUERY_PROMETHEUS && answer->size && answer->body[0] == '{' &&
	    query_read(query, answer->body, answer->size, &said) < 0)
		*err = said;
}

static void query_answered(void *self, const struct answer *answer)
{
	struct query *query = self;
	struct err err = answer->err;
	query->all->pending--;
	if (answer->status == 200 && query_read(query, answer->body, answer->size, &err) == 0) {
		query_settle(query, NULL);
		return;
	}
	if (answer->status != 200) {
		if (!err.message[0])
			err_set(&err, "status %d", answer->status);
		take_explanation(query, answer, &err);
		if (query->api == QUERY_PODS || query->api == QUERY_OBJECT)
			query->all->version[0] = 0; /* perhaps another version is served now */
	}
	query_settle(query, err.message);
}

/* ---- questions ---- */

static void query_send(struct query *query, const char *path, const char *form)
{
	struct queries *all = query->all;
	const struct call call = {
	    .method = form ? "POST" : "GET",
	    .path = path,
	    .body = form,
	    .content_type = form ? "application/x-www-form-urlencoded" : NULL,
	    .timeout = max64(all->deadline - clock_mono(), 1),
	    .retries = RETRIES,
	    .repeatable = true,
	    .done = query_answered,
	    .self = query,
	};
	query->state = QUERY_ASKED;
	all->pending++;
	query->call = server_call(query->server, &call);
}

static void send_custom(struct query *query)
{
	struct queries *all = query->all;
	const char *path =
	    metric_text(&all->paths, "%s/%s%s", custom_group_path(&all->paths), all->version, query->path);
	if (path)
		query_send(query, path, NULL);
	else
		query_settle(query, "out of memory");
}

static void send_prometheus(struct query *query)
{
	struct queries *all = query->all;
	const char *form = prometheus_query(&all->paths, query->path, all->wall);
	bool is_long = form && strlen(form) > URL_QUERY_MAX;
	const char *path = !form     ? NULL
			   : is_long ? "/api/v1/query"
				     : metric_text(&all->paths, "/api/v1/query?%s", form);
	if (path)
		query_send(query, path, is_long ? form : NULL);
	else
		query_settle(query, "out of memory");
}

static void version_answered(void *self, const struct answer *answer)
{
	struct queries *all = self;
	struct err err = answer->err;
	all->pending--;
	if (answer->status == 404)
		err_set(&err, "no custom metrics API (custom.metrics.k8s.io) registered");
	bool known =
	    answer->status == 200 && custom_version_decode(answer->body, answer->size, all->version, &err) == 0;
	for (uint32_t i = 0; i < all->n; i++) {
		struct query *query = all->each[i];
		if (query->state != QUERY_HELD)
			continue;
		if (known)
			send_custom(query);
		else
			query_settle(query, err.message[0] ? err.message : "the version is not known");
	}
	all->version_asked = false;
}

static void ask_version(struct queries *all)
{
	if (all->version_asked)
		return;
	const char *path = custom_group_path(&all->paths);
	const struct call call = {
	    .method = "GET",
	    .path = path ? path : "/apis",
	    .timeout = max64(all->deadline - clock_mono(), 1),
	    .retries = RETRIES,
	    .done = version_answered,
	    .self = all,
	};
	all->version_asked = true;
	all->pending++;
	all->version_call = server_call(all->kube, &call);
}

void query_ask(struct query *query)
{
	if (query->state != QUERY_IDLE)
		return;
	bool custom = query->api == QUERY_PODS || query->api == QUERY_OBJECT;
	if (query->api == QUERY_PROMETHEUS) {
		send_prometheus(query);
	} else if (!custom) {
		query_send(query, query->path, NULL);
	} else if (query->all->version[0]) {
		send_custom(query);
	} else {
		query->state = QUERY_HELD;
		ask_version(query->all);
	}
}

/* ---- a tick ---- */

void queries_begin(struct queries *all, ms_t wall, ms_t timeout)
{
	arena_free(&all->paths);
	all->wall = wall;
	all->deadline = clock_mono() + timeout;
	for (uint32_t i = 0; i < all->n; i++) {
		query_clear(all->each[i]);
		all->each[i]->state = QUERY_IDLE;
	}
}

int queries_wait(struct queries *all, const bool *until, struct err *err)
{
	for (ms_t left; until ? !*until : all->pending > 0;) {
		if ((left = all->deadline - clock_mono()) <= 0)
			return 0;
		if (net_run(all->net, left, err) < 0)
			return -1;
	}
	return 0;
}

void queries_end(struct queries *all)
{
	if (all->version_asked) {
		server_cancel(all->kube, all->version_call);
		all->version_asked = false;
		all->pending--;
	}
	for (uint32_t i = 0; i < all->n; i++) {
		struct query *query = all->each[i];
		if (query->state == QUERY_ASKED) {
			server_cancel(query->server, query->call);
			all->pending--;
		}
		if (query->state == QUERY_ASKED || query->state == QUERY_HELD)
			query_settle(query, "no answer within the time for metrics");
	}
}
