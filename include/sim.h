/* The simulator: a load, manifests, node groups and settings in; what happened and what was used out.
 * A run is a function of its parameters: same parameters, same result, to the byte. */
#ifndef PLIMSOLL_SIM_H
#define PLIMSOLL_SIM_H

#include "load.h"
#include "manifest.h"
#include "price.h"
#include "settings.h"
#include "usage.h"

struct sim_group {
	const char *name;
	const struct instance_type *type;
	int32_t min, max;
};

/* One line of the timeline: a workload at a moment, with the cluster's nodes and the cost so far. */
struct timeline_row {
	ms_t time;
	const char *workload;
	int64_t demand_nano, usage_nano; /* CPU, now */
	int64_t capacity_nano;           /* what the ready pods could serve */
	int64_t lost_nano;               /* demand that is not served now */
	int32_t desired, replicas, ready, pending;
	uint32_t nodes;
	double cost;
};

struct timeline {
	void *self;
	int (*row)(void *self, const struct timeline_row *, struct err *);
};

/* What one more node of each group costs an hour, for the node policies; `nodes`: by group, all that are paid for.
 * Asked whenever nodes come or go. */
struct node_prices {
	void *self;
	void (*of)(void *self, ms_t now, const int32_t *nodes, int64_t *nano_per_hour);
};

struct core;
struct core_config;
struct journal;

/* Every tick of the run is to be kept: asked once, when the core is made, for the loop's port. What it is given stays
 * until the run ends. */
struct sim_journal {
	void *self;
	int (*begin)(void *self, struct core *, const struct core_config *, struct journal *, struct err *);
};

struct sim_params {
	const struct manifests *manifests;
	const struct load *load;
	const struct sim_group *groups;
	uint32_t n_groups;
	const struct region_fees *fees;
	const struct settings *settings;
	ms_t from, until;
	struct node_prices prices;  /* of NULL: list prices */
	struct timeline timeline;   /* row NULL: none; called every settings->sim.report_step */
	struct sim_journal journal; /* begin NULL: none is kept */
	bool check;                 /* count everything again after each event, and fail where it differs: for tests */
};

/* A time when ready pods could not serve the demand, and what most of it was for the want of. */
enum shortage_cause {
	SHORT_NOT_SEEN, /* the autoscaler had not acted yet: metrics lag, sync period, tolerance, limits on its steps */
	SHORT_STARTING, /* pods were on their way: pulling, starting, not ready */
	SHORT_OF_NODES, /* pods waited for room on a node */
	SHORT_OF_MAX_NODES, /* the same, with no node on its way, and none allowed beside those there are */
	SHORT_OF_CPU,       /* ready pods, within their limits, wanted more CPU than their nodes have */
	SHORT_AT_MAX,       /* maxReplicas */
	SHORT_FIXED,        /* no autoscaler */
	SHORT_NO_METRIC,    /* the autoscaler has no metric it could act on */
	SHORTAGE_CAUSES,
};
const char *shortage_cause_text(enum shortage_cause);

#define SHORTAGES_KEPT 5
struct shortage {
	ms_t from, until;
	int64_t worst_nano;    /* most CPU missing at a moment, nano-cores */
	double missed_nano_ms; /* CPU missing, in all */
	double missed[SHORTAGE_CAUSES];
	enum shortage_cause cause;
	const char *workload; /* among those of all workloads: whose */
};

struct workload_result {
	const char *name, *namespace_;
	const char *label; /* the name, with the namespace where another workload has the same */
	bool autoscaled;
	int32_t replicas_min, replicas_max;
	double replicas_mean;
	double pod_hours; /* pods that exist and are not being deleted */
	uint64_t scale_ups, scale_downs, evictions;
	/* SPEC RG elasticity: demand in pods = CPU demand over what one pod can serve (its limit, else its request),
	 * rounded up, at least one (none, where the autoscaler may go to zero); supply = ready pods. Percent. */
	double theta_u, theta_o, tau_u, tau_o, instability;
	double demand_core_hours, served_core_hours;
	double unserved_core_hours;     /* dropped, or still queued at the end */
	double delayed_core_hours;      /* served, but had to queue first */
	double pending_pod_hours;       /* pods waiting for room on a node */
	double starting_pod_hours;      /* pods bound, not ready for the first time yet */
	double wait_mean_s, wait_max_s; /* creation to first ready, pods made during the run */
	uint64_t n_shortages;
	double longest_shortage_s; /* until its queue, if any, was empty: the longest that work can have waited */
	struct shortage shortages[SHORTAGES_KEPT]; /* the worst, worst first */
};

/* What a workload had of a node group, over the run: milli-vCPU * ms and bytes * ms. */
struct workload_use {
	wide_t cpu_request, cpu_usage, memory_request, memory_usage;
};

struct group_result {
	const char *name;
	double node_hours;
	int64_t node_ms;                               /* the same, exactly */
	int64_t agents_cpu_milli, agents_memory_bytes; /* that each node keeps for agents and DaemonSets */
	uint32_t peak, added, removed;
};

/* The same load sized by another rule; what each bounds is said in `meaning`. */
struct yardstick {
	const char *name, *meaning;
	double cost; /* dollars, whole run */
	double node_hours, pod_hours;
	double unserved_core_hours, delayed_core_hours;
	int64_t nodes_peak;
};

struct sim_result {
	struct arena arena; /* owns everything below */
	struct workload_result *workloads;
	uint32_t n_workloads;
	/* All of them together. Its elasticity figures are taken on the grid of sim.report_step, and what one workload
	 * has too much does not make up for what another lacks: theta_u = mean of sum(max(d - s, 0)) / sum(d). */
	struct workload_result total;
	struct group_result *groups;
	uint32_t n_groups;
	struct workload_use *uses; /* [workload * n_groups + group] */
	struct usage_record *usage;
	size_t n_usage;
	const struct instance_type **types; /* by group: the sku of a usage record */
	struct yardstick *yardsticks;
	uint32_t n_yardsticks;
	double simulated_seconds;
	uint64_t decisions; /* of autoscalers and node scans */
	uint64_t events;
	const char **notes; /* what the reader should know about how the run was made */
	uint32_t n_notes;
};

int sim_run(const struct sim_params *, struct sim_result *, struct err *);
void sim_result_free(struct sim_result *);

/* The same load sized three other ways (see struct yardstick); fills result->yardsticks. */
int sim_yardsticks(const struct sim_params *, struct sim_result *, struct err *);

#endif
