#include "constraints.h"

#include <setjmp.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

/* ---- taints and tolerations: every combination, beside upstream's rule written out ---- */

static const char *const keys[] = {NULL, "", "a", "b"};
static const char *const values[] = {NULL, "", "x", "y"};

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Toleration.ToleratesTaint, line by line. */
static bool upstream_tolerates(const struct toleration *t, const struct taint *taint)
{
	if (t->effect != EFFECT_ANY && t->effect != taint->effect)
		return false;
	if (t->key && t->key[0] && !same(t->key, taint->key))
		return false;
	switch (t->operator_) {
	case TOLERATE_EQUAL:
		return same(t->value, taint->value);
	case TOLERATE_EXISTS:
		return true;
	default:
		return false;
	}
}

static void tolerations_as_upstream(void **state)
{
	(void)state;
	uint32_t admitted = 0, refused = 0;
	for (unsigned i = 0; i < 4u * 4 * 4 * 3 * 4 * 3 * 3; i++) {
		unsigned at = i;
		struct toleration t = {.key = keys[at % 4], .value = values[at / 4 % 4]};
		at /= 16;
		t.effect = (enum taint_effect)(at % 4), at /= 4;
		t.operator_ = (enum toleration_operator)(at % 3), at /= 3;
		struct taint taint = {.value = values[at % 4]};
		at /= 4;
		taint.key = keys[1 + at % 3], at /= 3;
		taint.effect = (enum taint_effect)(EFFECT_NO_SCHEDULE + at % 3);
		const struct node_traits node = {.name = "n", .taints = &taint, .n_taints = 1};
		const struct pod_constraints bare = {0}, pod = {.tolerations = &t, .n_tolerations = 1};
		bool wish = taint.effect == EFFECT_PREFER_NO_SCHEDULE;
		assert_int_equal(node_admits(&node, &bare), wish);
		assert_int_equal(node_admits(&node, &pod), wish || upstream_tolerates(&t, &taint));
		admitted += node_admits(&node, &pod), refused += !node_admits(&node, &pod);
	}
	assert_true(admitted > 500 && refused > 500);
}

/* Each taint needs a toleration; one toleration may do for many. */
static void every_taint_is_tolerated(void **state)
{
	(void)state;
	const struct taint taints[] = {{"dedicated", "gpu", EFFECT_NO_SCHEDULE},
				       {"spot", "true", EFFECT_NO_EXECUTE},
				       {"slow", "", EFFECT_PREFER_NO_SCHEDULE}};
	const struct toleration some[] = {{"dedicated", TOLERATE_EQUAL, "gpu", EFFECT_NO_SCHEDULE},
					  {"spot", TOLERATE_EXISTS, "", EFFECT_ANY}};
	const struct toleration all = {"", TOLERATE_EXISTS, "", EFFECT_ANY};
	const struct node_traits node = {.taints = taints, .n_taints = COUNT(taints)};
	struct pod_constraints pod = {.tolerations = some, .n_tolerations = 2};
	assert_true(node_admits(&node, &pod));
	pod.n_tolerations = 1;
	assert_false(node_admits(&node, &pod));
	pod.tolerations = &some[1];
	assert_false(node_admits(&node, &pod));
	pod.tolerations = &all;
	assert_true(node_admits(&node, &pod));
}

static void a_cordon_is_a_taint(void **state)
{
	(void)state;
	const struct toleration cordon = {"node.kubernetes.io/unschedulable", TOLERATE_EXISTS, NULL,
					  EFFECT_NO_SCHEDULE},
				other = {"node.kubernetes.io/unschedulable", TOLERATE_EXISTS, NULL, EFFECT_NO_EXECUTE};
	const struct node_traits node = {.unschedulable = true};
	struct pod_constraints pod = {0};
	assert_false(node_admits(&node, &pod));
	pod.tolerations = &cordon, pod.n_tolerations = 1;
	assert_true(node_admits(&node, &pod));
	pod.tolerations = &other;
	assert_false(node_admits(&node, &pod));
}

