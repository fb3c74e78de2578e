/* plimsoll commit: what is worked out for each offer. Private to cmd/commit*.c. */
#ifndef PLIMSOLL_COMMIT_H
#define PLIMSOLL_COMMIT_H

#include "../io/report/commitments.h"
#include "../io/report/table.h"
#include "market.h"

/* One row for each offer of these terms (months), the cheapest first, over threads. Rows live in the arena. */
int commit_rows(const struct market *, const struct price_plan *on_demand, const struct hourly_usage *,
		const int32_t *terms, uint32_t n_terms, unsigned threads, struct arena *, struct commitments *,
		struct err *);
int commit_report(const struct commitments *, enum table_format, FILE *, struct err *);

#endif
