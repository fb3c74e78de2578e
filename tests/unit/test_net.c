#include "../../autoscaler/io/net/net.h"
#include "../../autoscaler/io/text/clock.h"

#include "net_fixture.h"

/* Calls against a real HTTPS server that misbehaves as asked (tests/net_server.py). */

static struct fixture fixture;
static char *ca, *wrong_ca;
static struct net *net;

static const char secret[] = "first-token-0123456789";
static bool secrets_seen; /* the token was in a message */

static void look(const struct err *err)
{
	secrets_seen |= strstr(err->message, "token-0123") != NULL || strstr(err->message, "hunter2") != NULL ||
			strstr(err->message, "query-secret") != NULL;
}

static int set_up(void **state)
{
	struct err err;
	(void)state;
	if (fixture_start(&fixture) < 0)
		return -1;
	ca = read_text(&fixture, "ca.crt");
	wrong_ca = read_text(&fixture, "wrong.crt");
	net = net_open(7, &err);
	return net ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	net_close(net);
	free(ca);
	free(wrong_ca);
	fixture_stop(&fixture);
	return 0;
}

static char url[64];

static struct server_config usual(int port)
{
	snprintf(url, sizeof url, "https://127.0.0.1:%d", port);
	return (struct server_config){.name = "test", .url = url, .ca_pem = ca};
}

static struct server *open_with(const struct server_config *config)
{
	struct err err = {{0}};
	struct server *server = server_open(net, config, &err);
	if (!server)
		print_message("%s\n", err.message);
	assert_non_null(server);
	return server;
}

static struct server *open_usual(void)
{
	struct server_config config = usual(fixture.port);
	return open_with(&config);
}

struct result {
	int status, tries;
	char body[4096];
	struct err err;
};

static struct result ask(struct server *server, const struct call *call)
{
	struct result result = {0};
	struct answer answer;
	char *body;
	if (server_fetch(server, call, &answer, &body, &result.err) < 0)
		look(&result.err);
	result.status = answer.status;
	result.tries = answer.tries;
	snprintf(result.body, sizeof result.body, "%s", body ? body : "");
	free(body);
	return result;
}

static struct result get(struct server *server, const char *path, int retries)
{
	return ask(server,
		   &(struct call){.method = "GET", .path = path, .retries = retries, .timeout = 20 * SECOND_MS});
}

static struct result post(struct server *server, const char *path, int retries)
{
	return ask(server, &(struct call){.method = "POST",
					  .path = path,
					  .body = "{}",
					  .content_type = "application/json",
					  .retries = retries,
					  .timeout = 20 * SECOND_MS});
}

static int hits(struct server *server, const char *key)
{
	char path[100];
	snprintf(path, sizeof path, "/hits/%s", key);
	return atoi(get(server, path, 0).body);
}

static void test_plain_answer(void **state)
{
	struct server *server = open_usual();
	struct answer answer;
	char *body;
	struct err err = {{0}};
	ms_t less_mono, before = clock_mono();
	(void)state;
	assert_false(server_wall(server, &less_mono));
	assert_int_equal(server_fetch(server, &(struct call){.method = "GET", .path = "/ok"}, &answer, &body, &err),
			 200);
	assert_true(server_wall(server, &less_mono));
	assert_true(less_mono <= answer.at - before && less_mono >= answer.at - clock_mono());
	assert_string_equal(body, "fine");
	assert_int_equal(answer.size, 4);
	assert_int_equal(answer.tries, 1);
	assert_true(answer.at > 1700000000 * SECOND_MS);
	free(body);
	server_close(server);
}

static void test_status_message(void **state)
{
	struct server *server = open_usual();
	struct result result = get(server, "/nothing?query-secret=1", 0);
	(void)state;
	assert_int_equal(result.status, 404);
	assert_string_equal(result.err.message, "GET /nothing: 404 Not Found: no nothing");
	result = get(server, "/fail/503/9/plain", 0);
	assert_string_equal(result.err.message, "GET /fail/503/9/plain: 503 Service Unavailable");
	server_close(server);
}

static void test_tried_again(void **state)
{
	struct server *server = open_usual();
	struct result result = get(server, "/fail/429/1/busy/1", 3);
	(void)state;
	assert_int_equal(result.status, 200);
	assert_int_equal(result.tries, 2);
	assert_string_equal(result.body, "2");
	assert_string_equal(get(server, "/fail/503/2/down", 3).body, "3");
	assert_string_equal(get(server, "/truncated/1/cut", 1).body, "whole");
	assert_string_equal(get(server, "/drop/2/gone", 3).body, "whole");
	assert_string_equal(post(server, "/fail/429/1/busy-post/1", 1).body, "2");
	server_close(server);
}

