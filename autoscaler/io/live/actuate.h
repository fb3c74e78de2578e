/* Acting on workloads: the scale of a target, the status of an Autoscaler, and an Event that says why. Private to io
 * and cmd. */
#ifndef PLIMSOLL_LIVE_ACTUATE_H
#define PLIMSOLL_LIVE_ACTUATE_H

#include "autoscalers.h"
#include "plan.h"
#include "targets.h"

enum live_dry { DRY_NOT, DRY_SERVER, DRY_CLIENT }; /* server: dryRun=All; client: nothing is sent */

struct live_actuate_config {
	struct net *net;
	struct kube *kube;
	struct live_targets *targets;
	enum live_dry dry;
	ms_t deadline; /* for all the writes of a tick */
	/* Asked just before each write: whether this process is (still) the leader. */
	bool (*may_act)(void *self);
	void *self;
	struct log *log;
};
struct live_actuate;
struct live_actuate *live_actuate_open(const struct live_actuate_config *, struct err *);
void live_actuate_close(struct live_actuate *);

/* Writes the scales of a plan (ACTION_SCALE; others are left alone), all at once, each with the resourceVersion that
 * was seen. On 409 the scale is read again, and written again only when its replicas are still what the decision
 * started from. An answer that never came is asked after: the scale as it is says whether it was accepted.
 * Negative, with the first message, when one was not accepted. In a dry run none is accepted, and that is no error: the
 * core must not count a rescale that did not happen; a server's refusal is told all the same. */
int live_scale(struct live_actuate *, const struct action *, uint32_t n, bool *accepted, struct err *);
/* Why the i-th of these actions was not accepted; "" when it was, or was none of ours. Until the next live_scale. */
const char *live_scale_trouble(const struct live_actuate *, uint32_t i);

/* The status of an Autoscaler after a decision: current and desired replicas, lastScaleTime, currentMetrics, conditions
 * in HPA's words, observedGeneration. Written at once when a condition or a number of replicas has changed, at most
 * once a minute when only metrics or words have; without waiting. What could not be written is tried again at the next
 * decision. An Event and a line in the log for each rescale, and when a condition turns bad. */
struct live_said {
	const struct live_autoscaler *autoscaler;
	const struct hpa_decision *decision; /* NULL: invalid, or no decision could be made: trouble says why */
	const struct metric_input *metrics;  /* one a metric of the spec; NULL: none */
	uint32_t n_pods;                     /* of the workload: how long the metrics' samples are */
	/* Of no decision: why. Of one that no metric came to: the first metric's error (hpa_error_text). Of a rescale
	 * that was not accepted: live_scale_trouble. Otherwise NULL. */
	const char *trouble;
	const char *shared;    /* live_replicas_shared, when no metric was used because of that; NULL */
	const char *explained; /* hpa_explain's sentence, for the log; NULL */
	bool rescaled;         /* accepted */
	bool unkept;           /* nothing of the tick was done, and the log has said why for all: not again here */
};
void live_say(struct live_actuate *, ms_t wall, const struct live_said *);
/* An Event on any object; the same again within ten minutes counts up instead. Of one object at most 25 at once and one
 * in five minutes from then on, as client-go has it. namespace_ NULL or "": the object has none. */
struct live_object {
	const char *api_version, *kind, *namespace_, *name, *uid;
};
void live_event(struct live_actuate *, const struct live_object *, bool warning, const char *reason, const char *note);

#endif
