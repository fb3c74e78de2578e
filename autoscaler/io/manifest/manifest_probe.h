/* The probes of a container. Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_MANIFEST_PROBE_H
#define PLIMSOLL_IO_MANIFEST_PROBE_H

#include "manifest_field.h"

/* Both pass when the container has no such probe. */
int check_readiness_probe(const struct place *);
int check_restarting_probe(const struct place *); /* livenessProbe, startupProbe */

#endif
