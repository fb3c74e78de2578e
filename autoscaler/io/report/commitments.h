/* The result of `plimsoll commit`, as it is printed and drawn. Private to io and cmd. */
#ifndef PLIMSOLL_COMMITMENTS_H
#define PLIMSOLL_COMMITMENTS_H

#include "billing.h"

/* So much committed covers that share of the usage, and costs so much in all. */
struct curve_point {
	double covered_percent; /* of the instances' list price */
	double unused_percent;  /* of what the commitment costs */
	double cost;            /* of 30 days */
};

struct commitment_row {
	struct commitment commitment; /* the best purchase; nothing, where none pays off */
	const char *buy;              /* "3 m5.xlarge" */
	struct curve_point best;
	double against_percent; /* of the cost without it */
	double regret[2];       /* of 30 days: how much dearer than none if the load shrinks by 20 and by 50 % */
	double break_even_percent;
	struct curve_point *curve; /* by rising commitment, from none to all */
	uint32_t n_curve;
};

struct commitments {
	const char *load, *region, *nodes, *currency;
	ms_t from, until;
	double cost; /* of 30 days, without */
	struct commitment_row *rows;
	uint32_t n_rows;
};

/* Covered share against cost, the cheapest of each kind and term; .svg or .png by the path's ending. */
int commitments_draw(const struct commitments *, const char *path, struct err *);

#endif
