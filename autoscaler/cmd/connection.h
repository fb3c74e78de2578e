/* Options of the verbs that watch a cluster: how it is reached, and how they log. Private to cmd. */
#ifndef PLIMSOLL_CONNECTION_H
#define PLIMSOLL_CONNECTION_H

#include "../io/kube/kube.h"
#include "cmd.h"

/* clang-format off */
#define CONNECTION_WHERE KUBECONFIG, CONTEXT, CLUSTER, USER, SERVER
#define CONNECTION_WHERE_ROWS \
	[KUBECONFIG] = {"kubeconfig", 0, "FILE", "how to reach the cluster; default: as kubectl, then the pod's service account"}, \
	[CONTEXT] = {"context", 0, "NAME", "the context of it to use"}, \
	[CLUSTER] = {"cluster", 0, "NAME", "the cluster of it to use"}, \
	[USER] = {"user", 0, "NAME", "the user of it to use"}, \
	[SERVER] = {"server", 's', "URL", "address of the API server"}
#define CONNECTION_LOG LOG_FORM, LOG_LEVEL
#define CONNECTION_LOG_ROWS \
	[LOG_FORM] = {"log", 0, "text|json", "form of the log, on stderr (text)"}, \
	[LOG_LEVEL] = {"log-level", 0, "error|warn|info|debug", "what is logged (info)"}
/* clang-format on */

/* Takes one of the options above, or --namespace, by its name: 1; 0: it is none of them. */
int connection_take(struct kube_options *, struct log *, const char *option, const char *value, struct err *);

#endif
