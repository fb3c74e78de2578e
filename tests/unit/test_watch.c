#include "../../autoscaler/io/kube/watch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define OBJECTS_MAX 2000

/* What the sink was told: which of the objects o0, o1, ... are there. */
struct told {
	uint8_t there[OBJECTS_MAX], listed[OBJECTS_MAX];
	bool listing;
	int lists;
};

static int number(const char *uid)
{
	int n = atoi(uid + strlen("uid-o"));
	assert_true(n >= 0 && n < OBJECTS_MAX);
	return n;
}

static void begin(void *self)
{
	struct told *told = self;
	told->listing = true;
	memset(told->listed, 0, sizeof told->listed);
}

static void put(void *self, const char *uid, struct json_value object)
{
	struct told *told = self;
	char name[16];
	json_copy(json_path(object, "metadata.name"), name, sizeof name);
	assert_string_equal(name, uid + strlen("uid-"));
	told->there[number(uid)] = 1;
	told->listed[number(uid)] = 1;
}

static void drop(void *self, const char *uid)
{
	struct told *told = self;
	told->there[number(uid)] = 0;
}

static void end(void *self)
{
	struct told *told = self;
	assert_true(told->listing);
	told->listing = false;
	told->lists++;
	memcpy(told->there, told->listed, sizeof told->there);
}

static uint32_t count(const struct told *told)
{
	uint32_t n = 0;
	for (size_t i = 0; i < OBJECTS_MAX; i++)
		n += told->there[i];
	return n;
}

/* ---- a server, and a watch on it ---- */

struct bench {
	pid_t pid;
	struct net *net;
	struct server *server;
	struct watch *watch;
	struct told told;
};

static int start(struct bench *bench, const char *const *steps)
{
	char port[16] = "";
	const char *arguments[16] = {"python3", "tests/watch_server.py"};
	int ends[2];
	size_t n = 0;
	while (steps[n]) {
		arguments[n + 2] = steps[n];
		n++;
	}
	assert_int_equal(pipe(ends), 0);
	bench->pid = fork();
	if (bench->pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		execvp("python3", (char **)(uintptr_t)arguments);
		_exit(127);
	}
	close(ends[1]);
	FILE *out = fdopen(ends[0], "r");
	assert_non_null(fgets(port, sizeof port, out));
	fclose(out);
	return atoi(port);
}

static void open_bench(struct bench *bench, const char *selector, const char *const *steps)
{
	struct err err;
	char url[64];
	*bench = (struct bench){0};
	snprintf(url, sizeof url, "http://127.0.0.1:%d", start(bench, steps));
	struct server_config config = {.name = "test", .url = url};
	struct watch_sink sink = {&bench->told, begin, put, drop, end};
	bench->net = net_open(1, &err);
	assert_non_null(bench->net);
	bench->server = server_open(bench->net, &config, &err);
	assert_non_null(bench->server);
	bench->watch = watch_on(bench->server, "/things", selector, &sink, NULL, &err);
	assert_non_null(bench->watch);
	watch_set_silence(bench->watch, 300);
}

static void close_bench(struct bench *bench)
{
	watch_close(bench->watch);
	server_close(bench->server);
	net_close(bench->net);
	kill(bench->pid, SIGKILL);
	waitpid(bench->pid, NULL, 0);
}

/* Goes on until so many objects are there, and so many lists were taken. */
static void settle(struct bench *bench, uint32_t objects, int lists)
{
	struct err err;
	for (int i = 0; i < 400 && !(count(&bench->told) == objects && bench->told.lists >= lists); i++)
		if (net_run(bench->net, 50, &err) < 0)
			fail_msg("%s", err.message);
	assert_int_equal(count(&bench->told), objects);
	assert_int_equal(bench->told.lists, lists);
}

#define STEPS(...)                                                                                                     \
	(const char *const[])                                                                                          \
	{                                                                                                              \
		__VA_ARGS__, NULL                                                                                      \
	}

