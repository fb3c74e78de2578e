/* A list kept up to date: list (paged), then watch from there with bookmarks; what was missed is listed again (410), a
 * broken watch goes on where it was. Levels, not edges: the sink is told of objects as they are. Private to io and cmd.
 */
#ifndef PLIMSOLL_WATCH_H
#define PLIMSOLL_WATCH_H

#include "../text/json_value.h"
#include "kube.h"

/* A new list begins; objects follow, then end: what was not put since begin is gone. put and drop outside begin and end
 * are events. uid names an object. */
struct watch_sink {
	void *self;
	void (*begin)(void *self);
	void (*put)(void *self, const char *uid, struct json_value object);
	void (*drop)(void *self, const char *uid);
	void (*end)(void *self);
};

struct watch;
/* path: "/api/v1/pods"; selector: query to add ("fieldSelector=..."), or NULL. log: told of lists and troubles. */
struct watch *watch_open(struct kube *, const char *path, const char *selector, const struct watch_sink *, struct log *,
			 struct err *);
/* The same on a server as it is. */
struct watch *watch_on(struct server *, const char *path, const char *selector, const struct watch_sink *, struct log *,
		       struct err *);
void watch_close(struct watch *); /* NULL: nothing */
/* From the next time it is opened: a watch on which not a byte came for so long is opened anew. */
void watch_set_silence(struct watch *, ms_t);
/* Directly after it was opened: what may be refused (403), or not be served (404). That is told once, with what follows
 * from it, is as good as a list of nothing, and is tried again each minute. What was listed before is not given up at
 * the first refusal: a server that has just started may not know yet what it allows. `so` must live as long. */
void watch_may_lack(struct watch *, const char *so);
/* A whole list has come at least once. */
bool watch_synced(const struct watch *);
/* When the server was last heard on it: an event, a bookmark, a list (monotonic ms); how often it was listed anew. */
ms_t watch_heard_at(const struct watch *);
uint64_t watch_lists(const struct watch *);
/* The last trouble, or "". */
const char *watch_trouble(const struct watch *);

#endif
