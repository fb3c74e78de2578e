#include "../../autoscaler/io/journal/record.h"
#include "journal_fixture.h"

#include <setjmp.h>
#include <time.h>

#include <cmocka.h>

#define TICKS 60

/* When one of these has changed, a field has come or gone: give it its line in record_fields.c, then set this right. */
static void every_field_has_its_line(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct snapshot), 120);
	assert_int_equal(sizeof(struct workload_view), 32);
	assert_int_equal(sizeof(struct pod), 24);
	assert_int_equal(sizeof(struct sample), 24);
	assert_int_equal(sizeof(struct metric_input), 40);
	assert_int_equal(sizeof(struct node_view), 88);
	assert_int_equal(sizeof(struct placed), 40);
	assert_int_equal(sizeof(struct pending_view), 40);
	assert_int_equal(sizeof(struct group_view), 56);
	assert_int_equal(sizeof(struct plan), 72);
	assert_int_equal(sizeof(struct hpa_decision), 152);
	assert_int_equal(sizeof(struct action), 20);
	assert_int_equal(sizeof(struct hpa_spec), 160);
	assert_int_equal(sizeof(struct metric_spec), 40);
	assert_int_equal(sizeof(struct metric_ask), 48);
}

static uint64_t seed_of(void **state)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	(void)state;
	print_message("SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* What is recorded of one tick after the other, and of it again. */
struct rig {
	struct cluster cluster;
	struct arena arena, tick_arena;
	struct core *core;
	struct record_codec *writer, *reader;
	struct record_bytes bytes, again;
	struct record_head head;
	struct snapshot snapshot, back;
	struct plan plan, plan_back;
	struct record_names names, names_back;
	struct record_texts pod_names[WORKLOADS];
};

static void make_head(struct rig *rig)
{
	struct err err;
	unsigned char state[65536];
	size_t size = core_save(rig->core, state, sizeof state);
	assert_in_range(size, 1, sizeof state);
	assert_return_code(record_head_encode(&rig->cluster.config, state, size, &rig->bytes, &err), 0);
	assert_return_code(record_head_decode(rig->bytes.at, rig->bytes.size, &rig->arena, &rig->head, &err), 0);
	assert_int_equal(rig->head.n_state, size);
	assert_memory_equal(rig->head.state, state, size);
	record_codec_begin(rig->writer, &rig->cluster.config, NULL);
	record_codec_begin(rig->reader, &rig->head.config, &rig->head.layout);
}

static void rig_open(struct rig *rig, uint64_t seed)
{
	struct err err;
	memset(rig, 0, sizeof *rig);
	cluster_init(&rig->cluster, seed);
	rig->core = core_new(&rig->cluster.config, &rig->arena, &err);
	rig->writer = record_codec_new(&err);
	rig->reader = record_codec_new(&err);
	assert_true(rig->core && rig->writer && rig->reader);
	make_head(rig);
}

static void rig_close(struct rig *rig)
{
	record_codec_free(rig->writer);
	record_codec_free(rig->reader);
	record_bytes_free(&rig->bytes);
	record_bytes_free(&rig->again);
	arena_free(&rig->tick_arena);
	arena_free(&rig->arena);
}

static void observe(struct rig *rig, unsigned due, ms_t now)
{
	rig->snapshot = (struct snapshot){.time = now, .due = due, .n_unready = 3};
	cluster_observe(&rig->cluster, now, &rig->snapshot);
	for (uint32_t w = 0; w < WORKLOADS; w++)
		rig->pod_names[w] = (struct record_texts){rig->cluster.name_list[w], rig->cluster.views[w].n_pods};
	rig->names = (struct record_names){.pods = rig->pod_names,
					   .n_workloads = WORKLOADS,
					   .withheld = (enum withheld)(now / 15000 % (WITHHELD_STANDBY + 1))};
}

static void record(struct rig *rig)
{
	struct err err = {""};
	if (core_step(rig->core, &rig->snapshot, &rig->plan, &err) < 0 ||
	    record_tick_encode(rig->writer, &rig->snapshot, &rig->plan, &rig->names, &rig->bytes, &err) < 0)
		fail_msg("%s", err.message);
}

static int read_back(struct rig *rig, struct err *err)
{
	arena_free(&rig->tick_arena);
	return record_tick_decode(rig->reader, rig->bytes.at, rig->bytes.size, &rig->tick_arena, &rig->back,
				  &rig->plan_back, &rig->names_back, err);
}

static void settle(struct rig *rig)
{
	bool *accepted = core_accepted(rig->core);
	cluster_apply(&rig->cluster, rig->plan.actions, rig->plan.n_actions, accepted);
	core_settle(rig->core, &rig->plan, accepted);
}

static void same_rows(enum record_type type, const void *a, const void *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t f = 0; f < record_types[type].n_fields; f++) {
			const struct field *field = &record_types[type].fields[f];
			size_t at = i * record_types[type].size;
			if (field->kind != FIELD_TEXT &&
			    field_get(field, (const char *)a + at) != field_get(field, (const char *)b + at))
				fail_msg("%s %u: %s", record_types[type].name, i, field->name);
		}
}

