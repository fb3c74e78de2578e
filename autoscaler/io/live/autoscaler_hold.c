/* Several autoscalers of one target: kube-controller-manager stops all of them (AmbiguousSelector); here the oldest
 * goes on, so that one more by mistake does no harm. Where an HPA is among them, it is that which goes on: its
 * controller does not look at ours. */
#include "autoscaler_store.h"

#include <stdarg.h>

static const struct hpa_spec *spec_of(const struct version *version)
{
	return &version->manifests.autoscalers[0];
}

int api_groups_compare(const char *a, const char *b)
{
	size_t x = a && strchr(a, '/') ? strcspn(a, "/") : 0, y = b && strchr(b, '/') ? strcspn(b, "/") : 0;
	int order = x && y ? memcmp(a, b, x < y ? x : y) : 0;
	return order ? order : x < y ? -1 : x > y;
}

static int compare_targets(const struct version *a, const struct version *b)
{
	const struct hpa_spec *x = spec_of(a), *y = spec_of(b);
	int order = strcmp(a->namespace_, b->namespace_);
	order = order ? order : strcmp(x->target_name, y->target_name);
	order = order ? order : strcmp(x->target_kind, y->target_kind);
	return order ? order : api_groups_compare(x->target_api, y->target_api);
}

static int compare(const void *a, const void *b)
{
	const struct version *x = *(struct version *const *)a, *y = *(struct version *const *)b;
	int order = compare_targets(x, y);
	order = order ? order : strcmp(x->created, y->created);
	return order ? order : strcmp(x->name, y->name);
}

__attribute__((format(printf, 1, 2))) static struct memory *text(const char *format, ...)
{
	char bytes[1024];
	va_list args;
	va_start(args, format);
	int length = vsnprintf(bytes, sizeof bytes, format, args);
	va_end(args);
	struct memory *said = memory_new((size_t)length + 1);
	if (said)
		memcpy(said->bytes, bytes, (size_t)length + 1);
	return said;
}

/* rival: an HPA's name, or NULL; oldest: another of ours, or NULL. */
static struct memory *say(const struct version *version, const char *rival, const struct version *oldest)
{
	const struct hpa_spec *spec = spec_of(version);
	if (rival)
		return text("%.60s %.253s is scaled by HorizontalPodAutoscaler %.253s: as long as that is there, this "
			    "one decides nothing",
			    spec->target_kind, spec->target_name, rival);
	return text("%.60s %.253s is scaled by %.253s already, which is older: this one decides nothing",
		    spec->target_kind, spec->target_name, oldest->name);
}

static int hold(struct version *version, const char *rival, const struct version *oldest, struct memory **outdated,
		struct log *log)
{
	struct memory *before = version->held;
	struct memory *said = rival || oldest ? say(version, rival, oldest) : NULL;
	if ((rival || oldest) && !said)
		return -1;
	if (said && (!before || strcmp(said->bytes, before->bytes) != 0))
		log_line(log, LOG_WARN, "an autoscaler is held", "namespace", version->namespace_, "name",
			 version->name, "reason", said->bytes, NULL);
	else if (!said && before)
		log_line(log, LOG_INFO, "an autoscaler is not held any more", "namespace", version->namespace_, "name",
			 version->name, NULL);
	memory_push(outdated, before);
	version->held = said;
	return 0;
}

uint64_t version_rival(const struct version *version, const struct live_rivals *rivals)
{
	const char *rival = live_rival_of(rivals, spec_of(version));
	return rival ? table_hash(table_hash(1, version->uid, strlen(version->uid)), rival, strlen(rival)) : 0;
}

int versions_hold(struct version **versions, size_t n, const struct live_rivals *rivals, struct memory **outdated,
		  struct log *log)
{
	const struct version *oldest = NULL;
	if (n > 1)
		qsort(versions, n, sizeof *versions, compare);
	for (size_t i = 0; i < n; i++) {
		bool same = oldest && compare_targets(oldest, versions[i]) == 0;
		const char *rival = rivals ? live_rival_of(rivals, spec_of(versions[i])) : NULL;
		if (hold(versions[i], rival, same ? oldest : NULL, outdated, log) < 0)
			return -1;
		if (!same)
			oldest = versions[i];
	}
	return 0;
}
