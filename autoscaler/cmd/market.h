/* A price list with what a simulated cluster needs of it, and the plans one can ask for. Private to cmd. */
#ifndef PLIMSOLL_MARKET_H
#define PLIMSOLL_MARKET_H

#include "billing.h"
#include "sim.h"

struct market {
	const char *region;
	struct price_list list;
	uint32_t disk_sku, control_plane_sku;
};

/* market_close is due in any case. */
int market_open(const char *data_directory, const char *region, struct market *, struct err *);
void market_close(struct market *);

/* By node group: its type's place in the price list. */
int market_skus(const struct market *, const struct sim_group *, uint32_t n, struct arena *, uint32_t **skus,
		struct err *);
/* What a run used; resources are named "node-1", "disk-1" ... */
int market_items(const struct market *, const uint32_t *skus, const struct sim_result *, struct arena *,
		 struct usage_item **, struct err *);
/* What a run used, by hour and month. Of the plan its minimum charge counts. Reads the market only: for any thread. */
int market_hours(const struct market *, const uint32_t *skus, const struct price_plan *, const struct sim_result *,
		 struct arena *, struct hourly_usage *, struct err *);

/* ---- plans ---- */

/* A plan as it was asked for: a plan of its own, or "the best commitment of a kind and term for this load". */
struct tender {
	const char *name;
	struct price_plan plan; /* buy: without the commitment */
	bool buy;
	unsigned kinds; /* of enum commitment_kind, as bits */
	int32_t term_months;
};

/* "1y", "3y", "reserved-1y", "savings-3y" ..., or what price_plan_read knows. Lives in the arena. */
int tender_read(const char *data_directory, const char *name, struct arena *, struct tender *, struct err *);

/* Whether the market sells what is asked for; the error says what it does not. skus: of the node groups. */
int market_sells(const struct market *, const struct tender *, const uint32_t *skus, uint32_t n, struct err *);

/* What can be bought for this usage: one rate of the list for each kind, term, payment, offering and, where it matters,
 * family or type. term_months 0: any. */
int market_offers(const struct market *, const struct hourly_usage *, unsigned kinds, int32_t term_months,
		  struct arena *, const struct commitment_rate ***offers, uint32_t *n, struct err *);

/* The plan a tender comes to for a usage: shares of it made amounts; or, for a purchase, with what is cheapest to buy;
 * with nothing, where nothing pays off. */
int market_plan(const struct market *, const struct tender *, const struct hourly_usage *, struct arena *,
		struct price_plan *, struct err *);

/* What is bought: "3 m5.xlarge", "0.42 USD/h on m5". */
#define PURCHASE_TEXT 160
const char *purchase_text(const struct commitment *, const char *currency, char text[PURCHASE_TEXT]);

#endif
