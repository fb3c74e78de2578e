/* Causal smoothing of a regularly sampled signal. Each kind exists in three forms that agree: streaming (used by
 * the controller), batch (GSL where it fits), and a plain reference written from the definition.
 *
 * The window holds n = ceil(window / period) samples, the newest included: those younger than `window`. At the start
 * it holds what there is. Definitions, x[t] the newest sample:
 *   exponential         s[t] = s[t-1] + alpha (x[t] - s[t-1]), s[0] = x[0]
 *   double-exponential  Holt (1957): s[t] = alpha x[t] + (1-alpha)(s[t-1] + b[t-1]), b[t] = beta (s[t] - s[t-1]) +
 *                       (1-beta) b[t-1], s[0] = x[0], b[0] = 0; the level s is returned. It can overshoot, below 0 too.
 *   median              of the window; of an even number the mean of the middle two
 *   gaussian            weights exp(-(age / sigma)^2 / 2), sigma = window / 3, divided by their sum
 *   hampel              x[t], or the median m of the window where |x[t] - m| > threshold * 1.4826 MAD (GSL's factor) */
#ifndef PLIMSOLL_SMOOTH_H
#define PLIMSOLL_SMOOTH_H

#include "arena.h"
#include "base.h"

/* A window of more samples, and a sample beyond this magnitude (or not finite), are not taken. */
#define SMOOTH_MAX_SAMPLES   ((size_t)1 << 20)
#define SMOOTH_MAX_MAGNITUDE 1e150

enum smooth_kind {
	SMOOTH_NONE,
	SMOOTH_EXPONENTIAL,
	SMOOTH_DOUBLE_EXPONENTIAL,
	SMOOTH_MEDIAN,
	SMOOTH_GAUSSIAN,
	SMOOTH_HAMPEL,
	SMOOTH_KINDS
};

struct smooth_spec {
	enum smooth_kind kind;
	ms_t window;      /* how far back the filter looks */
	double alpha;     /* exponential: weight of the new sample, 0..1; 0: 2/(n+1), n samples a window */
	double beta;      /* double exponential: weight of the new slope, 0..1; 0: a/(2-a) where (1-a)^2 = 1-alpha,
			     which is Brown's filter: as quick as can be without swinging */
	double threshold; /* Hampel: outlier beyond this many scaled median absolute deviations; default 3 */
};

/* One row a kind: name, parameters, help; the parser, the documentation and the tests walk it. parameters are
 * written as a user may write them, alternatives separated by '|'. */
struct smooth_row {
	const char *name, *parameters, *help;
};
extern const struct smooth_row smooth_rows[SMOOTH_KINDS];

/* "gaussian,window=120s", "exponential,alpha=0.3", "none" or "". */
int smooth_parse(const char *text, struct smooth_spec *, struct err *);

struct smoother;
/* Lives in the arena, takes all its memory now. period: spacing of the samples. NULL when the arena is exhausted or
 * smooth_check refuses. */
struct smoother *smoother_new(const struct smooth_spec *, ms_t period, struct arena *);
/* Takes one sample, returns the smoothed value. A sample that is not finite or beyond SMOOTH_MAX_MAGNITUDE is left out:
 * the last value is returned again (0 before the first). */
double smoother_step(struct smoother *, double value);
/* State as doubles, and back (count as returned by smoother_state_count; restore refuses non-finite numbers). A
 * restored smoother goes on bit for bit like the saved one. On failure of restore nothing changes. */
size_t smoother_state_count(const struct smoother *);
void smoother_save(const struct smoother *, double *state);
int smoother_restore(struct smoother *, const double *state, size_t count, struct err *);

/* Whether the spec makes sense at this spacing. */
int smooth_check(const struct smooth_spec *, ms_t period, struct err *);

/* out[i] is what streaming would return after values[0..i]; values and out must not overlap. They refuse a sample that
 * is not finite or too large. The reference takes time in count^2 or count * n^2: it is for tests. */
int smooth_batch(const struct smooth_spec *, ms_t period, const double *values, double *out, size_t count,
		 struct err *);
int smooth_reference(const struct smooth_spec *, ms_t period, const double *values, double *out, size_t count,
		     struct err *);

#endif
