/* One of several known words: which it is, and "did you mean" when it is none of them. */
#ifndef PLIMSOLL_NEAREST_H
#define PLIMSOLL_NEAREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NEAREST_MAX 64

/* Place of the word among names[0..n), so that enums can be tables (NULL: no name); -1 when it is none, or NULL. */
static inline int64_t name_index(const char *word, const char *const *names, size_t n)
{
	for (size_t i = 0; word && i < n; i++)
		if (names[i] && strcmp(word, names[i]) == 0)
			return (int64_t)i;
	return -1;
}

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

/* The search for the nearest, name by name; the first of equals. Starts as {word}. */
struct nearest_search {
	const char *word, *best;
	size_t least; /* distance of the best */
};

static inline void nearest_try(struct nearest_search *search, const char *name)
{
	size_t distance = edit_distance(search->word, name);
	if (search->best && distance >= search->least)
		return;
	search->best = name;
	search->least = distance;
}

/* The nearest of names[0..n), the first of equals; NULL when n is 0. */
static inline const char *nearest(const char *word, const char *const *names, size_t n)
{
	struct nearest_search search = {word, NULL, 0};
	for (size_t i = 0; i < n; i++)
		nearest_try(&search, names[i]);
	return search.best;
}

/* The nearest, if it is near enough to be meant; else NULL. */
static inline const char *nearest_meant(const char *word, const char *const *names, size_t n)
{
	const char *best = nearest(word, names, n);
	return best && edit_distance(word, best) <= 1 + strlen(word) / 4 ? best : NULL;
}

#endif
