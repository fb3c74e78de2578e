/* News into the book: what the new list is, and whether it can be believed. Private to the update. */
#ifndef PLIMSOLL_UPDATE_MERGE_H
#define PLIMSOLL_UPDATE_MERGE_H

#include "update.h"

/* Makes the new list out of the old and the news. Counts what is new, gone and changed. */
int merge(const struct sheet *old, struct update_news *, struct sheet *out, struct update_outcome *, struct err *);
/* Refuses a list that drops more than half of a region's rows, or changes a price more than tenfold; names some. */
int merge_believable(const struct sheet *old, const struct sheet *new, struct err *);

#endif
