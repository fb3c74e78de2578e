/* A journal's decisions in words. */
#include "../../autoscaler/cmd/explain.h"
#include "../../autoscaler/io/journal/journal.h"
#include "journal_fixture.h"

#include <setjmp.h>
#include <unistd.h>

#include <cmocka.h>

enum { LOST, TOO_MANY, CALM }; /* the fixture's workloads */

static const struct journal_limits roomy = {DAY_MS, GIB, 10 * MINUTE_MS};

struct rig {
	char folder[64], path[128];
	struct cluster cluster;
	struct arena arena;
	struct journal_reader *reader;
	const struct journal_tick *tick;
};

static enum withheld withheld_by(void *self)
{
	return *(const enum withheld *)self;
}

/* One tick: a target that cannot be read, and one that has more replicas than it may. Nothing is accepted. */
static void write_tick(struct rig *rig, enum withheld withheld, bool settled)
{
	struct err err = {""};
	struct cluster *c = &rig->cluster;
	const struct journal_names names = {.withheld = withheld_by, .self = &withheld};
	struct snapshot snapshot = {.time = 15 * SECOND_MS, .due = DUE_REPLICAS};
	struct plan plan;
	cluster_init(c, 7);
	struct core *core = core_new(&c->config, &rig->arena, &err);
	struct journal_file *file = journal_open(rig->path, &roomy, &names, NULL, &err);
	if (!core || !file || journal_begin(file, core, &c->config, 0, &err) < 0)
		fail_msg("%s", err.message);
	c->views[TOO_MANY].spec_replicas = c->specs[TOO_MANY].max_replicas + 7;
	cluster_observe(c, snapshot.time, &snapshot);
	c->inputs[LOST][0] = c->inputs[LOST][1] = (struct metric_input){.unavailable = true};
	c->views[LOST] = (struct workload_view){.metrics = c->inputs[LOST], .lost = true};
	c->views[TOO_MANY].lost = c->views[CALM].lost = false;
	const struct tick_record record = {&snapshot, &plan};
	const struct journal port = journal_port(file);
	if (core_step(core, &snapshot, &plan, &err) < 0 || port.append(port.self, &record, &err) < 0 ||
	    (settled && port.settle(port.self, &record, core_accepted(core), &err) < 0))
		fail_msg("%s", err.message);
	journal_close(file);
}

static struct rig *rig_open(enum withheld withheld, bool settled)
{
	struct err err = {""};
	struct rig *rig = calloc(1, sizeof *rig);
	assert_non_null(rig);
	snprintf(rig->folder, sizeof rig->folder, "/tmp/test_explain.XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	snprintf(rig->path, sizeof rig->path, "%s/journal.db", rig->folder);
	write_tick(rig, withheld, settled);
	rig->reader = journal_reader_open(rig->path, &err);
	if (!rig->reader || journal_reader_next(rig->reader, &rig->tick, &err) <= 0)
		fail_msg("%s", err.message);
	return rig;
}

static void rig_close(struct rig *rig)
{
	char command[128];
	journal_reader_close(rig->reader);
	arena_free(&rig->arena);
	snprintf(command, sizeof command, "rm -rf '%s'", rig->folder);
	assert_int_equal(system(command), 0);
	free(rig);
}

static const char *printed(const struct rig *rig, uint32_t autoscaler)
{
	static char text[16384];
	memset(text, 0, sizeof text);
	FILE *file = fmemopen(text, sizeof text - 1, "w");
	assert_non_null(file);
	explain_autoscaler_print(rig->tick, autoscaler, file);
	fclose(file);
	return text;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}

/* In the word of the conditions and of the log. */
static void a_target_that_cannot_be_read(void **state)
{
	(void)state;
	struct rig *rig = rig_open(WITHHELD_NOT, true);
	const char *text = printed(rig, LOST);
	has(text, "unable to get the target's\n  current scale (FailedGetScale)\n");
	has(text, "AbleToScale=False (FailedGetScale)\n");
	has(text, "replicas     not known; 1 to 30 allowed\n");
	assert_null(strstr(text, "ScalingDisabled"));
	cJSON *json = explain_autoscaler_json(rig->tick, LOST);
	const cJSON *able = cJSON_GetObjectItem(json, "able_to_scale");
	assert_string_equal(cJSON_GetObjectItem(able, "reason")->valuestring, "FailedGetScale");
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "current")));
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(json, "desired")));
	cJSON_Delete(json);
	rig_close(rig);
}

static void what_became_of_it(void **state)
{
	(void)state;
	static const struct {
		enum withheld withheld;
		bool settled;
		const char *words;
	} cases[] = {
	    {WITHHELD_NOT, true, "refused"},
	    {WITHHELD_NOT, false, "not known: the program ended before the answer; counted as refused"},
	    {WITHHELD_SHADOW, true, "withheld by --shadow"},
	    {WITHHELD_SHADOW, false, "withheld by --shadow"},
	    {WITHHELD_DRY_CLIENT, true, "withheld by --dry-run=client"},
	    {WITHHELD_DRY_SERVER, true, "withheld by --dry-run=server"},
	    {WITHHELD_STANDBY, true, "withheld: another replica led"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct rig *rig = rig_open(cases[i].withheld, cases[i].settled);
		char line[128];
		snprintf(line, sizeof line, "  outcome      %s\n", cases[i].words);
		has(printed(rig, TOO_MANY), "from 37 to 30: current number of");
		has(printed(rig, TOO_MANY), line);
		cJSON *json = explain_autoscaler_json(rig->tick, TOO_MANY);
		assert_string_equal(cJSON_GetObjectItem(json, "outcome")->valuestring, cases[i].words);
		cJSON_Delete(json);
		assert_string_equal(explain_outcome(rig->tick, LOST).text, "");
		rig_close(rig);
	}
}

static void fits_a_terminal(void **state)
{
	(void)state;
	struct rig *rig = rig_open(WITHHELD_STANDBY, true);
	for (uint32_t a = 0; a < WORKLOADS; a++)
		for (const char *text = printed(rig, a), *end; (end = strchr(text, '\n')); text = end + 1)
			if (end - text > 80)
				fail_msg("%d columns: %.*s", (int)(end - text), (int)(end - text), text);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_target_that_cannot_be_read),
	    cmocka_unit_test(what_became_of_it),
	    cmocka_unit_test(fits_a_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
