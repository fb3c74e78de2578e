/* A bill as FOCUS 1.0 rows (focus.finops.org): one a line and month. Private to io. */
#ifndef PLIMSOLL_FOCUS_H
#define PLIMSOLL_FOCUS_H

#include "billing.h"

/* The span is that of the usage: charge periods keep to it. */
int focus_write(const struct price_list *, const struct bill *, ms_t from, ms_t until, FILE *, struct err *);

#endif
