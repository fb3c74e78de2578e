#include "aws_asg.h"

#include "../text/clock.h"
#include "../text/grown.h"
#include "quantity.h"

#include <stdlib.h>

#define TAG       "k8s.io/cluster-autoscaler/node-template/"
#define ASK_EVERY (5 * MINUTE_MS) /* a launch template: $Latest and $Default may be another by then */
#define MAX_TYPES 1000

/* ---- its instance type ---- */

static int ask_type(struct aws_asg *asg, const char *id, const char *version, char *type, size_t size, struct err *err)
{
	struct arena arena = {0};
	const struct xml *root;
	struct aws_query *query = arena_alloc(&arena, 1, sizeof *query);
	if (!query)
		return err_set(err, "out of memory");
	aws_begin(query, "DescribeLaunchTemplateVersions", "2016-11-15");
	aws_add(query, "LaunchTemplateId", id);
	aws_add(query, "LaunchTemplateVersion.1", *version ? version : "$Default");
	int result = aws_asg_ask(asg, "ec2", true, query, &arena, &root, err);
	if (result == 0)
		snprintf(type, size, "%s",
			 xml_text(root, "launchTemplateVersionSet/item/launchTemplateData/instanceType"));
	arena_free(&arena);
	return result;
}

static struct aws_template_type *remembered(struct aws_asg *asg, const char *key)
{
	for (size_t i = 0; i < asg->n_types; i++)
		if (strcmp(asg->types[i].key, key) == 0)
			return &asg->types[i];
	void *grown = asg->n_types < MAX_TYPES
			  ? heap_grown(asg->types, asg->n_types, &asg->types_room, sizeof *asg->types)
			  : NULL;
	asg->types = grown ? grown : asg->types;
	char *copy = grown ? strdup(key) : NULL;
	if (!copy)
		return NULL;
	asg->types[asg->n_types] = (struct aws_template_type){.key = copy, .asked_at = MS_UNSET};
	return &asg->types[asg->n_types++];
}

static int template_type(struct aws_asg *asg, const struct xml *launch, const char **type, struct err *err)
{
	const char *id = xml_text(launch, "LaunchTemplateId"), *version = xml_text(launch, "Version");
	char key[300];
	if (!*id)
		return 0;
	snprintf(key, sizeof key, "%.140s/%.140s", id, version);
	struct aws_template_type *known = remembered(asg, key);
	if (!known)
		return err_set(err, "too many launch templates, or out of memory");
	ms_t now = clock_mono();
	if (known->asked_at == MS_UNSET || now - known->asked_at >= ASK_EVERY) {
		if (ask_type(asg, id, version, known->type, sizeof known->type, err) < 0)
			return err_wrap(err, "launch template %.60s", id);
		known->asked_at = now;
	}
	*type = known->type;
	return 0;
}

/* "" when nothing tells. */
static int type_of(struct aws_asg *asg, const struct aws_group_source *source, const char **type, struct err *err)
{

	const struct xml *mixed = xml_at(source->group, "MixedInstancesPolicy/LaunchTemplate");
	*type = xml_text(mixed, "Overrides/member/InstanceType");
	if (source->any && *source->any->type)
		*type = source->any->type;
	if (**type)
		return 0;
	const struct xml *launch = xml_at(source->group, "LaunchTemplate");
	return template_type(asg, launch ? launch : xml_at(mixed, "LaunchTemplateSpecification"), type, err);
}

/* ---- its tags ---- */

static bool add_label(struct arena *arena, struct node_group *group, size_t *room, const char *key, const char *value)
{
	struct label *labels =
	    arena_grown(arena, (struct label *)group->labels, group->n_labels, room, sizeof *group->labels);
	if (!labels)
		return false;
	labels[group->n_labels++] = (struct label){arena_strdup(arena, key), arena_strdup(arena, value)};
	group->labels = labels;
	return labels[group->n_labels - 1].key && labels[group->n_labels - 1].value;
}

