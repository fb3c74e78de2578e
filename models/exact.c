#include "exact.h"

#define TEN_9 INT64_C(1000000000)

static int64_t ten_to(int power)
{
	int64_t value = 1;
	for (; power > 0; power--)
		value *= 10;
	return value;
}

/* ---- amounts ---- */

struct digits {
	wide_t units;
	int64_t exponent;
	int32_t count; /* significant ones taken */
	bool any;
};

static const char *take_digits(const char *at, const char *end, struct digits *digits, bool fraction)
{
	for (; at < end && *at >= '0' && *at <= '9'; at++) {
		digits->any = true;
		if (digits->count < AMOUNT_DIGITS) {
			digits->units = digits->units * 10 + (*at - '0');
			digits->count += digits->units != 0;
			digits->exponent -= fraction;
		} else {
			digits->exponent += !fraction;
		}
	}
	return at;
}

/* From the 'e' on; NULL when no digits follow. */
static const char *take_exponent(const char *at, const char *end, struct digits *digits)
{
	bool minus = ++at < end && *at == '-';
	at += at < end && (*at == '-' || *at == '+');
	const char *start = at;
	int64_t exponent = 0;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		exponent = min64(exponent * 10 + (*at - '0'), 1000000);
	digits->exponent += minus ? -exponent : exponent;
	return at > start ? at : NULL;
}

static int normalize(struct digits *digits, struct amount *out)
{
	int64_t printed = max64(-digits->exponent, 0);
	while (digits->units && digits->exponent < 0 &&
	       (digits->units % 10 == 0 || digits->exponent < -AMOUNT_PLACES)) {
		digits->units /= 10;
		digits->exponent++;
	}
	if (digits->units == 0)
		digits->exponent = 0;
	if (digits->exponent > 0 && digits->count + digits->exponent > AMOUNT_DIGITS)
		return -2;
	for (; digits->exponent > 0; digits->exponent--)
		digits->units *= 10;
	*out = (struct amount){digits->units, (int32_t)-digits->exponent, (int32_t)min64(printed, AMOUNT_PLACES)};
	return 0;
}

int amount_parse(const char *text, size_t length, struct amount *out)
{
	const char *at = text, *end = text + length;
	bool minus = length && *at == '-';
	struct digits digits = {0};
	at += length && (*at == '-' || *at == '+');
	at = take_digits(at, end, &digits, false);
	if (at < end && *at == '.')
		at = take_digits(at + 1, end, &digits, true);
	if (digits.any && at < end && (*at == 'e' || *at == 'E'))
		at = take_exponent(at, end, &digits);
	if (!digits.any || at != end)
		return -1;
	if (normalize(&digits, out) < 0)
		return -2;
	if (minus)
		out->units = -out->units;
	return 0;
}

bool amount_scale(const struct amount *amount, int places, int64_t *out)
{
	struct exact exact;
	bool minus = amount->units < 0;
	exact_set(&exact, minus ? -amount->units : amount->units);
	exact_times(&exact, 2);
	exact_times_ten(&exact, places);
	exact_over_ten(&exact, amount->places);
	if (!exact_get(&exact, out) || *out == INT64_MAX)
		return false;
	*out = (*out + 1) / 2;
	if (minus)
		*out = -*out;
	return true;
}

/* ---- wide products ---- */

void exact_set(struct exact *exact, wide_t value)
{
	*exact = (struct exact){.overflow = value < 0};
	for (int i = 0; i < 4; i++)
		exact->limb[i] = (uint32_t)(value >> 32 * i);
}

/* into += from * factor, shifted by so many limbs. */
static void add_product(struct exact *into, const struct exact *from, uint32_t factor, int shift)
{
	uint64_t carry = 0;
	for (int i = 0; i + shift < EXACT_LIMBS; i++) {
		uint64_t sum = (uint64_t)from->limb[i] * factor + into->limb[i + shift] + carry;
		into->limb[i + shift] = (uint32_t)sum;
		carry = sum >> 32;
	}
	into->overflow |= carry != 0;
	for (int i = EXACT_LIMBS - shift; i < EXACT_LIMBS; i++)
		into->overflow |= factor && from->limb[i];
}

void exact_times(struct exact *exact, wide_t factor)
{
	struct exact product = {.overflow = exact->overflow || factor < 0};
	for (int i = 0; i < 4; i++)
		add_product(&product, exact, (uint32_t)(factor >> 32 * i), i);
	*exact = product;
}

void exact_times_ten(struct exact *exact, int power)
{
	for (; power > 9; power -= 9)
		exact_times(exact, TEN_9);
	exact_times(exact, ten_to(power));
}

void exact_over(struct exact *exact, int64_t divisor)
{
	wide_t rest = 0;
	exact->overflow |= divisor <= 0;
	if (exact->overflow)
		return;
	for (int i = EXACT_LIMBS - 1; i >= 0; i--) {
		rest = rest << 32 | exact->limb[i];
		exact->limb[i] = (uint32_t)(rest / divisor);
		rest %= divisor;
	}
}

void exact_over_ten(struct exact *exact, int power)
{
	for (; power > 9; power -= 9)
		exact_over(exact, TEN_9);
	exact_over(exact, ten_to(power));
}

bool exact_get(const struct exact *exact, int64_t *out)
{
	uint64_t value = (uint64_t)exact->limb[1] << 32 | exact->limb[0];
	for (int i = 2; i < EXACT_LIMBS; i++)
		if (exact->limb[i])
			return false;
	if (exact->overflow || value > INT64_MAX)
		return false;
	*out = (int64_t)value;
	return true;
}
