/* Deployments, StatefulSets and ReplicaSets as they are watched: of each object what its scale shows. Private to
 * targets.c. */
#ifndef PLIMSOLL_TARGET_KINDS_H
#define PLIMSOLL_TARGET_KINDS_H

#include "../kube/watch.h"
#include "table.h"

#define TARGET_KINDS 3

struct target_object {
	struct table_link by_uid, by_name;
	uint32_t epoch;
	int32_t spec_replicas, status_replicas;
	const char *uid, *namespace_, *name, *resource_version;
	const char *selector; /* JSON, or "" */
	char bytes[];         /* they lie here */
};

struct target_kind {
	const char *kind, *plural;
	uint64_t seed;
	struct table uids, names;
	uint32_t epoch;
	bool listed;
	struct log *log;
	struct watch *watch; /* NULL: not needed, or fed by hand */
};

void target_kinds_init(struct target_kind kinds[TARGET_KINDS], struct log *);
/* -1: such objects are not watched. */
int target_kind_index(const char *api_version, const char *kind);
struct watch_sink target_kind_sink(struct target_kind *);
int target_kind_open(struct target_kind *, struct kube *, const char *namespace_ /* NULL: all */, struct err *);
/* Stops the watch, and forgets the objects. */
void target_kind_close(struct target_kind *);
bool target_kind_synced(const struct target_kind *);
const struct target_object *target_kind_find(const struct target_kind *, const char *namespace_, const char *name);

#endif
