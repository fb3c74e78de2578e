/* What every layer shares: time, wide integers, errors. */
#ifndef PLIMSOLL_BASE_H
#define PLIMSOLL_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Milliseconds: since 1970 for instants, a difference for spans. */
typedef int64_t ms_t;
#define MS_UNSET  INT64_MIN
#define MS_NEVER  INT64_MAX
#define SECOND_MS ((ms_t)1000)
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

__extension__ typedef __int128 wide_t;

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define GIB  ((int64_t)1 << 30)
#define NANO ((int64_t)1000000000) /* billionths in one: of a core, of a dollar */

/* One error convention: a function that can fail returns a negative number and leaves a message in its
 * struct err; on success the err is untouched. A caller that knows more wraps the message. */
#define ERR_MAX 1024
struct err {
	char message[ERR_MAX];
};

/* Writes the message and returns -1, so that `return err_set(err, ...)` reads as one step. */
__attribute__((format(printf, 2, 3))) static inline int err_set(struct err *err, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	return -1;
}

/* Puts "PREFIX: " before the message and returns -1. */
__attribute__((format(printf, 2, 3))) static inline int err_wrap(struct err *err, const char *format, ...)
{
	char inner[ERR_MAX];
	memcpy(inner, err->message, sizeof inner);
	inner[ERR_MAX - 1] = 0;
	va_list args;
	va_start(args, format);
	int length = vsnprintf(err->message, sizeof err->message, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < sizeof err->message &&
	    snprintf(err->message + length, sizeof err->message - (size_t)length, ": %s", inner) < 0)
		err->message[length] = 0;
	return -1;
}

static inline int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* a/b rounded down, for b > 0. */
static inline int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* a/b rounded up, for a >= 0; 0 when there is nothing to divide by. */
static inline int64_t divide_up(int64_t a, int64_t b)
{
	return b > 0 ? (int64_t)(((wide_t)a + b - 1) / b) : 0;
}

/* Billionths for people: 1500000000 is 1.5. */
static inline double from_nano(int64_t nano)
{
	return (double)nano / (double)NANO;
}

/* Two that are NULL are the same, too. */
static inline bool texts_equal(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* splitmix64's finaliser (Steele, Lea, Flood 2014): a good hash of 64 bits. */
static inline uint64_t mix64(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
	return x ^ (x >> 31);
}

#endif
