/* When autoscalers decide: every period, or (hpa.follow_scrapes) every period soon after metrics-server has scraped. */
#ifndef PLIMSOLL_PHASE_H
#define PLIMSOLL_PHASE_H

#include "core.h"

struct phase {
	ms_t due;    /* of the next decision; MS_NEVER: there are no autoscalers */
	ms_t newest; /* instant of the newest sample of a pod that was decided on; MS_UNSET: none yet */
	bool early;  /* the last decision came before the scrape: it saw nothing new */
	bool close;  /* the scrape is known to come shortly before `due` */
};

/* The next whole number of periods later. */
void phase_keep(struct phase *, ms_t period, ms_t now);
/* Each decision comes a little sooner than a period after the one before, until one comes before the scrape; then
 * there is another shortly after, and that distance is kept, with small steps back so as not to lose it. Keeps the
 * phase when samples tell no scrape of about that period. */
void phase_follow(struct phase *, const struct core_config *, const struct snapshot *);

#endif
