/* HorizontalPodAutoscalers beside the Autoscalers: of each, which target it has; kube-controller-manager scales that,
 * too. Kept up to date by a watch. One whose policies scale in neither direction is there all the same. Where the API
 * does not show them (403, 404), there are none. Private to io and cmd. */
#ifndef PLIMSOLL_LIVE_RIVALS_H
#define PLIMSOLL_LIVE_RIVALS_H

#include "../kube/watch.h"
#include "hpa.h"

struct live_rivals;
/* kube NULL: nothing is watched; the objects are what its sink is given. */
struct live_rivals *live_rivals_open(struct kube *, const char *namespace_ /* NULL: all */, struct log *, struct err *);
struct watch_sink live_rivals_sink(struct live_rivals *);
void live_rivals_close(struct live_rivals *); /* NULL: nothing */
bool live_rivals_synced(const struct live_rivals *);

/* Changes whenever one comes, goes, or gets another target. */
uint64_t live_rivals_changes(const struct live_rivals *);
/* The name of the HPA that has the target of this spec, the first of several by name; NULL: none has it. Of an
 * apiVersion the group counts: versions are views of the same objects. Valid until the next change. */
const char *live_rival_of(const struct live_rivals *, const struct hpa_spec *);

#endif
