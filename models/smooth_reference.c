/* The reference form: each output is computed anew from the samples, straight from the definition in smooth.h, with
 * nothing carried over from the one before. Slow on purpose. */
#include "smooth_internal.h"

#include <math.h>

/* values[0..t] are the samples so far; the last n of them are the window. */
struct past {
	const struct smooth_spec *spec;
	ms_t period;
	const double *values;
	size_t t, n;
};

static size_t window_start(const struct past *p)
{
	return p->t + 1 > p->n ? p->t + 1 - p->n : 0;
}

static double none(const struct past *p)
{
	return p->values[p->t];
}

/* The recurrence solved: sum of alpha (1-alpha)^age x, and what is left of x[0]. */
static double exponential(const struct past *p)
{
	double alpha = smooth_alpha(p->spec, p->period), sum = 0, weight = alpha;
	for (size_t age = 0; age < p->t; age++, weight *= 1 - alpha)
		sum += weight * p->values[p->t - age];
	return sum + pow(1 - alpha, (double)p->t) * p->values[0];
}

/* (level, slope) is a linear system, v[t] = A v[t-1] + g x[t]: sum of A^age g x, and A^t of the first. */
static double double_exponential(const struct past *p)
{
	double alpha = smooth_alpha(p->spec, p->period), beta = smooth_beta(p->spec, p->period);
	double a[2][2] = {{1 - alpha, 1 - alpha}, {-alpha * beta, 1 - alpha * beta}};
	double gain[2] = {alpha, alpha * beta}, start[2] = {1, 0}, sum = 0;
	for (size_t age = 0; age < p->t; age++) {
		sum += gain[0] * p->values[p->t - age];
		double g0 = gain[0], s0 = start[0];
		gain[0] = a[0][0] * g0 + a[0][1] * gain[1];
		gain[1] = a[1][0] * g0 + a[1][1] * gain[1];
		start[0] = a[0][0] * s0 + a[0][1] * start[1];
		start[1] = a[1][0] * s0 + a[1][1] * start[1];
	}
	return sum + start[0] * p->values[0];
}

/* The rank-th smallest |x - centre| (or x itself) of the window, by counting. */
static double ranked(const struct past *p, size_t rank, bool deviation, double centre)
{
	size_t start = window_start(p);
	for (size_t i = start; i <= p->t; i++) {
		double candidate = deviation ? fabs(p->values[i] - centre) : p->values[i];
		size_t less = 0, equal = 0;
		for (size_t j = start; j <= p->t; j++) {
			double other = deviation ? fabs(p->values[j] - centre) : p->values[j];
			less += other < candidate;
			equal += other == candidate;
		}
		if (less <= rank && rank < less + equal)
			return candidate;
	}
	return NAN; /* not reached: some sample has every rank */
}

static double middle(const struct past *p, bool deviation, double centre)
{
	size_t held = p->t + 1 - window_start(p);
	double high = ranked(p, held / 2, deviation, centre);
	return held % 2 ? high : (ranked(p, held / 2 - 1, deviation, centre) + high) / 2;
}

static double median(const struct past *p)
{
	return middle(p, false, 0);
}

static double gaussian(const struct past *p)
{
	double sigma = (double)p->spec->window / 3, sum = 0, weights = 0;
	for (size_t i = window_start(p); i <= p->t; i++) {
		double age = (double)(p->t - i) * (double)p->period;
		double weight = exp(-(age / sigma) * (age / sigma) / 2);
		sum += weight * p->values[i];
		weights += weight;
	}
	return sum / weights;
}

static double hampel(const struct past *p)
{
	double centre = median(p), value = p->values[p->t];
	double deviation = SMOOTH_MAD_SCALE * middle(p, true, centre);
	return fabs(value - centre) > p->spec->threshold * deviation ? centre : value;
}

static double (*const kinds[SMOOTH_KINDS])(const struct past *) = {
    [SMOOTH_NONE] = none,     [SMOOTH_EXPONENTIAL] = exponential, [SMOOTH_DOUBLE_EXPONENTIAL] = double_exponential,
    [SMOOTH_MEDIAN] = median, [SMOOTH_GAUSSIAN] = gaussian,       [SMOOTH_HAMPEL] = hampel,
};

int smooth_reference(const struct smooth_spec *spec, ms_t period, const double *values, double *out, size_t count,
		     struct err *err)
{
	if (smooth_check(spec, period, err) < 0 || smooth_check_values(values, count, err) < 0)
		return -1;
	struct past p = {spec, period, values, 0, 0};
	if (spec->kind != SMOOTH_NONE)
		p.n = smooth_samples(spec, period);
	for (p.t = 0; p.t < count; p.t++)
		out[p.t] = kinds[spec->kind](&p);
	return 0;
}