/* Three pages, with a continue token that wants escaping. */
static void test_pages(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, "fieldSelector=a%3Db", STEPS("1203", "add=1300,hang"));
	assert_false(watch_synced(bench.watch));
	settle(&bench, 1204, 1);
	assert_true(watch_synced(bench.watch) && watch_lists(bench.watch) == 1);
	assert_true(watch_heard_at(bench.watch) > 0);
	assert_string_equal(watch_trouble(bench.watch), "");
	close_bench(&bench);
}

/* The continue token is too old for the second page: all from the start. */
static void test_page_gone(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, NULL, STEPS("600", "list410", "hang"));
	settle(&bench, 600, 1);
	close_bench(&bench);
}

/* What happens to a watch, and whether it costs a list. */
static const struct {
	const char *steps[6];
	uint32_t objects;
	int lists;
} courses[] = {
    {{"3", "add=5/1,drop=0,add=6/7,add=7/1000,hang"}, 5, 1},
    {{"3", "add=5,end", "add=6,cut", "add=7,hang"}, 6, 1},
    {{"3", "end", "mark,end", "end", "add=5,hang"}, 4, 1},
    {{"3", "hang", "add=5,hang"}, 4, 1},
    {{"3", "add=5", "gone", "add=6,hang"}, 5, 2},
    {{"3", "drop=1,goneevent", "add=6,hang"}, 3, 2},
    {{"3", "add=5,error", "add=6,hang"}, 5, 1},
    {{"3", "junk", "add=6,hang"}, 4, 1},
    {{"3", "status=500", "status=503", "add=6,hang"}, 4, 1},
    {{"3", "status=403", "add=6,hang"}, 4, 2},
};

static void test_courses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(courses); i++) {
		struct bench bench;
		open_bench(&bench, NULL, courses[i].steps);
		settle(&bench, courses[i].objects, courses[i].lists);
		close_bench(&bench);
	}
}

/* The trouble is told as long as it lasts. */
static void test_trouble(void **state)
{
	struct bench bench;
	struct err err;
	(void)state;
	open_bench(&bench, NULL, STEPS("1", "status=403"));
	for (int i = 0; i < 200 && !*watch_trouble(bench.watch); i++)
		net_run(bench.net, 50, &err);
	assert_string_equal(watch_trouble(bench.watch), "403 Forbidden: on purpose");
	close_bench(&bench);
}

/* What may be refused is then a list of nothing; what was known outlives a refusal. */
static void test_may_lack(void **state)
{
	static const struct {
		const char *steps[4], *trouble;
		uint32_t objects;
		int lists;
	} cases[] = {
	    {{"3", "lists=403", "hang"}, "403 Forbidden: on purpose", 0, 1},
	    {{"3", "lists=404", "hang"}, "404 Not Found: on purpose", 0, 1},
	    {{"3", "lists=200,403,403,200", "status=403"}, "403 Forbidden: on purpose", 3, 2},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bench bench;
		open_bench(&bench, NULL, cases[i].steps);
		watch_may_lack(bench.watch, "things are not noticed");
		settle(&bench, cases[i].objects, cases[i].lists);
		assert_true(watch_synced(bench.watch));
		for (int k = 0; k < 200 && !*watch_trouble(bench.watch); k++)
			net_run(bench.net, 50, &(struct err){""});
		assert_string_equal(watch_trouble(bench.watch), cases[i].trouble);
		close_bench(&bench);
	}
}

/* The server goes: what is known stays, and the watch says that it is deaf. */
static void test_server_gone(void **state)
{
	struct bench bench;
	struct err err;
	(void)state;
	open_bench(&bench, NULL, STEPS("4", "add=5,hang"));
	settle(&bench, 5, 1);
	kill(bench.pid, SIGKILL);
	for (int i = 0; i < 200 && !*watch_trouble(bench.watch); i++)
		net_run(bench.net, 50, &err);
	assert_true(*watch_trouble(bench.watch) && watch_synced(bench.watch));
	assert_int_equal(count(&bench.told), 5);
	close_bench(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pages),   cmocka_unit_test(test_page_gone),   cmocka_unit_test(test_courses),
	    cmocka_unit_test(test_trouble), cmocka_unit_test(test_server_gone), cmocka_unit_test(test_may_lack),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
