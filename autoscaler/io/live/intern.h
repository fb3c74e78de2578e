/* Texts that many share, each kept once for as long as someone holds it: equal texts, equal pointers. Private to io. */
#ifndef PLIMSOLL_LIVE_INTERN_H
#define PLIMSOLL_LIVE_INTERN_H

#include "table.h"

struct interner {
	struct table table;
	uint64_t seed;
};

/* The caller holds what it is given until intern_release. NULL: no memory. */
const char *intern(struct interner *, const char *text, size_t length);
/* The interned text, not held, or NULL when nobody holds such a one. */
const char *intern_find(const struct interner *, const char *text);
/* NULL: nothing. */
void intern_release(struct interner *, const char *interned);
void interner_free(struct interner *);

#endif
