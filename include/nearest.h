/* "Did you mean": the known name closest to a mistyped one. */
#ifndef PLIMSOLL_NEAREST_H
#define PLIMSOLL_NEAREST_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define NEAREST_MAX 64

static inline char nearest_fold(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Edit distance (insert, delete, replace, swap of neighbours: 1 each), whatever the case; names cut at NEAREST_MAX
 * bytes. */
static inline size_t edit_distance(const char *a, const char *b)
{
	size_t n = strnlen(a, NEAREST_MAX), m = strnlen(b, NEAREST_MAX);
	size_t rows[3][NEAREST_MAX + 1];
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			char x = nearest_fold(a[i - 1]), y = nearest_fold(b[j - 1]);
			size_t best = above[j - 1] + (x != y);
			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			bool swap = i > 1 && j > 1 && x == nearest_fold(b[j - 2]) && nearest_fold(a[i - 2]) == y;
			if (swap && above2[j - 2] + 1 < best)
				best = above2[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[n % 3][m];
}

/* The nearest of names[0..n), the first of equals; NULL when n is 0. */
static inline const char *nearest(const char *word, const char *const *names, size_t n)
{
	const char *best = NULL;
	size_t least = (size_t)-1;
	for (size_t i = 0; i < n; i++) {
		size_t distance = edit_distance(word, names[i]);
		if (distance < least) {
			least = distance;
			best = names[i];
		}
	}
	return best;
}

#endif