static void test_given_up(void **state)
{
	struct server *server = open_usual();
	struct result result = get(server, "/fail/429/1/later/60", 3); /* not within the call's time */
	(void)state;
	assert_int_equal(result.status, 429);
	assert_int_equal(result.tries, 1);
	result = get(server, "/truncated/9/cut-short", 1);
	assert_int_equal(result.status, 0);
	assert_int_equal(result.tries, 2);
	assert_string_equal(result.body, "");
	assert_int_equal(get(server, "/fail/404/9/absent", 3).tries, 1);
	server_close(server);
}

static void test_unsafe_not_repeated(void **state)
{
	struct server *server = open_usual();
	(void)state;
	assert_int_equal(get(server, "/ok", 0).status, 200); /* the connection that is used again, and then breaks */
	struct result result = post(server, "/drop/9/once", 3);
	assert_int_equal(result.status, 0);
	assert_int_equal(hits(server, "once"), 1);
	assert_int_equal(post(server, "/fail/500/9/failed-post", 3).status, 500);
	assert_int_equal(hits(server, "failed-post"), 1);
	struct call call = {.method = "POST", .path = "/drop/1/twice", .retries = 1, .repeatable = true};
	assert_int_equal(ask(server, &call).status, 200);
	server_close(server);
}

/* What may be written is asked before each try. */
static bool may_write(void *self)
{
	int *left = self;
	return (*left)-- > 0;
}

static void test_guard(void **state)
{
	struct server *server = open_usual();
	int left = 2;
	(void)state;
	server_guard(server, may_write, &left, "it is no more ours");
	struct call call = {.method = "PUT", .path = "/fail/503/9/guarded", .retries = 5, .timeout = 20 * SECOND_MS};
	struct result result = ask(server, &call);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.err.message, "not sent: it is no more ours"));
	assert_int_equal(hits(server, "guarded"), 2); /* and that was asked with a GET */
	assert_int_equal(post(server, "/ok", 0).status, 0);
	call = (struct call){.method = "PUT", .path = "/ok", .unguarded = true};
	assert_int_equal(ask(server, &call).status, 200);
	server_close(server);
}

static void test_slow_body(void **state)
{
	struct server *server = open_usual();
	struct call call = {.method = "GET", .path = "/slow", .timeout = 300, .retries = 2};
	struct result result = ask(server, &call);
	(void)state;
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.err.message, "no answer within 0.300 s"));
	assert_int_equal(result.tries, 1);
	server_close(server);
}

static void test_no_server(void **state)
{
	struct server_config config = usual(1);
	struct server *server = open_with(&config);
	struct result result = post(server, "/ok", 2);
	(void)state;
	assert_int_equal(result.status, 0);
	assert_int_equal(result.tries, 3); /* nothing was sent: even a POST is tried again */
	assert_non_null(strstr(result.err.message, "https://127.0.0.1:1"));
	server_close(server);
}

struct counter {
	uint32_t done, good;
	struct server *server;
	size_t bytes;
	int last;
};

static void count(void *self, const struct answer *answer)
{
	struct counter *counter = self;
	counter->done++;
	counter->good += answer->status == 200;
	counter->last = answer->status;
}

static void run_until(const struct counter *counter, uint32_t done)
{
	struct err err;
	while (counter->done < done)
		assert_int_equal(net_run(net, 1000, &err), 0);
}

static void test_many_at_once(void **state)
{
	struct server *server = open_usual();
	struct counter counter = {0};
	struct call_count counts[8];
	(void)state;
	for (int i = 0; i < 1000; i++)
		server_call(server, &(struct call){.method = "GET", .path = "/ok", .done = count, .self = &counter});
	run_until(&counter, 1000);
	assert_int_equal(counter.good, 1000);
	assert_int_equal(server_counts(server, counts, 8), 1);
	assert_int_equal(counts[0].calls, 1000);
	assert_int_equal(counts[0].status, 200);
	server_close(server);
}

static void test_haste(void **state)
{
	struct server *server = open_usual();
	struct counter waiting = {0}, counter = {0};
	struct call call = {.method = "GET", .path = "/slow", .haste = CALL_LATER, .done = count, .self = &waiting};
	(void)state;
	for (int i = 0; i < 200; i++)
		server_call(server, &call);
	call = (struct call){.method = "GET", .path = "/ok", .done = count, .self = &counter};
	server_call(server, &call);
	run_until(&counter, 1); /* what can wait left room */
	call = (struct call){.method = "GET", .path = "/slow", .done = count, .self = &waiting};
	for (int i = 0; i < 200; i++)
		server_call(server, &call);
	call = (struct call){.method = "GET", .path = "/ok", .haste = CALL_FIRST, .done = count, .self = &counter};
	server_call(server, &call);
	run_until(&counter, 2); /* and what cannot needs none */
	assert_int_equal(counter.good, 2);
	assert_int_equal(waiting.done, 0);
	server_close(server);
}

