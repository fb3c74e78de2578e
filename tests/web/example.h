/* A status to show: a small shop on a working day, with one thing wrong. */
#ifndef WEB_EXAMPLE_H
#define WEB_EXAMPLE_H

#include "../../autoscaler/io/web/web.h"

#define EXAMPLE_NOW ((ms_t)1795530305000) /* 2026-11-24T14:25:05Z */
#define EXAMPLE(age, ...)                                                                                              \
	{                                                                                                              \
		.target_kind = "Deployment", .sampled_at = EXAMPLE_NOW - (age), .hpa_desired = -1, __VA_ARGS__         \
	}

static const struct status_autoscaler example_autoscalers[] = {
    EXAMPLE(12 * SECOND_MS, .namespace_ = "shop", .name = "web", .target_name = "web", .min = 2, .max = 20,
	    .current = 6, .desired = 8, .demand = "cpu 81% of 60%", .reason = "SucceededRescale",
	    .explained = "cpu is at 81% of the request, 60% is asked for: 6 pods x 1.35 = 8.1, tolerance 10%, "
			 "so 9; the policy lets 2 pods be added in 15 s: 8",
	    .scaled_at = EXAMPLE_NOW - 4 * SECOND_MS, .cost_nano_per_hour = 1152000000),
    EXAMPLE(12 * SECOND_MS, .namespace_ = "shop", .name = "basket", .target_name = "basket", .min = 1, .max = 10,
	    .current = 4, .desired = 4, .demand = "cpu 31% of 60%", .reason = "ScaleDownStabilized",
	    .explained = "3 pods would do, but 4 were needed within the last 5 minutes",
	    .scaled_at = EXAMPLE_NOW - 17 * MINUTE_MS, .cost_nano_per_hour = 384000000),
    EXAMPLE(9 * MINUTE_MS, .namespace_ = "shop", .name = "checkout", .target_name = "checkout", .min = 2, .max = 12,
	    .current = 3, .desired = 3, .demand = "", .reason = "FailedGetResourceMetric", .in_trouble = true,
	    .explained = "pod checkout-7d9c8f6b5-x2x4k, container main: has no cpu request, and 70% of it is asked for",
	    .scaled_at = EXAMPLE_NOW - 26 * HOUR_MS, .cost_nano_per_hour = 96000000),
    EXAMPLE(12 * SECOND_MS, .namespace_ = "shop", .name = "search", .target_name = "search", .min = 3, .max = 30,
	    .current = 30, .desired = 30, .demand = "queue_depth 188 of 100", .reason = "TooManyReplicas",
	    .explained = "queue_depth is 188 a pod, 100 is asked for: 57 pods; the maximum is 30",
	    .scaled_at = EXAMPLE_NOW - 55 * MINUTE_MS, .cost_nano_per_hour = 5760000000),
    EXAMPLE(12 * SECOND_MS, .namespace_ = "analysis", .name = "fit-workers", .target_name = "fit-workers", .min = 0,
	    .max = 64, .current = 24, .desired = 9, .demand = "tasks 9 of 1", .reason = "ReadyForNewScale",
	    .explained = "9 tasks are waiting, one a pod is asked for: 9", .scaled_at = EXAMPLE_NOW - 2 * MINUTE_MS,
	    .cost_nano_per_hour = 3690000000),
    EXAMPLE(12 * SECOND_MS, .namespace_ = "platform", .name = "ingress-nginx-controller",
	    .target_name = "ingress-nginx-controller", .min = 2, .max = 6, .current = 2, .desired = 2,
	    .demand = "cpu 9% of 70%", .reason = "TooFewReplicas",
	    .explained = "cpu is at 9% of the request, 70% is asked for: 1; the minimum is 2", .scaled_at = MS_UNSET,
	    .cost_nano_per_hour = 42000000),
};

static const struct status_group example_groups[] = {
    {.name = "general-m5-large",
     .min = 3,
     .max = 40,
     .size = 36,
     .ready = 34,
     .upcoming = 2,
     .price_nano_per_hour = 96000000,
     .kept = {{"ip-10-0-3-17", "shop", "db-0", "has local storage"},
	      {"ip-10-0-3-92", "kube-system", "metrics-server-5d9c7b8f6-q7w2z",
	       "is of kube-system, without a disruption budget"},
	      {"ip-10-0-4-5", "analysis", "fit-workers-9k2pl",
	       "asks for topology spread constraints, which is not followed"}},
     .n_kept = 3,
     .nodes_kept = 11},
    {.name = "batch-c5-4xlarge-spot", .max = 20, .size = 6, .ready = 5, .leaving = 1, .price_nano_per_hour = 263400000},
    {.name = "gpu", .max = 2, .price_nano_per_hour = -1},
};

static const struct call_count example_calls[] = {
    {"GET", 200, 4127, 4130, 61905}, {"GET", 0, 2, 6, 20000}, {"GET", 503, 3, 9, 4500}, {"PATCH", 200, 611, 611, 9165},
    {"GET", 404, 12, 12, 60},        {"PUT", 409, 1, 1, 14},  {"GET", 206, 1, 1, 11},
};

static const struct status example = {
    .version = "0.3.0",
    .mode = "live",
    .now = EXAMPLE_NOW,
    .started_at = EXAMPLE_NOW - 76 * HOUR_MS - 8 * MINUTE_MS,
    .synced = true,
    .leader = true,
    .holder = "plimsoll-6b7c9d-abcde",
    .trouble = "",
    .autoscalers = example_autoscalers,
    .n_autoscalers = COUNT(example_autoscalers),
    .groups = example_groups,
    .n_groups = COUNT(example_groups),
    .nodes = {.reason = NODES_WAITING, .unneeded = 2, .pending = 3},
    .n_nodes = 42,
    .n_nodes_ready = 40,
    .n_pods = 1234,
    .n_pending = 3,
    .cost_nano_per_hour = 12344400000,
    .n_unpriced = 3,
    .currency = "USD",
    .ticks = 18273,
    .failed_ticks = 2,
    .decisions = 109638,
    .actions = 611,
    .failed_actions = 3,
    .withheld_actions = 5,
    .scaled_up = 341,
    .scaled_down = 267,
    .nodes_added = 88,
    .nodes_removed = 49,
    .watch_lists = 9,
    .leader_transitions = 1,
    .log_errors = 2,
    .log_warnings = 14,
    .journal_ticks = 18273,
    .journal_bytes = 48234496,
    .tick = {.buckets = {0, 3000, 14000, 1200, 70, 3}, .count = 18273, .sum_ms = 621282},
    .lag = {.buckets = {[9] = 9000, [10] = 9270, [12] = 3}, .count = 18273, .sum_ms = 219276000},
    .calls = example_calls,
    .n_calls = COUNT(example_calls),
};

#endif
