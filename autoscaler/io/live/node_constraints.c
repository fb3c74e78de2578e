#include "node_store.h"

/* Constraints as they are kept, canonical JSON, read back into what node_admits takes. Arrays lie in the arena. */

struct reader {
	struct arena *arena;
	bool failed; /* memory ran out */
};

static uint32_t count(struct json_value value)
{
	struct json_walk walk = json_walk(value);
	struct json_value each;
	uint32_t n = 0;
	while (json_each(&walk, NULL, &each))
		n++;
	return n;
}

static void *room(struct reader *reader, uint32_t n, size_t size)
{
	void *memory = arena_alloc(reader->arena, n, size);
	reader->failed |= !memory;
	return memory;
}

/* NULL: none, or no string. */
static const char *text(const struct reader *reader, struct json_value value)
{
	return value.at ? json_text(value, reader->arena) : NULL;
}

static const struct label *read_labels(struct reader *reader, struct json_value object, uint32_t *n)
{
	struct json_walk walk = json_walk(object);
	struct json_value key, value;
	struct label *labels = room(reader, count(object), sizeof *labels);
	*n = 0;
	while (labels && walk.object && json_each(&walk, &key, &value))
		labels[(*n)++] = (struct label){text(reader, key), text(reader, value)};
	return labels;
}

static enum taint_effect effect_of(struct json_value value)
{
	static const struct {
		const char *name;
		enum taint_effect effect;
	} effects[] = {{"NoSchedule", EFFECT_NO_SCHEDULE},
		       {"NoExecute", EFFECT_NO_EXECUTE},
		       {"PreferNoSchedule", EFFECT_PREFER_NO_SCHEDULE}};
	for (size_t i = 0; i < COUNT(effects); i++)
		if (json_equals(value, effects[i].name))
			return effects[i].effect;
	return EFFECT_ANY;
}

static const struct taint *read_taints(struct reader *reader, struct json_value list, uint32_t *n)
{
	struct json_walk walk = json_walk(list);
	struct json_value each;
	struct taint *taints = room(reader, count(list), sizeof *taints);
	*n = 0;
	while (taints && json_each(&walk, NULL, &each))
		taints[(*n)++] =
		    (struct taint){text(reader, json_in(each, "key")), text(reader, json_in(each, "value")),
				   effect_of(json_in(each, "effect"))};
	return taints;
}

static const struct toleration *read_tolerations(struct reader *reader, struct json_value list, uint32_t *n)
{
	struct json_walk walk = json_walk(list);
	struct json_value each;
	struct toleration *tolerations = room(reader, count(list), sizeof *tolerations);
	*n = 0;
	while (tolerations && json_each(&walk, NULL, &each)) {
		struct json_value operator_ = json_in(each, "operator");
		bool equal = !operator_.at || json_equals(operator_, "Equal") || json_equals(operator_, "");
		tolerations[(*n)++] = (struct toleration){
		    text(reader, json_in(each, "key")),
		    json_equals(operator_, "Exists") ? TOLERATE_EXISTS
		    : equal                          ? TOLERATE_EQUAL
						     : TOLERATE_UNKNOWN,
		    text(reader, json_in(each, "value")),
		    effect_of(json_in(each, "effect")),
		};
	}
	return tolerations;
}

/* False: an operator that is not known. */
static bool match_operator(struct json_value value, enum match_operator *out)
{
	static const char *const names[] = {[MATCH_IN] = "In",         [MATCH_NOT_IN] = "NotIn",
					    [MATCH_EXISTS] = "Exists", [MATCH_DOES_NOT_EXIST] = "DoesNotExist",
					    [MATCH_GREATER] = "Gt",    [MATCH_LESS] = "Lt"};
	for (size_t i = 0; i < COUNT(names); i++)
		if (json_equals(value, names[i])) {
			*out = (enum match_operator)i;
			return true;
		}
	return false;
}

