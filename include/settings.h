/* Every parameter of the controllers and of the simulated world. One struct, one table that parses, prints,
 * bounds and documents it (`plimsoll help settings`). */
#ifndef PLIMSOLL_SETTINGS_H
#define PLIMSOLL_SETTINGS_H

#include "base.h"

/* A span drawn afresh for each cause. FIXED: a. UNIFORM: a..b. LOGNORMAL: median a, sigma of the logarithm. */
enum dist_kind { DIST_FIXED, DIST_UNIFORM, DIST_LOGNORMAL };
struct dist {
	enum dist_kind kind;
	ms_t a, b;    /* b: UNIFORM only */
	double sigma; /* LOGNORMAL only */
};

enum expander { EXPANDER_RANDOM, EXPANDER_LEAST_WASTE, EXPANDER_MOST_PODS, EXPANDER_LEAST_NODES, EXPANDER_PRICE };
enum overload { OVERLOAD_QUEUE, OVERLOAD_DROP };
enum sim_start { START_STEADY, START_MANIFEST };

struct hpa_settings {
	ms_t sync_period, phase;
	bool follow_scrapes;
	double tolerance;
	ms_t initial_readiness_delay, cpu_initialization_period, downscale_stabilization;
	char smoothing[64]; /* for autoscalers without the annotation; "" = off */
};

struct ca_settings {
	bool enabled, frequent_loops;
	ms_t scan_interval, phase;
	ms_t new_pod_age, new_pod_delay;
	ms_t unneeded_time, delay_after_add, delay_after_delete;
	ms_t unremovable_recheck, delete_delay_after_taint, max_graceful_termination, max_node_provision_time;
	double utilization_threshold;
	int64_t max_nodes_per_scale_up, max_parallel_deletions, max_parallel_drains;
	int64_t non_empty_candidates, candidate_pool_min;
	double candidate_pool_ratio;
	int64_t expander; /* enum expander */
	double max_unready_ratio;
	int64_t ok_unready;
};

/* What keeps a wrong number from doing harm; 0: that guard is off. */
struct guard_settings {
	ms_t max_metric_age;
	int64_t max_pod_cpu_milli, max_pod_memory_bytes;
	int64_t max_change, max_total_change; /* replicas in one tick */
};

struct metrics_settings {
	ms_t resolution, phase, fresh_container_min;
};

struct pod_settings {
	ms_t schedule_latency;
	int64_t image_bytes, pull_bytes_per_second;
	struct dist start, ready, stop;
	double memory_use; /* share of its memory request a pod uses when the load has no memory column */
};

struct node_settings {
	struct dist boot, terminate;
	int64_t disk_gib;
	int64_t max_pods;                                                    /* 0: the provider's rule */
	int64_t daemonset_cpu_milli, daemonset_memory_bytes, daemonset_pods; /* -1: the provider's own agents */
	bool cached_images;
};

struct load_settings {
	double scale, cpu_per_request;
	int64_t overload; /* enum overload */
};

struct sim_settings {
	int64_t seed;
	int64_t start; /* enum sim_start */
	ms_t report_step;
};

struct settings {
	struct hpa_settings hpa;
	struct ca_settings ca;
	struct metrics_settings metrics;
	struct guard_settings guard;
	struct pod_settings pod;
	struct node_settings node;
	struct load_settings load;
	struct sim_settings sim;
};

struct setting_row {
	const char *key, *fallback, *help; /* fallback: the default, as a user would type it */
};

void settings_default(struct settings *);
/* "key=value"; an unknown key names the nearest one. */
int settings_set(struct settings *, const char *assignment, struct err *);
/* Rows in the order of the documentation; NULL beyond the last. */
const struct setting_row *settings_row(size_t index);
/* What a row takes, in a word ("duration") or as its choices ("queue|drop"). */
const char *settings_type(size_t index);
/* The value in force, as a user would type it. */
void settings_format(const struct settings *, size_t index, char *text, size_t size);

#endif
