/* Leader election by a Lease (coordination.k8s.io/v1), as client-go does it: whoever holds the lease acts; it is
 * renewed each retry period, and given up as lost when it could not be renewed in time. Time is monotonic: a clock that
 * steps neither makes nor unmakes a leader. Private to io and cmd. */
#ifndef PLIMSOLL_LEASE_H
#define PLIMSOLL_LEASE_H

#include "kube.h"

struct lease_config {
	/* identity: of this process alone, among all that ever want the lease: "HOST_RANDOM". Copied, as the others are
	 */
	const char *namespace_, *name, *identity;
	ms_t duration, renew_deadline, retry_period; /* client-go: 15 s, 10 s, 2 s */
	ms_t (*mono)(void);                          /* the clock that `mono` below is of: answers are timed by it */
};

struct lease;
struct lease *lease_open(struct kube *, const struct lease_config *, struct log *, struct err *);
/* Lets go of the lease, if held, so that another may take it at once; waits for that at most a second. What acts for
 * the leader must have ended before. */
void lease_close(struct lease *);
/* To be called whenever it is due; never waits. Returns when it is due again. mono: monotonic ms. */
ms_t lease_step(struct lease *, ms_t mono);
/* It is held, and has been renewed within the renew deadline. */
bool lease_held(const struct lease *, ms_t mono);
const char *lease_holder(const struct lease *);   /* as last seen; "" */
uint64_t lease_transitions(const struct lease *); /* how often this process became leader */

#endif
