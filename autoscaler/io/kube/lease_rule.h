/* Who leads, as a function of what was seen of the Lease and when: no clock, no connection. lease.c feeds it.
 * Source: client-go tools/leaderelection (tryAcquireOrRenew, isLeaseValid, release).
 *
 * All times are of one monotonic clock. Safety stands on three rules:
 *  - held from the moment a write that was accepted had been sent, for the renew deadline; never from its answer;
 *  - another's lease is over when the object has stood unchanged for its whole duration, counted from the moment the
 *    last change was seen here; the times written in it are for people;
 *  - every write carries the resourceVersion seen, so that of two only one is accepted.
 * As the duration is longer than the renew deadline, two never hold at once, whatever is delayed or lost, as long as
 * the clocks' rates differ by less than duration to deadline, and nobody deletes the object: one who has not seen it
 * cannot know of its holder. (One who has waits, and the holder lets go at its next renewal.) */
#ifndef PLIMSOLL_LEASE_RULE_H
#define PLIMSOLL_LEASE_RULE_H

#include "base.h"

#define LEASE_NAME_MAX 256

/* The Lease, as an answer gave it. */
struct lease_record {
	bool exists;
	char holder[LEASE_NAME_MAX]; /* "": nobody */
	char version[64];            /* resourceVersion */
	ms_t duration;               /* 0: not given */
	int64_t transitions;
	char acquired[40]; /* acquireTime, as it is written */
};

enum lease_act { LEASE_NOTHING, LEASE_READ, LEASE_CREATE, LEASE_UPDATE };
enum lease_outcome {
	LEASE_OK,       /* 2xx, with the record */
	LEASE_ABSENT,   /* 404 */
	LEASE_CONFLICT, /* 409 */
	LEASE_UNKNOWN,  /* no answer, or one that says nothing of what happened */
};

struct lease_rule {
	const char *identity;
	ms_t duration, renew_deadline, retry_period;
	uint64_t seed; /* of the jitter of a candidate's reads */
	/* state; zeroed at the start, but for renewed_at: MS_UNSET */
	struct lease_record seen;
	ms_t seen_at;    /* when it was first seen as it is */
	bool known;      /* it has been read at all */
	bool stale;      /* somebody has written since: read before the next write */
	bool wrote;      /* this process may have taken it: its identity in it is its own doing */
	ms_t renewed_at; /* when the last accepted write was sent; MS_UNSET: it is not held */
	enum lease_act pending;
	ms_t sent_at, due_at;
	bool follows; /* what is due, or pending, follows an answer within the same round */
	uint64_t transitions, draws;
};

bool lease_rule_held(const struct lease_rule *, ms_t now);
/* What to send now. It is then taken as sent. */
enum lease_act lease_rule_step(struct lease_rule *, ms_t now);
/* The answer to what is pending. */
void lease_rule_answer(struct lease_rule *, ms_t now, enum lease_outcome, const struct lease_record *);
/* Gives it up: whether it was held, and is to be released by a write. Nothing is done after it. */
bool lease_rule_release(struct lease_rule *, ms_t now);

#endif
