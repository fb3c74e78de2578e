/* What a smoothing spec means: bounds, samples a window, weights. */
#include "smooth_internal.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_filter.h>
#include <math.h>

static bool is_weight(double value)
{
	return value >= 0 && value <= 1;
}

int smooth_check(const struct smooth_spec *spec, ms_t period, struct err *err)
{
	if ((unsigned)spec->kind >= SMOOTH_KINDS)
		return err_set(err, "smoothing of unknown kind %d", (int)spec->kind);
	if (period <= 0)
		return err_set(err, "smoothing of samples %lld ms apart; allowed: more than 0", (long long)period);
	if (spec->kind == SMOOTH_NONE)
		return 0;
	if (!is_weight(spec->alpha) || !is_weight(spec->beta))
		return err_set(err, "smoothing with alpha %g, beta %g; allowed: 0 to 1", spec->alpha, spec->beta);
	if (!(spec->threshold >= 0 && spec->threshold <= 1e6))
		return err_set(err, "smoothing with threshold %g; allowed: 0 to 1e6", spec->threshold);
	if (spec->window <= 0 || (spec->window - 1) / period >= (ms_t)SMOOTH_MAX_SAMPLES)
		return err_set(err, "smoothing over %lld ms of samples %lld ms apart; allowed: 1 to %zu samples",
			       (long long)spec->window, (long long)period, SMOOTH_MAX_SAMPLES);
	return 0;
}

size_t smooth_samples(const struct smooth_spec *spec, ms_t period)
{
	return (size_t)((spec->window - 1) / period) + 1;
}

double smooth_alpha(const struct smooth_spec *spec, ms_t period)
{
	return spec->alpha > 0 ? spec->alpha : 2 / ((double)smooth_samples(spec, period) + 1);
}

double smooth_beta(const struct smooth_spec *spec, ms_t period)
{
	if (spec->beta > 0)
		return spec->beta;
	double a = 1 - sqrt(1 - smooth_alpha(spec, period));
	return a / (2 - a);
}

int smooth_gaussian_weights(const struct smooth_spec *spec, ms_t period, double *weights, size_t n)
{
	if (n == 1) {
		weights[0] = 1;
		return 0;
	}
	/* GSL's kernel is centred: of 2n-1 points the middle one has age 0; sigma = (n-1) / alpha samples. */
	double sigma = (double)spec->window / 3 / (double)period;
	gsl_vector *kernel = gsl_vector_alloc(2 * n - 1);
	if (!kernel)
		return -1;
	int status = gsl_filter_gaussian_kernel((double)(n - 1) / sigma, 0, 0, kernel);
	for (size_t k = 0; k < n; k++)
		weights[k] = gsl_vector_get(kernel, n - 1 + k);
	gsl_vector_free(kernel);
	return status == GSL_SUCCESS ? 0 : -1;
}

int smooth_check_values(const double *values, size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++)
		if (!smooth_takes(values[i]))
			return err_set(err, "smoothing: sample %zu is %g; allowed: numbers up to %g", i, values[i],
				       SMOOTH_MAX_MAGNITUDE);
	return 0;
}
