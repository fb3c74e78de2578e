#ifndef PLIMSOLL_KUBE_INTERNAL_H
#define PLIMSOLL_KUBE_INTERNAL_H

#include "kube.h"

#define SERVICE_ACCOUNT_FOLDER "/var/run/secrets/kubernetes.io/serviceaccount"

/* kube_open, with the folder of the pod's service account; NULL: there is none. */
struct kube *kube_open_with(struct net *, const struct kube_options *, const char *service_account, struct log *,
			    struct err *);

struct discovery;
struct discovery *discovery_open(struct net *, struct err *);
void discovery_close(struct discovery *); /* after the server, which answers what is under way */
void discovery_ask(struct discovery *, struct server *, const char *api_version, const char *kind);
int discovery_kind(struct discovery *, struct server *, const char *api_version, const char *kind, ms_t until,
		   struct kube_kind *, struct err *);

#endif
