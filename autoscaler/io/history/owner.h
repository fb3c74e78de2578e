/* Whose pod it is, by its name alone. Private to io/history and the tests. */
#ifndef PLIMSOLL_OWNER_H
#define PLIMSOLL_OWNER_H

#include <stddef.h>

/* How much of a pod's name is that of the workload: without the hashes of ReplicaSet and pod, the ordinal of a
 * StatefulSet, the minute of a CronJob. All of it when it does not look like any of these. Source:
 * k8s.io/apimachinery/pkg/util/rand (the alphabet), pkg/controller/controller_utils.go ComputeHash, statefulset,
 * cronjob getJobName. */
size_t owner_length(const char *pod, size_t length);

#endif
