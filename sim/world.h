/* The simulated cluster. Private to sim/. */
#ifndef PLIMSOLL_SIM_WORLD_H
#define PLIMSOLL_SIM_WORLD_H

#include "event.h"
#include "loop.h"
#include "rng.h"
#include "sim.h"

#define NONE UINT32_MAX

enum life {
	LIFE_GONE,
	LIFE_PENDING, /* not on a node */
	LIFE_BOUND,   /* on a node: pulling, starting */
	LIFE_RUNNING, /* containers run, not ready */
	LIFE_READY,
	LIFE_LEAVING, /* deleted, ending gracefully */
};

/* What is looked at when something happens to one pod. Slots are reused; a version tells stale events apart. */
struct life_record {
	uint32_t workload, index; /* index: place in the workload's arrays */
	uint32_t node, placed;    /* slot of the node, and place among its pods */
	uint32_t version;
	enum life life;
	bool seen_unschedulable;
	ms_t created_at, running_at;
};

/* Time-weighted sums since the start. */
struct tally {
	ms_t since;
	wide_t pods, demand, dropped, delayed; /* pods*ms, and nano-cores*ms */
	wide_t pending, starting;              /* pods*ms */
	wide_t blocked;                        /* of pending: while no node could come */
	wide_t memory;                         /* bytes*ms, as the load says */
	double under, over;                    /* ms * relative */
	ms_t under_time, over_time;
	uint64_t steps, unstable_steps;
	int32_t last_demand_pods, last_ready;
	int32_t replicas_min, replicas_max;
	uint64_t scale_ups, scale_downs, evictions, started;
	wide_t wait;
	ms_t wait_max;
	uint64_t n_shortages;
	ms_t longest_shortage;
	struct shortage open; /* from MS_UNSET: none */
	struct shortage shortages[SHORTAGES_KEPT];
};

/* With sim_params.check: the same sums by another way. */
struct audit {
	wide_t pods, pending, starting, demand, served, rounding;
	int64_t rate;
	bool queued;
};

/* The parallel arrays of struct workload, one entry a pod. */
#define POD_ARRAYS(X) X(pods) X(cpu) X(memory) X(lives) X(slots) X(want) X(rate) X(used) X(used_at) X(scrapes)

struct workload {
	const struct workload_spec *spec;
	const char *label;                 /* for people */
	const struct hpa_spec *autoscaler; /* NULL: fixed replicas */
	const struct load_series *series;  /* NULL: no demand */
	uint32_t next_point;
	int64_t cpu_request_milli, memory_request_bytes;
	int64_t request_nano, cap_nano; /* per pod; cap: what one pod can use at most */
	int64_t pod_capacity_nano;      /* what one pod is meant to serve: its limit, else its request */
	uint32_t image;

	/* Pods in the order the core sees them: POD_ARRAYS. */
	uint32_t n_pods, room;
	struct pod *pods;
	struct sample *cpu, *memory;
	uint32_t *lives; /* index into world->lives */
	uint32_t *slots; /* of its node, as its life says */
	int64_t *want;   /* CPU it would use now if its node had plenty, nano-cores */
	int64_t *rate;   /* CPU it uses now */
	int64_t *used;   /* nano-cores*ms since the last scrape, up to used_at; void when that was before the scrape */
	ms_t *used_at;
	uint8_t *scrapes; /* 1 once a scrape has seen the pod running */
	struct metric_input *metrics;
	struct sample **derived; /* by metric: samples of its own, or NULL */
	int64_t *values;         /* by metric: the one value of an Object or External metric */
	int64_t *requests;       /* by metric: what a pod requests, milli-units; negative: a container has no request */
	bool wants_memory;
	bool blind; /* none of its metrics can ever be had */

