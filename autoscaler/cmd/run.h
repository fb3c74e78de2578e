/* `plimsoll run`: the parts of the live program and how they are put together. Private to cmd. */
#ifndef PLIMSOLL_RUN_H
#define PLIMSOLL_RUN_H

#include "../io/journal/journal.h"
#include "../io/kube/lease.h"
#include "../io/live/nodes.h"
#include "../io/live/replicas.h"
#include "../io/report/table.h"
#include "../io/web/web.h"
#include "allocation.h"
#include "live.h"
#include "scenario.h"
#include "stop.h"

struct run_options {
	struct kube_options kube;
	struct repeated sets, prometheus, node_groups;
	const char *journal, *listen, *price, *data, *lease, *identity;
	struct log log;
	bool shadow, from_hpa, no_lease, has_log_level;
	enum live_dry dry;
	ms_t for_ms; /* 0: until stopped */
	enum table_format format;
};

/* What is kept of the specs that a core was made for; lives until the next core was adopted. */
struct run_specs {
	struct arena arena;
	const struct hpa_spec **pointers;
	struct hpa_spec *specs;
	uint32_t *workload_of;
	uint32_t n, max_nodes, max_groups;
	uint64_t generation;
};

/* What was told last, and is told again by ticks that decide about something else. */
struct run_told {
	struct arena arena, groups_arena;
	struct status_autoscaler *rows; /* of the valid specs of the core in use, unnamed; NULL: no decision yet */
	struct status_group *groups;
	uint32_t n_groups;
};

struct shadow;

struct run {
	struct run_options options;
	struct settings settings;
	/* the parts, in the order in which they are opened */
	struct net *net;
	struct kube *kube;
	struct lease *lease; /* NULL: none is needed */
	struct price_book book;
	bool has_prices;
	struct resource_price worth; /* of pods, by what nodes cost */
	struct live_pods *pods;
	struct live_rivals *rivals; /* NULL: shadow, which fights nobody */
	struct live_autoscalers *autoscalers;
	struct live_targets *targets;
	struct live_actuate *actuate;
	struct live_replicas *replicas;
	struct live_nodes *nodes; /* NULL: shadow */
	struct journal_file *journal;
	struct web *web;
	struct shadow *shadow;
	struct live_prometheus prometheus[8];
	uint32_t n_prometheus;
	/* the loop */
	struct live_clock clock;
	struct loop loop;
	struct core_config config;  /* of the core in use */
	struct run_specs now, next; /* of the core in use; of the one being made */
	/* the last tick, as the journal saw it: borrowed until the next */
	struct snapshot snapshot;
	struct plan plan;
	bool *accepted;
	uint32_t accepted_room;
	bool decided;    /* this tick came as far as a plan */
	ms_t *scaled_at; /* by autoscaler of `now`: wall clock */
	struct run_told told;
	struct status status; /* its counters go on; the rest is filled in anew */
	ms_t published_at, until;
	/* Ticks that failed one after the other, and why the last did; of all that did before it. */
	struct err failing;
	uint64_t n_failing, failed_ticks;
	ms_t told_failing_at;
	struct stop stop;
};

/* run_open.c: run_close is due in any case. */
int run_open(struct run *, struct err *);
void run_close(struct run *);
bool run_may_act(void *run);
enum withheld run_withheld(void *run); /* what is decided now */

/* run_world.c */
void run_plug(struct run *);
bool run_synced(const struct run *); /* all that is watched has been listed */
struct live_world run_world(struct run *);

/* run_status.c: what there is to tell, to all who listen. */
void run_tell(struct run *, ms_t took);
void run_tell_groups(struct run *, struct status *);
void run_count_failures(struct run *); /* after each tick: the first of a kind is logged, then their sum */

/* Why a metric could not be had, in the API's words, or in upstream's; "" when nothing is wrong. */
void run_trouble(const struct run *, uint32_t index, const struct hpa_decision *, char *text, size_t size);

/* run_worth.c */
int64_t run_worth(const struct run *, uint32_t workload); /* nano an hour of one of its pods; -1: not known */

/* shadow.c: what would have been done otherwise, in pods and in money. */
struct shadow *shadow_open(const struct run *, struct err *);
void shadow_close(struct shadow *);
/* Where what is watched is to be told of. */
struct log *shadow_log(struct run *);
/* Another set of autoscalers; config and what it points to live until the next. */
int shadow_adopt(struct shadow *, const struct core_config *, struct err *);
/* Before the core decides: what the HPA controller has changed since becomes part of what the core remembers. */
int shadow_observe(struct run *, ms_t now, const struct snapshot *, struct err *);
/* After it has decided; and while it waits, at least once a second. */
void shadow_tick(struct run *);
void shadow_wait(struct run *);
int shadow_finish(struct run *, struct err *);

#endif
