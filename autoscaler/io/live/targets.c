#include "targets.h"

#include "../text/clock.h"
#include "target_kinds.h"

#include <stdlib.h>

#define SCALE_TRIES 2

/* The target of one spec. */
struct followed {
	struct live_target shown;
	struct live_targets *owner;
	int kind; /* that is watched; -1: asked for */
	char *api, *namespace_, *kind_name, *name;
	char *selector_text; /* that shown.selector was made of; NULL: of none */
	bool resolved;       /* shown.scale_path is known */
	uint64_t call;       /* under way; 0: none */
};

struct live_targets {
	struct kube *kube;
	struct live_pods *pods;
	struct log *log;
	const char *within;
	struct target_kind kinds[TARGET_KINDS];
	struct followed *followed;
	uint32_t n;
	bool needed[TARGET_KINDS];
	uint32_t under_way;
	void (*done)(void *self);
	void *done_self;
};

/* ---- what is found, and what is not ---- */

static void lost(struct followed *one, const char *why)
{
	one->shown.found = false;
	snprintf(one->shown.trouble, sizeof one->shown.trouble, "%.40s %.40s/%.60s: %.100s", one->kind_name,
		 one->namespace_, one->name, why);
}

static void drop_selector(struct followed *one)
{
	live_selector_free(one->shown.selector);
	free(one->selector_text);
	one->shown.selector = NULL;
	one->selector_text = NULL;
}

/* From the text: a LabelSelector in JSON when it is of a watched object. Parsed only when it is another one. */
static int take_selector(struct followed *one, const char *text, struct err *err)
{
	struct json_value object = {0};
	struct live_pods *pods = one->owner->pods;
	if (one->selector_text && strcmp(one->selector_text, text) == 0)
		return 0;
	drop_selector(one);
	if (!*text)
		return err_set(err, "its scale has no selector, without which its pods are not known");
	if (one->kind < 0)
		one->shown.selector = live_selector_parse(pods, text, err);
	else if (json_value_parse("spec.selector", text, strlen(text), &object, err) == 0)
		one->shown.selector = live_selector_of(pods, object, err);
	one->selector_text = one->shown.selector ? strdup(text) : NULL;
	return one->shown.selector ? 0 : -1;
}

static void found(struct followed *one, const char *selector, const char *resource_version, int32_t spec_replicas,
		  int32_t status_replicas)
{
	struct err err;
	if (take_selector(one, selector, &err) < 0) {
		lost(one, err.message);
		return;
	}
	one->shown.found = true;
	one->shown.trouble[0] = 0;
	one->shown.spec_replicas = spec_replicas;
	one->shown.status_replicas = status_replicas;
	snprintf(one->shown.resource_version, sizeof one->shown.resource_version, "%s", resource_version);
}

static void look_up(struct followed *one)
{
	const struct target_kind *kind = &one->owner->kinds[one->kind];
	const struct target_object *object = target_kind_find(kind, one->namespace_, one->name);
	if (object)
		found(one, object->selector, object->resource_version, object->spec_replicas, object->status_replicas);
	else
		lost(one, target_kind_synced(kind) ? "there is none" : "not listed yet");
}

struct live_target *live_target(struct live_targets *targets, uint32_t index)
{
	if (index >= targets->n)
		return NULL;
	struct followed *one = &targets->followed[index];
	if (one->kind >= 0)
		look_up(one);
	return &one->shown;
}

/* ---- those that are asked for ---- */

static bool is_unknown(const struct followed *one)
{
	return one->kind < 0 && !one->resolved && one->owner->kube;
}

static void resolve(struct followed *one, ms_t until)
{
	struct kube_kind kind;
	struct err err = {""};
	if (kube_kind(one->owner->kube, one->api, one->kind_name, until, &kind, &err) < 0) {
		lost(one, err.message);
		return;
	}
	if (!kind.scalable) {
		lost(one, "such objects have no scale");
		return;
	}
	int length = kube_path(one->shown.scale_path, sizeof one->shown.scale_path, one->api,
			       kind.namespaced ? one->namespace_ : NULL, kind.plural, one->name, "scale");
	one->resolved = length > 0 && (size_t)length < sizeof one->shown.scale_path;
	lost(one, one->resolved ? "not asked for yet" : "its path is too long");
}

/* Kinds that are not known are asked for all at once. Half of the time is left for what is asked then. */
static void resolve_all(struct live_targets *targets, ms_t timeout)
{
	ms_t until = clock_mono() + timeout / 2;
	for (uint32_t i = 0; i < targets->n; i++)
		if (is_unknown(&targets->followed[i]))
			kube_kind_ask(targets->kube, targets->followed[i].api, targets->followed[i].kind_name);
	for (uint32_t i = 0; i < targets->n; i++)
		if (is_unknown(&targets->followed[i]))
			resolve(&targets->followed[i], until);
}

static void take_scale(struct followed *one, const struct answer *answer)
{
	struct json_value root;
	struct err err = answer->err;
	char selector[4096], version[sizeof one->shown.resource_version];
	if (answer->status != 200 || json_value_parse("its scale", answer->body, answer->size, &root, &err) < 0) {
		lost(one, err.message);
		return;
	}
	json_copy(json_path(root, "metadata.resourceVersion"), version, sizeof version);
	if (json_copy(json_path(root, "status.selector"), selector, sizeof selector) >= sizeof selector)
		lost(one, "its selector is too long");
	else
		found(one, selector, version, json_count(json_path(root, "spec.replicas"), 0),
		      json_count(json_path(root, "status.replicas"), 0));
}

