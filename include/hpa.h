/* The horizontal pod autoscaler: upstream's answers, to the bit.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler (replica_calculator.go, horizontal.go), KEP-853
 * (behavior), KEP-2021 (minReplicas 0), KEP-4951 (tolerance). Pure: no clock, no allocation after hpa_new. */
#ifndef PLIMSOLL_HPA_H
#define PLIMSOLL_HPA_H

#include "arena.h"
#include "base.h"
#include "settings.h"

/* ---- what the manifest says (autoscaling/v2) ---- */

enum metric_type { METRIC_RESOURCE, METRIC_CONTAINER_RESOURCE, METRIC_PODS, METRIC_OBJECT, METRIC_EXTERNAL };
enum target_type { TARGET_UTILIZATION, TARGET_AVERAGE_VALUE, TARGET_VALUE };

struct metric_spec {
	enum metric_type type;
	enum target_type target_type;
	int64_t target;        /* percent for utilization, else milli-units */
	const char *name;      /* "cpu", "memory", or the metric's name */
	const char *container; /* ContainerResource only */
	bool is_cpu;           /* a resource metric of cpu: the only one with readiness rules */
};

/* How a metric is asked for; the core does not look at it. NULL: not given. */
struct metric_ask {
	const char *selector; /* of a Pods, Object or External metric, as text: "a=b,c in (d)" */
	const char *object_api, *object_kind, *object_name; /* Object: describedObject */
	const char *query, *server; /* METRIC_EXTERNAL by a Prometheus query, and the name of the server to ask */
};

enum policy_type { POLICY_PODS, POLICY_PERCENT };
enum policy_select { SELECT_MAX, SELECT_MIN, SELECT_DISABLED };

struct scaling_policy {
	enum policy_type type;
	int32_t value, period_s;
};

struct scaling_rules {
	int32_t window_s; /* stabilizationWindowSeconds; -1: not given */
	enum policy_select select;
	const struct scaling_policy *policies;
	uint32_t n_policies;
	double tolerance; /* negative: not given */
};

struct hpa_spec {
	const char *name, *namespace_;
	const char *target_api, *target_kind, *target_name; /* "apps/v1", "Deployment", "web" */
	int32_t min_replicas, max_replicas;
	const struct metric_spec *metrics;
	const struct metric_ask *asks; /* one a metric; NULL: not from a manifest */
	uint32_t n_metrics;
	bool has_behavior; /* false: scale_up and scale_down hold the API's defaults */
	struct scaling_rules scale_up, scale_down;
	const char *smoothing; /* value of plimsoll.dev/smoothing, or NULL */
	const char *file;      /* where it was read; NULL: not from a file */
	int line;
};

/* A copy of all of it in the arena, or NULL without memory. */
struct hpa_spec *hpa_spec_copy(const struct hpa_spec *, struct arena *);

/* ---- what is observed ---- */

enum pod_phase { POD_PENDING, POD_RUNNING, POD_SUCCEEDED, POD_FAILED };
enum pod_ready { POD_READY_UNKNOWN, POD_READY_FALSE, POD_READY_TRUE }; /* UNKNOWN: no Ready condition */

struct pod {
	ms_t start_at;         /* status.startTime; MS_UNSET: none */
	ms_t ready_changed_at; /* lastTransitionTime of the Ready condition */
	uint8_t phase, ready;
	bool deleted; /* has a deletionTimestamp */
};

struct sample {
	int64_t value; /* milli-units; negative: no sample */
	ms_t at;
	ms_t window;
};

/* What was observed for one metric of the spec. */
struct metric_input {
	const struct sample *samples; /* per pod, in the order of pods; Resource, ContainerResource, Pods */
	const int64_t *requests; /* per pod, milli-units, summed over the containers that count; negative: missing */
	uint32_t request_step;   /* 1, or 0 when every pod has requests[0] */
	const int64_t *values;   /* milli-units; Object, External */
	uint32_t n_values;
	bool unavailable; /* the metrics API did not answer for it */
};

struct hpa_input {
	ms_t now;
	int32_t spec_replicas, status_replicas;
	const struct pod *pods;
	uint32_t n_pods;
	const struct metric_input *metrics; /* spec->n_metrics of them */
	bool lost;                          /* the scale could not be read: nothing is decided, nothing remembered */
};

