/* What is seen from outside: /healthz, /readyz, /metrics (OpenMetrics), / (the status page), /status.json. Read-only;
 * served by libmicrohttpd on a thread of its own from a status that was published before, so that a slow reader holds
 * up nothing, and no text is made that nobody asks for. Private to io and cmd. */
#ifndef PLIMSOLL_WEB_H
#define PLIMSOLL_WEB_H

#include "../text/log.h"
#include "status.h"

struct web;
/* address: "127.0.0.1:8080", "[::1]:8080", ":8080" (all), "127.0.0.1:0" (any port). */
struct web *web_open(const char *address, struct log *, struct err *);
void web_close(struct web *);
const char *web_address(const struct web *); /* "127.0.0.1:41234" */
/* Copies the status, which is served from now on; what was served before stays when that fails. From one thread. */
int web_publish(struct web *, const struct status *, struct err *);

#endif
