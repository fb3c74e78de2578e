/* Who one is to AWS: keys from the environment, a web identity (a pod's service account), or a profile of the shared
 * credentials file, in this order. They are never in a message. Private to io. */
#ifndef PLIMSOLL_AWS_CREDENTIALS_H
#define PLIMSOLL_AWS_CREDENTIALS_H

#include "../net/net.h"

struct aws_credentials {
	char *key, *secret, *token; /* its own; token NULL: none */
	ms_t renew_at;              /* wall clock; MS_NEVER: they stay as they are */
	ms_t end_at;                /* from then on they are refused; MS_NEVER */
};

/* endpoint NULL: AWS's own. May wait for STS. */
int aws_credentials_read(struct net *, const char *region, const char *endpoint, struct aws_credentials *,
			 struct err *);
/* Overwritten, then freed. */
void aws_credentials_free(struct aws_credentials *);

#endif
