/* A span as people write it: "90s", "1h30m", "1.5h", "500ms", "2d". */
#ifndef PLIMSOLL_DURATION_H
#define PLIMSOLL_DURATION_H

#include "base.h"

#define DURATION_MAX (100 * 365 * DAY_MS)

/* One or more numbers, each with a unit of ms, s, m, h or d, added up; fractions to the nearest ms, at most
 * DURATION_MAX. text[0..length) need not end with a NUL. */
int duration_parse(const char *text, size_t length, ms_t *out, struct err *);
/* The other way, in whole units: "1h30m". */
void duration_format(ms_t span, char *text, size_t size);

#endif
