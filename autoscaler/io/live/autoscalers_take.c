/* The autoscalers as they are shown: which decide, and which are held or invalid. */
#include "autoscaler_store.h"

static bool decides(const struct version *version)
{
	return !version->invalid && !version->held;
}

static int hold_others(struct live_autoscalers *all)
{
	struct version **valid = malloc((all->n_entries + 1) * sizeof *valid);
	size_t n = 0;
	if (!valid)
		return -1;
	for (size_t i = 0; i < all->n_entries; i++)
		if (!all->entries[i]->version->invalid)
			valid[n++] = all->entries[i]->version;
	int status = versions_hold(valid, n, all->rivals, &all->fresh.memory, all->log);
	free(valid);
	return status;
}

/* HPAs come and go by themselves: what counts is whether that holds or frees one of ours. */
static void look_at_rivals(struct live_autoscalers *all)
{
	uint64_t seen = all->rivals ? live_rivals_changes(all->rivals) : 0, sum = 0;
	if (!all->rivals || (all->rivals_seen == seen && all->rivals_shape == all->shape))
		return;
	for (size_t i = 0; i < all->n_entries; i++)
		if (!all->entries[i]->version->invalid)
			sum += version_rival(all->entries[i]->version, all->rivals);
	all->generation += sum != all->rivals_sum;
	all->shape += sum != all->rivals_sum;
	all->rivals_sum = sum;
	all->rivals_seen = seen;
	all->rivals_shape = all->shape;
}

static int compare_entries(const void *a, const void *b)
{
	const struct version *x = (*(struct entry *const *)a)->version, *y = (*(struct entry *const *)b)->version;
	if (decides(x) != decides(y))
		return decides(x) ? -1 : 1;
	int order = strcmp(x->namespace_, y->namespace_);
	return order ? order : strcmp(x->name, y->name);
}

static void show_spec(const struct version *version, struct live_autoscaler *out)
{
	out->uid = version->uid;
	out->held = version->held;
	out->invalid = version->held ? version->held->bytes : version->invalid;
	out->spec = (struct hpa_spec){.name = version->name, .namespace_ = version->namespace_};
	if (out->invalid)
		return;
	out->spec = version->manifests.autoscalers[0];
	out->spec.file = NULL;
}

static void show_status(const struct live_autoscalers *all, const struct entry *entry, struct live_autoscaler *out)
{
	const char *text = entry->status ? entry->status->bytes : "";
	size_t head = strlen(text) + 1;
	out->resource_version = text;
	out->generation = entry->generation;
	out->status = (struct json_value){0};
	if (entry->status && head < entry->status_size)
		out->status = (struct json_value){text + head, text + entry->status_size};
	out->hpa_desired = all->from_hpa ? json_count(json_in(out->status, "desiredReplicas"), -1) : -1;
	out->hpa_current = all->from_hpa ? json_count(json_in(out->status, "currentReplicas"), -1) : -1;
	/* What the API shows until the first decision. */
	if (out->hpa_desired == 0 && out->hpa_current > 0 && out->spec.min_replicas > 0)
		out->hpa_desired = -1;
}

static int show_anew(struct live_autoscalers *all)
{
	struct memory *array = memory_new(all->n_entries * sizeof(struct live_autoscaler) + 1);
	if (!array || hold_others(all) < 0) {
		free(array);
		return -1;
	}
	if (all->n_entries > 1)
		qsort(all->entries, all->n_entries, sizeof(struct entry *), compare_entries);
	memory_push(&all->fresh.memory, all->shown);
	all->shown = array;
	all->shown_shape = all->shape;
	all->n_valid = 0;
	for (size_t i = 0; i < all->n_entries; i++) {
		const struct version *version = all->entries[i]->version;
		show_spec(version, (struct live_autoscaler *)(void *)array->bytes + i);
		all->n_valid += decides(version);
	}
	return 0;
}

const struct live_autoscaler *live_autoscalers_take(struct live_autoscalers *all, uint32_t *n_valid, uint32_t *n_all)
{
	*n_valid = *n_all = 0;
	look_at_rivals(all);
	if ((!all->shown || all->shown_shape != all->shape) && show_anew(all) < 0)
		return NULL;
	struct live_autoscaler *shown = (struct live_autoscaler *)(void *)all->shown->bytes;
	for (size_t i = 0; i < all->n_entries; i++)
		show_status(all, all->entries[i], &shown[i]);
	memory_free(all->statuses);
	all->statuses = NULL;
	outdated_free(&all->leaving);
	all->leaving = all->fresh;
	all->fresh = (struct outdated){0};
	*n_valid = all->n_valid;
	*n_all = (uint32_t)all->n_entries;
	return shown;
}

uint64_t live_autoscalers_generation(struct live_autoscalers *all)
{
	look_at_rivals(all);
	return all->generation;
}

void live_autoscalers_beside(struct live_autoscalers *all, const struct live_rivals *rivals)
{
	all->rivals = rivals;
	all->rivals_seen = UINT64_MAX;
}