/* value: "value:NoSchedule" */
static bool add_taint(struct arena *arena, struct node_group *group, size_t *room, const char *key, const char *value)
{
	const char *colon = strrchr(value, ':');
	if (!colon)
		return true; /* upstream passes it over, too */
	struct node_taint *taints =
	    arena_grown(arena, (struct node_taint *)group->taints, group->n_taints, room, sizeof *group->taints);
	if (!taints)
		return false;
	group->taints = taints;
	struct node_taint *taint = &taints[group->n_taints++];
	*taint = (struct node_taint){arena_strdup(arena, key), arena_strndup(arena, value, (size_t)(colon - value)),
				     arena_strdup(arena, colon + 1)};
	return taint->key && taint->value && taint->effect;
}

static void take_resource(struct node_group *group, const char *name, const char *value)
{
	wide_t nano;
	struct err ignored;
	if (quantity_parse(value, strlen(value), &nano, &ignored) < 0 || nano <= 0)
		return;
	if (strcmp(name, "cpu") == 0)
		group->cpu_milli = quantity_milli(nano);
	else if (strcmp(name, "memory") == 0)
		group->memory_bytes = quantity_value(nano);
	else if (strcmp(name, "pods") == 0)
		group->pods = min64(quantity_value(nano), INT32_MAX);
}

static int read_tags(const struct xml *source, struct arena *arena, struct node_group *group, size_t *labels_room,
		     struct err *err)
{
	size_t taints_room = 0;
	bool fine = true;
	for (const struct xml *tag = xml_at(source, "Tags/member"); tag && fine; tag = tag->next) {
		const char *key = xml_text(tag, "Key"), *value = xml_text(tag, "Value");
		if (strncmp(key, TAG, sizeof TAG - 1) != 0)
			continue;
		key += sizeof TAG - 1;
		if (strncmp(key, "label/", 6) == 0)
			fine = add_label(arena, group, labels_room, key + 6, value);
		else if (strncmp(key, "taint/", 6) == 0)
			fine = add_taint(arena, group, &taints_room, key + 6, value);
		else if (strncmp(key, "resources/", 10) == 0)
			take_resource(group, key + 10, value);
	}
	return fine ? 0 : err_set(err, "out of memory for the tags of %s", group->name);
}

/* ---- all of it ---- */

static const struct instance_type *size_of(const struct aws_asg *asg, const char *type)
{
	const struct instance_type *found;
	struct err ignored;
	return asg->has_book && *type && price_book_find(&asg->book, type, &found, &ignored) == 0 ? found : NULL;
}

/* The labels that every node of EKS has. */
static int usual_labels(const struct aws_asg *asg, const struct instance_type *size, struct arena *arena,
			struct node_group *group, size_t *room, struct err *err)
{
	const struct label labels[] = {
	    {"node.kubernetes.io/instance-type", group->instance_type},
	    {"topology.kubernetes.io/zone", group->zone},
	    {"topology.kubernetes.io/region", asg->region},
	    {"kubernetes.io/arch", size ? size->arch : NULL},
	    {"kubernetes.io/os", "linux"},
	};
	for (size_t i = 0; i < COUNT(labels); i++)
		if (labels[i].value && !add_label(arena, group, room, labels[i].key, labels[i].value))
			return err_set(err, "out of memory for the labels of %s", group->name);
	return 0;
}

int aws_template(struct aws_asg *asg, const struct aws_group_source *source, struct arena *arena,
		 struct node_group *group, struct err *err)
{
	const char *type = "";
	size_t room = 0;
	const struct xml *zone = xml_at(source->group, "AvailabilityZones/member");
	if (type_of(asg, source, &type, err) < 0)
		return -1;
	const struct instance_type *size = size_of(asg, type);
	group->instance_type = *type ? arena_strdup(arena, type) : NULL;
	group->zone = zone && !zone->next ? arena_strdup(arena, zone->text) : NULL;
	if (size) {
		struct allocatable allocatable;
		node_allocatable(size, &allocatable);
		group->cpu_milli = allocatable.cpu_milli;
		group->memory_bytes = allocatable.memory_bytes;
		group->pods = allocatable.pods;
	}
	/* What a tag says goes before what is guessed: of labels with one key, the first counts. */
	if (read_tags(source->group, arena, group, &room, err) < 0 ||
	    usual_labels(asg, size, arena, group, &room, err) < 0)
		return -1;
	if (group->pods == 0)
		group->pods = 110;
	group->has_template = group->cpu_milli > 0 && group->memory_bytes > 0;
	return 0;
}
