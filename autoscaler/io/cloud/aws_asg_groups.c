#include "aws_asg.h"

#include <stdlib.h>

#define PAGES_MAX  100
#define PAGE       "100"
#define ACTIVITIES "20" /* looked at for a launch that failed */

/* One collection. */
struct collection {
	struct aws_asg *asg;
	struct arena arena, answers; /* what stays; what is read */
	struct node_group *groups;
	struct aws_instance *instances;
	size_t n_groups, groups_room, n_instances, instances_room;
};

static int no_memory(struct err *err)
{
	return err_set(err, "out of memory for the groups");
}

/* ---- instances ---- */

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct aws_instance *)a)->id, ((const struct aws_instance *)b)->id);
}

const char *aws_instance_id(const char *provider_id)
{
	const char *slash = provider_id ? strrchr(provider_id, '/') : NULL;
	return slash && strncmp(provider_id, "aws:///", 7) == 0 && strncmp(slash + 1, "i-", 2) == 0 ? slash + 1 : NULL;
}

int32_t aws_asg_group_of(void *self, const char *provider_id, const char *node)
{
	const struct aws_asg *asg = self;
	const struct aws_instance key = {.id = aws_instance_id(provider_id)};
	(void)node;
	if (!key.id || !asg->n_instances)
		return -1;
	const struct aws_instance *found = bsearch(&key, asg->instances, asg->n_instances, sizeof key, by_id);
	return found ? found->group : -1;
}

/* The instances of a group: *working of them are there to stay; *any, one of these. */
static int read_instances(struct collection *collection, const struct xml *group, int32_t *working,
			  struct aws_instance *any, struct err *err)
{
	*working = 0;
	for (const struct xml *one = xml_at(group, "Instances/member"); one; one = one->next) {
		struct aws_instance *grown =
		    arena_grown(&collection->arena, collection->instances, collection->n_instances,
				&collection->instances_room, sizeof *grown);
		struct aws_instance instance = {
		    .id = arena_strdup(&collection->arena, xml_text(one, "InstanceId")),
		    .type = arena_strdup(&collection->arena, xml_text(one, "InstanceType")),
		    .group = (int32_t)collection->n_groups,
		    .leaves = strncmp(xml_text(one, "LifecycleState"), "Terminat", 8) == 0 ||
			      strncmp(xml_text(one, "LifecycleState"), "Detach", 6) == 0,
		};
		if (!grown || !instance.id || !instance.type)
			return no_memory(err);
		collection->instances = grown;
		grown[collection->n_instances++] = instance;
		if (instance.leaves)
			continue;
		++*working;
		*any = instance;
	}
	return 0;
}

/* ---- launches that failed ---- */

/* The newest launch that has ended: why it failed; "" when it did not. */
static const char *failed_launch(const struct xml *root)
{
	const struct xml *one = xml_at(root, "DescribeScalingActivitiesResult/Activities/member");
	for (; one; one = one->next) {
		const char *status = xml_text(one, "StatusCode");
		if (strncmp(xml_text(one, "Description"), "Launching", 9) != 0)
			continue;
		if (strcmp(status, "Failed") != 0)
			return "";
		return *xml_text(one, "StatusMessage") ? xml_text(one, "StatusMessage") : "no reason is given";
	}
	return "";
}

static void see_activities(struct collection *collection, struct node_group *group)
{
	struct aws_asg *asg = collection->asg;
	const struct xml *root;
	struct err err;
	char text[400];
	struct aws_query *query = arena_alloc(&collection->answers, 1, sizeof *query);
	if (!query)
		return;
	aws_begin(query, "DescribeScalingActivities", AWS_ASG_VERSION);
	aws_add(query, "AutoScalingGroupName", group->id);
	aws_add(query, "MaxRecords", ACTIVITIES);
	if (aws_asg_ask(asg, "autoscaling", true, query, &collection->answers, &root, &err) < 0) {
		if (!asg->told_of_activities)
			log_line(asg->log, LOG_WARN, "launches that fail are not seen", "reason", err.message, NULL);
		asg->told_of_activities = true;
		return;
	}
	const char *why = failed_launch(root);
	if (!*why)
		return;
	snprintf(text, sizeof text, "a launch failed: %.360s", why);
	group->trouble = arena_strdup(&collection->arena, text);
}

/* ---- groups ---- */

static int32_t number(const struct xml *group, const char *name)
{
	long value = strtol(xml_text(group, name), NULL, 10);
	return (int32_t)(value < 0 ? 0 : value > INT32_MAX ? INT32_MAX : value);
}

