#include "manifest_read.h"

#include "manifest_meta.h"
#include "nearest.h"

#include <stdlib.h>

/* Deployment, StatefulSet, ReplicaSet, DaemonSet: what stands around the pod template. */

static int read_selector(const struct place *spec, const struct manifest_kind *row)
{
	struct place selector = place_field(spec, "selector"), template = place_field(spec, "template");
	struct place metadata = place_field(&template, "metadata"), labels = place_field(&metadata, "labels");
	struct place matches = place_field(&selector, "matchLabels");
	struct place expressions = place_field(&selector, "matchExpressions");
	if (!place_given(&selector) && row->old)
		return 0; /* defaulted from the template's labels */
	if (!place_given(&selector) || place_count(&matches) + place_count(&expressions) == 0)
		return place_refuse(&selector, "must be set, and select by matchLabels or matchExpressions");
	if (check_selector(&selector) < 0)
		return -1;
	if (!selector_matches(&selector, &labels))
		return place_refuse(&labels, "must match spec.selector");
	return 0;
}

/* A number, or a share such as 25%; -1 when it is neither. */
static int64_t number_or_share(const struct place *place)
{
	const char *text = place_text(place);
	if (place->node->kind != NODE_STRING)
		return place_int(place, -1);
	size_t n = strspn(text, "0123456789");
	return n > 0 && n < 10 && strcmp(text + n, "%") == 0 ? strtol(text, NULL, 10) : -1;
}

static int check_share(const struct place *place)
{
	if (!place_given(place) || number_or_share(place) >= 0)
		return 0;
	return place_refuse(place, "must be a whole number from 0, or a percentage such as 25%%");
}

static int check_rolling_update(const struct place *rolling)
{
	struct place surge = place_field(rolling, "maxSurge"), lost = place_field(rolling, "maxUnavailable");
	if (check_share(&surge) < 0 || check_share(&lost) < 0)
		return -1;
	if (place_given(&lost) && lost.node->kind == NODE_STRING && number_or_share(&lost) > 100)
		return place_refuse(&lost, "must not be greater than 100%%");
	if (place_given(&lost) && number_or_share(&lost) == 0 && place_given(&surge) && number_or_share(&surge) == 0)
		return place_refuse(&lost, "must not be 0 when maxSurge is 0");
	return 0;
}

static int check_strategy(const struct place *strategy, const char *const types[2])
{
	struct place type = place_field(strategy, "type"), rolling = place_field(strategy, "rollingUpdate");
	if (place_given(&type) && *place_text(&type) && name_index(place_text(&type), types, 2) < 0)
		return place_refuse(&type, "must be %s or %s", types[0], types[1]);
	if (place_given(&rolling) && name_index(place_text(&type), types, 2) == 1)
		return place_refuse(&rolling, "must not be set when type is %s", types[1]);
	return 0;
}

#define DEFAULT_PROGRESS_S 600

static int check_deployment(const struct place *spec)
{
	static const char *const types[] = {"RollingUpdate", "Recreate"};
	struct place strategy = place_field(spec, "strategy"), rolling = place_field(&strategy, "rollingUpdate");
	struct place ready = place_field(spec, "minReadySeconds");
	struct place progress = place_field(spec, "progressDeadlineSeconds");
	if (check_strategy(&strategy, types) < 0 || check_rolling_update(&rolling) < 0)
		return -1;
	if (check_range(&progress, 0, INT32_MAX) < 0)
		return -1;
	if (place_int(&progress, DEFAULT_PROGRESS_S) <= place_int(&ready, 0))
		return place_refuse(place_given(&progress) ? &progress : &ready,
				    "progressDeadlineSeconds (%d unless set) must be greater than minReadySeconds",
				    DEFAULT_PROGRESS_S);
	return 0;
}

static int check_daemonset(const struct place *spec)
{
	static const char *const types[] = {"RollingUpdate", "OnDelete"};
	struct place strategy = place_field(spec, "updateStrategy"), type = place_field(&strategy, "type");
	if (place_given(&type) && *place_text(&type) && name_index(place_text(&type), types, 2) < 0)
		return place_refuse(&type, "must be RollingUpdate or OnDelete");
	return 0;
}

