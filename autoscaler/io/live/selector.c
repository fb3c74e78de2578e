#include "selector.h"

#include "../text/grown.h"

/* ---- making one ---- */

struct live_selector *selector_new(struct live_pods *pods, struct err *err)
{
	struct live_selector *selector = calloc(1, sizeof *selector);
	struct selections *selections = calloc(1, sizeof *selections);
	if (selector && selections) {
		selector->owner = pods;
		selector->selections = selections;
		return selector;
	}
	free(selector);
	free(selections);
	err_set(err, "out of memory");
	return NULL;
}

int selector_add(struct live_selector *selector, enum requirement_kind kind, const char *key, size_t length,
		 struct err *err)
{
	if (selector->n == SELECTOR_MAX)
		return err_set(err, "selector: has over %d requirements, the most that is taken", SELECTOR_MAX);
	struct requirement *grown =
	    heap_grown(selector->requirements, selector->n, &selector->room, sizeof *selector->requirements);
	const char *text = grown ? intern(&selector->owner->texts, key, length) : NULL;
	selector->requirements = grown ? grown : selector->requirements;
	if (!text)
		return err_set(err, "out of memory");
	selector->requirements[selector->n++] = (struct requirement){.kind = kind, .key = text};
	return 0;
}

int selector_add_value(struct live_selector *selector, const char *value, size_t length, struct err *err)
{
	struct requirement *last = &selector->requirements[selector->n - 1];
	if (last->n_values == SELECTOR_MAX)
		return err_set(err, "selector: has over %d values of a key, the most that is taken", SELECTOR_MAX);
	const char **grown = heap_grown(last->values, last->n_values, &last->room, sizeof(const char *));
	const char *text = grown ? intern(&selector->owner->texts, value, length) : NULL;
	last->values = grown ? grown : last->values;
	if (!text)
		return err_set(err, "out of memory");
	for (size_t i = 0; i < last->n_values; i++)
		if (last->values[i] == text) {
			intern_release(&selector->owner->texts, text);
			return 0;
		}
	last->values[last->n_values++] = text;
	return 0;
}

void live_selector_free(struct live_selector *selector)
{
	if (!selector)
		return;
	for (size_t i = 0; i < selector->n; i++) {
		struct requirement *one = &selector->requirements[i];
		for (size_t k = 0; k < one->n_values; k++)
			intern_release(&selector->owner->texts, one->values[k]);
		intern_release(&selector->owner->texts, one->key);
		free(one->values);
	}
	for (struct selection *at = selector->selections->first, *next; at; at = next) {
		next = at->next;
		free(at->pods);
		free(at);
	}
	free(selector->selections);
	free(selector->requirements);
	free(selector);
}

/* ---- matching ---- */

static bool meets(const struct requirement *one, const struct label *labels, uint32_t n_labels)
{
	const char *value = NULL;
	for (uint32_t i = 0; i < n_labels && !value; i++)
		if (texts_equal(labels[i].key, one->key))
			value = labels[i].value;
	if (one->kind == LABEL_EXISTS || one->kind == LABEL_ABSENT)
		return (value != NULL) == (one->kind == LABEL_EXISTS);
	bool listed = false;
	for (size_t i = 0; value && !listed && i < one->n_values; i++)
		listed = texts_equal(value, one->values[i]);
	return listed == (one->kind == LABEL_IN);
}

bool live_selector_matches(const struct live_selector *selector, const struct label *labels, uint32_t n_labels)
{
	for (size_t i = 0; i < selector->n; i++)
		if (!meets(&selector->requirements[i], labels, n_labels))
			return false;
	return !selector->nothing;
}

/* ---- selecting ---- */

/* How many pods the groups of a requirement hold. */
static size_t group_total(const struct live_pods *pods, const char *namespace_, const struct requirement *one)
{
	size_t total = 0;
	for (size_t i = 0; i < one->n_values; i++) {
		const struct pod_group *group = pod_group_find(pods, namespace_, one->key, one->values[i]);
		total += group ? group->n : 0;
	}
	return total;
}

static const struct requirement *cheapest(const struct live_selector *selector, const char *namespace_)
{
	const struct requirement *best = NULL;
	size_t least = SIZE_MAX;
	for (size_t i = 0; i < selector->n; i++) {
		const struct requirement *one = &selector->requirements[i];
		if (one->kind != LABEL_IN)
			continue;
		size_t total = group_total(selector->owner, namespace_, one);
		if (total < least) {
			least = total;
			best = one;
		}
	}
	return best;
}

static void take_group(const struct live_selector *selector, const struct pod_group *group, struct selection *out)
{
	for (uint32_t i = 0; group && i < group->n; i++) {
		const struct live_pod *pod = &group->pods[i]->pod;
		if (!live_selector_matches(selector, pod->labels, pod->n_labels))
			continue;
		if (out->n == out->room) {
			uint32_t room = out->room ? 2 * out->room : 8;
			void *larger = realloc(out->pods, room * sizeof(struct live_pod *));
			if (!larger)
				return;
			out->pods = larger;
			out->room = room;
		}
		out->pods[out->n++] = pod;
	}
}

static int compare_names(const void *a, const void *b)
{
	const struct live_pod *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

static void select_anew(const struct live_selector *selector, const char *namespace_, struct selection *out)
{
	const struct live_pods *pods = selector->owner;
	const struct requirement *by = cheapest(selector, namespace_);
	out->n = 0;
	if (!by)
		take_group(selector, pod_group_find(pods, namespace_, NULL, NULL), out);
	for (size_t i = 0; by && i < by->n_values; i++)
		take_group(selector, pod_group_find(pods, namespace_, by->key, by->values[i]), out);
	if (out->n > 1)
		qsort(out->pods, out->n, sizeof(struct live_pod *), compare_names);
}

static struct selection *selection_of(const struct live_selector *selector, const char *namespace_)
{
	for (struct selection *at = selector->selections->first; at; at = at->next)
		if (strcmp(at->namespace_, namespace_) == 0)
			return at;
	size_t size = strlen(namespace_) + 1;
	struct selection *new = calloc(1, sizeof *new + size);
	if (!new)
		return NULL;
	memcpy(new->namespace_, namespace_, size);
	new->changes = UINT64_MAX;
	new->next = selector->selections->first;
	selector->selections->first = new;
	return new;
}

uint32_t live_pods_select(struct live_pods *pods, const char *namespace_, const struct live_selector *selector,
			  const struct live_pod ***out)
{
	const char *interned = intern_find(&pods->texts, namespace_);
	struct selection *selection = interned && !selector->nothing ? selection_of(selector, namespace_) : NULL;
	*out = NULL;
	if (!selection)
		return 0;
	if (selection->changes != pods->changes)
		select_anew(selector, interned, selection);
	selection->changes = pods->changes;
	*out = selection->pods;
	return selection->n;
}