static void same_workloads(const struct rig *rig)
{
	assert_int_equal(rig->back.n_workloads, WORKLOADS);
	for (uint32_t w = 0; w < WORKLOADS; w++) {
		const struct workload_view *a = &rig->snapshot.workloads[w], *b = &rig->back.workloads[w];
		assert_int_equal(a->spec_replicas, b->spec_replicas);
		assert_int_equal(a->status_replicas, b->status_replicas);
		assert_int_equal(a->n_pods, b->n_pods);
		assert_int_equal(a->lost, b->lost);
		same_rows(RECORD_POD, a->pods, b->pods, a->n_pods);
		for (uint32_t i = 0; i < a->n_pods; i++)
			assert_string_equal(rig->cluster.names[w][i], rig->names_back.pods[w].names[i]);
		for (uint32_t m = 0; m < rig->cluster.specs[w].n_metrics; m++) {
			const struct metric_input *x = &a->metrics[m], *y = &b->metrics[m];
			assert_int_equal(x->unavailable, y->unavailable);
			if (x->unavailable)
				continue;
			assert_int_equal(x->request_step, y->request_step);
			if (m == 0)
				same_rows(RECORD_SAMPLE, x->samples, y->samples, a->n_pods);
			if (m == 0)
				same_rows(RECORD_REQUEST, x->requests, y->requests,
					  x->request_step ? a->n_pods : a->n_pods > 0);
			else
				same_rows(RECORD_VALUE, x->values, y->values, x->n_values);
		}
	}
}

static void same_nodes(const struct rig *rig)
{
	const struct snapshot *a = &rig->snapshot, *b = &rig->back;
	assert_int_equal(a->n_nodes, b->n_nodes);
	same_rows(RECORD_NODE, a->nodes, b->nodes, a->n_nodes);
	for (uint32_t i = 0; i < a->n_nodes; i++)
		same_rows(RECORD_PLACED, a->nodes[i].placed, b->nodes[i].placed, a->nodes[i].n_placed);
	assert_int_equal(a->n_pending, b->n_pending);
	same_rows(RECORD_PENDING, a->pending, b->pending, a->n_pending);
	same_rows(RECORD_GROUP, a->groups, b->groups, a->n_groups);
	same_rows(RECORD_BUDGET, a->budgets, b->budgets, a->n_budgets);
	assert_int_equal(a->fits == NULL, b->fits == NULL);
	if (a->fits)
		assert_memory_equal(a->fits, b->fits, 4);
}

static void comes_back_as_it_was(void **state)
{
	struct rig *rig = malloc(sizeof *rig);
	struct record_layout own;
	struct err err = {""};
	record_layout_own(&own);
	rig_open(rig, seed_of(state));
	for (uint32_t tick = 0; tick < TICKS; tick++) {
		observe(rig, 1 + tick % 3, tick * 15000);
		record(rig);
		if (read_back(rig, &err) < 0)
			fail_msg("%s", err.message);
		assert_int_equal(rig->back.time, rig->snapshot.time);
		assert_int_equal(rig->back.due, rig->snapshot.due);
		assert_int_equal(rig->back.generation, rig->snapshot.generation);
		assert_int_equal(rig->back.n_unready, rig->snapshot.n_unready);
		assert_int_equal(rig->names_back.withheld, rig->names.withheld);
		if (rig->snapshot.due & DUE_REPLICAS)
			same_workloads(rig);
		if (rig->snapshot.due & DUE_NODES)
			same_nodes(rig);
		assert_return_code(record_plan_encode(&own, &rig->plan, &rig->again, &err), 0);
		struct record_bytes back = {0};
		assert_return_code(record_plan_encode(&own, &rig->plan_back, &back, &err), 0);
		assert_int_equal(rig->again.size, back.size);
		assert_memory_equal(rig->again.at, back.at, back.size);
		record_bytes_free(&back);
		settle(rig);
	}
	rig_close(rig);
	free(rig);
}

