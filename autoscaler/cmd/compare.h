/* plimsoll compare: what was asked for, and what is simulated and rated for it. Private to cmd/compare*.c. */
#ifndef PLIMSOLL_COMPARE_H
#define PLIMSOLL_COMPARE_H

#include "../io/report/comparison.h"
#include "../io/report/table.h"
#include "market.h"
#include "progress.h"
#include "scenario.h"
#include "trials.h"

enum sort_key { SORT_COST, SORT_RISK, SORT_NAME };

struct compare_request {
	struct repeated policies, prices, plans, nodes, sets; /* each as typed: lists are not split */
	const char *load, *plot, *store, *from, *until, *data;
	int64_t seeds, jobs; /* jobs 0: as many as the machine has processors */
	enum sort_key sort;
	enum table_format format;
};

struct policy {
	const char *name, *path;
	struct manifests manifests;
};

/* What is simulated once, for each seed. */
struct shape {
	uint32_t policy, market;
	uint32_t tender; /* NONE: all of them are rated from it; else node policies saw this plan's prices */
	const char *nodes;
	struct sim_group *groups;
	uint32_t n_groups, *skus;
};
#define COMPARE_ALL UINT32_MAX

/* What is left of a run. */
struct outcome {
	double figures[FIGURES];    /* FIGURE_COST: not yet */
	struct hourly_usage *hours; /* by minimum charge, see compare->charges */
	struct arena arena;         /* owns hours */
	struct next_price *prices;
	struct settings settings;
};

struct compare {
	struct compare_request request;
	struct arena arena;
	struct settings settings;
	struct load load;
	ms_t from, until;
	struct policy *policies;
	uint32_t n_policies;
	struct market *markets;
	uint32_t n_markets;
	struct tender *tenders;
	uint32_t n_tenders, *charge_of;    /* by tender: into charges */
	const struct price_plan **charges; /* plans with minimum charges that differ */
	uint32_t n_charges;
	struct shape *shapes;
	uint32_t n_shapes;
	struct trial *trials; /* [shape * seeds + seed] */
	struct outcome *outcomes;
	struct progress progress;
	struct comparison result;
	size_t shapes_room, skipped_room;
};

/* compare_read.c: files, and the product of what was asked for. */
int compare_read(struct compare *, struct err *);
/* Says on stderr, and keeps for the report, that a combination was left out. */
int compare_skip(struct compare *, struct err *, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* compare_run.c */
int compare_simulate(struct compare *, struct err *);
int compare_rate(struct compare *, struct err *);

/* compare_report.c */
int compare_report(const struct comparison *, enum table_format, FILE *, struct err *);

#endif
