/* What one more node costs for an hour, under a plan: for node policies that look at prices.
 *
 *   an unused reservation of the type, or room in a resource commitment: nothing, it is paid for already
 *   room in a savings plan or a flexible commitment: its rate; it is paid for, too, but another node could use the room
 *   otherwise: the spot price where the plan buys spot, else the list price, less what was negotiated
 *
 * Nodes are covered as on the bill (billing.h); one that is covered in part costs its parts. Commitments that are a
 * share of the usage (cover_ppm) do not count: what they come to is known afterwards only. */
#ifndef PLIMSOLL_NEXT_PRICE_H
#define PLIMSOLL_NEXT_PRICE_H

#include "billing.h"

struct next_price;

/* skus: the list's, by node group. Lives in the arena; list, plan and skus must
 * outlive it. */
struct next_price *next_price_new(const struct price_list *, const struct price_plan *, const uint32_t *skus,
				  uint32_t n_groups, struct arena *, struct err *);
/* For struct node_prices (sim.h): nodes, by group, are all that are paid for; writes price_nano, by group. Has scratch
 * of its own: one for each run. */
void next_price_of(void *next_price, ms_t now, const int32_t *nodes, int64_t *price_nano);

#endif
