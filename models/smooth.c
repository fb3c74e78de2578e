/* The streaming form: all memory is taken at the start; a step costs O(1) (exponential) or O(n). */
#include "smooth_internal.h"

#include <math.h>

struct smoother {
	const struct ops *ops;
	size_t n, held; /* samples in a full window, and now */
	size_t head;    /* newest sample: ring[head] and ring[head + n] */
	double last;    /* last value returned */
	double alpha, beta, threshold;
	double level, slope;
	double *ring;    /* n samples, twice, so that any window is contiguous */
	double *sorted;  /* the window in order of size */
	double *weights; /* Gaussian: oldest first, n of them */
	double *inverse; /* Gaussian: inverse[h] = 1 / sum of the h youngest weights */
};

struct ops {
	double (*step)(struct smoother *, double value);
	bool ring, sorted, weights;
};

static double step_none(struct smoother *s, double value)
{
	(void)s;
	return value;
}

static double step_exponential(struct smoother *s, double value)
{
	if (s->held == 0)
		s->level = value;
	s->held = 1;
	return s->level += s->alpha * (value - s->level);
}

/* Error-correction form of Holt's method. */
static double step_double(struct smoother *s, double value)
{
	if (s->held == 0)
		s->level = value;
	s->held = 1;
	double forecast = s->level + s->slope;
	double correction = s->alpha * (value - forecast);
	s->slope += s->beta * correction;
	return s->level = forecast + correction;
}

static void ring_push(struct smoother *s, double value)
{
	s->head = s->head + 1 == s->n ? 0 : s->head + 1;
	s->ring[s->head] = s->ring[s->head + s->n] = value;
	s->held += s->held < s->n;
}

static double step_gaussian(struct smoother *s, double value)
{
	ring_push(s, value);
	const double *window = s->ring + s->head + 1, *weights = s->weights;
	double sum[4] = {0};
	size_t i = s->n - s->held;
	for (; i + 4 <= s->n; i += 4) {
		sum[0] += weights[i] * window[i];
		sum[1] += weights[i + 1] * window[i + 1];
		sum[2] += weights[i + 2] * window[i + 2];
		sum[3] += weights[i + 3] * window[i + 3];
	}
	for (; i < s->n; i++)
		sum[0] += weights[i] * window[i];
	return ((sum[0] + sum[1]) + (sum[2] + sum[3])) * s->inverse[s->held];
}

/* First place in sorted[0..n) whose number is not less than value. */
static size_t lower_bound(const double *sorted, size_t n, double value)
{
	size_t low = 0;
	while (n > 0) {
		size_t half = n / 2;
		bool less = sorted[low + half] < value;
		low = less ? low + half + 1 : low;
		n = less ? n - half - 1 : half;
	}
	return low;
}

static void sorted_insert(double *sorted, size_t n, double value)
{
	size_t at = lower_bound(sorted, n, value);
	memmove(sorted + at + 1, sorted + at, (n - at) * sizeof *sorted);
	sorted[at] = value;
}

/* Takes `old` out and puts `value` in: moves what lies between, once. */
static void sorted_replace(double *sorted, size_t n, double old, double value)
{
	size_t from = lower_bound(sorted, n, old);
	if (value >= old)
		for (; from + 1 < n && sorted[from + 1] < value; from++)
			sorted[from] = sorted[from + 1];
	else
		for (; from > 0 && sorted[from - 1] > value; from--)
			sorted[from] = sorted[from - 1];
	sorted[from] = value;
}

static void window_push(struct smoother *s, double value)
{
	size_t held = s->held;
	double oldest = s->ring[s->head + 1];
	ring_push(s, value);
	if (held < s->n)
		sorted_insert(s->sorted, held, value);
	else
		sorted_replace(s->sorted, held, oldest, value);
}

