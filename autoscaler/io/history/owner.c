#include "owner.h"

#include <stdbool.h>
#include <string.h>

#define POD_HASH     5
#define SET_HASH_MIN 6 /* a 32-bit number in decimal digits, each as a letter: shorter ones are one in 43,000 */
#define SET_HASH_MAX 10
#define ORDINAL_MAX  5
#define MINUTES_MIN  8 /* since 1970, of a CronJob: 28 million and more */
#define MINUTES_MAX  9

static const char hash_letters[] = "bcdfghjklmnpqrstvwxz2456789";
static const char digits[] = "0123456789";

/* Length of "-SUFFIX" at the end, whose SUFFIX has least to most of those letters; 0: it has none, or nothing else. */
static size_t suffix(const char *name, size_t length, const char *letters, size_t least, size_t most)
{
	size_t n = 0;
	while (n < length && n <= most && name[length - 1 - n] && strchr(letters, name[length - 1 - n]))
		n++;
	return n >= least && n <= most && n + 1 < length && name[length - 1 - n] == '-' ? n + 1 : 0;
}

size_t owner_length(const char *pod, size_t length)
{
	size_t hash = suffix(pod, length, hash_letters, POD_HASH, POD_HASH);
	if (hash == 0)
		return length - suffix(pod, length, digits, 1, ORDINAL_MAX);
	length -= hash;
	size_t set = suffix(pod, length, hash_letters, SET_HASH_MIN, SET_HASH_MAX);
	return length - (set ? set : suffix(pod, length, digits, MINUTES_MIN, MINUTES_MAX));
}
