#ifndef PLIMSOLL_INSTANT_H
#define PLIMSOLL_INSTANT_H

#include "base.h"

/* time_parse (load.h) for text that need not end with a NUL. */
int instant_parse(const char *text, size_t length, ms_t origin, ms_t *out, struct err *err);

#endif