/* ---- labels ---- */

static const struct label labels[] = {{"zone", "a"},
				      {"cores", "8"},
				      {"empty", ""},
				      {"none", NULL},
				      {"word", "eight"},
				      {"neg", "-3"},
				      {"big", "9223372036854775807"},
				      {"huge", "9223372036854775808"},
				      {"zeros", "007"}};
static const struct node_traits labelled = {.name = "node-1", .labels = labels, .n_labels = COUNT(labels)};

static void node_selector(void **state)
{
	(void)state;
	const struct {
		struct label wanted[2];
		uint32_t n;
		bool admitted;
	} cases[] = {
	    {{{"zone", "a"}}, 1, true},
	    {{{"zone", "b"}}, 1, false},
	    {{{"zone", ""}}, 1, false},
	    {{{"Zone", "a"}}, 1, false},
	    {{{"absent", ""}}, 1, false},
	    {{{"empty", ""}}, 1, true},
	    {{{"none", ""}}, 1, true},
	    {{{"empty", NULL}}, 1, true},
	    {{{"zone", "a"}, {"cores", "8"}}, 2, true},
	    {{{"zone", "a"}, {"cores", "4"}}, 2, false},
	    {{{0}}, 0, true},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pod_constraints pod = {.node_selector = cases[i].wanted, .n_node_selector = cases[i].n};
		if (node_admits(&labelled, &pod) != cases[i].admitted)
			fail_msg("case %zu", i);
	}
}

/* One term of one requirement. */
static bool holds(const char *key, enum match_operator operator_, const char *const *wanted, uint32_t n)
{
	const struct match match = {key, operator_, wanted, n};
	const struct affinity_term term = {.expressions = &match, .n_expressions = 1};
	const struct pod_constraints pod = {.terms = &term, .n_terms = 1, .has_affinity = true};
	return node_admits(&labelled, &pod);
}