static int read_statefulset(const struct place *spec, const struct manifest_kind *row, struct workload_spec *out)
{
	static const char *const updates[] = {"RollingUpdate", "OnDelete"};
	static const char *const managements[] = {"OrderedReady", "Parallel"};
	struct place strategy = place_field(spec, "updateStrategy"), service = place_field(spec, "serviceName");
	struct place management = place_field(spec, "podManagementPolicy");
	const char *text = place_text(&management);
	if (text && *text && name_index(text, managements, COUNT(managements)) < 0)
		return place_refuse(&management, "must be OrderedReady or Parallel");
	if (check_strategy(&strategy, updates) < 0)
		return -1;
	if (!row->old && place_given(&service) && *place_text(&service) && check_label_name(&service) < 0)
		return -1;
	out->ordered = !text || strcmp(text, managements[1]) != 0;
	return 0;
}

static int read_kind(const struct place *spec, const struct manifest_kind *row, struct workload_spec *out)
{
	switch (row->workload) {
	case KIND_DEPLOYMENT:
		return check_deployment(spec);
	case KIND_STATEFULSET:
		return read_statefulset(spec, row, out);
	case KIND_DAEMONSET:
		return check_daemonset(spec);
	case KIND_REPLICASET:
		return 0;
	}
	return 0;
}

static int read_counts(const struct place *spec, struct workload_spec *out)
{
	struct place replicas = place_field(spec, "replicas"), ready = place_field(spec, "minReadySeconds");
	struct place history = place_field(spec, "revisionHistoryLimit");
	if (check_range(&replicas, 0, INT32_MAX) < 0 || check_range(&ready, 0, INT32_MAX) < 0 ||
	    check_range(&history, 0, INT32_MAX) < 0)
		return -1;
	out->replicas = (int32_t)place_int(&replicas, 1);
	return 0;
}

/* kube-system's pods stay on their node unless they say otherwise (--skip-nodes-with-system-pods). */
static bool is_pinned(const struct place *template_metadata, const char *namespace_)
{
	struct place annotations = place_field(template_metadata, "annotations");
	struct place safe = place_field(&annotations, "cluster-autoscaler.kubernetes.io/safe-to-evict");
	const char *text = place_text(&safe);
	if (text)
		return strcmp(text, "false") == 0;
	return strcmp(namespace_, "kube-system") == 0;
}

static int read_labels(const struct place *template_metadata, struct workload_spec *out)
{
	struct place labels = place_field(template_metadata, "labels");
	uint32_t n = place_count(&labels);
	struct label *copies = arena_alloc(labels.source->arena, n, sizeof *copies);
	if (!copies)
		return place_refuse(&labels, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct place entry = place_entry(&labels, i);
		const char *text = place_text(&entry);
		copies[i] = (struct label){entry.name, text ? text : ""};
	}
	out->labels = copies;
	out->n_labels = n;
	return 0;
}

int read_workload(const struct place *root, const struct manifest_kind *row, struct workload_spec *out)
{
	struct place metadata = place_field(root, "metadata"), spec = place_field(root, "spec");
	struct place template = place_field(&spec, "template"), pod = place_field(&template, "spec");
	struct place labels = place_field(&template, "metadata");
	out->kind = row->workload;
	out->file = root->source->file;
	out->line = (int)root->node->line;
	if (read_metadata(&metadata, &out->name, &out->namespace_) < 0)
		return -1;
	if (!place_given(&spec))
		return place_refuse(&spec, "must be set");
	if (!place_given(&template))
		return place_refuse(&template, "must be set");
	out->pinned = is_pinned(&labels, out->namespace_);
	if (read_counts(&spec, out) < 0 || check_template_metadata(&labels) < 0 || read_selector(&spec, row) < 0)
		return -1;
	if (read_labels(&labels, out) < 0 || read_kind(&spec, row, out) < 0 || read_pod(&pod, out) < 0)
		return -1;
	return read_unmodelled(&spec, out);
}
