#include "status.h"

static const ms_t bounds[STATUS_BUCKETS] = {10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, MS_NEVER};

ms_t status_bound(unsigned bucket)
{
	return bucket < STATUS_BUCKETS ? bounds[bucket] : MS_NEVER;
}

void status_observe(struct status_histogram *histogram, ms_t span)
{
	unsigned bucket = 0;
	if (span < 0)
		span = 0;
	while (bucket + 1 < STATUS_BUCKETS && span > bounds[bucket])
		bucket++;
	histogram->buckets[bucket]++;
	histogram->count++;
	histogram->sum_ms += min64(span, INT64_MAX - histogram->sum_ms);
}
