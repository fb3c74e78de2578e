#include "bill_internal.h"

static void swap(char *a, char *b, size_t size)
{
	char held[64];
	for (size_t n; size > 0; size -= n, a += n, b += n) {
		n = size < sizeof held ? size : sizeof held;
		memcpy(held, a, n);
		memcpy(a, b, n);
		memcpy(b, held, n);
	}
}

static void sift(char *items, size_t root, size_t n, size_t size, before_fn *before)
{
	for (size_t child; (child = 2 * root + 1) < n; root = child) {
		if (child + 1 < n && before(items + child * size, items + (child + 1) * size))
			child++;
		if (!before(items + root * size, items + child * size))
			return;
		swap(items + root * size, items + child * size, size);
	}
}

void heap_sort(void *base, size_t n, size_t size, before_fn *before)
{
	char *items = base;
	for (size_t i = n / 2; i > 0; i--)
		sift(items, i - 1, n, size, before);
	for (size_t i = n; i > 1; i--) {
		swap(items, items + (i - 1) * size, size);
		sift(items, 0, i - 1, size, before);
	}
}
