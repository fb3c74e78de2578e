/* Decimal amounts as printed, and products and quotients of them without an error until they are rounded once. */
#ifndef PLIMSOLL_EXACT_H
#define PLIMSOLL_EXACT_H

#include "base.h"

/* units / 10^places, 0 <= places <= AMOUNT_PLACES. */
#define AMOUNT_PLACES 30
#define AMOUNT_DIGITS 30
struct amount {
	wide_t units;
	int32_t places;  /* trailing zeros are taken off */
	int32_t printed; /* places as printed, "1.50" has 2; an exponent counts: "6.7e-05" has 6 */
};

/* text[0..length): digits with an optional sign, point and exponent. -1: not a number; -2: more than AMOUNT_DIGITS
 * significant digits before the point, or beyond 10^AMOUNT_DIGITS. Digits beyond AMOUNT_PLACES or AMOUNT_DIGITS are
 * dropped. */
int amount_parse(const char *text, size_t length, struct amount *out);
/* To so many places, half away from zero; false when it does not fit. */
bool amount_scale(const struct amount *, int places, int64_t *out);

/* A whole number of up to 640 bits, not negative. Too large a product says so in `overflow`. */
#define EXACT_LIMBS 20
struct exact {
	uint32_t limb[EXACT_LIMBS]; /* least significant first */
	bool overflow;
};

void exact_set(struct exact *, wide_t);
void exact_times(struct exact *, wide_t);
void exact_times_ten(struct exact *, int power);
/* Rounded down: one division after another gives the same as one by their product. */
void exact_over(struct exact *, int64_t);
void exact_over_ten(struct exact *, int power);
bool exact_get(const struct exact *, int64_t *out);

#endif