static void finish(struct live_targets *targets)
{
	void (*done)(void *self) = targets->done;
	targets->done = NULL;
	if (done)
		done(targets->done_self);
}

static void on_scale(void *self, const struct answer *answer)
{
	struct followed *one = self;
	one->call = 0;
	take_scale(one, answer);
	if (--one->owner->under_way == 0)
		finish(one->owner);
}

static void ask(struct followed *one, ms_t timeout)
{
	struct call call = {.method = "GET",
			    .path = one->shown.scale_path,
			    .timeout = timeout,
			    .retries = SCALE_TRIES,
			    .done = on_scale,
			    .self = one};
	one->call = server_call(kube_server(one->owner->kube), &call);
	if (one->call)
		one->owner->under_way++;
	else
		lost(one, "it cannot be asked for");
}

static void cancel(struct live_targets *targets)
{
	for (uint32_t i = 0; i < targets->n; i++) {
		struct followed *one = &targets->followed[i];
		if (one->call)
			server_cancel(kube_server(targets->kube), one->call);
		one->call = 0;
	}
	targets->under_way = 0;
	targets->done = NULL;
}

void live_targets_refresh(struct live_targets *targets, ms_t timeout, void (*done)(void *self), void *self)
{
	cancel(targets);
	/* To resolve waits for the server: answers that came meanwhile would look like the last of them. */
	resolve_all(targets, timeout);
	targets->done = done;
	targets->done_self = self;
	for (uint32_t i = 0; i < targets->n; i++)
		if (targets->followed[i].resolved)
			ask(&targets->followed[i], timeout);
	if (targets->under_way == 0)
		finish(targets);
}

/* ---- following ---- */

static void drop_followed(struct live_targets *targets)
{
	cancel(targets);
	for (uint32_t i = 0; i < targets->n; i++) {
		struct followed *one = &targets->followed[i];
		drop_selector(one);
		free(one->api);
		free(one->namespace_);
		free(one->kind_name);
		free(one->name);
	}
	free(targets->followed);
	targets->followed = NULL;
	targets->n = 0;
}

static int follow_one(struct live_targets *targets, struct followed *one, const struct hpa_spec *spec, struct err *err)
{
	const char *api = spec->target_api ? spec->target_api : "v1";
	*one = (struct followed){.owner = targets,
				 .kind = target_kind_index(api, spec->target_kind),
				 .api = strdup(api),
				 .namespace_ = strdup(spec->namespace_),
				 .kind_name = strdup(spec->target_kind),
				 .name = strdup(spec->target_name)};
	if (!one->api || !one->namespace_ || !one->kind_name || !one->name)
		return err_set(err, "out of memory");
	one->shown.namespace_ = one->namespace_;
	one->shown.kind = one->kind_name;
	one->shown.name = one->name;
	if (one->kind < 0) {
		lost(one, targets->kube ? "not asked for yet" : "no server is known");
		if (targets->kube)
			kube_kind_ask(targets->kube, one->api, one->kind_name);
		return 0;
	}
	targets->needed[one->kind] = true;
	kube_path(one->shown.scale_path, sizeof one->shown.scale_path, "apps/v1", one->namespace_,
		  targets->kinds[one->kind].plural, one->name, "scale");
	return 0;
}

int live_targets_follow(struct live_targets *targets, const struct hpa_spec *const *specs, uint32_t n, struct err *err)
{
	drop_followed(targets);
	memset(targets->needed, 0, sizeof targets->needed);
	targets->followed = calloc((size_t)n + 1, sizeof *targets->followed);
	if (!targets->followed)
		return err_set(err, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		targets->n++;
		if (follow_one(targets, &targets->followed[i], specs[i], err) < 0)
			return -1;
	}
	for (int i = 0; i < TARGET_KINDS; i++) {
		if (!targets->needed[i])
			target_kind_close(&targets->kinds[i]);
		else if (target_kind_open(&targets->kinds[i], targets->kube, targets->within, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- life ---- */

struct live_targets *live_targets_open(struct kube *kube, struct live_pods *pods, struct log *log, struct err *err)
{
	struct live_targets *targets = calloc(1, sizeof *targets);
	if (!targets) {
		err_set(err, "out of memory");
		return NULL;
	}
	targets->kube = kube;
	targets->pods = pods;
	targets->log = log;
	target_kinds_init(targets->kinds, log);
	return targets;
}

void live_targets_close(struct live_targets *targets)
{
	if (!targets)
		return;
	drop_followed(targets);
	for (int i = 0; i < TARGET_KINDS; i++)
		target_kind_close(&targets->kinds[i]);
	free(targets);
}

void live_targets_within(struct live_targets *targets, const char *namespace_)
{
	targets->within = namespace_;
}

const char *live_targets_trouble(const struct live_targets *targets)
{
	for (int i = 0; i < TARGET_KINDS; i++)
		if (targets->needed[i] && targets->kinds[i].watch && *watch_trouble(targets->kinds[i].watch))
			return watch_trouble(targets->kinds[i].watch);
	return "";
}

bool live_targets_synced(const struct live_targets *targets)
{
	for (int i = 0; i < TARGET_KINDS; i++)
		if (targets->needed[i] && !target_kind_synced(&targets->kinds[i]))
			return false;
	return true;
}

struct watch_sink live_targets_sink(struct live_targets *targets, const char *kind)
{
	return target_kind_sink(&targets->kinds[target_kind_index("apps/v1", kind)]);
}
