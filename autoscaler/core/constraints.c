#include "constraints.h"

/* ---- taints ---- */

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static bool same(const char *a, const char *b)
{
	return strcmp(text_of(a), text_of(b)) == 0;
}

static bool tolerates(const struct toleration *toleration, const struct taint *taint)
{
	if (toleration->effect != EFFECT_ANY && toleration->effect != taint->effect)
		return false;
	if (text_of(toleration->key)[0] && !same(toleration->key, taint->key))
		return false;
	return toleration->operator_ == TOLERATE_EXISTS ||
	       (toleration->operator_ == TOLERATE_EQUAL && same(toleration->value, taint->value));
}

static bool is_tolerated(const struct pod_constraints *pod, const struct taint *taint)
{
	if (taint->effect != EFFECT_NO_SCHEDULE && taint->effect != EFFECT_NO_EXECUTE)
		return true;
	for (uint32_t i = 0; i < pod->n_tolerations; i++)
		if (tolerates(&pod->tolerations[i], taint))
			return true;
	return false;
}

static bool taints_allow(const struct node_traits *node, const struct pod_constraints *pod)
{
	static const struct taint cordon = {"node.kubernetes.io/unschedulable", "", EFFECT_NO_SCHEDULE};
	for (uint32_t i = 0; i < node->n_taints; i++)
		if (!is_tolerated(pod, &node->taints[i]))
			return false;
	return !node->unschedulable || is_tolerated(pod, &cordon);
}

/* ---- labels ---- */

/* NULL: the node has no such label. */
static const char *label_value(const struct node_traits *node, const char *key)
{
	for (uint32_t i = 0; i < node->n_labels; i++)
		if (same(node->labels[i].key, key))
			return text_of(node->labels[i].value);
	return NULL;
}

static bool selector_matches(const struct node_traits *node, const struct pod_constraints *pod)
{
	for (uint32_t i = 0; i < pod->n_node_selector; i++) {
		const char *found = label_value(node, pod->node_selector[i].key);
		if (!found || !same(found, pod->node_selector[i].value))
			return false;
	}
	return true;
}

static bool is_among(const struct match *match, const char *value)
{
	for (uint32_t i = 0; i < match->n_values; i++)
		if (same(match->values[i], value))
			return true;
	return false;
}

/* A whole number in 64 bits, with or without a sign. */
static bool parse_whole(const char *text, int64_t *out)
{
	bool negative = *text == '-';
	wide_t value = 0;
	text += *text == '-' || *text == '+';
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (*text - '0');
		if (value > (wide_t)INT64_MAX + negative)
			return false;
	}
	*out = (int64_t)(negative ? -value : value);
	return true;
}

static bool is_alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_label_value(const char *text)
{
	size_t length = strlen(text);
	if (length == 0)
		return true;
	if (length > 63 || !is_alphanumeric(text[0]) || !is_alphanumeric(text[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_alphanumeric(text[i]) && text[i] != '-' && text[i] != '_' && text[i] != '.')
			return false;
	return true;
}

/* How many values each operator takes, and whether they must be whole numbers. */
static const struct {
	uint32_t least, most;
	bool whole;
} operands[] = {
    [MATCH_IN] = {1, UINT32_MAX, false},    [MATCH_NOT_IN] = {1, UINT32_MAX, false}, [MATCH_EXISTS] = {0, 0, false},
    [MATCH_DOES_NOT_EXIST] = {0, 0, false}, [MATCH_GREATER] = {1, 1, true},          [MATCH_LESS] = {1, 1, true},
};

static bool is_well_formed(const struct match *match)
{
	int64_t ignored;
	if ((unsigned)match->operator_ >= COUNT(operands) || match->n_values < operands[match->operator_].least ||
	    match->n_values > operands[match->operator_].most)
		return false;
	for (uint32_t i = 0; i < match->n_values; i++) {
		const char *value = text_of(match->values[i]);
		if (!is_label_value(value) || (operands[match->operator_].whole && !parse_whole(value, &ignored)))
			return false;
	}
	return true;
}

static bool compares(const struct match *match, const char *found)
{
	int64_t value, bound;
	if (!parse_whole(found, &value) || !parse_whole(text_of(match->values[0]), &bound))
		return false;
	return match->operator_ == MATCH_GREATER ? value > bound : value < bound;
}

static bool expression_holds(const struct node_traits *node, const struct match *match)
{
	const char *found = label_value(node, match->key);
	switch (match->operator_) {
	case MATCH_IN:
		return found && is_among(match, found);
	case MATCH_NOT_IN:
		return !found || !is_among(match, found);
	case MATCH_EXISTS:
		return found;
	case MATCH_DOES_NOT_EXIST:
		return !found;
	case MATCH_GREATER:
	case MATCH_LESS:
		return found && compares(match, found);
	}
	return false;
}

/* ---- required node affinity ---- */

/* A field is compared with one value; the only one there is, is the name. */
static bool field_holds(const struct node_traits *node, const struct match *match)
{
	const char *found = same(match->key, "metadata.name") ? text_of(node->name) : "";
	if (match->n_values != 1)
		return false;
	if (match->operator_ == MATCH_IN)
		return same(found, match->values[0]);
	return match->operator_ == MATCH_NOT_IN && !same(found, match->values[0]);
}

static bool term_matches(const struct node_traits *node, const struct affinity_term *term)
{
	for (uint32_t i = 0; i < term->n_expressions; i++)
		if (!is_well_formed(&term->expressions[i]) || !expression_holds(node, &term->expressions[i]))
			return false;
	for (uint32_t i = 0; i < term->n_fields; i++)
		if (!field_holds(node, &term->fields[i]))
			return false;
	return term->n_expressions || term->n_fields;
}

static bool affinity_matches(const struct node_traits *node, const struct pod_constraints *pod)
{
	for (uint32_t i = 0; i < pod->n_terms; i++)
		if (term_matches(node, &pod->terms[i]))
			return true;
	return !pod->has_affinity;
}

bool node_admits(const struct node_traits *node, const struct pod_constraints *pod)
{
	return taints_allow(node, pod) && selector_matches(node, pod) && affinity_matches(node, pod);
}
