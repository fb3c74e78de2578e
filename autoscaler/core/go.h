/* Go's integer arithmetic on amd64, where upstream's answers come from: sums wrap, and a float that does not fit
 * becomes the smallest integer (CVTTSD2SL, CVTTSD2SQ). */
#ifndef PLIMSOLL_CORE_GO_H
#define PLIMSOLL_CORE_GO_H

#include "base.h"

static inline int32_t go_wrap32(int64_t x)
{
	return (int32_t)(uint32_t)(uint64_t)x;
}

static inline int64_t go_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static inline int64_t go_sub(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static inline int64_t go_mul(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a * (uint64_t)b);
}

/* b is not 0. */
static inline int64_t go_div(int64_t a, int64_t b)
{
	return b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b;
}

/* int32(x) */
static inline int32_t go_int32(double x)
{
	return x > -2147483649.0 && x < 2147483648.0 ? (int32_t)x : INT32_MIN;
}

/* int32(math.Ceil(x)) */
static inline int32_t go_ceil32(double x)
{
	if (!(x > -2147483649.0 && x <= 2147483647.0))
		return INT32_MIN;
	int32_t whole = (int32_t)x;
	return x > whole ? whole + 1 : whole;
}

/* int64(math.Ceil(x)) */
static inline int64_t go_ceil64(double x)
{
	if (!(x >= -9223372036854775808.0 && x < 9223372036854775808.0))
		return INT64_MIN;
	int64_t whole = (int64_t)x;
	return x > (double)whole ? whole + 1 : whole;
}

/* Instants: a span taken off or added saturates, so that no clock can make it wrap. */
static inline ms_t ms_before(ms_t at, ms_t span)
{
	ms_t result;
	return __builtin_sub_overflow(at, span, &result) ? (span > 0 ? INT64_MIN : INT64_MAX) : result;
}

static inline ms_t ms_after(ms_t at, ms_t span)
{
	ms_t result;
	return __builtin_add_overflow(at, span, &result) ? (span > 0 ? INT64_MAX : INT64_MIN) : result;
}

#endif
