#include "node_classes.h"

#include "table.h"

static const char hostname_key[] = "kubernetes.io/hostname";

/* ---- shapes ---- */

static bool names_nodes(const struct pod_constraints *constraints)
{
	for (uint32_t i = 0; i < constraints->n_node_selector; i++)
		if (constraints->node_selector[i].key && strcmp(constraints->node_selector[i].key, hostname_key) == 0)
			return true;
	for (uint32_t t = 0; t < constraints->n_terms; t++) {
		const struct affinity_term *term = &constraints->terms[t];
		if (term->n_fields)
			return true;
		for (uint32_t i = 0; i < term->n_expressions; i++)
			if (term->expressions[i].key && strcmp(term->expressions[i].key, hostname_key) == 0)
				return true;
	}
	return false;
}

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
	classes->by_name |= names_nodes(constraints);
	classes->shapes[classes->n_shapes] = pod->scheduling;
	classes->shape_slots[slot] = (uint32_t)classes->n_shapes + 1;
	return (int64_t)classes->n_shapes++;
}

/* ---- kinds ---- */

static struct node_traits *new_kind(struct node_classes *classes, const struct live_node *node, uint64_t hash,
				    struct err *err)
{
	void *kinds =
	    arena_grown(classes->arena, classes->kinds, classes->n_kinds, &classes->kinds_room, sizeof *classes->kinds);
	classes->kinds = kinds ? kinds : classes->kinds;
	void *traits = arena_grown(classes->arena, classes->traits, classes->n_kinds, &classes->traits_room,
				   sizeof *classes->traits);
	classes->traits = traits ? traits : classes->traits;
	void *hashes = arena_grown(classes->arena, classes->hashes, classes->n_kinds, &classes->hashes_room,
				   sizeof *classes->hashes);
	classes->hashes = hashes ? hashes : classes->hashes;
	if (!kinds || !traits || !hashes) {
		err_set(err, "out of memory for the kinds of nodes");
		return NULL;
	}
	classes->kinds[classes->n_kinds] = node;
	classes->hashes[classes->n_kinds] = hash;
	return &classes->traits[classes->n_kinds++];
}

static int64_t kind_named(struct node_classes *classes, const struct live_node *node, bool named, struct err *err)
{
	uint64_t hash = table_hash(named, node->traits, strlen(node->traits));
	for (size_t i = 0; i < classes->n_kinds; i++)
		if (classes->hashes[i] == hash && classes->kinds[i] && !named &&
		    strcmp(classes->kinds[i]->traits, node->traits) == 0)
			return (int64_t)i;
	struct node_traits *traits = new_kind(classes, node, hash, err);
	if (!traits || traits_read(node->traits, named ? node->name : NULL, named ? node->hostname : NULL,
				   classes->arena, traits, err) < 0)
		return -1;
	return (int64_t)classes->n_kinds - 1;
}

int64_t kind_of(struct node_classes *classes, const struct live_node *node, struct err *err)
{
	return kind_named(classes, node, classes->by_name, err);
}

int64_t kind_like(struct node_classes *classes, const struct live_node *node, struct err *err)
{
	return kind_named(classes, node, false, err);
}

int64_t kind_of_group(struct node_classes *classes, const struct node_group *group, struct err *err)
{
	struct node_traits *traits = new_kind(classes, NULL, 0, err);
	if (!traits || group_traits(group, classes->arena, traits, err) < 0)
		return -1;
	return (int64_t)classes->n_kinds - 1;
}

uint8_t *classes_fit(const struct node_classes *classes, struct err *err)
{
	uint8_t *fits = arena_alloc(classes->arena, classes->n_shapes * classes->n_kinds, 1);
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

/* ---- DaemonSets ---- */

/* Its controller ties each pod to a node by name; what is left says where there would be others. */
static void untie(struct pod_constraints *constraints, struct affinity_term *terms)
{
	uint32_t kept = 0;
	for (uint32_t t = 0; t < constraints->n_terms; t++) {
		terms[kept] = constraints->terms[t];
		terms[kept].n_fields = 0;
		kept += terms[kept].n_expressions > 0;
	}
	constraints->terms = terms;
	constraints->n_terms = kept;
	constraints->has_affinity = kept > 0;
}

int daemon_fits(const struct node_classes *classes, const struct live_pod *pod, uint32_t kind, bool *fits,
		struct err *err)
{
	struct pod_constraints constraints;
	if (constraints_read(pod->scheduling, classes->arena, &constraints, err) < 0)
		return err_wrap(err, "pod %s/%s", pod->namespace_, pod->name);
	struct affinity_term *terms = arena_alloc(classes->arena, constraints.n_terms, sizeof *terms);
	if (!terms)
		return err_set(err, "out of memory for the constraints of DaemonSets");
	untie(&constraints, terms);
	*fits = node_admits(&classes->traits[kind], &constraints);
	return 0;
}
