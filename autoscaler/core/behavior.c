/* From what the metrics ask for to what is applied: stabilisation over time, rate limits, minimum and maximum.
 * Source: kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go (normalizeDesiredReplicas,
 * normalizeDesiredReplicasWithBehaviors), KEP-853. Upstream reads its clock anew for each comparison, so what is
 * exactly as old as a window or a period is over. */
#include "hpa_internal.h"

struct limited {
	int32_t replicas;
	enum hpa_reason reason;
};

void window_push(struct window *window, ms_t at, int64_t key)
{
	if (window->keep == 0)
		return;
	while (window->count && window->ring[(window->head + window->count - 1) & window->mask].key <= key)
		window->count--;
	if (window->count > window->mask)
		window->ring[(window->head + window->mask) & window->mask].at = at;
	else
		window->ring[(window->head + window->count++) & window->mask] = (struct mark){at, key};
}

/* The largest key that counts at a time, or the given one. */
static int64_t window_max(struct window *window, ms_t now, int64_t key)
{
	ms_t cutoff = ms_before(now, window->keep);
	while (window->count && window->ring[window->head].at <= cutoff) {
		window->head = (window->head + 1) & window->mask;
		window->count--;
	}
	return window->count ? max64(key, window->ring[window->head].key) : key;
}

/* When full (only if steps come faster than the settings say), the newest event takes the new one in. */
static void events_merge(struct events *events, ms_t at, int32_t change)
{
	uint32_t newest = 0;
	for (uint32_t i = 1; i < events->count; i++)
		if (events->slots[i].at >= events->slots[newest].at)
			newest = i;
	struct scale_event *event = &events->slots[newest];
	event->at = at;
	event->change = (int32_t)min64((int64_t)event->change + change, INT32_MAX);
}

void events_push(struct events *events, ms_t at, int32_t change)
{
	if (events->capacity == 0)
		return;
	uint32_t slot = events->count;
	ms_t cutoff = ms_before(at, events->longest);
	for (uint32_t i = 0; i < events->count; i++)
		if (events->slots[i].at <= cutoff)
			slot = i;
	events->newest = at;
	if (slot == events->capacity) {
		events_merge(events, at, change);
		return;
	}
	events->count += slot == events->count;
	events->slots[slot] = (struct scale_event){at, change};
}

static int64_t events_since(const struct events *events, ms_t cutoff)
{
	if (events->count == 0 || events->newest <= cutoff)
		return 0;
	int64_t sum = 0;
	for (uint32_t i = 0; i < events->count; i++)
		sum += events->slots[i].at > cutoff ? events->slots[i].change : 0;
	return sum;
}

void hpa_shift_history(struct hpa *hpa, ms_t back)
{
	struct window *windows[] = {&hpa->up, &hpa->down};
	struct events *lists[] = {&hpa->added, &hpa->removed};
	for (size_t k = 0; k < COUNT(windows); k++) {
		for (uint32_t i = 0; i < windows[k]->count; i++) {
			struct mark *mark = &windows[k]->ring[(windows[k]->head + i) & windows[k]->mask];
			mark->at = ms_before(mark->at, back);
		}
		for (uint32_t i = 0; i < lists[k]->count; i++)
			lists[k]->slots[i].at = ms_before(lists[k]->slots[i].at, back);
		lists[k]->newest = ms_before(lists[k]->newest, back);
	}
}

void hpa_record_initial(struct hpa *hpa, ms_t now, int32_t current)
{
	if (hpa->started)
		return;
	hpa_set_clock(hpa, now);
	hpa->started = true;
	window_push(&hpa->up, now, -(int64_t)current);
	window_push(&hpa->down, now, current);
}

void hpa_record_scale(struct hpa *hpa, ms_t now, int32_t from, int32_t to)
{
	if (!hpa->spec->has_behavior)
		return;
	hpa_set_clock(hpa, now);
	if (to > from)
		events_push(&hpa->added, now, (int32_t)min64((int64_t)to - from, INT32_MAX));
	else
		events_push(&hpa->removed, now, (int32_t)min64((int64_t)from - to, INT32_MAX));
}

/* Where one policy lets the number of replicas go, counted from the start of its period. */
static int32_t policy_limit(const struct hpa *hpa, const struct scaling_policy *policy, int32_t current, bool up)
{
	ms_t cutoff = ms_before(hpa->now, policy->period_s * SECOND_MS);
	int32_t start = go_wrap32(current - events_since(&hpa->added, cutoff) + events_since(&hpa->removed, cutoff));
	if (policy->type == POLICY_PODS)
		return go_wrap32(up ? (int64_t)start + policy->value : (int64_t)start - policy->value);
	double share = (double)policy->value / 100;
	return up ? go_ceil32(start * (1 + share)) : go_int32(start * (1 - share));
}

