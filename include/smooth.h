/* Causal smoothing of a regularly sampled signal. Each kind exists in three forms that agree: streaming (used by
 * the controller), batch (GSL where it fits), and a plain reference written from the definition. */
#ifndef PLIMSOLL_SMOOTH_H
#define PLIMSOLL_SMOOTH_H

#include "arena.h"
#include "base.h"

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
	double alpha;     /* exponential: weight of the new sample; default 2/(n+1), n samples a window */
	double beta;      /* double exponential: weight of the new slope */
	double threshold; /* Hampel: outlier beyond this many scaled median absolute deviations; default 3 */
};

/* One row a kind: name, parameters, help; the parser, the documentation and the tests walk it. */
struct smooth_row {
	const char *name, *parameters, *help;
};
extern const struct smooth_row smooth_rows[SMOOTH_KINDS];

/* "gaussian,window=120s", "exponential,alpha=0.3", "none" or "". */
int smooth_parse(const char *text, struct smooth_spec *, struct err *);

struct smoother;
/* Lives in the arena, takes all its memory now. period: spacing of the samples. NULL when the arena is exhausted. */
struct smoother *smoother_new(const struct smooth_spec *, ms_t period, struct arena *);
/* Takes one sample, returns the smoothed value. */
double smoother_step(struct smoother *, double value);
/* State as doubles, and back (count as returned by smoother_state_count; restore refuses non-finite numbers). */
size_t smoother_state_count(const struct smoother *);
void smoother_save(const struct smoother *, double *state);
int smoother_restore(struct smoother *, const double *state, size_t count, struct err *);

/* out[i] is what streaming would return after values[0..i]. */
int smooth_batch(const struct smooth_spec *, ms_t period, const double *values, double *out, size_t count,
		 struct err *);
int smooth_reference(const struct smooth_spec *, ms_t period, const double *values, double *out, size_t count,
		     struct err *);

#endif
