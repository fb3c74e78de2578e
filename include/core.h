/* The core: pure decisions. Time is a field of the snapshot; what it remembers is in the core and nowhere else. */
#ifndef PLIMSOLL_CORE_H
#define PLIMSOLL_CORE_H

#include "arena.h"
#include "plan.h"
#include "settings.h"
#include "snapshot.h"

struct core_config {
	const struct hpa_spec *autoscalers;
	const uint32_t *workload_of; /* autoscaler -> workload */
	uint32_t n_autoscalers;
	uint32_t max_nodes; /* slots a snapshot may have */
	uint32_t max_groups;
	const struct settings *settings;
	ms_t start; /* phases count from here */
};

struct core;

/* Lives in the arena; config's arrays and settings must outlive it. */
struct core *core_new(const struct core_config *, struct arena *, struct err *);

/* When it wants to be called again, and for what. */
ms_t core_next(const struct core *);
unsigned core_due(const struct core *, ms_t now);
/* The node controller is to look at once: an unschedulable pod has appeared. */
void core_wake_nodes(struct core *, ms_t now);
/* Nothing could be observed: try again a period later. */
void core_postpone(struct core *, ms_t now);

/* Decides what is due. Fails only on a snapshot that breaks its own contract. */
int core_step(struct core *, const struct snapshot *, struct plan *, struct err *);

/* What became of the actions of the last plan: an autoscaler counts a change of replicas (scale events, scaled to zero)
 * only once it was accepted. To be called after each step that planned any. */
void core_settle(struct core *, const struct plan *, const bool *accepted);
/* Room for as many answers as a plan may have actions, for the caller's use. */
bool *core_accepted(struct core *);

/* All that it remembers (timers, unneeded nodes, the history of each autoscaler) as bytes, and back. core_save returns
 * the size it needs, and writes only when capacity suffices. core_restore refuses what core_save could not have
 * written; the core is then as it was. It goes on as if it had never stopped, provided that nodes are shown in the same
 * slots with the same uids: an unknown node is a new one. Autoscalers are known by namespace and name; those that are
 * new keep their empty history, those that are gone are read over. It takes some memory of the core's arena each time.
 */
size_t core_save(const struct core *, unsigned char *bytes, size_t capacity);
int core_restore(struct core *, const unsigned char *bytes, size_t size, struct err *);

#endif
