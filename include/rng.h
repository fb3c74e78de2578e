/* Luck, one stream per cause: draw n of a stream depends on the seed, the cause and n alone, so that two policies
 * meet the same luck however their other draws fall. */
#ifndef PLIMSOLL_RNG_H
#define PLIMSOLL_RNG_H

#include "settings.h"

enum stream {
	STREAM_POD_START,
	STREAM_POD_READY,
	STREAM_POD_STOP,
	STREAM_NODE_BOOT,
	STREAM_NODE_TERMINATE,
	STREAM_COUNT
};

/* Uniform in (0, 1). */
double rng_uniform(uint64_t seed, enum stream, uint64_t n);
ms_t rng_span(uint64_t seed, enum stream, uint64_t n, const struct dist *);
/* The mean of a distribution: what a deterministic model uses in its place. */
ms_t dist_mean(const struct dist *);

#endif