static void head_keeps_specs_and_settings(void **state)
{
	struct rig *rig = malloc(sizeof *rig);
	rig_open(rig, seed_of(state));
	const struct core_config *a = &rig->cluster.config, *b = &rig->head.config;
	assert_int_equal(a->n_autoscalers, b->n_autoscalers);
	assert_int_equal(a->max_nodes, b->max_nodes);
	assert_int_equal(a->max_groups, b->max_groups);
	assert_int_equal(a->start, b->start);
	assert_true(rig->cluster.settings.hpa.tolerance == rig->head.settings.hpa.tolerance);
	assert_memory_equal(&rig->cluster.settings, &rig->head.settings, sizeof(struct settings));
	for (uint32_t i = 0; i < WORKLOADS; i++) {
		const struct hpa_spec *x = &a->autoscalers[i], *y = &b->autoscalers[i];
		assert_int_equal(a->workload_of[i], b->workload_of[i]);
		assert_string_equal(x->name, y->name);
		same_rows(RECORD_SPEC, x, y, 1);
		same_rows(RECORD_METRIC, x->metrics, y->metrics, x->n_metrics);
		same_rows(RECORD_RULES, &x->scale_up, &y->scale_up, 1);
		same_rows(RECORD_RULES, &x->scale_down, &y->scale_down, 1);
		same_rows(RECORD_POLICY, x->scale_up.policies, y->scale_up.policies, x->scale_up.n_policies);
		assert_string_equal(x->smoothing ? x->smoothing : "", y->smoothing ? y->smoothing : "");
		assert_int_equal(x->asks == NULL, y->asks == NULL);
		if (x->asks)
			assert_string_equal(x->asks[1].query, y->asks[1].query);
		if (x->asks)
			assert_null(y->asks[0].query);
	}
	rig_close(rig);
	free(rig);
}

/* Cut off, or with any byte changed: refused with a message, or something that the core can be given. */
static void damage_is_noticed(void **state)
{
	struct rig *rig = malloc(sizeof *rig);
	struct err err;
	uint64_t seed = seed_of(state);
	rig_open(rig, seed);
	observe(rig, DUE_REPLICAS | DUE_NODES, 15000);
	record(rig);
	struct record_bytes whole = {malloc(rig->bytes.size), rig->bytes.size, 0};
	memcpy(whole.at, rig->bytes.at, whole.size);
	uint32_t refused = 0;
	for (size_t i = 0; i < whole.size; i++) {
		rig->bytes.at[i] ^= (unsigned char)(1 + draw(&rig->cluster, 255));
		record_codec_begin(rig->reader, &rig->head.config, &rig->head.layout);
		err.message[0] = 0;
		if (read_back(rig, &err) < 0) {
			assert_true(err.message[0]);
			refused++;
		}
		rig->bytes.at[i] = whole.at[i];
	}
	assert_true(refused >= whole.size - 16);
	for (size_t size = 0; size < whole.size; size++) {
		rig->bytes.size = size;
		record_codec_begin(rig->reader, &rig->head.config, &rig->head.layout);
		assert_true(read_back(rig, &err) < 0);
	}
	free(whole.at);
	rig_close(rig);
	free(rig);
}

/* Beyond what can be read back, nothing is written. */
static void absurd_amounts_are_refused(void **state)
{
	struct rig *rig = malloc(sizeof *rig);
	struct err err;
	rig_open(rig, seed_of(state));
	observe(rig, DUE_NODES, 15000);
	rig->cluster.groups[1].memory_bytes = INT64_MAX;
	rig->plan = (struct plan){.time = 15000};
	assert_true(record_tick_encode(rig->writer, &rig->snapshot, &rig->plan, NULL, &rig->bytes, &err) < 0);
	assert_non_null(strstr(err.message, "group.memory_bytes is 9223372036854775807"));
	rig_close(rig);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_field_has_its_line),      cmocka_unit_test(comes_back_as_it_was),
	    cmocka_unit_test(head_keeps_specs_and_settings), cmocka_unit_test(damage_is_noticed),
	    cmocka_unit_test(absurd_amounts_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
