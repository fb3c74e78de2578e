#include "node_classes.h"

#include "table.h"

#include <stdlib.h>

static const char hostname_key[] = "kubernetes.io/hostname";

/* ---- what is looked at ---- */

static bool note_key(struct node_classes *classes, const char *key)
{
	for (size_t i = 0; i < classes->n_keys; i++)
		if (strcmp(classes->keys[i], key) == 0)
			return true;
	void *grown =
	    arena_grown(classes->arena, classes->keys, classes->n_keys, &classes->keys_room, sizeof *classes->keys);
	if (!grown)
		return false;
	classes->keys = grown;
	classes->keys[classes->n_keys++] = key;
	return true;
}

static int note_keys(struct node_classes *classes, const struct pod_constraints *constraints, struct err *err)
{
	bool fine = true;
	for (uint32_t i = 0; i < constraints->n_node_selector; i++)
		if (constraints->node_selector[i].key)
			fine &= note_key(classes, constraints->node_selector[i].key);
	for (uint32_t t = 0; t < constraints->n_terms; t++) {
		const struct affinity_term *term = &constraints->terms[t];
		classes->by_name |= term->n_fields > 0;
		for (uint32_t i = 0; i < term->n_expressions; i++)
			if (term->expressions[i].key)
				fine &= note_key(classes, term->expressions[i].key);
	}
	return fine ? 0 : err_set(err, "out of memory for the constraints of pods");
}

/* ---- shapes ---- */

static size_t slot_of(const struct node_classes *classes, const char *text)
{
	size_t at = mix64((uint64_t)(uintptr_t)text) & (classes->n_shape_slots - 1);
	while (classes->shape_slots[at] && classes->shapes[classes->shape_slots[at] - 1] != text)
		at = (at + 1) & (classes->n_shape_slots - 1);
	return at;
}

/* The table is never more than half full. */
static bool reserve_slot(struct node_classes *classes)
{
	if (2 * (classes->n_shapes + 1) < classes->n_shape_slots)
		return true;
	size_t n = classes->n_shape_slots ? 2 * classes->n_shape_slots : 256;
	uint32_t *slots = arena_alloc(classes->arena, n, sizeof *slots);
	if (!slots)
		return false;
	classes->shape_slots = slots;
	classes->n_shape_slots = n;
	for (size_t i = 0; i < classes->n_shapes; i++)
		slots[slot_of(classes, classes->shapes[i])] = (uint32_t)i + 1;
	return true;
}

static bool reserve_shape(struct node_classes *classes)
{
	void *shapes = arena_grown(classes->arena, classes->shapes, classes->n_shapes, &classes->shapes_room,
				   sizeof *classes->shapes);
	classes->shapes = shapes ? shapes : classes->shapes;
	void *constraints = arena_grown(classes->arena, classes->constraints, classes->n_shapes,
					&classes->constraints_room, sizeof *classes->constraints);
	classes->constraints = constraints ? constraints : classes->constraints;
	return shapes && constraints && reserve_slot(classes);
}

int64_t shape_of(struct node_classes *classes, const struct live_pod *pod, struct err *err)
{
	if (!reserve_shape(classes))
		return err_set(err, "out of memory for the constraints of pods");
	size_t slot = slot_of(classes, pod->scheduling);
	if (classes->shape_slots[slot])
		return classes->shape_slots[slot] - 1;
	struct pod_constraints *constraints = &classes->constraints[classes->n_shapes];
	if (constraints_read(pod->scheduling, classes->arena, constraints, err) < 0)
		return err_wrap(err, "pod %s/%s", pod->namespace_, pod->name);
	if (note_keys(classes, constraints, err) < 0)
		return -1;
	classes->shapes[classes->n_shapes] = pod->scheduling;
	classes->shape_slots[slot] = (uint32_t)classes->n_shapes + 1;
	return (int64_t)classes->n_shapes++;
}

int daemon_constraints(struct node_classes *classes, const struct live_pod *pod, struct pod_constraints *out,
		       struct err *err)
{
	if (constraints_read(pod->scheduling, classes->arena, out, err) < 0)
		return err_wrap(err, "pod %s/%s", pod->namespace_, pod->name);
	struct affinity_term *terms = arena_alloc(classes->arena, out->n_terms, sizeof *terms);
	if (!terms)
		return err_set(err, "out of memory for the constraints of DaemonSets");
	uint32_t kept = 0;
	for (uint32_t t = 0; t < out->n_terms; t++) {
		terms[kept] = out->terms[t];
		terms[kept].n_fields = 0;
		kept += terms[kept].n_expressions > 0;
	}
	out->terms = terms;
	out->n_terms = kept;
	out->has_affinity = kept > 0;
	return note_keys(classes, out, err);
}