	int32_t desired, alive, ready, pending, starting; /* alive: not being deleted */
	int64_t demand_nano, memory_bytes, each_nano, rate_sum;
	int64_t lost_nano; /* rate at which demand goes unserved; negative: the queue drains */
	wide_t backlog;    /* queued, nano-cores*ms */
	uint32_t backlog_version;
	ms_t backlog_end_at; /* when its end is expected; MS_NEVER: no event is under way */
	bool touched;
	uint64_t full_pass; /* the pass of the scheduler that last found no room for its pods */
	ms_t rates_changed_at, scraped_at;
	bool scrape_steady; /* the samples show a constant rate over a whole window */
	struct tally tally;
	struct presence {
		ms_t since;
		int32_t pods;
		wide_t pod_ms;
	} * on_group; /* by node group: pods placed there */
};

struct node {
	uint32_t version;
	struct placed *placed; /* what the view shows; grown here */
	uint32_t room;
	int64_t wanted_nano; /* what its pods want, in all */
	bool throttled, listed;
	ms_t pull_free_at;
	ms_t *image_at; /* by image: when it is on disk; MS_UNSET: never asked for */
	double inverse_cpu, inverse_memory;
};

struct group {
	const struct sim_group *spec;
	struct allocatable allocatable;
	int64_t agents_cpu, agents_memory;
	int32_t agents_pods;
	struct tally_nodes {
		uint32_t current, peak, added, removed;
	} tally;
};

struct world {
	const struct sim_params *params;
	const struct settings *settings;
	ms_t now;
	struct arena arena; /* what lives as long as the world */
	bool out_of_memory;

	struct workload *workloads;
	struct workload_view *workload_views;
	uint32_t n_workloads;
	struct tally_all {
		int64_t alive, alive_min, alive_max;
		uint64_t steps, under_steps, over_steps, unstable_steps;
		double under, over;
		int64_t last_demand_pods, last_ready;
	} all;
	struct life_record *lives;
	uint32_t n_lives, lives_room, *free_lives, n_free_lives, free_room;

	struct node_view *views; /* by slot */
	struct node *nodes;      /* by slot */
	uint32_t n_nodes, max_nodes, next_uid;
	uint32_t n_upcoming; /* nodes asked for, not Ready yet */
	uint64_t n_given_up; /* nodes that were asked for and left before they came */
	struct group *groups;
	struct group_view *group_views;
	int32_t *sizes; /* by group, and what one more costs: scratch of cloud.c */
	int64_t *prices;
	uint32_t n_groups, n_images;

	struct waiting {
		uint32_t life, version;
	} * queue; /* pods waiting for a node, oldest first; entries whose version has moved on are stale */
	uint32_t n_queue, queue_room;
	struct pending_view *pending;
	uint32_t pending_room;
	bool schedule_asked;
	uint64_t schedule_passes;

	uint32_t *touched, n_touched; /* workloads that service_flush is to look at */
	uint32_t *listed, n_listed;   /* nodes whose CPU it is to share out */
	int64_t *shares;              /* scratch */
	uint32_t shares_room;

	struct event_queue events;
	uint64_t drawn[STREAM_COUNT];
	uint64_t generation, n_events;
	struct core_config core_config;
	struct core *core;
	struct loop loop;
	uint32_t tick_version;

	struct usage_record *usage;
	size_t n_usage, usage_room;
	uint32_t *usage_of; /* by slot: its record */
	int64_t disk_gib;
	struct cost_meter {
		double total;
		int64_t nano_per_hour; /* instances now */
		uint32_t nodes;
		ms_t since;
	} cost;
	struct audit *audits; /* by workload; NULL: not asked for */
	const char **notes;
	uint32_t n_notes, notes_room;
};