/* ---- reasons, in upstream's words ---- */

#define HPA_REASONS(X)                                                                                                 \
	X(NONE, "")                                                                                                    \
	/* AbleToScale */                                                                                              \
	X(READY_FOR_NEW_SCALE, "ReadyForNewScale")                                                                     \
	X(SCALE_UP_STABILIZED, "ScaleUpStabilized")                                                                    \
	X(SCALE_DOWN_STABILIZED, "ScaleDownStabilized")                                                                \
	X(SUCCEEDED_GET_SCALE, "SucceededGetScale")                                                                    \
	X(SUCCEEDED_RESCALE, "SucceededRescale")                                                                       \
	/* ScalingActive */                                                                                            \
	X(VALID_METRIC_FOUND, "ValidMetricFound")                                                                      \
	X(SCALING_DISABLED, "ScalingDisabled")                                                                         \
	X(FAILED_GET_RESOURCE_METRIC, "FailedGetResourceMetric")                                                       \
	X(FAILED_GET_CONTAINER_RESOURCE_METRIC, "FailedGetContainerResourceMetric")                                    \
	X(FAILED_GET_PODS_METRIC, "FailedGetPodsMetric")                                                               \
	X(FAILED_GET_OBJECT_METRIC, "FailedGetObjectMetric")                                                           \
	X(FAILED_GET_EXTERNAL_METRIC, "FailedGetExternalMetric")                                                       \
	/* ScalingLimited */                                                                                           \
	X(DESIRED_WITHIN_RANGE, "DesiredWithinRange")                                                                  \
	X(TOO_MANY_REPLICAS, "TooManyReplicas")                                                                        \
	X(TOO_FEW_REPLICAS, "TooFewReplicas")                                                                          \
	X(SCALE_UP_LIMIT, "ScaleUpLimit")                                                                              \
	X(SCALE_DOWN_LIMIT, "ScaleDownLimit")                                                                          \
	/* ScalingLimited, by a guard: not upstream's */                                                               \
	X(STALE_METRICS, "StaleMetrics")                                                                               \
	X(ABSURD_METRICS, "AbsurdMetrics")                                                                             \
	X(CHANGE_LIMIT, "ChangeLimit")                                                                                 \
	X(TOTAL_CHANGE_LIMIT, "TotalChangeLimit")                                                                      \
	/* AbleToScale. Journals keep the numbers: a new reason comes last. */                                         \
	X(FAILED_GET_SCALE, "FailedGetScale")

enum hpa_reason {
#define X(id, text) REASON_##id,
	HPA_REASONS(X)
#undef X
	    REASON_COUNT
};

/* "" beyond the last. */
const char *hpa_reason_text(enum hpa_reason);

/* ---- one call of the replica calculator ---- */

enum calc_error {
	CALC_OK,
	CALC_NO_METRICS,           /* no pod that counts has a sample */
	CALC_MISSING_REQUEST,      /* utilization of a request that is not there */
	CALC_NO_METRICS_FOR_READY, /* all the requests are zero */
	CALC_NO_PODS,
	CALC_UNAVAILABLE,
	CALC_BAD_SPEC
};

struct proposal {
	enum calc_error error;
	int32_t replicas;
	int64_t usage; /* utilization: percent of the request; otherwise milli-units (per pod for averages) */
	double ratio;  /* usage over target, as first computed */
	uint32_t ready, unready, missing, ignored; /* how the pods were grouped */
	uint32_t error_pod;                        /* CALC_MISSING_REQUEST: which pod */
};

/* The calculator by itself, for one metric; tolerance_* and the two delays come resolved (spec over settings).
 * CPU readiness rules apply when spec->is_cpu. */
struct calc_options {
	double tolerance_up, tolerance_down;
	ms_t cpu_initialization_period, initial_readiness_delay;
};
void replicas_for_metric(const struct metric_spec *, const struct metric_input *, const struct hpa_input *,
			 const struct calc_options *, struct proposal *);

/* Upstream's message for a proposal's error ("" for CALC_OK). For CALC_MISSING_REQUEST: the name of the pod
 * error_pod, and of the container without request (NULL: not known, or the pod has no container of the spec's
 * name). Returns the length of the whole message, as snprintf does. */