static void test_cancelled(void **state)
{
	struct server *server = open_usual();
	struct counter counter = {0}, other = {0};
	struct err err;
	uint64_t ids[200];
	(void)state;
	for (int i = 0; i < 200; i++)
		ids[i] = server_call(server, &(struct call){.method = "GET",
							    .path = i % 2 ? "/ok" : "/slow",
							    .done = count,
							    .self = i % 2 ? &other : &counter});
	for (int i = 0; i < 5; i++)
		assert_int_equal(net_run(net, 20, &err), 0);
	for (int i = 0; i < 200; i += 2)
		server_cancel(server, ids[i]);
	server_cancel(server, ids[0]); /* once more: nothing */
	run_until(&other, 100);
	assert_int_equal(other.good, 100);
	assert_int_equal(counter.done, 0);
	server_close(server);
}

static void test_closed_is_answered(void **state)
{
	struct server *server = open_usual();
	struct counter counter = {.last = -1};
	(void)state;
	assert_true(server_call(server, &(struct call){
					    .method = "GET", .path = "/slow", .done = count, .self = &counter}) != 0);
	server_close(server);
	assert_int_equal(counter.done, 1);
	assert_int_equal(counter.last, 0);
}

static void test_wrong_call(void **state)
{
	struct server *server = open_usual();
	(void)state;
	assert_int_equal(get(server, "/a b", 3).status, 0);
	assert_int_equal(get(server, "/a\r\nX-Evil: 1", 3).status, 0);
	assert_int_equal(get(server, "ok", 3).status, 0);
	server_close(server);
}

/* ---- streams ---- */

static int take_piece(void *self, const char *bytes, size_t size)
{
	struct counter *counter = self;
	(void)bytes;
	counter->bytes += size;
	return 0;
}

static int stop_at_once(void *self, const char *bytes, size_t size)
{
	(void)take_piece(self, bytes, size);
	return -1;
}

static void test_streams(void **state)
{
	struct server *server = open_usual();
	struct counter counter = {.last = -1};
	struct call call = {
	    .method = "GET", .path = "/stream/500", .chunk = take_piece, .done = count, .self = &counter};
	(void)state;
	server_call(server, &call);
	run_until(&counter, 1);
	assert_int_equal(counter.last, 200);
	assert_int_equal(counter.bytes, 4000);
	call.chunk = stop_at_once;
	server_call(server, &call);
	run_until(&counter, 2);
	assert_int_equal(counter.last, 0);
	call = (struct call){.method = "GET", .path = "/slow", .chunk = take_piece, .done = count, .self = &counter};
	call.timeout = 200; /* of silence */
	call.retries = 3;   /* not after a byte was passed on */
	server_call(server, &call);
	run_until(&counter, 3);
	assert_int_equal(counter.last, 0);
	call.path = "/nothing";
	server_call(server, &call);
	run_until(&counter, 4);
	assert_int_equal(counter.last, 404);
	server_close(server);
}

struct self_cancel {
	struct server *server;
	uint64_t id;
	uint32_t pieces;
};

static int cancel_itself(void *self, const char *bytes, size_t size)
{
	struct self_cancel *cancel = self;
	struct err err;
	(void)bytes, (void)size;
	cancel->pieces++;
	assert_true(net_run(net, 0, &err) < 0);
	server_cancel(cancel->server, cancel->id);
	return 0;
}

static void must_not_be_called(void *self, const struct answer *answer)
{
	(void)self, (void)answer;
	fail();
}

static void test_cancelled_within(void **state)
{
	struct server *server = open_usual();
	struct self_cancel cancel = {.server = server};
	struct err err;
	(void)state;
	cancel.id = server_call(server, &(struct call){.method = "GET",
						       .path = "/stream/500",
						       .chunk = cancel_itself,
						       .done = must_not_be_called,
						       .self = &cancel});
	for (int i = 0; i < 1000 && cancel.pieces == 0; i++)
		assert_int_equal(net_run(net, 100, &err), 0);
	assert_int_equal(cancel.pieces, 1);
	assert_int_equal(get(server, "/ok", 0).status, 200);
	server_close(server);
}