static const char long_value[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; /* 64 */

static void operators(void **state)
{
	(void)state;
	const struct {
		const char *key;
		enum match_operator operator_;
		const char *values[3];
		uint32_t n;
		bool holds;
	} cases[] = {
	    {"zone", MATCH_IN, {"a"}, 1, true},
	    {"zone", MATCH_IN, {"b", "a"}, 2, true},
	    {"zone", MATCH_IN, {"b", "c"}, 2, false},
	    {"zone", MATCH_IN, {0}, 0, false},
	    {"absent", MATCH_IN, {"a"}, 1, false},
	    {"absent", MATCH_IN, {""}, 1, false},
	    {"empty", MATCH_IN, {""}, 1, true},
	    {"empty", MATCH_IN, {NULL}, 1, true},
	    {"zone", MATCH_NOT_IN, {"a"}, 1, false},
	    {"zone", MATCH_NOT_IN, {"b", "c"}, 2, true},
	    {"zone", MATCH_NOT_IN, {"b", "a"}, 2, false},
	    {"absent", MATCH_NOT_IN, {"a"}, 1, true},
	    {"absent", MATCH_NOT_IN, {0}, 0, false}, /* refused by upstream: no values */
	    {"zone", MATCH_EXISTS, {0}, 0, true},
	    {"empty", MATCH_EXISTS, {0}, 0, true},
	    {"none", MATCH_EXISTS, {0}, 0, true},
	    {"absent", MATCH_EXISTS, {0}, 0, false},
	    {"zone", MATCH_EXISTS, {"a"}, 1, false}, /* refused: takes none */
	    {"zone", MATCH_DOES_NOT_EXIST, {0}, 0, false},
	    {"absent", MATCH_DOES_NOT_EXIST, {0}, 0, true},
	    {"absent", MATCH_DOES_NOT_EXIST, {"a"}, 1, false},
	    {"cores", MATCH_GREATER, {"7"}, 1, true},
	    {"cores", MATCH_GREATER, {"8"}, 1, false},
	    {"cores", MATCH_GREATER, {"9"}, 1, false},
	    {"cores", MATCH_LESS, {"9"}, 1, true},
	    {"cores", MATCH_LESS, {"8"}, 1, false},
	    {"cores", MATCH_LESS, {"10"}, 1, true}, /* as numbers, not as texts */
	    {"cores", MATCH_GREATER, {"7", "6"}, 2, false},
	    {"cores", MATCH_GREATER, {0}, 0, false},
	    {"cores", MATCH_GREATER, {""}, 1, false},
	    {"cores", MATCH_GREATER, {"many"}, 1, false},
	    {"cores", MATCH_GREATER, {"7.5"}, 1, false},
	    {"cores", MATCH_GREATER, {"-7"}, 1, false}, /* no label can be that */
	    {"cores", MATCH_GREATER, {"+7"}, 1, false},
	    {"cores", MATCH_GREATER, {"0x7"}, 1, false},
	    {"cores", MATCH_GREATER, {"9223372036854775808"}, 1, false},
	    {"cores", MATCH_LESS, {"9223372036854775807"}, 1, true},
	    {"cores", MATCH_LESS, {"99999999999999999999999999999999999999999999999999"}, 1, false},
	    {"absent", MATCH_GREATER, {"1"}, 1, false},
	    {"absent", MATCH_LESS, {"1"}, 1, false},
	    {"word", MATCH_GREATER, {"1"}, 1, false},
	    {"empty", MATCH_LESS, {"1"}, 1, false},
	    {"neg", MATCH_LESS, {"1"}, 1, true},
	    {"big", MATCH_GREATER, {"9223372036854775806"}, 1, true},
	    {"huge", MATCH_GREATER, {"1"}, 1, false},
	    {"zeros", MATCH_LESS, {"8"}, 1, true},
	    {"zeros", MATCH_GREATER, {"0006"}, 1, true},
	    {"zone", MATCH_NOT_IN, {"no label"}, 1, false}, /* what no label can be is refused, whatever it would do */
	    {"zone", MATCH_IN, {"a", "-a"}, 2, false},
	    {"zone", MATCH_IN, {"a", "a-"}, 2, false},
	    {"zone", MATCH_IN, {"a", "b/c"}, 2, false},
	    {"zone", MATCH_IN, {"a", "b_c.d-E9"}, 2, true},
	    {"zone", MATCH_IN, {"a", long_value}, 2, false},
	    {"zone", MATCH_IN, {"a", long_value + 1}, 2, true},
	    {"zone", (enum match_operator)17, {"a"}, 1, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++)
		if (holds(cases[i].key, cases[i].operator_, cases[i].values, cases[i].n) != cases[i].holds)
			fail_msg("case %zu: %s", i, cases[i].key);
}

static void the_name_is_a_field(void **state)
{
	(void)state;
	static const char *const mine[] = {"node-1", "node-2"}, *const other[] = {"node-2"};
	const struct {
		const char *key;
		enum match_operator operator_;
		const char *const *values;
		uint32_t n;
		bool here, fresh; /* on node-1; on a node without a name yet */
	} cases[] = {
	    {"metadata.name", MATCH_IN, mine, 1, true, false},
	    {"metadata.name", MATCH_IN, other, 1, false, false},
	    {"metadata.name", MATCH_NOT_IN, mine, 1, false, true},
	    {"metadata.name", MATCH_NOT_IN, other, 1, true, true},
	    {"metadata.name", MATCH_IN, mine, 2, false, false}, /* exactly one value */
	    {"metadata.name", MATCH_NOT_IN, mine, 2, false, false},
	    {"metadata.name", MATCH_IN, mine, 0, false, false},
	    {"metadata.name", MATCH_EXISTS, mine, 0, false, false},
	    {"metadata.name", MATCH_GREATER, mine, 1, false, false},
	    {"metadata.uid", MATCH_IN, mine, 1, false, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct match match = {cases[i].key, cases[i].operator_, cases[i].values, cases[i].n};
		const struct affinity_term term = {.fields = &match, .n_fields = 1};
		const struct pod_constraints pod = {.terms = &term, .n_terms = 1, .has_affinity = true};
		const struct node_traits fresh = {0};
		if (node_admits(&labelled, &pod) != cases[i].here || node_admits(&fresh, &pod) != cases[i].fresh)
			fail_msg("case %zu", i);
	}
}

/* Terms are alternatives, what is in one must all hold; an empty term, and no term, match nothing. */
static void terms_and_requirements(void **state)
{
	(void)state;
	static const char *const a[] = {"a"}, *const b[] = {"b"}, *const name[] = {"node-1"};
	const struct match yes = {"zone", MATCH_IN, a, 1}, no = {"zone", MATCH_IN, b, 1},
			   broken = {"zone", MATCH_IN, a, 0};
	const struct match here = {"metadata.name", MATCH_IN, name, 1};
	const struct match yes_no[] = {yes, no}, yes_yes[] = {yes, yes}, broken_yes[] = {broken, yes};
	const struct affinity_term both = {.expressions = yes_no, .n_expressions = 2},
				   twice = {.expressions = yes_yes, .n_expressions = 2}, empty = {0},
				   wrong = {.expressions = broken_yes, .n_expressions = 2},
				   mixed = {.expressions = &yes, .n_expressions = 1, .fields = &here, .n_fields = 1},
				   half = {.expressions = &no, .n_expressions = 1, .fields = &here, .n_fields = 1};
	const struct {
		struct affinity_term terms[3];
		uint32_t n;
		bool admitted;
	} cases[] = {{{both}, 1, false},
		     {{twice}, 1, true},
		     {{both, twice}, 2, true},
		     {{twice, both}, 2, true},
		     {{empty}, 1, false},
		     {{empty, twice}, 2, true},
		     {{wrong}, 1, false},
		     {{wrong, twice}, 2, true},
		     {{mixed}, 1, true},
		     {{half}, 1, false},
		     {{half, empty, wrong}, 3, false},
		     {{both}, 0, false}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct pod_constraints pod = {.terms = cases[i].terms, .n_terms = cases[i].n, .has_affinity = true};
		if (node_admits(&labelled, &pod) != cases[i].admitted)
			fail_msg("case %zu", i);
		pod.has_affinity = false;
		assert_true(node_admits(&labelled, &pod));
	}
}

/* Taints, selector and affinity must all agree. */
static void all_must_agree(void **state)
{
	(void)state;
	static const char *const wanted[2][1] = {{"b"}, {"a"}};
	const struct label selectors[] = {{"cores", "4"}, {"cores", "8"}};
	const struct toleration tolerations[] = {{"other", TOLERATE_EXISTS, NULL, EFFECT_ANY},
						 {"t", TOLERATE_EXISTS, NULL, EFFECT_ANY}};
	const struct taint taint = {"t", "", EFFECT_NO_EXECUTE};
	struct node_traits node = labelled;
	node.taints = &taint, node.n_taints = 1;
	for (unsigned i = 0; i < 8; i++) {
		const struct match match = {"zone", MATCH_IN, wanted[i & 1], 1};
		const struct affinity_term term = {.expressions = &match, .n_expressions = 1};
		const struct pod_constraints pod = {.tolerations = &tolerations[i >> 2],
						    .n_tolerations = 1,
						    .node_selector = &selectors[i >> 1 & 1],
						    .n_node_selector = 1,
						    .terms = &term,
						    .n_terms = 1,
						    .has_affinity = true};
		assert_int_equal(node_admits(&node, &pod), i == 7);
	}
	const struct node_traits blank = {0};
	const struct pod_constraints any = {0};
	assert_true(node_admits(&blank, &any));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tolerations_as_upstream),
	    cmocka_unit_test(every_taint_is_tolerated),
	    cmocka_unit_test(a_cordon_is_a_taint),
	    cmocka_unit_test(node_selector),
	    cmocka_unit_test(operators),
	    cmocka_unit_test(the_name_is_a_field),
	    cmocka_unit_test(terms_and_requirements),
	    cmocka_unit_test(all_must_agree),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
