/* Decimal text to integer billionths, exactly. */
#ifndef PLIMSOLL_DECIMAL_H
#define PLIMSOLL_DECIMAL_H

#include "base.h"

#define NANO_UNIT ((int64_t)1000000000)

/* "12.345" -> 12345000000. Digits, then perhaps a point and one to nine digits; -1 for anything else or above int64. */
int64_t decimal_nano(const char *text, size_t length);

#endif
