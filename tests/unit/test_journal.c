#include "../../autoscaler/io/journal/journal.h"
#include "../../autoscaler/io/journal/journal_read.h"
#include "journal_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define STEP      (5 * SECOND_MS)
#define TICKS     400
#define KILLS     50
#define STATE_MAX (1 << 18)

static const struct journal_limits roomy = {DAY_MS, GIB, 2 * MINUTE_MS};

struct rig {
	char folder[64], path[128];
	struct cluster cluster;
	struct arena arena;
	struct core *core;
	struct journal_file *file;
	struct journal port;
	struct snapshot snapshot;
	struct plan plan;
	ms_t now;
	struct err err;
};

static uint64_t new_seed(void)
{
	const char *given = getenv("SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	print_message("SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

static void open_file(struct rig *rig, const struct journal_limits *limits)
{
	rig->file = journal_open(rig->path, limits, NULL, NULL, &rig->err);
	if (!rig->file)
		fail_msg("%s", rig->err.message);
	rig->port = journal_port(rig->file);
}

static void begin(struct rig *rig)
{
	if (journal_begin(rig->file, rig->core, &rig->cluster.config, rig->now, &rig->err) < 0)
		fail_msg("%s", rig->err.message);
}

static struct rig *rig_open(const struct journal_limits *limits)
{
	struct rig *rig = calloc(1, sizeof *rig);
	assert_non_null(rig);
	snprintf(rig->folder, sizeof rig->folder, "/tmp/test_journal.XXXXXX");
	assert_non_null(mkdtemp(rig->folder));
	snprintf(rig->path, sizeof rig->path, "%s/state/journal.db", rig->folder);
	cluster_init(&rig->cluster, new_seed());
	rig->core = core_new(&rig->cluster.config, &rig->arena, &rig->err);
	assert_non_null(rig->core);
	open_file(rig, limits);
	begin(rig);
	return rig;
}

static void rig_close(struct rig *rig)
{
	char command[128];
	journal_close(rig->file);
	arena_free(&rig->arena);
	snprintf(command, sizeof command, "rm -rf '%s'", rig->folder);
	assert_int_equal(system(command), 0);
	free(rig);
}

static void observe(struct rig *rig)
{
	rig->now += STEP;
	rig->snapshot = (struct snapshot){.time = rig->now, .due = 1 + draw(&rig->cluster, 3)};
	cluster_observe(&rig->cluster, rig->now, &rig->snapshot);
	if (core_step(rig->core, &rig->snapshot, &rig->plan, &rig->err) < 0)
		fail_msg("%s", rig->err.message);
}

static int append(struct rig *rig)
{
	return rig->port.append(rig->port.self, &(struct tick_record){&rig->snapshot, &rig->plan}, &rig->err);
}

static int settle(struct rig *rig)
{
	bool *accepted = core_accepted(rig->core);
	if (rig->plan.n_actions == 0)
		return 0;
	cluster_apply(&rig->cluster, rig->plan.actions, rig->plan.n_actions, accepted);
	core_settle(rig->core, &rig->plan, accepted);
	return rig->port.settle(rig->port.self, &(struct tick_record){&rig->snapshot, &rig->plan}, accepted, &rig->err);
}

static void tick(struct rig *rig)
{
	observe(rig);
	if (append(rig) < 0 || settle(rig) < 0)
		fail_msg("%s", rig->err.message);
}

static int64_t ask(const struct rig *rig, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	assert_int_equal(sqlite3_open_v2(rig->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	int64_t answer = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		answer = sqlite3_column_type(statement, 0) == SQLITE_TEXT
			     ? strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0
			     : sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

static struct core *fresh_core(struct rig *rig)
{
	struct core *core = core_new(&rig->cluster.config, &rig->arena, &rig->err);
	assert_non_null(core);
	return core;
}

static void same_core(const struct core *a, const struct core *b)
{
	unsigned char *x = malloc(STATE_MAX), *y = malloc(STATE_MAX);
	size_t size = core_save(a, x, STATE_MAX);
	assert_in_range(size, 1, STATE_MAX);
	assert_int_equal(size, core_save(b, y, STATE_MAX));
	assert_memory_equal(x, y, size);
	free(x);
	free(y);
}

static void same_plan(const struct plan *a, const struct plan *b)
{
	struct record_layout layout;
	struct record_bytes x = {0}, y = {0};
	struct err err;
	record_layout_own(&layout);
	assert_return_code(record_plan_encode(&layout, a, &x, &err), 0);
	assert_return_code(record_plan_encode(&layout, b, &y, &err), 0);
	assert_int_equal(x.size, y.size);
	assert_memory_equal(x.at, y.at, x.size);
	record_bytes_free(&x);
	record_bytes_free(&y);
}

/* The core that never stopped goes on beside the one that was made again, and answers the same. */
static void restored_is_as_if_never_stopped(void **state)
{
	struct rig *rig = rig_open(&roomy);
	struct core *other = NULL;
	uint32_t cuts = 0;
	(void)state;
	for (uint32_t i = 0; i < TICKS; i++) {
		struct plan plan;
		observe(rig);
		if (other) {
			assert_return_code(core_step(other, &rig->snapshot, &plan, &rig->err), 0);
			same_plan(&rig->plan, &plan);
		}
		assert_return_code(append(rig), 0);
		assert_return_code(settle(rig), 0);
		if (other && plan.n_actions)
			core_settle(other, &plan, core_accepted(rig->core));
		if (other)
			same_core(rig->core, other);
		if (draw(&rig->cluster, 8))
			continue;
		other = fresh_core(rig);
		journal_close(rig->file);
		open_file(rig, &roomy);
		int status = journal_restore(rig->file, other, rig->now, &rig->err);
		if (status != 1)
			fail_msg("%d: %s", status, rig->err.message);
		same_core(rig->core, other);
		begin(rig);
		cuts++;
	}
	assert_true(cuts > 10);
	rig_close(rig);
}

static void empty_journal_gives_nothing_back(void **state)
{
	struct rig *rig = rig_open(&roomy);
	struct stat status;
	(void)state;
	assert_int_equal(journal_restore(rig->file, rig->core, 0, &rig->err), 0);
	assert_int_equal(stat(rig->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_null(journal_open(rig->path, &roomy, NULL, NULL, &rig->err));
	assert_non_null(strstr(rig->err.message, "another process writes to it"));
	rig_close(rig);
}

static void file_of_something_else_is_refused(void **state)
{
	struct rig *rig = rig_open(&roomy);
	(void)state;
	journal_close(rig->file);
	ask(rig, "pragma application_id=7");
	rig->file = journal_open(rig->path, &roomy, NULL, NULL, &rig->err);
	assert_null(rig->file);
	assert_non_null(strstr(rig->err.message, "not a journal of this program"));
	FILE *text = fopen(rig->path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("no database\n", text);
	fclose(text);
	assert_null(journal_open(rig->path, &roomy, NULL, NULL, &rig->err));
	assert_non_null(strstr(rig->err.message, "not a database"));
	rig_close(rig);
}

static void old_segments_go(void **state)
{
	static const struct journal_limits young = {10 * MINUTE_MS, GIB, MINUTE_MS};
	struct rig *rig = rig_open(&young);
	uint64_t ticks;
	int64_t bytes;
	(void)state;
	for (uint32_t i = 0; i < TICKS; i++)
		tick(rig);
	ms_t oldest = ask(rig, "select min(time_ms) from tick");
	assert_in_range(rig->now - oldest, 9 * MINUTE_MS, 12 * MINUTE_MS);
	journal_size(rig->file, &ticks, &bytes);
	assert_int_equal(ticks, ask(rig, "select count(*) from tick"));
	assert_int_equal(ask(rig, "select count(*) from outcome where tick not in (select id from tick)"), 0);
	assert_int_equal(ask(rig, "select count(*) from tick where segment not in (select id from segment)"), 0);
	rig_close(rig);
}

static void file_stays_within_its_bytes(void **state)
{
	static const struct journal_limits small = {DAY_MS, 150000, DAY_MS};
	struct rig *rig = rig_open(&small);
	uint64_t ticks;
	int64_t bytes;
	(void)state;
	for (uint32_t i = 0; i < TICKS; i++) {
		tick(rig);
		journal_size(rig->file, &ticks, &bytes);
		assert_in_range(bytes, 1, 150000);
	}
	assert_in_range(ticks, 20, TICKS - 1);
	assert_true(ask(rig, "select count(*) from segment") > 2);
	struct core *other = fresh_core(rig);
	assert_int_equal(journal_restore(rig->file, other, rig->now, &rig->err), 1);
	same_core(rig->core, other);
	rig_close(rig);
}

/* No room: nothing is acted upon, and said; room again: it goes on, and what is kept gives the core's state. */
static void full_disk_stops_and_passes(void **state)
{
	struct rig *rig = rig_open(&roomy);
	struct rlimit before, tight;
	uint32_t failed = 0;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	for (uint32_t i = 0; i < 20; i++)
		tick(rig);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = (struct rlimit){16384, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	for (uint32_t i = 0; i < 20; i++) {
		observe(rig);
		if (append(rig) < 0)
			failed++; /* not acted upon: the core is not told of any acceptance */
	}
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(failed > 10);
	assert_non_null(strstr(rig->err.message, "is not acted upon"));
	int64_t kept = ask(rig, "select count(*) from tick");
	for (uint32_t i = 0; i < 20; i++)
		tick(rig);
	assert_int_equal(ask(rig, "select count(*) from tick"), kept + 20);
	assert_int_equal(ask(rig, "pragma integrity_check"), 1);
	struct core *other = fresh_core(rig);
	assert_int_equal(journal_restore(rig->file, other, rig->now, &rig->err), 1);
	same_core(rig->core, other);
	rig_close(rig);
}

/* The outcome finds no room: it is as if all had been refused, unless the next tick can say better. */
static void lost_outcome_begins_a_segment(void **state)
{
	struct rig *rig = rig_open(&roomy);
	struct rlimit before, tight;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	tight = (struct rlimit){16384, before.rlim_max};
	int lost = 0;
	for (uint32_t i = 0; i < 60 || !lost; i++) {
		observe(rig);
		assert_return_code(append(rig), 0);
		bool tighten = i > 20 && !lost && rig->plan.n_actions;
		if (tighten)
			assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
		int status = settle(rig);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
		assert_int_equal(status < 0, tighten);
		lost += tighten;
	}
	struct core *other = fresh_core(rig);
	assert_int_equal(journal_restore(rig->file, other, rig->now, &rig->err), 1);
	same_core(rig->core, other);
	rig_close(rig);
}

static void damaged_rows_are_refused(void **state)
{
	static const char *const damages[] = {
	    "update tick set record = substr(record, 1, length(record) - 3) where id = 7",
	    "update tick set record = zeroblob(100) where id = 7",
	    "update tick set record = null where id = 7",
	    "update segment set head = zeroblob(50)",
	    "delete from tick where id = 3",
	    "insert or replace into outcome values(7, zeroblob(99))",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(damages); i++) {
		struct rig *rig = rig_open(&roomy);
		for (uint32_t t = 0; t < 12; t++)
			tick(rig);
		struct core *other = fresh_core(rig), *untouched = fresh_core(rig);
		char sql[256];
		snprintf(sql, sizeof sql, "%s", damages[i]);
		if (i == 2)
			snprintf(sql, sizeof sql, "update tick set record = '' where id = 7");
		ask(rig, sql);
		int status = journal_restore(rig->file, other, rig->now, &rig->err);
		if (status >= 0 && i != 4)
			fail_msg("%s: was let through", sql);
		if (status < 0)
			same_core(untouched, other);
		if (status < 0)
			assert_non_null(strstr(rig->err.message, "cannot be used"));
		rig_close(rig);
	}
}

static void journal_of_a_later_clock_is_refused(void **state)
{
	struct rig *rig = rig_open(&roomy);
	(void)state;
	for (uint32_t t = 0; t < 12; t++)
		tick(rig);
	struct core *other = fresh_core(rig);
	assert_true(journal_restore(rig->file, other, rig->now - HOUR_MS, &rig->err) < 0);
	assert_non_null(strstr(rig->err.message, "3600 s later than now"));
	rig_close(rig);
}

/* ---- kill -9 ---- */

/* Ticks for ever; tells of each that is acted upon. */
static void work(struct rig *rig, int told)
{
	rig->file = journal_open(rig->path, &roomy, NULL, NULL, &rig->err);
	if (!rig->file)
		_exit(2);
	rig->port = journal_port(rig->file);
	if (journal_restore(rig->file, rig->core, rig->now, &rig->err) < 0 ||
	    journal_begin(rig->file, rig->core, &rig->cluster.config, rig->now, &rig->err) < 0)
		_exit(3);
	for (;;) {
		observe(rig);
		if (append(rig) < 0)
			_exit(4);
		if (write(told, &rig->now, sizeof rig->now) != sizeof rig->now || settle(rig) < 0)
			_exit(5);
	}
}

static void check_told(struct rig *rig, int told)
{
	sqlite3 *db;
	sqlite3_stmt *statement;
	ms_t at;
	assert_int_equal(sqlite3_open_v2(rig->path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "select count(*) from tick where time_ms = ?", -1, &statement, NULL),
			 SQLITE_OK);
	while (read(told, &at, sizeof at) == sizeof at) {
		sqlite3_bind_int64(statement, 1, at);
		assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
		assert_int_equal(sqlite3_column_int64(statement, 0), 1);
		sqlite3_reset(statement);
		rig->now = at;
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

static void killed_at_any_moment(void **state)
{
	struct rig *rig = rig_open(&roomy);
	(void)state;
	journal_close(rig->file);
	rig->file = NULL;
	assert_int_equal(unlink(rig->path), 0);
	for (int i = 0; i < KILLS; i++) {
		int told[2], status;
		struct timespec wait = {0, (long)draw(&rig->cluster, 25000000)};
		assert_int_equal(pipe(told), 0);
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			work(rig, told[1]);
		close(told[1]);
		nanosleep(&wait, NULL);
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		struct stat there;
		if (stat(rig->path, &there) == 0 && ask(rig, "select count(*) from sqlite_master") > 0)
			check_told(rig, told[0]);
		close(told[0]);
		rig->now += HOUR_MS / 60;
	}
	assert_int_equal(ask(rig, "pragma integrity_check"), 1);
	open_file(rig, &roomy);
	assert_int_equal(journal_restore(rig->file, fresh_core(rig), rig->now, &rig->err), 1);
	rig_close(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(empty_journal_gives_nothing_back),    cmocka_unit_test(restored_is_as_if_never_stopped),
	    cmocka_unit_test(file_of_something_else_is_refused),   cmocka_unit_test(old_segments_go),
	    cmocka_unit_test(file_stays_within_its_bytes),         cmocka_unit_test(full_disk_stops_and_passes),
	    cmocka_unit_test(lost_outcome_begins_a_segment),       cmocka_unit_test(damaged_rows_are_refused),
	    cmocka_unit_test(journal_of_a_later_clock_is_refused), cmocka_unit_test(killed_at_any_moment),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
