/* What the three forms of the smoothers share: what a spec means at a given spacing. */
#ifndef PLIMSOLL_SMOOTH_INTERNAL_H
#define PLIMSOLL_SMOOTH_INTERNAL_H

#include "smooth.h"

/* GSL's factor from median absolute deviation to standard deviation, gsl_stats_mad. */
#define SMOOTH_MAD_SCALE 1.482602218505602

/* For a spec that smooth_check has passed. */
size_t smooth_samples(const struct smooth_spec *, ms_t period);
double smooth_alpha(const struct smooth_spec *, ms_t period);
double smooth_beta(const struct smooth_spec *, ms_t period);
/* weights[k], k samples old; not yet divided by their sum. From gsl_filter_gaussian_kernel. */
int smooth_gaussian_weights(const struct smooth_spec *, ms_t period, double *weights, size_t n);

static inline bool smooth_takes(double value)
{
	return value >= -SMOOTH_MAX_MAGNITUDE && value <= SMOOTH_MAX_MAGNITUDE; /* false for NaN */
}

int smooth_check_values(const double *values, size_t count, struct err *);

#endif
