/* One loop, two worlds: observe, decide, journal, act, through ports. */
#ifndef PLIMSOLL_LOOP_H
#define PLIMSOLL_LOOP_H

#include "core.h"

struct tick_record {
	const struct snapshot *snapshot;
	const struct plan *plan;
};

/* snapshot->time and snapshot->due are set by the loop; observe fills in the rest. */
struct source {
	void *self;
	int (*observe)(void *self, ms_t now, struct snapshot *, struct err *);
};

/* Answers "accepted", never "done": the outcome is seen in a later snapshot. All actions of a tick at once, so that
 * they may be under way together; sets accepted[i] of those that were. Negative, with the first message, when one was
 * not. */
struct actuator {
	void *self;
	const char *name;
	int (*apply)(void *self, const struct action *, uint32_t n, bool *accepted, struct err *);
};

/* append comes before anything is done, settle after it: with both, what the core remembers can be made again. A tick
 * that has no settled record was cut short: its actions count as refused. */
struct journal {
	void *self;
	int (*append)(void *self, const struct tick_record *, struct err *);
	int (*settle)(void *self, const struct tick_record *, const bool *accepted, struct err *); /* or NULL */
};

struct loop {
	struct core *core;
	struct source source;
	struct actuator actuator;
	struct journal journal; /* append NULL: none is kept */
	uint64_t ticks, failed_ticks, decisions, actions, failed_actions;
	struct err last_error;
};

/* One tick; returns when the next is due. A failed observation changes nothing and is tried a period later; a tick
 * that cannot be journalled is not acted upon. */
ms_t loop_tick(struct loop *, ms_t now);

#endif
