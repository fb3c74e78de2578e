/* What keeps a wrong number from doing harm, private to the core: samples that cannot be right are left out before the
 * autoscaler looks, and its answer is held back after. When nothing is wrong, nothing is changed. */
#ifndef PLIMSOLL_CORE_GUARDS_H
#define PLIMSOLL_CORE_GUARDS_H

#include "core.h"

struct guards {
	const struct guard_settings *settings;
	ms_t max_age;                                /* of a sample; 0: any age will do */
	ms_t oldest, newest;                         /* between these a sample of this tick is to be */
	int64_t max_total_change;                    /* INT64_MAX: no limit */
	int64_t changes_left;                        /* replicas that may still change in this tick */
	int64_t most[METRIC_EXTERNAL + 1], most_cpu; /* of a sample, by the type of its metric; of CPU */
	struct metric_input *metrics;                /* scratch, for one autoscaler */
	struct sample *samples;                      /* scratch, for all its metrics */
	size_t max_samples;
	struct guard_note note; /* what was last left out */
	struct arena *arena;
};

int guards_init(struct guards *, const struct core_config *, struct arena *, struct err *);
/* A tick begins. */
void guards_begin(struct guards *, ms_t now);
/* The metrics of the input without samples that cannot be right; those of the input themselves when all can be. Good
 * until the next call; NULL when memory runs out. */
const struct metric_input *guards_leave_out(struct guards *, const struct hpa_spec *, const struct hpa_input *,
					    struct err *);
/* The answer, as far as it may be carried out in this tick. sifted: something was left out in the last call. */
void guards_judge(struct guards *, bool sifted, struct hpa_decision *);

/* ---- the quick way ---- */

/* Whether a metric has samples of pods; and the most that one of them may be. */
static inline bool guards_sampled(const struct metric_spec *spec, const struct metric_input *metric)
{
	return spec->type < METRIC_OBJECT && !metric->unavailable && metric->samples;
}

static inline int64_t guards_most(const struct guards *guards, const struct metric_spec *spec)
{
	return spec->is_cpu ? guards->most_cpu : guards->most[spec->type];
}

/* The value and the moment of a sample, as they stand at its start. */
typedef int64_t sample_pair __attribute__((vector_size(16)));
_Static_assert(offsetof(struct sample, value) == 0 && offsetof(struct sample, at) == 8, "a sample starts with a pair");

static inline sample_pair sample_bits(const struct sample *sample, sample_pair first)
{
	sample_pair pair;
	memcpy(&pair, sample, sizeof pair);
	return pair ^ first;
}

/* Most often every pod has a sample, all of one moment: then one look at that moment, and at the bits of all values
 * together, does. false says nothing. n > 0. */
static inline bool guards_plainly_right(const struct guards *guards, const struct sample *samples, uint32_t n,
					int64_t most)
{
	ms_t at = samples[0].at;
	const sample_pair first = {0, at};
	sample_pair bits = {0, 0};
	const struct sample *end = samples + n, *fours = end - n % 4;
	for (; samples < fours; samples += 4)
		bits |= sample_bits(&samples[0], first) | sample_bits(&samples[1], first) |
			sample_bits(&samples[2], first) | sample_bits(&samples[3], first);
	for (; samples < end; samples++)
		bits |= sample_bits(samples, first);
	return bits[1] == 0 && bits[0] >= 0 && bits[0] <= most && at >= guards->oldest && at <= guards->newest;
}

/* As guards_leave_out, which it calls when it has to. */
static inline const struct metric_input *guards_sift(struct guards *guards, const struct hpa_spec *spec,
						     const struct hpa_input *input, struct err *err)
{
	for (uint32_t m = 0; input->n_pods && m < spec->n_metrics; m++)
		if (guards_sampled(&spec->metrics[m], &input->metrics[m]) &&
		    !guards_plainly_right(guards, input->metrics[m].samples, input->n_pods,
					  guards_most(guards, &spec->metrics[m])))
			return guards_leave_out(guards, spec, input, err);
	return input->metrics;
}

#endif