int hpa_error_text(const struct metric_spec *, const struct proposal *, const char *pod, const char *container,
		   char *text, size_t size);

/* ---- one autoscaler with its history ---- */

struct condition {
	bool status;
	enum hpa_reason reason;
};

enum guard_reason {
	GUARD_NONE,
	GUARD_HELD,             /* a sample was left out, and there was to be a move down: it stays */
	GUARD_MAX_CHANGE,       /* guard.max_change */
	GUARD_MAX_TOTAL_CHANGE, /* guard.max_total_change */
};

/* What the core's guards did to a decision; all 0: nothing. */
struct guard_note {
	enum guard_reason reason;
	int32_t wanted;                /* replicas, had it not been for the reason, */
	struct condition limited;      /* and hpa_decision.limited */
	uint32_t samples;              /* that count, over all metrics; 0: none was left out */
	uint32_t stale, ahead, absurd; /* left out: too old, too far in the future, or more than a pod can use */
	ms_t oldest, max_age;          /* age of the oldest that was too old, and what is allowed */
};

#define HPA_NO_METRIC UINT32_MAX
struct hpa_decision {
	int32_t current, desired;
	int32_t proposed;                       /* what the metrics asked for, before stabilisation and limits */
	int32_t stabilized;                     /* after the stabilisation window */
	uint32_t metric;                        /* index of the metric that won, or HPA_NO_METRIC */
	struct proposal proposal;               /* of that metric (or of the first that failed, if none won) */
	struct condition able, active, limited; /* AbleToScale, ScalingActive, ScalingLimited, as they stand after it */
	bool rescale;                           /* desired != current: the scale subresource is to be written */
	struct guard_note guard;                /* hpa_step leaves it empty */
};

/* The scale could not be read: the numbers of the decision are about nothing. */
static inline bool hpa_is_lost(const struct hpa_decision *decision)
{
	return decision->able.reason == REASON_FAILED_GET_SCALE;
}

struct hpa;

/* A sentence with every number behind a decision; returns its whole length, as snprintf does. */
int hpa_explain(const struct hpa_spec *, const struct hpa_decision *, char *text, size_t size);

/* Lives in the arena. spec and settings must outlive it. NULL with a message when the arena is exhausted or the
 * smoothing is not understood. */
struct hpa *hpa_new(const struct hpa_spec *, const struct hpa_settings *, struct arena *, struct err *);

/* One reconciliation (reconcileAutoscaler). When decision->rescale, the caller writes the scale, and tells of success
 * by hpa_rescaled. Time and memory depend on pods, metrics and policies, never on how long it has run. When now steps
 * back the history moves with it, as if no time had passed. */
void hpa_step(struct hpa *, const struct hpa_input *, struct hpa_decision *);

/* The change of replicas that was decided at `now` has been accepted: stores the scale event, and whether the
 * autoscaler itself went to zero. */
void hpa_rescaled(struct hpa *, ms_t now, int32_t from, int32_t to);

/* Normalisation alone (normalizeDesiredReplicas[WithBehaviors]): desired from current and proposed at a time;
 * sets decision->desired, stabilized, able, limited. hpa_step calls it. */
void hpa_normalize(struct hpa *, ms_t now, int32_t current, int32_t proposed, struct hpa_decision *);
/* Stores a scale event (storeScaleEvent), as after an accepted change of replicas. */
void hpa_record_scale(struct hpa *, ms_t now, int32_t from, int32_t to);
/* Stores the first recommendation, once (recordInitialRecommendation). */
void hpa_record_initial(struct hpa *, ms_t now, int32_t current);

/* Upstream's condition ScaledToZero: the autoscaler itself went to 0, and may come back. A target that stood at 0
 * before stays there (ScalingDisabled). Part of the saved history. */
bool hpa_scaled_to_zero(const struct hpa *);
void hpa_set_scaled_to_zero(struct hpa *, bool);

/* History (recommendations, scale events, smoother) as bytes, and back. hpa_save returns the size it needs, and
 * writes only when capacity suffices. hpa_restore refuses what hpa_save could not have written; the autoscaler is
 * then as it was. */
size_t hpa_save(const struct hpa *, unsigned char *bytes, size_t capacity);
int hpa_restore(struct hpa *, const unsigned char *bytes, size_t size, struct err *);

#endif
