/* AWS's Query APIs: a call is a form of parameters, its answer XML. Private to io.
 * Source: docs.aws.amazon.com: Auto Scaling API 2011-01-01, EC2 API 2016-11-15, STS API 2011-06-15. */
#ifndef PLIMSOLL_AWS_H
#define PLIMSOLL_AWS_H

#include "../net/net.h"
#include "../text/xml.h"

struct aws_query {
	char text[32768];
	size_t length;
	bool full; /* it does not fit */
};
void aws_begin(struct aws_query *, const char *action, const char *version);
/* name: as it is, "Filters.member.1.Name"; value is escaped. */
void aws_add(struct aws_query *, const char *name, const char *value);
void aws_add_at(struct aws_query *, const char *format, unsigned index, const char *value); /* format: one %u */

/* "https://SERVICE.REGION.amazonaws.com" */
void aws_url(char *out, size_t size, const char *service, const char *region);

/* Asks, and reads the answer into the arena. service: for the message. repeatable: may be sent twice. secrets: what
 * must not be in a message, NULLs among them. */
struct aws_call {
	struct server *server;
	const char *service;
	bool repeatable;
	const char *secrets[3];
};
int aws_ask(const struct aws_call *, const struct aws_query *, struct arena *, const struct xml **, struct err *);

#endif