/* An operator that is not known makes a match of In with no value, which nothing meets. */
static const struct match *read_matches(struct reader *reader, struct json_value list, uint32_t *n)
{
	struct json_walk walk = json_walk(list), within;
	struct json_value each, value;
	struct match *matches = room(reader, count(list), sizeof *matches);
	*n = 0;
	while (matches && json_each(&walk, NULL, &each)) {
		struct match *match = &matches[(*n)++];
		struct json_value values = json_in(each, "values");
		bool known = match_operator(json_in(each, "operator"), &match->operator_);
		const char **texts = room(reader, count(values), sizeof *texts);
		match->key = text(reader, json_in(each, "key"));
		within = json_walk(values);
		while (known && texts && json_each(&within, NULL, &value))
			texts[match->n_values++] = text(reader, value);
		match->operator_ = known ? match->operator_ : MATCH_IN;
		match->values = texts;
	}
	return matches;
}

int constraints_read(const char *canonical, struct arena *arena, struct pod_constraints *out, struct err *err)
{
	struct reader reader = {arena, false};
	struct json_value all = {0}, term;
	*out = (struct pod_constraints){0};
	if (canonical && json_value_parse("constraints", canonical, strlen(canonical), &all, err) < 0)
		return -1;
	struct json_value affinity = json_in(all, "nodeAffinity");
	struct affinity_term *terms = room(&reader, count(affinity), sizeof *terms);
	out->tolerations = read_tolerations(&reader, json_in(all, "tolerations"), &out->n_tolerations);
	out->node_selector = read_labels(&reader, json_in(all, "nodeSelector"), &out->n_node_selector);
	out->has_affinity = affinity.at != NULL;
	struct json_walk walk = json_walk(affinity);
	while (terms && json_each(&walk, NULL, &term)) {
		struct affinity_term *one = &terms[out->n_terms++];
		one->expressions = read_matches(&reader, json_in(term, "matchExpressions"), &one->n_expressions);
		one->fields = read_matches(&reader, json_in(term, "matchFields"), &one->n_fields);
	}
	out->terms = terms;
	return reader.failed ? err_set(err, "out of memory for the constraints of a pod") : 0;
}

int traits_read(const char *canonical, struct arena *arena, struct node_traits *out, struct err *err)
{
	struct reader reader = {arena, false};
	struct json_value all;
	*out = (struct node_traits){0};
	if (json_value_parse("node", canonical, strlen(canonical), &all, err) < 0)
		return -1;
	out->labels = read_labels(&reader, json_in(all, "labels"), &out->n_labels);
	out->taints = read_taints(&reader, json_in(all, "taints"), &out->n_taints);
	out->unschedulable = json_bool(json_in(all, "unschedulable"), false);
	return reader.failed ? err_set(err, "out of memory for the traits of a node") : 0;
}

static enum taint_effect effect_named(const char *name)
{
	return strcmp(name, "NoSchedule") == 0         ? EFFECT_NO_SCHEDULE
	       : strcmp(name, "NoExecute") == 0        ? EFFECT_NO_EXECUTE
	       : strcmp(name, "PreferNoSchedule") == 0 ? EFFECT_PREFER_NO_SCHEDULE
						       : EFFECT_ANY;
}

int group_traits(const struct node_group *group, struct arena *arena, struct node_traits *out, struct err *err)
{
	struct reader reader = {arena, false};
	struct taint *taints = room(&reader, group->n_taints, sizeof *taints);
	if (reader.failed)
		return err_set(err, "out of memory for the traits of node group %s", group->name);
	for (uint32_t i = 0; i < group->n_taints; i++)
		taints[i] =
		    (struct taint){group->taints[i].key, group->taints[i].value, effect_named(group->taints[i].effect)};
	*out = (struct node_traits){
	    .labels = group->labels, .taints = taints, .n_labels = group->n_labels, .n_taints = group->n_taints};
	return 0;
}
