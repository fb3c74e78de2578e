/* Requests and limits: of a container, and of a pod made of containers. Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_MANIFEST_RESOURCES_H
#define PLIMSOLL_IO_MANIFEST_RESOURCES_H

#include "manifest.h"
#include "manifest_field.h"

enum resource { RESOURCE_CPU, RESOURCE_MEMORY, RESOURCES };

#define NO_AMOUNT ((int64_t)-1)

/* Milli-CPU and bytes; NO_AMOUNT: none. */
struct amounts {
	int64_t request[RESOURCES], limit[RESOURCES];
};

/* Reads a `resources` place; a limit without a request is its request. A limit of 0 is no limit. */
int read_resources(const struct place *resources, struct amounts *);
/* The same for a pod's own resources, where only cpu, memory and huge pages may stand; no request is made up. */
int read_pod_resources(const struct place *resources, struct amounts *);
/* A map of quantities by itself (spec.overhead): into request. */
int read_overhead(const struct place *overhead, struct amounts *);

/* Sets the pod's own request and limit from its containers (init ones first, in their order), KEP-753, and from
 * spec.resources (KEP-2837) and spec.overhead. */
int pod_amounts(const struct place *pod, struct workload_spec *);

#endif
