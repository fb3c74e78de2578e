#include "rng.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

double rng_uniform(uint64_t seed, enum stream stream, uint64_t n)
{
	uint64_t bits = mix64(mix64(mix64(seed) ^ (uint64_t)stream) ^ n);
	return ((double)(bits >> 11) + 0.5) * 0x1p-53;
}

ms_t rng_span(uint64_t seed, enum stream stream, uint64_t n, const struct dist *dist)
{
	if (dist->kind == DIST_FIXED)
		return dist->a;
	double u = rng_uniform(seed, stream, n);
	if (dist->kind == DIST_UNIFORM)
		return dist->a + (ms_t)llround(u * (double)(dist->b - dist->a));
	return (ms_t)llround(fmin((double)dist->a * exp(dist->sigma * gsl_cdf_ugaussian_Pinv(u)), 1e12));
}

ms_t dist_mean(const struct dist *dist)
{
	if (dist->kind == DIST_FIXED)
		return dist->a;
	if (dist->kind == DIST_UNIFORM)
		return dist->a + (dist->b - dist->a) / 2;
	return (ms_t)llround((double)dist->a * exp(dist->sigma * dist->sigma / 2));
}
