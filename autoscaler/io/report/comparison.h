/* The result of `plimsoll compare`, as it is kept and drawn. Private to io and cmd. */
#ifndef PLIMSOLL_COMPARISON_H
#define PLIMSOLL_COMPARISON_H

#include "base.h"
#include "spread.h"

/* What is compared, each over the seeds. */
enum figure {
	FIGURE_COST,     /* of 30 days, in the comparison's currency */
	FIGURE_UNDER,    /* theta_u, percent */
	FIGURE_UNSERVED, /* of the demand, percent */
	FIGURE_LATE,     /* of the demand, percent */
	FIGURE_START,    /* mean seconds from a pod's creation to ready */
	FIGURE_EVICTED,  /* pods */
	FIGURE_NODE_HOURS,
	FIGURE_PEAK, /* nodes */
	FIGURES,
};

/* What tells rows apart. */
enum trait { TRAIT_POLICY, TRAIT_PRICE, TRAIT_NODES, TRAIT_PLAN, TRAITS };

struct comparison_row {
	const char *traits[TRAITS];
	const char *commitment; /* what was bought; NULL: nothing */
	struct spread figures[FIGURES];
	struct spread against;     /* cost, percent above the first row's, seed by seed */
	const int64_t *total_nano; /* by seed: the whole bill */
	bool frontier;             /* no row is both cheaper and less under-provisioned */
	uint32_t shape;            /* rows of one simulation share it */
};

struct comparison {
	const char *load, *currency;
	ms_t from, until;
	int64_t first_seed;
	uint32_t n_seeds;
	struct comparison_row *rows;
	uint32_t n_rows;
	const char **notes, **skipped;
	uint32_t n_notes, n_skipped;
};

/* Cost against risk, one point a row; .svg or .png by the path's ending. */
int comparison_draw(const struct comparison *, const char *path, struct err *);
/* Adds it to a SQLite file: tables comparison, comparison_row and comparison_bill. All of it, or nothing. */
int comparison_store(const char *path, const struct comparison *, struct err *);

#endif
