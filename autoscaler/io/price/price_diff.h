/* What changed between two states of the price book. */
#ifndef PLIMSOLL_PRICE_DIFF_H
#define PLIMSOLL_PRICE_DIFF_H

#include "arena.h"
#include "price.h"

struct price_change {
	const char *region, *name;  /* "aws/us-east-1"; a type, or a family */
	const char *price;          /* "on demand", "spot", "vCPU" ... */
	int64_t old_nano, new_nano; /* -1: there is none */
};

/* The folder of a state: "now" is DIR/prices; a date is what was in force as that day began; anything else is a folder
 * of lists, or one that has them in prices/. data NULL: as datadir.h finds it. */
int price_state(const char *data, const char *which, char *folder, size_t size, struct err *);
/* Changes in the order of provider, region, name; only of "aws", or "aws/us-east-1", when region is not NULL. */
int price_diff(const char *old_folder, const char *new_folder, const char *region, struct arena *,
	       struct price_change **, size_t *n, struct err *);

#endif
