/* Prometheus' answer to a range query: series, and of each its points in order of time. Private to io/history and the
 * tests. */
#ifndef PLIMSOLL_MATRIX_H
#define PLIMSOLL_MATRIX_H

#include "mapping.h"

#define MATRIX_LABELS_MAX 128

/* Called as the answer is read; negative ends it. */
struct matrix_sink {
	void *self;
	/* Labels in the order of the answer, __name__ left out. */
	int (*series)(void *self, const struct series_label *, size_t n, struct err *);
	/* Of the last series; each later than the one before. text: Go's way to write a number, NaN and +Inf included.
	 */
	int (*point)(void *self, ms_t at, const char *text, size_t length, struct err *);
	void (*warning)(void *self, const char *text); /* NULL: not wanted */
};

/* text[size] can be read. Refuses an answer that is no success, no matrix, or has histograms in place of numbers. */
int matrix_decode(const char *text, size_t size, const struct matrix_sink *, struct err *);

#endif
