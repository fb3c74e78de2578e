/* What follows `plimsoll price`. Private to cmd. */
#ifndef PLIMSOLL_PRICE_VERBS_H
#define PLIMSOLL_PRICE_VERBS_H

#include "cmd.h"

extern const struct verb verb_price_update, verb_price_diff;

#endif
