/* Decimal text to integers, exactly. */
#ifndef PLIMSOLL_DECIMAL_H
#define PLIMSOLL_DECIMAL_H

#include "base.h"

#define DECIMAL_MAX ((int64_t)1000000000000000000)

enum decimal { DECIMAL_OK, DECIMAL_NOT_A_NUMBER, DECIMAL_NEGATIVE, DECIMAL_TOO_LARGE };

/* out = text[0..length) * 10^places, rounded half up, up to DECIMAL_MAX. Digits with an optional sign, point and
 * exponent; nothing else, no spaces. */
enum decimal decimal_parse(const char *text, size_t length, int places, int64_t *out);

/* "12.345" -> 12345000000: a price, digit by digit. Digits, then perhaps a point and one to nine digits; -1 for
 * anything else or above int64: nothing is rounded. */
int64_t decimal_nano(const char *text, size_t length);

#define DECIMAL_TEXT 40

/* The other way: billionths rounded half up to `places` decimals (0..9), of which at least `least` are written. */
void decimal_text(int64_t nano, int places, int least, char text[DECIMAL_TEXT]);

#endif