static void test_large(void **state)
{
	struct server_config config = usual(fixture.port);
	struct server *server = open_with(&config);
	struct answer answer;
	char *body;
	struct err err = {{0}};
	struct call call = {.method = "GET", .path = "/big/20000000"};
	(void)state;
	assert_int_equal(server_fetch(server, &call, &answer, &body, &err), 200);
	assert_int_equal(answer.size, 20000000);
	free(body);
	server_close(server);
	config.max_answer_bytes = 1000;
	server = open_with(&config);
	assert_true(server_fetch(server, &call, &answer, &body, &err) < 0);
	assert_non_null(strstr(err.message, "larger than 1000 bytes"));
	free(body);
	server_close(server);
}

/* ---- who is there ---- */

static void test_wrong_authority(void **state)
{
	struct server_config config = usual(fixture.port);
	(void)state;
	config.ca_pem = wrong_ca;
	struct server *server = open_with(&config);
	struct result result = get(server, "/ok", 0);
	assert_int_equal(result.status, 0);
	assert_non_null(strstr(result.err.message, "certificate"));
	server_close(server);
	config.ca_pem = NULL; /* the system's do not know it either */
	server = open_with(&config);
	assert_int_equal(get(server, "/ok", 0).status, 0);
	server_close(server);
	config.insecure = true;
	server = open_with(&config);
	assert_int_equal(get(server, "/ok", 0).status, 200);
	server_close(server);
}

static void test_tls_server_name(void **state)
{
	struct server_config config = usual(fixture.other_port);
	char host[64];
	(void)state;
	struct server *server = open_with(&config);
	assert_int_equal(get(server, "/ok", 0).status, 0); /* the certificate is not 127.0.0.1's */
	server_close(server);
	config.tls_server_name = "other.example";
	server = open_with(&config);
	struct result result = get(server, "/headers", 0);
	assert_int_equal(result.status, 200);
	snprintf(host, sizeof host, "\"Host\": \"127.0.0.1:%d\"", fixture.other_port);
	assert_non_null(strstr(result.body, host));
	server_close(server);
	config.tls_server_name = "another.example";
	server = open_with(&config);
	assert_int_equal(get(server, "/ok", 0).status, 0);
	server_close(server);
}

static void test_client_certificate(void **state)
{
	struct server_config config = usual(fixture.port);
	char *alice = read_text(&fixture, "alice.crt"), *alice_key = read_text(&fixture, "alice.key");
	char *bob = read_text(&fixture, "bob.crt"), *bob_key = read_text(&fixture, "bob.key");
	struct err err;
	(void)state;
	config.certificate_pem = alice;
	config.key_pem = alice_key;
	struct server *server = open_with(&config);
	assert_string_equal(get(server, "/who", 0).body, "alice");
	assert_int_equal(server_identity(server, bob, bob_key, &err), 0);
	assert_string_equal(get(server, "/who", 0).body, "bob");
	server_close(server);
	free(alice);
	free(alice_key);
	free(bob);
	free(bob_key);
}

/* ---- secrets ---- */

struct bearer {
	const char *token, *next;
	uint32_t asked, refused;
};

static int give_token(void *self, enum doubt doubt, const char **token, struct err *err)
{
	struct bearer *bearer = self;
	(void)err;
	bearer->asked++;
	if (doubt == DOUBT_TOKEN) {
		bearer->refused++;
		bearer->token = bearer->next;
	}
	*token = bearer->token;
	return 0;
}

static void test_new_token_after_401(void **state)
{
	struct server_config config = usual(fixture.port);
	struct bearer bearer = {.token = "stale-token-0123456789", .next = secret};
	struct counter counter = {0};
	(void)state;
	config.token = give_token;
	config.self = &bearer;
	struct server *server = open_with(&config);
	for (int i = 0; i < 100; i++)
		server_call(server, &(struct call){.method = "POST", .path = "/auth", .done = count, .self = &counter});
	run_until(&counter, 100);
	assert_int_equal(counter.good, 100);
	assert_int_equal(bearer.refused, 1); /* asked once for all of them */
	bearer.next = bearer.token = "wrong-token-0123456789";
	struct result result = get(server, "/auth", 3);
	assert_int_equal(result.status, 401);
	assert_int_equal(result.tries, 1);
	server_close(server);
}

static void test_redirect_not_followed(void **state)
{
	struct server_config config = usual(fixture.port);
	struct bearer bearer = {.token = secret};
	(void)state;
	config.token = give_token;
	config.self = &bearer;
	struct server *server = open_with(&config);
	struct result result = get(server, "/redirect", 3);
	assert_int_equal(result.status, 302);
	assert_string_equal(result.err.message, "GET /redirect: 302 Found");
	assert_int_equal(hits(server, "hits-of-redirect"), 0);
	server_close(server);
}