static int read_group(struct collection *collection, const struct xml *source, struct err *err)
{
	struct arena *arena = &collection->arena;
	char name[300];
	int32_t working;
	struct aws_instance any = {.id = NULL};
	struct node_group *grown =
	    arena_grown(arena, collection->groups, collection->n_groups, &collection->groups_room, sizeof *grown);
	snprintf(name, sizeof name, "asg/%.290s", xml_text(source, "AutoScalingGroupName"));
	struct node_group group = {
	    .id = arena_strdup(arena, xml_text(source, "AutoScalingGroupName")),
	    .name = arena_strdup(arena, name),
	    .min = number(source, "MinSize"),
	    .max = number(source, "MaxSize"),
	    .size = number(source, "DesiredCapacity"),
	};
	if (!grown || !group.id || !group.name)
		return no_memory(err);
	collection->groups = grown;
	if (read_instances(collection, source, &working, &any, err) < 0)
		return -1;
	const struct aws_group_source of = {source, any.id ? &any : NULL};
	struct err trouble;
	if (aws_template(collection->asg, &of, arena, &group, &trouble) < 0)
		group.trouble = arena_strdup(arena, trouble.message);
	if (*xml_text(source, "Status")) /* only of a group that is being deleted */
		group.trouble = "it is being deleted";
	if (!group.trouble && working < group.size)
		see_activities(collection, &group);
	collection->groups[collection->n_groups++] = group;
	return 0;
}

static void put_question(const struct aws_asg *asg, struct aws_query *query, const char *token)
{
	aws_begin(query, "DescribeAutoScalingGroups", AWS_ASG_VERSION);
	aws_add(query, "MaxRecords", PAGE);
	for (uint32_t i = 0; i < asg->n_names; i++)
		aws_add_at(query, "AutoScalingGroupNames.member.%u", i + 1, asg->names[i]);
	for (uint32_t i = 0; i < asg->n_tags; i++) {
		char name[300];
		const char *equals = strchr(asg->tags[i], '=');
		int length = equals ? (int)(equals - asg->tags[i]) : 0;
		snprintf(name, sizeof name, "%s%.*s", equals ? "tag:" : "tag-key", length, asg->tags[i]);
		aws_add_at(query, "Filters.member.%u.Name", i + 1, name);
		aws_add_at(query, "Filters.member.%u.Values.member.1", i + 1, equals ? equals + 1 : asg->tags[i]);
	}
	if (*token)
		aws_add(query, "NextToken", token);
}

static int collect(struct collection *collection, struct err *err)
{
	const char *token = "";
	for (int page = 0; page < PAGES_MAX; page++) {
		const struct xml *root;
		struct aws_query *query = arena_alloc(&collection->answers, 1, sizeof *query);
		if (!query)
			return no_memory(err);
		put_question(collection->asg, query, token);
		if (aws_asg_ask(collection->asg, "autoscaling", true, query, &collection->answers, &root, err) < 0)
			return -1;
		root = xml_at(root, "DescribeAutoScalingGroupsResult");
		if (!root)
			return err_set(err, "autoscaling: the answer holds no DescribeAutoScalingGroupsResult");
		for (const struct xml *one = xml_at(root, "AutoScalingGroups/member"); one; one = one->next)
			if (read_group(collection, one, err) < 0)
				return -1;
		token = xml_text(root, "NextToken");
		if (!*token)
			return 0;
	}
	return err_set(err, "autoscaling: more than %d pages of groups", PAGES_MAX);
}

/* One that was asked for by name and is not there may be a slip of the pen. */
static int check_names(const struct collection *collection, struct err *err)
{
	const struct aws_asg *asg = collection->asg;
	for (uint32_t i = 0; i < asg->n_names; i++) {
		size_t g = 0;
		while (g < collection->n_groups && strcmp(collection->groups[g].id, asg->names[i]) != 0)
			g++;
		if (g == collection->n_groups)
			return err_set(err, "there is no Auto Scaling group '%.100s' in %s", asg->names[i],
				       asg->region);
	}
	return 0;
}

int aws_asg_groups(void *self, const struct node_group **groups, uint32_t *n, struct err *err)
{
	struct aws_asg *asg = self;
	struct collection collection = {.asg = asg};
	int result = collect(&collection, err) < 0 ? -1 : check_names(&collection, err);
	arena_free(&collection.answers);
	if (result < 0) {
		arena_free(&collection.arena);
		return -1;
	}
	if (collection.n_instances)
		qsort(collection.instances, collection.n_instances, sizeof *collection.instances, by_id);
	arena_free(&asg->arena);
	asg->arena = collection.arena;
	asg->groups = collection.groups;
	asg->n_groups = collection.n_groups;
	asg->instances = collection.instances;
	asg->n_instances = collection.n_instances;
	*groups = asg->groups;
	*n = (uint32_t)asg->n_groups;
	return 0;
}
