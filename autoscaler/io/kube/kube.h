/* The Kubernetes API server: how to reach it, and as whom. Private to io and cmd. */
#ifndef PLIMSOLL_KUBE_H
#define PLIMSOLL_KUBE_H

#include "../net/net.h"
#include "../text/log.h"

/* Where from: as kubectl does. kubeconfig NULL: the files of KUBECONFIG (a list, merged: the first to set a value
 * wins), or
 * ~/.kube/config; and when there is none, the service account of the pod. context NULL: current-context. */
struct kube_options {
	const char *kubeconfig, *context, *cluster, *user,
	    *server;            /* the last three override, as kubectl's --cluster ... */
	const char *namespace_; /* NULL: the context's */
};

struct kube;
struct kube *kube_open(struct net *, const struct kube_options *, struct log *, struct err *);
void kube_close(struct kube *);
struct server *kube_server(const struct kube *);
const char *kube_namespace(const struct kube *); /* of the context or the service account; "default" */
const char *kube_address(const struct kube *);   /* for people: https://host:port, context */

/* "/apis/apps/v1/namespaces/NAMESPACE/deployments/NAME/SUB" of group/version and plural; namespace_ NULL: cluster scope
 * or all; name, sub NULL: none. Escapes what needs it. Returns the length as snprintf does. */
int kube_path(char *out, size_t size, const char *api_version, const char *namespace_, const char *plural,
	      const char *name, const char *sub);

/* Plural name and scope of a kind, from the server's discovery: asked for once for a group and version, and kept; asked
 * for again when it is not known, at most each 10 s. scalable: it has a /scale. Negative when the server has no such
 * kind, or cannot say. The answer is waited for until then (monotonic), and not again when the last one did not come in
 * time or was an error: it is then used when it has come. */
struct kube_kind {
	char plural[128];
	bool namespaced, scalable;
};
int kube_kind(struct kube *, const char *api_version, const char *kind, ms_t until, struct kube_kind *, struct err *);
/* Asks ahead, where it is not known and it is time to, and waits for nothing: what is asked of several groups is under
 * way together. */
void kube_kind_ask(struct kube *, const char *api_version, const char *kind);

#endif
