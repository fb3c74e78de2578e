/* What keeps a wrong number from doing harm, private to the core: samples that cannot be right are left out before the
 * autoscaler looks, and its answer is held back after. When nothing is wrong, nothing is changed. */
#ifndef PLIMSOLL_CORE_GUARDS_H
#define PLIMSOLL_CORE_GUARDS_H

#include "core.h"

struct guards {
	const struct guard_settings *settings;
	ms_t max_age;                 /* of a sample; 0: any age will do */
	ms_t oldest, newest;          /* between these a sample of this tick is to be */
	int64_t changes_left;         /* replicas that may still change in this tick */
	struct metric_input *metrics; /* scratch, for one autoscaler */
	struct sample *samples;       /* scratch, for all its metrics */
	size_t max_samples;
	struct arena *arena;
};

int guards_init(struct guards *, const struct core_config *, struct arena *, struct err *);
/* A tick begins. */
void guards_begin(struct guards *, ms_t now);
/* Leaves out what cannot be right: input->metrics are then others, good until the next call, and the note says what
 * was left out. Otherwise neither is touched. */
int guards_sift(struct guards *, const struct hpa_spec *, struct hpa_input *, struct guard_note *, struct err *);
/* The answer to what was sifted, as far as it may be carried out in this tick. */
void guards_judge(struct guards *, const struct guard_note *, struct hpa_decision *);

#endif
