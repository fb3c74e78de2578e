/* One line of a provider's invoice, rated: usage in the provider's unit, at a price per its own unit, in the currency
 * of the invoice, rounded as the provider prints it. */
#ifndef PLIMSOLL_CHARGE_H
#define PLIMSOLL_CHARGE_H

#include "billing.h"
#include "exact.h"

enum unit_dimension { UNIT_TIME, UNIT_BYTES, UNIT_BYTE_TIME, UNIT_COUNT };

/* scale: seconds, bytes, byte-seconds or pieces; monthly: times the seconds of the month. */
struct unit {
	enum unit_dimension dimension;
	int64_t scale;
	bool monthly;
};

/* "byte-seconds", "gibibyte month", "GB-Mo", "Hrs", "1 Hour", "requests" ...; providers' GB are 2^30 bytes. */
bool unit_parse(const char *text, struct unit *);

struct charge_price {
	struct unit unit;
	const struct price_tier *tiers; /* nano-dollars a unit; rising from 0, in units used in a calendar month */
	uint32_t n_tiers;
	int64_t half_nano; /* how far the price may be off: half its last digit where it was derived; else 0 */
};

struct charge_terms {
	struct unit unit;  /* of the usage */
	ms_t month;        /* a moment in the month of use */
	int64_t rate_nano; /* units of the invoice's currency for a dollar */
	int places;        /* the amount is in 10^-places */
	bool truncate;     /* the provider drops what is beyond them; else half away from zero */
};

/* usage * price, not negative. False when the dimensions differ or the amount does not fit. */
bool charge_rate(const struct charge_terms *, const struct amount *usage, const struct unit *per, int64_t price_nano,
		 int64_t *out);
/* Usage in billionths of the price's unit, rounded down. */
bool charge_quantity(const struct charge_terms *, const struct amount *usage, const struct unit *per, int64_t *out);
/* Under tiers, after before_nano of earlier use in the month. */
bool charge_rate_tiers(const struct charge_terms *, const struct amount *usage, const struct charge_price *,
		       int64_t before_nano, int64_t *out);

#endif