/* world.c */
int world_init(struct world *, const struct sim_params *, struct err *);
void world_free(struct world *);
bool world_push(struct world *, ms_t time, enum event_kind, uint32_t subject, uint32_t version);
void *world_grow(struct world *, void *array, uint32_t *room, uint32_t need, size_t size);
ms_t world_draw(struct world *, enum stream, const struct dist *);
void world_note(struct world *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* workload.c: the ReplicaSet and StatefulSet controllers */
void workload_scale(struct world *, struct workload *, int32_t replicas);
void workload_reconcile(struct world *, struct workload *);
uint32_t pod_create(struct world *, struct workload *);
/* grace: the longest its end may take, beside the manifest's own limit */
void pod_delete(struct world *, uint32_t life, ms_t grace);
void pod_gone(struct world *, uint32_t life);

/* scheduler.c */
void schedule_ask(struct world *);
void schedule_pass(struct world *);
/* Whether an entry of the queue still stands for a pod that waits. */
bool queue_waits(const struct world *, uint32_t entry);
uint32_t schedule_pick(const struct world *, const struct workload *);
void pod_place(struct world *, uint32_t life, uint32_t slot);
void pod_unplace(struct world *, uint32_t life);

/* kubelet.c */
void kubelet_bind(struct world *, uint32_t life);
void kubelet_running(struct world *, uint32_t life);
void kubelet_ready(struct world *, uint32_t life);

/* cloud.c */
/* Asks for the prices of one more node, after nodes have come or gone. */
void nodes_price(struct world *);
uint32_t node_create(struct world *, uint32_t group, bool ready_now);
void node_ready(struct world *, uint32_t slot);
void node_leave(struct world *, uint32_t slot);
void node_drain(struct world *, uint32_t slot);
void node_empty(struct world *, uint32_t slot);

/* service.c: demand onto pods */
void service_load(struct world *, struct workload *);
/* Something about the workload's pods or demand changes now. */
void service_touch(struct world *, struct workload *);
/* Works out what follows for all that was touched; to be called once an event is over. */
void service_flush(struct world *);
void service_backlog_empty(struct world *, struct workload *);
/* What a pod has used since the last scrape, nano-cores*ms. */
static inline int64_t pod_used(const struct world *world, const struct workload *workload, uint32_t index)
{
	bool scraped = workload->used_at[index] < workload->scraped_at;
	int64_t used = scraped ? 0 : workload->used[index];
	ms_t since = scraped ? workload->scraped_at : workload->used_at[index];
	return used + workload->rate[index] * (world->now - since);
}

/* metrics.c: metrics-server and the custom metrics API */
void metrics_scrape(struct world *);
/* The share of a pod's usage that falls to a metric's container: that of its request; all of it where none asks. */
void container_share(const struct workload *, const struct metric_spec *, int64_t *part, int64_t *whole);

/* sizing.c */
/* A value of the load beside CPU at a point: the column of the metric's name, else requests per second; -1: none. */
int64_t load_value(const struct workload *, const char *name, uint32_t point);
/* Pods that bring the metrics to their targets at a point of the load, within the autoscaler's limits. Where no metric
 * tells, pods that can just serve the CPU demand. */
int32_t sizing_pods(const struct workload *, uint32_t point);

/* port.c */
void port_plug(struct world *);

/* account.c */
void account(struct world *, struct workload *);
void account_nodes(struct world *, uint32_t group, int32_t change);
void account_cost(struct world *);
int account_report(struct world *, struct err *);
/* The timeline's rows for this moment. */
int account_rows(struct world *, struct err *);
/* What of it the tables would leave unsaid. */
void account_notes(struct world *);
int account_result(struct world *, struct sim_result *, struct err *);
/* A pod was made, or is being deleted. */
void account_alive(struct world *, struct workload *, int32_t change);
int32_t demand_pods(const struct workload *);
/* A pod was placed on a node of the group, or taken off it. */
void account_placed(struct world *, struct workload *, uint32_t group, int32_t change);

/* check.c: what must hold between two events */
int world_check(const struct world *, struct err *);
void audit_elapse(struct world *, ms_t until);
int audit_check(const struct world *, struct err *);
/* Says when it was; event NULL: at the end. */
int check_failed(const struct world *, const struct event *, struct err *);

#endif
