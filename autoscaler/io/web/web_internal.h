/* What the parts of the server share. Private to this folder. */
#ifndef PLIMSOLL_WEB_INTERNAL_H
#define PLIMSOLL_WEB_INTERNAL_H

#include "../text/clock.h"
#include "status_copy.h"
#include "web.h"

#include <pthread.h>
#include <sys/socket.h>

enum web_text { WEB_PAGE, WEB_PAGE_STUCK, WEB_JSON, WEB_METRICS, WEB_TEXTS };

/* A text that was asked for: given up by the last who holds it. holders is guarded by the web's lock. */
struct web_published {
	char *bytes;
	size_t size;
	unsigned holders;
};

/* What the process was like when it last published; before that, not synced. */
struct web_health {
	bool published, synced, stuck;
	ms_t at, stuck_after; /* monotonic */
	char trouble[256];
};

struct web {
	pthread_mutex_t lock;                   /* of all up to health */
	struct arena arena;                     /* owns the status */
	struct status status;                   /* as it was published last */
	struct web_published *texts[WEB_TEXTS]; /* of it, those that were asked for by now */
	struct web_health health;
	struct MHD_Daemon *daemon;
	bool loopback; /* bound to this machine alone */
	char address[128];
};

/* The text as it is now, made when it is asked for first, held until web_release; NULL: nothing was published yet, or
 * there is no memory. */
struct web_published *web_hold(struct web *, enum web_text);
void web_release(struct web *, struct web_published *);
/* How the process is now, and whether it is stuck by what was published or by its silence since. */
struct web_health web_health(struct web *, bool *stuck);

/* Whether a Host header names this machine: localhost, 127.0.0.0/8, ::1, with any port. */
bool web_host_is_local(const char *host);
/* A socket that listens at an address; writes where it ended up, and whether that is a loopback address. */
int web_listen(const char *address, char *where, size_t size, bool *loopback, struct err *);
/* Starts and stops answering on a socket that listens. */
int web_serve(struct web *, int listening, struct err *);
void web_stop(struct web *);

#endif
