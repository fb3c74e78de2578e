#include "hpa.h"

/* Copying: a flag falls when memory runs out, and is looked at once, at the end. */
struct copier {
	struct arena *arena;
	bool failed;
};

static const char *text(struct copier *copier, const char *from)
{
	char *copy = from ? arena_strdup(copier->arena, from) : NULL;
	copier->failed |= from && !copy;
	return copy;
}

static void *array(struct copier *copier, const void *from, size_t n, size_t size)
{
	void *copy = from ? arena_alloc(copier->arena, n, size) : NULL;
	copier->failed |= from && !copy;
	if (copy && n)
		memcpy(copy, from, n * size);
	return copy;
}

static void copy_rules(struct copier *copier, struct scaling_rules *rules)
{
	rules->policies = array(copier, rules->policies, rules->n_policies, sizeof *rules->policies);
}

static void copy_metrics(struct copier *copier, struct hpa_spec *spec)
{
	struct metric_spec *metrics = array(copier, spec->metrics, spec->n_metrics, sizeof *metrics);
	struct metric_ask *asks = array(copier, spec->asks, spec->n_metrics, sizeof *asks);
	for (uint32_t i = 0; metrics && i < spec->n_metrics; i++) {
		metrics[i].name = text(copier, metrics[i].name);
		metrics[i].container = text(copier, metrics[i].container);
	}
	for (uint32_t i = 0; asks && i < spec->n_metrics; i++) {
		const char **const texts[] = {&asks[i].selector,    &asks[i].object_api, &asks[i].object_kind,
					      &asks[i].object_name, &asks[i].query,      &asks[i].server};
		for (size_t t = 0; t < COUNT(texts); t++)
			*texts[t] = text(copier, *texts[t]);
	}
	spec->metrics = metrics;
	spec->asks = asks;
}

struct hpa_spec *hpa_spec_copy(const struct hpa_spec *from, struct arena *arena)
{
	struct copier copier = {arena, false};
	struct hpa_spec *copy = array(&copier, from, 1, sizeof *copy);
	if (!copy)
		return NULL;
	const char **const texts[] = {&copy->name,        &copy->namespace_, &copy->target_api, &copy->target_kind,
				      &copy->target_name, &copy->smoothing,  &copy->file};
	for (size_t t = 0; t < COUNT(texts); t++)
		*texts[t] = text(&copier, *texts[t]);
	copy_metrics(&copier, copy);
	copy_rules(&copier, &copy->scale_up);
	copy_rules(&copier, &copy->scale_down);
	return copier.failed ? NULL : copy;
}
