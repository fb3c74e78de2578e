/* A run's bill by workload, namespace and label. Private to cmd. */
#ifndef PLIMSOLL_ALLOCATE_H
#define PLIMSOLL_ALLOCATE_H

#include "../io/report/table.h"
#include "allocation.h"
#include "sim.h"

/* Who costs are given to: the workloads, the DaemonSets, and the provider's agents on the nodes. */
struct owner {
	const char *name, *namespace_;
	const struct label *labels;
	uint32_t n_labels;
};

struct run_allocation {
	struct owner *owners;
	uint32_t n_owners;
	struct allocation costs;
	enum idle_policy idle;
};

/* "separate" or "share". */
int idle_policy_parse(const char *word, enum idle_policy *, struct err *);
/* The invoice's lines are the nodes', their disks' (shared among all nodes by time), or overhead. Lives in the arena.
 */
int allocate_run(const struct sim_params *, const struct sim_result *, const struct invoice *, enum idle_policy,
		 struct arena *, struct run_allocation *, struct err *);

/* Sums of what some owners have: one for each value of a key, in the order of the owners. */
struct group_cost {
	const char *value;
	struct allocated cost;
};
/* key NULL: by namespace; owners without the label are summed under "". Lives in the arena. */
int allocate_by(const struct run_allocation *, const char *label, struct arena *, struct group_cost **, uint32_t *n,
		struct err *);

/* Tables for people; label NULL: none by label. days: the length of the run. */
int allocation_print(const struct run_allocation *, const char *label, double days, FILE *, struct err *);

#endif
