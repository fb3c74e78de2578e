/* The parts of the page. Private to this folder. */
#ifndef PLIMSOLL_WEB_PAGE_H
#define PLIMSOLL_WEB_PAGE_H

#include "render.h"

/* The rows of all autoscalers: those in trouble, those short of replicas, those that change, the others; each part by
 * namespace and name. */
void page_autoscalers(struct body *, const struct status *);
/* Of all node groups: those that lack nodes first. */
void page_groups(struct body *, const struct status *);

/* A small picture of a number within its bounds, and where it is going. */
struct page_bar {
	int64_t min, max, from, to;
	const char *label; /* what it says, for those who do not see it */
};
void page_bar(struct body *, const struct page_bar *);

#endif
