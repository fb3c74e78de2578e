/* What is asked of the metrics APIs in a tick: each question once, however many autoscalers want to know; all under way
 * together, under one deadline. Private to io/live. */
#ifndef PLIMSOLL_QUERIES_H
#define PLIMSOLL_QUERIES_H

#include "../net/net.h"
#include "../text/log.h"
#include "metrics.h"

enum query_api { QUERY_RESOURCE, QUERY_PODS, QUERY_OBJECT, QUERY_EXTERNAL, QUERY_PROMETHEUS };
enum query_state {
	QUERY_IDLE,
	QUERY_HELD, /* until the version of custom.metrics.k8s.io is known */
	QUERY_ASKED,
	QUERY_ANSWERED,
	QUERY_FAILED, /* trouble says why */
};

struct query {
	enum query_api api;
	struct server *server;
	const char *name;       /* for the log: of the Prometheus server, or the path */
	const char *path;       /* PODS, OBJECT: behind the version; PROMETHEUS: the expression */
	const char *namespace_; /* PODS: of the pods */
	struct queries *all;
	uint64_t call;
	enum query_state state;
	bool failing;                /* as was last told */
	struct pod_table pods;       /* RESOURCE, PODS */
	struct metric_values values; /* the others */
	char trouble[400];
};

struct queries {
	struct net *net;
	struct server *kube;
	struct log *log;
	struct arena arena; /* of the questions */
	struct query **each;
	uint32_t n, n_slots;
	size_t room;
	uint32_t *slots; /* by what is asked: index + 1 */
	/* of this tick */
	struct arena paths;
	ms_t wall, deadline; /* deadline: monotonic */
	uint32_t pending;
	/* custom.metrics.k8s.io */
	char version[CUSTOM_VERSION_MAX]; /* "": to be asked for */
	uint64_t version_call;
	bool version_asked;
};

void queries_free(struct queries *);
/* Forgets all questions. */
void queries_clear(struct queries *);
/* The question, made when nobody has asked it yet. Copies path and namespace. NULL: out of memory. */
struct query *queries_add(struct queries *, enum query_api, struct server *, const char *name, const char *path,
			  const char *namespace_);

void queries_begin(struct queries *, ms_t wall, ms_t timeout);
/* Once a tick; further calls do nothing. */
void query_ask(struct query *);
/* Until *until (NULL: all are answered), or the time is over. */
int queries_wait(struct queries *, const bool *until, struct err *);
/* What has no answer has none. */
void queries_end(struct queries *);

#endif
