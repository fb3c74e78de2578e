/* Shadow mode beside the live loop. Private to the shadow's files. */
#ifndef PLIMSOLL_RUN_SHADOW_H
#define PLIMSOLL_RUN_SHADOW_H

#include "run.h"
#include "shadow.h"

/* An autoscaler, for as long as the program runs. */
struct shadow_one {
	struct shadow_row row;
	struct shadow_pods pods;
	bool seen;       /* a decision was made for it */
	int32_t decided; /* at the last tick, from the cluster's state */
	int32_t ticked;  /* the cluster's replicas then; -1: no tick yet */
	ms_t ticked_at;  /* core's time */
	ms_t changed_at; /* when they were last seen to change; monotonic, as the following */
	ms_t watched_from;
	int32_t told_hpa, told_ours; /* -1: nothing was told yet */
	char told_trouble[SHADOW_WHY_SIZE];
};

struct shadow {
	const struct run *run;
	struct shadow_one **ones; /* in order of first sight */
	size_t n, room;
	struct shadow_one **of; /* by autoscaler of the core */
	uint32_t n_of;
	struct arena lasting, arena; /* of the core; of a tick */
	struct core *core;           /* that decides as if it acted */
	ms_t started, looked_at;
	struct log quiet; /* of what is watched: told of in words of its own */
	bool on_terminal;
	bool told_none, told_nodes, told_synced;
	char told_trouble[SHADOW_WHY_SIZE];
};

/* run_worth.c: what a pod of the workload costs, looked at now and then. */
void shadow_price(const struct run *, uint32_t index, struct shadow_row *, ms_t now);

/* shadow_say.c: what is told on stderr while it runs, each thing once. */
void shadow_say_change(struct run *, struct shadow_one *, const char *why);
void shadow_say_trouble(struct run *, struct shadow_one * /* NULL: of all */, const char *trouble);
void shadow_say_waiting(struct run *, ms_t now);
/* Fails when nothing at all was to be seen, and says why. */
int shadow_say_unseen(struct run *, struct err *);

#endif