static double middle(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static double step_median(struct smoother *s, double value)
{
	window_push(s, value);
	return middle(s->sorted, s->held);
}

/* Median of |x - m|: deviations grow outward from m on either side, so the smallest are found by merging. */
static double median_deviation(const double *sorted, size_t n, double m)
{
	size_t right = lower_bound(sorted, n, m), left = right;
	double before = 0, deviation = 0;
	for (size_t taken = 0; taken <= n / 2; taken++) {
		before = deviation;
		bool from_left = right == n || (left > 0 && m - sorted[left - 1] < sorted[right] - m);
		deviation = from_left ? m - sorted[--left] : sorted[right++] - m;
	}
	return n % 2 ? deviation : (before + deviation) / 2;
}

static double step_hampel(struct smoother *s, double value)
{
	double m = step_median(s, value);
	double scale = SMOOTH_MAD_SCALE * median_deviation(s->sorted, s->held, m);
	return fabs(value - m) > s->threshold * scale ? m : value;
}

static const struct ops ops[SMOOTH_KINDS] = {
    [SMOOTH_NONE] = {step_none, false, false, false},
    [SMOOTH_EXPONENTIAL] = {step_exponential, false, false, false},
    [SMOOTH_DOUBLE_EXPONENTIAL] = {step_double, false, false, false},
    [SMOOTH_MEDIAN] = {step_median, true, true, false},
    [SMOOTH_GAUSSIAN] = {step_gaussian, true, false, true},
    [SMOOTH_HAMPEL] = {step_hampel, true, true, false},
};

double smoother_step(struct smoother *s, double value)
{
	if (smooth_takes(value))
		s->last = s->ops->step(s, value);
	return s->last;
}

static void sum_weights(struct smoother *s)
{
	double sum = 0;
	for (size_t age = 0; age < s->n; age++) {
		sum += s->weights[age];
		s->inverse[age + 1] = 1 / sum;
	}
	for (size_t i = 0; i < s->n / 2; i++) {
		double young = s->weights[i];
		s->weights[i] = s->weights[s->n - 1 - i];
		s->weights[s->n - 1 - i] = young;
	}
}

static bool allocate(struct smoother *s, const struct smooth_spec *spec, ms_t period, struct arena *arena)
{
	if (s->ops->ring && !(s->ring = arena_alloc(arena, 2 * s->n + 1, sizeof(double))))
		return false;
	if (s->ops->sorted && !(s->sorted = arena_alloc(arena, s->n, sizeof(double))))
		return false;
	if (!s->ops->weights)
		return true;
	s->weights = arena_alloc(arena, s->n, sizeof(double));
	s->inverse = arena_alloc(arena, s->n + 1, sizeof(double));
	if (!s->weights || !s->inverse || smooth_gaussian_weights(spec, period, s->weights, s->n) < 0)
		return false;
	sum_weights(s);
	return true;
}

struct smoother *smoother_new(const struct smooth_spec *spec, ms_t period, struct arena *arena)
{
	struct err ignored;
	if (smooth_check(spec, period, &ignored) < 0)
		return NULL;
	struct smoother *s = arena_alloc(arena, 1, sizeof *s);
	if (!s)
		return NULL;
	s->ops = &ops[spec->kind];
	s->threshold = spec->threshold;
	if (spec->kind != SMOOTH_NONE) {
		s->n = smooth_samples(spec, period);
		s->head = s->n - 1;
		s->alpha = smooth_alpha(spec, period);
		s->beta = smooth_beta(spec, period);
	}
	return allocate(s, spec, period, arena) ? s : NULL;
}

/* State: samples held, last value, level, slope, then the window, oldest first, 0 where nothing is held. */
enum { STATE_HELD, STATE_LAST, STATE_LEVEL, STATE_SLOPE, STATE_WINDOW };

size_t smoother_state_count(const struct smoother *s)
{
	return STATE_WINDOW + (s->ring ? s->n : 0);
}

void smoother_save(const struct smoother *s, double *state)
{
	state[STATE_HELD] = (double)s->held;
	state[STATE_LAST] = s->last;
	state[STATE_LEVEL] = s->level;
	state[STATE_SLOPE] = s->slope;
	if (!s->ring)
		return;
	memset(state + STATE_WINDOW, 0, s->n * sizeof *state);
	memcpy(state + STATE_WINDOW, s->ring + s->head + 1 + s->n - s->held, s->held * sizeof *state);
}

static int check_state(const struct smoother *s, const double *state, size_t count, struct err *err)
{
	if (count != smoother_state_count(s))
		return err_set(err, "smoother state of %zu numbers; expected %zu", count, smoother_state_count(s));
	for (size_t i = 0; i < count; i++)
		if (!isfinite(state[i]))
			return err_set(err, "smoother state: number %zu is %g; expected a finite number", i, state[i]);
	size_t most = s->ring ? s->n : 1;
	double held = state[STATE_HELD];
	if (held < 0 || held > (double)most || held != floor(held))
		return err_set(err, "smoother state: %g samples held; expected 0 to %zu", held, most);
	return s->ring ? smooth_check_values(state + STATE_WINDOW, s->n, err) : 0;
}

int smoother_restore(struct smoother *s, const double *state, size_t count, struct err *err)
{
	if (check_state(s, state, count, err) < 0)
		return -1;
	s->last = state[STATE_LAST];
	s->level = state[STATE_LEVEL];
	s->slope = state[STATE_SLOPE];
	size_t held = (size_t)state[STATE_HELD];
	s->held = s->ring ? 0 : held;
	for (size_t i = 0; s->ring && i < held; i++)
		(s->sorted ? window_push : ring_push)(s, state[STATE_WINDOW + i]);
	return 0;
}