/* A proxy sees where to, and its own password; of the call it sees nothing. That of the environment is not for this
 * machine. */
static void test_proxy(void **state)
{
	struct server_config config = usual(fixture.port);
	struct bearer bearer = {.token = secret};
	char proxy[100], dead[100];
	(void)state;
	config.token = give_token;
	config.self = &bearer;
	snprintf(proxy, sizeof proxy, "http://me:hunter2@127.0.0.1:%d", fixture.proxy_port);
	snprintf(dead, sizeof dead, "http://me:hunter2@127.0.0.1:1");
	config.proxy = proxy;
	struct server *server = open_with(&config);
	assert_string_equal(get(server, "/auth?query-secret", 0).body, "known");
	struct result seen = get(server, "/proxied", 0);
	assert_non_null(strstr(seen.body, "CONNECT 127.0.0.1:"));
	assert_non_null(strstr(seen.body, "Proxy-Authorization: Basic "));
	assert_null(strstr(seen.body, "Bearer"));
	assert_null(strstr(seen.body, "auth?"));
	server_close(server);
	config.proxy = dead;
	server = open_with(&config);
	assert_int_equal(get(server, "/auth", 0).status, 0);
	server_close(server);
	config.proxy = NULL;
	setenv("https_proxy", dead, 1);
	server = open_with(&config);
	assert_string_equal(get(server, "/auth", 0).body, "known");
	server_close(server);
	unsetenv("https_proxy");
}

static void test_secret_not_repeated(void **state)
{
	struct server_config config = usual(fixture.port);
	struct bearer bearer = {.token = secret};
	(void)state;
	config.token = give_token;
	config.self = &bearer;
	struct server *server = open_with(&config);
	struct result result = get(server, "/echo", 0);
	assert_int_equal(result.status, 403);
	assert_non_null(strstr(result.err.message, "you sent Bearer ***"));
	server_close(server);
	config.token = NULL;
	config.user = "me";
	config.password = "hunter2";
	server = open_with(&config);
	result = get(server, "/echo", 0);
	assert_non_null(strstr(result.err.message, "you sent Basic ***"));
	assert_null(strstr(result.err.message, "bWU6aHVudGVyMg"));
	server_close(server);
}

static void test_refused_settings(void **state)
{
	static const struct server_config wrong[] = {
	    {.name = "test", .url = "ftp://127.0.0.1"},
	    {.name = "test", .url = "https://"},
	    {.name = "test", .url = "https://127.0.0.1?query-secret"},
	    {.name = "test", .url = "http://prometheus.example", .user = "me", .password = "hunter2"},
	    {.name = "test", .url = "https://127.0.0.1", .certificate_pem = "x"},
	    {.name = "test", .url = "https://127.0.0.1", .ca_pem = "x", .insecure = true},
	    {.name = "test", .url = "https://127.0.0.1", .proxy = "gopher://me:hunter2@127.0.0.1"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct err err = {{0}};
		assert_null(server_open(net, &wrong[i], &err));
		assert_true(*err.message);
		look(&err);
	}
}

static void test_no_secret_seen(void **state)
{
	(void)state;
	assert_false(secrets_seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_answer),
	    cmocka_unit_test(test_status_message),
	    cmocka_unit_test(test_tried_again),
	    cmocka_unit_test(test_given_up),
	    cmocka_unit_test(test_unsafe_not_repeated),
	    cmocka_unit_test(test_guard),
	    cmocka_unit_test(test_slow_body),
	    cmocka_unit_test(test_no_server),
	    cmocka_unit_test(test_many_at_once),
	    cmocka_unit_test(test_haste),
	    cmocka_unit_test(test_cancelled),
	    cmocka_unit_test(test_closed_is_answered),
	    cmocka_unit_test(test_wrong_call),
	    cmocka_unit_test(test_streams),
	    cmocka_unit_test(test_cancelled_within),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_wrong_authority),
	    cmocka_unit_test(test_tls_server_name),
	    cmocka_unit_test(test_client_certificate),
	    cmocka_unit_test(test_new_token_after_401),
	    cmocka_unit_test(test_redirect_not_followed),
	    cmocka_unit_test(test_proxy),
	    cmocka_unit_test(test_secret_not_repeated),
	    cmocka_unit_test(test_refused_settings),
	    cmocka_unit_test(test_no_secret_seen),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
