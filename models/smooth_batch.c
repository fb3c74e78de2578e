/* The batch form: moving statistics and the kernel come from GSL, with windows that reach only back (J = 0). */
#include "smooth_internal.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_movstat.h>
#include <math.h>

struct batch {
	const struct smooth_spec *spec;
	ms_t period;
	const double *values;
	double *out;
	size_t count, n; /* samples in a window; not for NONE */
};

static int copy(const struct batch *b, struct err *err)
{
	(void)err;
	memcpy(b->out, b->values, b->count * sizeof *b->out);
	return 0;
}

static int exponential(const struct batch *b, struct err *err)
{
	(void)err;
	double alpha = smooth_alpha(b->spec, b->period);
	double level = b->values[0];
	for (size_t i = 0; i < b->count; i++)
		b->out[i] = level = alpha * b->values[i] + (1 - alpha) * level;
	return 0;
}

static int double_exponential(const struct batch *b, struct err *err)
{
	(void)err;
	double alpha = smooth_alpha(b->spec, b->period), beta = smooth_beta(b->spec, b->period);
	double level = b->values[0], slope = 0;
	for (size_t i = 0; i < b->count; i++) {
		double before = level;
		b->out[i] = level = alpha * b->values[i] + (1 - alpha) * (before + slope);
		slope = beta * (level - before) + (1 - beta) * slope;
	}
	return 0;
}

static int gsl_failed(int status, struct err *err)
{
	return status ? err_set(err, "smoothing: %s", gsl_strerror(status)) : 0;
}

static int median(const struct batch *b, struct err *err)
{
	gsl_movstat_workspace *work = gsl_movstat_alloc2(b->n - 1, 0);
	if (!work)
		return gsl_failed(GSL_ENOMEM, err);
	gsl_vector_const_view in = gsl_vector_const_view_array(b->values, b->count);
	gsl_vector_view out = gsl_vector_view_array(b->out, b->count);
	int status = gsl_movstat_median(GSL_MOVSTAT_END_TRUNCATE, &in.vector, &out.vector, work);
	gsl_movstat_free(work);
	return gsl_failed(status, err);
}

/* window: n samples, oldest first. */
static double weigh(const double *weights, const double *window, size_t n)
{
	double sum = 0, total = 0;
	for (size_t age = n; age-- > 0;) {
		sum += weights[age] * window[n - 1 - age];
		total += weights[age];
	}
	return sum / total;
}

/* Not gsl_movstat_apply: it does not say in which order its function sees the window. */
static int gaussian_with(const struct batch *b, double *weights, double *window)
{
	if (smooth_gaussian_weights(b->spec, b->period, weights, b->n) < 0)
		return GSL_ENOMEM;
	gsl_vector_const_view in = gsl_vector_const_view_array(b->values, b->count);
	for (size_t i = 0; i < b->count; i++) {
		size_t held = gsl_movstat_fill(GSL_MOVSTAT_END_TRUNCATE, &in.vector, i, b->n - 1, 0, window);
		b->out[i] = weigh(weights, window, held);
	}
	return GSL_SUCCESS;
}

static int gaussian(const struct batch *b, struct err *err)
{
	gsl_vector *weights = gsl_vector_alloc(b->n), *window = gsl_vector_alloc(b->n);
	int status = weights && window ? gaussian_with(b, weights->data, window->data) : GSL_ENOMEM;
	gsl_vector_free(weights);
	gsl_vector_free(window);
	return gsl_failed(status, err);
}

/* On entry out holds the medians. */
static void replace_outliers(const struct batch *b, const gsl_vector *deviations)
{
	for (size_t i = 0; i < b->count; i++) {
		double limit = b->spec->threshold * gsl_vector_get(deviations, i);
		if (!(fabs(b->values[i] - b->out[i]) > limit))
			b->out[i] = b->values[i];
	}
}

static int hampel(const struct batch *b, struct err *err)
{
	gsl_vector *deviations = gsl_vector_alloc(b->count);
	gsl_movstat_workspace *work = gsl_movstat_alloc2(b->n - 1, 0);
	gsl_vector_const_view in = gsl_vector_const_view_array(b->values, b->count);
	gsl_vector_view medians = gsl_vector_view_array(b->out, b->count);
	int status = GSL_ENOMEM;
	if (deviations && work)
		status = gsl_movstat_mad(GSL_MOVSTAT_END_TRUNCATE, &in.vector, &medians.vector, deviations, work);
	if (!status)
		replace_outliers(b, deviations);
	gsl_vector_free(deviations);
	gsl_movstat_free(work);
	return gsl_failed(status, err);
}

static int (*const kinds[SMOOTH_KINDS])(const struct batch *, struct err *) = {
    [SMOOTH_NONE] = copy,     [SMOOTH_EXPONENTIAL] = exponential, [SMOOTH_DOUBLE_EXPONENTIAL] = double_exponential,
    [SMOOTH_MEDIAN] = median, [SMOOTH_GAUSSIAN] = gaussian,       [SMOOTH_HAMPEL] = hampel,
};

int smooth_batch(const struct smooth_spec *spec, ms_t period, const double *values, double *out, size_t count,
		 struct err *err)
{
	if (smooth_check(spec, period, err) < 0 || smooth_check_values(values, count, err) < 0)
		return -1;
	if (count == 0)
		return 0;
	struct batch b = {spec, period, values, out, count, 0};
	if (spec->kind != SMOOTH_NONE)
		b.n = smooth_samples(spec, period);
	return kinds[spec->kind](&b, err);
}
