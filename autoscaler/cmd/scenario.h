/* What a simulation is made of, as sim, compare and commit read it from their command lines. Private to cmd. */
#ifndef PLIMSOLL_SCENARIO_H
#define PLIMSOLL_SCENARIO_H

#include "cmd.h"
#include "sim.h"

#define REPEATS_MAX 64

/* Rows that the verbs which simulate share. */
/* clang-format off */
#define OPTION_MANIFESTS {"filename", 'f', "FILE|DIR|-", "manifests, as for kubectl apply -f; may be repeated"}
#define OPTION_NODE                                                                                                    \
	{"node", 0, "TYPE[:MIN[:MAX]]",                                                                                \
	 "a node group of this instance type; may be repeated. Default: the cheapest general-purpose type that holds " \
	 "two pods, 1 to 1000 nodes"}
#define OPTION_SEED  {"seed", 0, "N", "seed of the random draws (1): same seed, same result"}
#define OPTION_SET   {"set", 0, "KEY=VALUE", "change a setting (`plimsoll help settings`); may be repeated"}
#define OPTION_FROM  {"from", 0, "TIME", "start there: RFC 3339, a date, epoch seconds, or an offset from the load's start"}
#define OPTION_UNTIL {"until", 0, "TIME", "end there"}
/* clang-format on */

/* An option that may be repeated. */
struct repeated {
	const char *values[REPEATS_MAX];
	size_t n;
};
int repeated_add(struct repeated *, const char *option, const char *value, struct err *);

/* Refuses a command line without manifests, load or price list (load NULL: none), or with a word beside its options
 * (NULL: none). */
int scenario_complete(const struct verb *, const char *stray, bool manifests, const char *load, bool price,
		      struct err *);

/* The settings: defaults, then --set in turn, then --seed (NULL: not given). */
int scenario_settings(const struct repeated *sets, const char *seed, struct settings *, struct err *);
/* Manifests, as -f names them; what was skipped is said on stderr, after `name` when it is not NULL. */
int scenario_manifests(const char *const *paths, size_t n, const char *name, struct manifests *, struct err *);
int scenario_load(const char *path, const struct settings *, struct load *, struct err *);
/* --from and --until (NULL: not given) within the load. */
int scenario_span(const char *from, const char *until, const struct load *, struct sim_params *, struct err *);

/* "TYPE[:MIN[:MAX]]". Its name lives in the arena. */
int scenario_group(const struct price_book *, const char *text, struct arena *, struct sim_group *, struct err *);
/* Several of them, joined with "+", for one cluster of several groups. */
int scenario_groups(const struct price_book *, const char *text, struct arena *, struct sim_group **, uint32_t *n,
		    struct err *);
/* The cheapest general-purpose type that holds two of the largest pod; said on stderr. */
int scenario_cheapest(const struct price_book *, const struct manifests *, const char *region, struct sim_group *,
		      struct err *);
/* Whether the price list has every type that is named so. */
bool scenario_groups_sold(const struct price_book *, const char *text);
/* A cluster: each --node is a group of it; without one, the cheapest. */
int scenario_groups_of(const struct price_book *, const struct repeated *nodes, const struct manifests *,
		       const char *region, struct arena *, struct sim_group **, uint32_t *n, struct err *);
/* Refuses more nodes than can be simulated. */
int scenario_groups_check(const struct sim_group *, uint32_t n, struct err *);

#endif