/* ---- kinds ---- */

static const char *value_of(const struct node_traits *traits, const char *key)
{
	for (uint32_t i = 0; i < traits->n_labels; i++)
		if (texts_equal(traits->labels[i].key, key))
			return traits->labels[i].value ? traits->labels[i].value : "";
	return NULL;
}

static uint64_t hash_of(const struct node_classes *classes, const struct node_traits *traits)
{
	uint64_t hash = table_hash_text(traits->unschedulable, classes->by_name ? traits->name : NULL);
	for (size_t i = 0; i < classes->n_keys; i++)
		hash = table_hash_text(hash, value_of(traits, classes->keys[i]));
	for (uint32_t i = 0; i < traits->n_taints; i++)
		hash = table_hash_text(table_hash_text(hash ^ traits->taints[i].effect, traits->taints[i].key),
				       traits->taints[i].value);
	return hash;
}

static bool alike(const struct node_classes *classes, const struct node_traits *a, const struct node_traits *b)
{
	bool equal = a->unschedulable == b->unschedulable && a->n_taints == b->n_taints &&
		     (!classes->by_name || texts_equal(a->name, b->name));
	for (uint32_t i = 0; equal && i < a->n_taints; i++)
		equal = a->taints[i].effect == b->taints[i].effect && texts_equal(a->taints[i].key, b->taints[i].key) &&
			texts_equal(a->taints[i].value, b->taints[i].value);
	for (size_t i = 0; equal && i < classes->n_keys; i++)
		equal = texts_equal(value_of(a, classes->keys[i]), value_of(b, classes->keys[i]));
	return equal;
}

static int64_t kind_with(struct node_classes *classes, const struct node_traits *traits, struct err *err)
{
	uint64_t hash = hash_of(classes, traits);
	for (size_t i = 0; i < classes->n_kinds; i++)
		if (classes->hashes[i] == hash && alike(classes, &classes->traits[i], traits))
			return (int64_t)i;
	void *all = arena_grown(classes->arena, classes->traits, classes->n_kinds, &classes->traits_room,
				sizeof *classes->traits);
	classes->traits = all ? all : classes->traits;
	void *hashes = arena_grown(classes->arena, classes->hashes, classes->n_kinds, &classes->hashes_room,
				   sizeof *classes->hashes);
	classes->hashes = hashes ? hashes : classes->hashes;
	if (!all || !hashes)
		return err_set(err, "out of memory for the kinds of nodes");
	classes->traits[classes->n_kinds] = *traits;
	classes->hashes[classes->n_kinds] = hash;
	return (int64_t)classes->n_kinds++;
}

int64_t kind_of(struct node_classes *classes, const struct live_node *node, struct err *err)
{
	struct node_traits traits;
	if (traits_read(node->traits, classes->arena, &traits, err) < 0)
		return err_wrap(err, "node %s", node->name);
	traits.name = node->name;
	return kind_with(classes, &traits, err);
}

int64_t kind_like(struct node_classes *classes, const struct live_node *node, struct err *err)
{
	struct node_traits traits;
	if (traits_read(node->traits, classes->arena, &traits, err) < 0)
		return err_wrap(err, "node %s", node->name);
	struct label *labels = arena_alloc(classes->arena, traits.n_labels, sizeof *labels);
	if (!labels)
		return err_set(err, "out of memory for the kinds of nodes");
	uint32_t kept = 0;
	for (uint32_t i = 0; i < traits.n_labels; i++)
		if (!texts_equal(traits.labels[i].key, hostname_key))
			labels[kept++] = traits.labels[i];
	traits.labels = labels;
	traits.n_labels = kept;
	return kind_with(classes, &traits, err);
}

int64_t kind_of_group(struct node_classes *classes, const struct node_group *group, struct err *err)
{
	struct node_traits traits;
	return group_traits(group, classes->arena, &traits, err) < 0 ? -1 : kind_with(classes, &traits, err);
}

uint8_t *classes_fit(const struct node_classes *classes, struct err *err)
{
	uint8_t *fits = arena_alloc(classes->arena, (classes->n_shapes + 1) * classes->n_kinds, 1);
	if (!fits) {
		err_set(err, "out of memory for %zu constraints on %zu kinds of nodes", classes->n_shapes,
			classes->n_kinds);
		return NULL;
	}
	for (size_t s = 0; s < classes->n_shapes; s++)
		for (size_t k = 0; k < classes->n_kinds; k++)
			fits[s * classes->n_kinds + k] = node_admits(&classes->traits[k], &classes->constraints[s]);
	return fits;
}
