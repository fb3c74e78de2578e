#include "pod_store.h"

static uint64_t group_hash(const struct live_pods *pods, const char *namespace_, const char *key, const char *value)
{
	uint64_t hash = mix64(pods->texts.seed ^ (uintptr_t)namespace_);
	return mix64(mix64(hash ^ (uintptr_t)key) ^ (uintptr_t)value);
}

struct pod_group *pod_group_find(const struct live_pods *pods, const char *namespace_, const char *key,
				 const char *value)
{
	uint64_t hash = group_hash(pods, namespace_, key, value);
	for (struct table_link *link = table_first(&pods->groups, hash); link; link = table_next(link)) {
		struct pod_group *group = TABLE_OF(link, struct pod_group, link);
		if (group->namespace_ == namespace_ && group->key == key && group->value == value)
			return group;
	}
	return NULL;
}

/* A group's three texts, of the `which`-th group that a pod is in. */
struct group_name {
	const char *namespace_, *key, *value;
};

static uint32_t group_count(const struct live_pod *pod)
{
	return pod->n_labels + 1 + (pod->node != NULL);
}

static struct group_name group_name(const struct live_pod *pod, uint32_t which)
{
	if (which < pod->n_labels)
		return (struct group_name){pod->namespace_, pod->labels[which].key, pod->labels[which].value};
	return which == pod->n_labels ? (struct group_name){pod->namespace_, NULL, NULL}
				      : (struct group_name){NULL, NULL, pod->node};
}

/* Which of the pod's groups this one is. */
static uint32_t which_of(const struct live_pod *pod, const struct pod_group *group)
{
	if (!group->key)
		return pod->n_labels + (group->namespace_ == NULL);
	uint32_t which = 0;
	while (pod->labels[which].key != group->key)
		which++;
	return which;
}

static struct pod_group *group_made(struct live_pods *pods, struct group_name name)
{
	struct pod_group *group = pod_group_find(pods, name.namespace_, name.key, name.value);
	if (group)
		return group;
	group = table_reserve(&pods->groups) == 0 ? calloc(1, sizeof *group) : NULL;
	if (!group)
		return NULL;
	group->namespace_ = name.namespace_;
	group->key = name.key;
	group->value = name.value;
	table_add(&pods->groups, &group->link, group_hash(pods, name.namespace_, name.key, name.value));
	return group;
}

static void group_drop(struct live_pods *pods, struct pod_group *group)
{
	if (group->n)
		return;
	table_remove(&pods->groups, &group->link);
	free(group->pods);
	free(group);
}

static int group_add(struct live_pods *pods, struct stored_pod *stored, uint32_t which)
{
	struct pod_group *group = group_made(pods, group_name(&stored->pod, which));
	if (!group)
		return -1;
	if (group->n == group->room) {
		uint32_t room = group->room ? 2 * group->room : 1;
		void *larger = realloc(group->pods, room * sizeof(struct stored_pod *));
		if (!larger) {
			group_drop(pods, group);
			return -1;
		}
		group->pods = larger;
		group->room = room;
	}
	stored->slots[which] = group->n;
	group->pods[group->n++] = stored;
	group->sorted = group->n == 1;
	return 0;
}

static void group_remove(struct live_pods *pods, struct stored_pod *stored, uint32_t which)
{
	struct group_name name = group_name(&stored->pod, which);
	struct pod_group *group = pod_group_find(pods, name.namespace_, name.key, name.value);
	struct stored_pod *last = group->pods[--group->n];
	group->pods[stored->slots[which]] = last;
	last->slots[which_of(&last->pod, group)] = stored->slots[which];
	group->sorted = group->n <= 1;
	group_drop(pods, group);
}

int pod_groups_add(struct live_pods *pods, struct stored_pod *stored)
{
	uint32_t n = group_count(&stored->pod);
	for (uint32_t i = 0; i < n; i++) {
		if (group_add(pods, stored, i) == 0)
			continue;
		while (i-- > 0)
			group_remove(pods, stored, i);
		return -1;
	}
	return 0;
}

void pod_groups_remove(struct live_pods *pods, struct stored_pod *stored)
{
	uint32_t n = group_count(&stored->pod);
	for (uint32_t i = 0; i < n; i++)
		group_remove(pods, stored, i);
}

static int compare_names(const void *a, const void *b)
{
	const struct stored_pod *const *x = a, *const *y = b;
	int order = strcmp((*x)->pod.name, (*y)->pod.name);
	return order ? order : strcmp((*x)->pod.namespace_, (*y)->pod.namespace_);
}

void pod_group_sort(struct pod_group *group)
{
	if (group->sorted)
		return;
	qsort(group->pods, group->n, sizeof(struct stored_pod *), compare_names);
	for (uint32_t i = 0; i < group->n; i++)
		group->pods[i]->slots[which_of(&group->pods[i]->pod, group)] = i;
	group->sorted = true;
}

void pod_groups_free(struct live_pods *pods)
{
	for (size_t i = 0; i < pods->groups.n_slots; i++)
		for (struct table_link *link = pods->groups.slots[i], *next; link; link = next) {
			struct pod_group *group = TABLE_OF(link, struct pod_group, link);
			next = link->next;
			free(group->pods);
			free(group);
		}
	table_free(&pods->groups);
}