static int32_t rate_limit(const struct hpa *hpa, const struct scaling_rules *rules, int32_t current, bool up)
{
	if (rules->select == SELECT_DISABLED)
		return current;
	bool largest = up == (rules->select == SELECT_MAX);
	int32_t result = largest ? INT32_MIN : INT32_MAX;
	for (uint32_t i = 0; i < rules->n_policies; i++) {
		int32_t limit = policy_limit(hpa, &rules->policies[i], current, up);
		if (largest ? limit > result : limit < result)
			result = limit;
	}
	return result;
}

static struct limited limit_up(const struct hpa *hpa, int32_t current, int32_t desired)
{
	int32_t rate = rate_limit(hpa, &hpa->spec->scale_up, current, true);
	struct limited limit = {hpa->spec->max_replicas, REASON_TOO_MANY_REPLICAS};
	if (rate < current)
		rate = current;
	if (limit.replicas > rate)
		limit = (struct limited){rate, REASON_SCALE_UP_LIMIT};
	return desired > limit.replicas ? limit : (struct limited){desired, REASON_DESIRED_WITHIN_RANGE};
}

static struct limited limit_down(const struct hpa *hpa, int32_t current, int32_t desired)
{
	int32_t rate = rate_limit(hpa, &hpa->spec->scale_down, current, false);
	struct limited limit = {hpa->spec->min_replicas, REASON_TOO_FEW_REPLICAS};
	if (rate > current)
		rate = current;
	if (limit.replicas < rate)
		limit = (struct limited){rate, REASON_SCALE_DOWN_LIMIT};
	return desired < limit.replicas ? limit : (struct limited){desired, REASON_DESIRED_WITHIN_RANGE};
}

/* convertDesiredReplicasWithBehaviorRate */
static struct limited limit_with_behavior(const struct hpa *hpa, int32_t current, int32_t desired)
{
	if (desired > current)
		return limit_up(hpa, current, desired);
	if (desired < current)
		return limit_down(hpa, current, desired);
	return (struct limited){desired, REASON_DESIRED_WITHIN_RANGE};
}

/* convertDesiredReplicasWithRules: without behavior, at most doubling (or 4), and no limit on the way down. */
static struct limited limit_plainly(const struct hpa *hpa, int32_t current, int32_t desired)
{
	int32_t rate = current < 2 ? 4 : go_int32(2.0 * current);
	struct limited most = {hpa->spec->max_replicas, REASON_TOO_MANY_REPLICAS};
	if (most.replicas > rate)
		most = (struct limited){rate, REASON_SCALE_UP_LIMIT};
	if (desired < hpa->spec->min_replicas)
		return (struct limited){hpa->spec->min_replicas, REASON_TOO_FEW_REPLICAS};
	if (desired > most.replicas)
		return most;
	return (struct limited){desired, REASON_DESIRED_WITHIN_RANGE};
}

/* Between the smallest recent recommendation of the way up and the largest of the way down, the current number stays.
 */
static int32_t stabilize_with_behavior(struct hpa *hpa, ms_t now, int32_t current, int32_t proposed)
{
	int32_t least = (int32_t)-window_max(&hpa->up, now, -(int64_t)proposed);
	int32_t most = (int32_t)window_max(&hpa->down, now, proposed);
	window_push(&hpa->up, now, -(int64_t)proposed);
	window_push(&hpa->down, now, proposed);
	int32_t stabilized = current < least ? least : current;
	return stabilized > most ? most : stabilized;
}

static int32_t stabilize_plainly(struct hpa *hpa, ms_t now, int32_t proposed)
{
	int32_t most = (int32_t)window_max(&hpa->down, now, proposed);
	window_push(&hpa->down, now, proposed);
	return most;
}

void hpa_normalize(struct hpa *hpa, ms_t now, int32_t current, int32_t proposed, struct hpa_decision *decision)
{
	hpa_set_clock(hpa, now);
	bool behavior = hpa->spec->has_behavior;
	int32_t stabilized =
	    behavior ? stabilize_with_behavior(hpa, now, current, proposed) : stabilize_plainly(hpa, now, proposed);
	enum hpa_reason able = REASON_READY_FOR_NEW_SCALE;
	if (stabilized != proposed)
		able = behavior && proposed >= current ? REASON_SCALE_UP_STABILIZED : REASON_SCALE_DOWN_STABILIZED;
	struct limited limited =
	    behavior ? limit_with_behavior(hpa, current, stabilized) : limit_plainly(hpa, current, stabilized);
	decision->stabilized = stabilized;
	decision->desired = limited.replicas;
	decision->able = (struct condition){true, able};
	decision->limited = (struct condition){limited.replicas != stabilized, limited.reason};
}
