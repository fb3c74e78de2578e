#include "../../autoscaler/io/web/render.h"
#include "../../autoscaler/io/web/web_internal.h"
#include "../../autoscaler/io/web/words.h"
#include "../web/example.h"

#include <arpa/inet.h>
#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

/* ---- a client that sends what it is told to ---- */

/* window: how much it takes before it reads; 0: as the system will. */
static int connect_with(const struct web *web, int window)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	at.sin_port = htons((uint16_t)atoi(strrchr(web_address(web), ':') + 1));
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd >= 0 && window)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof window);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)(const void *)&at, sizeof at) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int connect_to(const struct web *web)
{
	return connect_with(web, 0);
}

/* All that comes until the server closes; NULL when out of memory. */
static char *receive(int fd)
{
	size_t size = 0, room = (size_t)1 << 16;
	char *text = malloc(room);
	ssize_t n;
	while (text && (n = recv(fd, text + size, room - size - 1, 0)) > 0) {
		size += (size_t)n;
		if (room - size < 4096)
			text = realloc(text, room *= 2);
	}
	if (text)
		text[size] = 0;
	close(fd);
	return text;
}

static char *converse(const struct web *web, const char *request)
{
	int fd = connect_to(web);
	if (fd < 0)
		return NULL;
	size_t size = strlen(request);
	return send(fd, request, size, MSG_NOSIGNAL) == (ssize_t)size ? receive(fd) : (close(fd), NULL);
}

static char *get(const struct web *web, const char *method, const char *path, const char *host)
{
	char request[256];
	snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, path,
		 host);
	return converse(web, request);
}

static const char *body_of(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	assert_non_null(end);
	return end + 4;
}

/* Answers with that status, and with words in it. */
static void expect(const struct web *web, const char *method, const char *path, const char *host, int status,
		   const char *words)
{
	char *answer = get(web, method, path, host), start[32];
	assert_non_null(answer);
	snprintf(start, sizeof start, "HTTP/1.1 %d ", status);
	if (strncmp(answer, start, strlen(start)) != 0 || !strstr(answer, words))
		fail_msg("%s %s of %s: expected %s... and \"%s\", found %.600s", method, path, host, start, words,
			 answer);
	free(answer);
}

static struct web *opened(void)
{
	struct err err = {""};
	struct web *web = web_open("127.0.0.1:0", NULL, &err);
	if (!web)
		fail_msg("%s", err.message);
	return web;
}

static void publish(struct web *web, const struct status *s)
{
	struct err err = {""};
	if (web_publish(web, s, &err) < 0)
		fail_msg("%s", err.message);
}

/* ---- words ---- */

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(words_money(12344400000, "USD").text, "$12.34");
	assert_string_equal(words_month(12344400000, "USD").text, "$9,011");
	assert_string_equal(words_money(42 * NANO / 1000, "USD").text, "$0.042");
	assert_string_equal(words_money(1, "USD").text, "under $0.001");
	assert_string_equal(words_money(0, "USD").text, "$0.00");
	assert_string_equal(words_money(1234567 * NANO, "EUR").text, "1,234,567 EUR");
	assert_string_equal(words_money(NANO, "<b>").text, "1.00");
	assert_string_equal(words_month(INT64_MAX, "USD").text, "$9,223,372,037");
	assert_string_equal(words_count(UINT64_MAX).text, "18,446,744,073,709,551,615");
	assert_string_equal(words_counted(1, "node", "nodes").text, "1 node");
	assert_string_equal(words_span(59999).text, "59 s");
	assert_string_equal(words_span(2 * HOUR_MS + 5 * MINUTE_MS).text, "2 h 5 min");
	assert_string_equal(words_span(-5).text, "0 s");
	assert_string_equal(words_bytes(48234496).text, "46.0 MiB");
	assert_string_equal(words_clock(EXAMPLE_NOW).text, "14:25:05 UTC");
	for (int i = 1; i < REASON_COUNT; i++)
		assert_non_null(words_reason(hpa_reason_text((enum hpa_reason)i)));
	assert_null(words_reason("Other"));
}

#define HOSTILE "a<b>&\"'\\\n\x1b\xff\xe2\x80\xae\xc3\xa9"
#define GONE    "\xef\xbf\xbd"

static void test_escaping(void **state)
{
	(void)state;
	struct body html = {0}, json = {0}, label = {0};
	body_html(&html, HOSTILE);
	assert_string_equal(html.bytes, "a&lt;b&gt;&amp;&quot;&#39;\\ " GONE GONE GONE "\xc3\xa9");
	body_json(&json, HOSTILE);
	assert_string_equal(json.bytes, "\"a<b>&\\\"'\\\\\\n" GONE GONE GONE "\xc3\xa9\"");
	body_label(&label, HOSTILE);
	assert_string_equal(label.bytes, "a<b>&\\\"'\\\\\\n" GONE GONE GONE "\xc3\xa9");
	free(html.bytes), free(json.bytes), free(label.bytes);
}

static void test_histogram(void **state)
{
	(void)state;
	struct status_histogram h = {0};
	const ms_t spans[] = {-1, 10, 11, 60000, 60001, MS_NEVER};
	for (size_t i = 0; i < COUNT(spans); i++)
		status_observe(&h, spans[i]);
	assert_int_equal(h.count, 6);
	assert_int_equal(h.buckets[0], 2);
	assert_int_equal(h.buckets[1], 1);
	assert_int_equal(h.buckets[11], 1);
	assert_int_equal(h.buckets[12], 2);
	assert_true(h.sum_ms == INT64_MAX);
}

/* ---- what is rendered ---- */

static double number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
	assert_true(cJSON_IsNumber(item));
	return item->valuedouble;
}

static void test_json(void **state)
{
	(void)state;
	struct body out = {0};
	struct status_autoscaler one = example_autoscalers[0];
	struct status s = example;
	one.name = HOSTILE;
	one.cost_nano_per_hour = -1;
	s.autoscalers = &one;
	s.n_autoscalers = 1;
	render_json(&out, &s);
	cJSON *json = cJSON_Parse(out.bytes), *first;
	assert_non_null(json);
	assert_float_equal(number(json, "cost_per_hour"), 12.3444, 1e-12);
	assert_int_equal(number(cJSON_GetObjectItem(json, "counters"), "scaled_up"), 341);
	assert_string_equal(cJSON_GetObjectItem(json, "now")->valuestring, "2026-11-24T14:25:05Z");
	assert_non_null(first = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "autoscalers"), 0));
	assert_string_equal(cJSON_GetObjectItem(first, "name")->valuestring, "a<b>&\"'\\\n" GONE GONE GONE "\xc3\xa9");
	assert_int_equal(number(first, "desired"), 8);
	assert_true(cJSON_IsNull(cJSON_GetObjectItem(first, "cost_per_hour")));
	cJSON *groups = cJSON_GetObjectItem(json, "groups"), *kept;
	assert_int_equal(cJSON_GetArraySize(groups), 3);
	assert_int_equal(number(cJSON_GetArrayItem(groups, 0), "nodes_kept"), 11);
	assert_int_equal(number(cJSON_GetArrayItem(groups, 1), "nodes_kept"), 0);
	assert_non_null(kept = cJSON_GetObjectItem(cJSON_GetArrayItem(groups, 0), "kept"));
	assert_int_equal(cJSON_GetArraySize(kept), 3);
	kept = cJSON_GetArrayItem(kept, 0);
	assert_string_equal(cJSON_GetObjectItem(kept, "pod")->valuestring, "db-0");
	assert_string_equal(cJSON_GetObjectItem(kept, "node")->valuestring, "ip-10-0-3-17");
	assert_string_equal(cJSON_GetObjectItem(kept, "namespace")->valuestring, "shop");
	assert_string_equal(cJSON_GetObjectItem(kept, "why")->valuestring, "has local storage");
	cJSON_Delete(json);
	free(out.bytes);
}

/* tests/web.sh reads the whole with the format's own parser. */
static void test_metrics(void **state)
{
	(void)state;
	static const char *const lines[] = {
	    "\nplimsoll_build_info{version=\"0.3.0\",mode=\"live\"} 1\n",
	    "\n# TYPE plimsoll_ticks counter\n",
	    "\nplimsoll_ticks_total 18273\n",
	    "\n# UNIT plimsoll_tick_duration_seconds seconds\n",
	    "\nplimsoll_tick_duration_seconds_bucket{le=\"0.025\"} 3000\n",
	    "\nplimsoll_tick_duration_seconds_bucket{le=\"1.0\"} 18273\n",
	    "\nplimsoll_tick_duration_seconds_bucket{le=\"+Inf\"} 18273\n",
	    "\nplimsoll_tick_duration_seconds_sum 621.282\n",
	    "\nplimsoll_autoscaler_desired_replicas{namespace=\"shop\",name=\"web\"} 8\n",
	    "\nplimsoll_autoscaler_in_trouble{namespace=\"shop\",name=\"checkout\"} 1\n",
	    "\nplimsoll_autoscaler_cost_per_hour{namespace=\"shop\",name=\"web\",currency=\"USD\"} 1.152\n",
	    "\nplimsoll_cost_per_hour{currency=\"USD\"} 12.3444\n",
	    "\nplimsoll_api_calls_total{method=\"GET\",code=\"2xx\"} 4128\n",
	    "\nplimsoll_api_calls_total{method=\"GET\",code=\"none\"} 2\n",
	    "\nplimsoll_node_group_ready{group=\"general-m5-large\"} 34\n",
	    "\n# EOF\n",
	};
	struct body out = {0};
	render_metrics(&out, &example);
	for (size_t i = 0; i < COUNT(lines); i++)
		if (!strstr(out.bytes, lines[i]))
			fail_msg("there is no line %s in %s", lines[i], out.bytes);
	assert_string_equal(out.bytes + out.size - 6, "# EOF\n");
	free(out.bytes);
}

static size_t position(const char *text, const char *of)
{
	const char *found = strstr(text, of);
	if (!found)
		fail_msg("%s is not on the page", of);
	return (size_t)(found - text);
}

static void test_page(void **state)
{
	(void)state;
	struct body out = {0};
	render_page(&out, &example);
	const char *order[] = {"$12.34<small>/h",
			       "$9,011 a month",
			       "3 nodes without a price",
			       "checkout</h3>",
			       "no usable resource metric",
			       "search</h3>",
			       "fit-workers</h3>",
			       "web</h3>",
			       "cpu 81% of 60%",
			       "just scaled",
			       "scaled 4 s ago",
			       "basket</h3>",
			       "general-m5-large</h3>"};
	for (size_t i = 1; i < COUNT(order); i++)
		if (position(out.bytes, order[i - 1]) >= position(out.bytes, order[i]))
			fail_msg("%s does not come before %s", order[i - 1], order[i]);
	position(out.bytes, "<meta http-equiv=refresh content=15>");
	assert_null(strstr(out.bytes, "<script"));
	free(out.bytes);
}

/* ---- addresses ---- */

static void test_hosts(void **state)
{
	(void)state;
	static const char *const local[] = {"localhost",      "LocalHost:80", "127.0.0.1",
					    "127.8.9.1:8080", "[::1]",        "[::1]:1"};
	static const char *const other[] = {"",
					    "evil.example",
					    "localhost.evil.example",
					    "127.0.0.1.nip.io",
					    "[::1",
					    "[::1]x",
					    "[::2]:80",
					    "localhost:80x",
					    "128.0.0.1",
					    "localhost:80@evil",
					    "127.0.0.1:80:80",
					    ":80"};
	for (size_t i = 0; i < COUNT(local); i++)
		if (!web_host_is_local(local[i]))
			fail_msg("%s is refused", local[i]);
	for (size_t i = 0; i < COUNT(other); i++)
		if (web_host_is_local(other[i]))
			fail_msg("%s is let through", other[i]);
}

static void test_addresses(void **state)
{
	(void)state;
	static const char *const wrong[][2] = {{"8080", "is no address"},           {"127.0.0.1:x", "port x"},
					       {"127.0.0.1:65536", "0 to 65535"},   {"::1:80", "is no address"},
					       {"example.com:80", "is no address"}, {"127.0.0.1:", "0 to 65535"},
					       {"192.0.2.1:0", "192.0.2.1:0: "}};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		struct err err = {""};
		assert_null(web_open(wrong[i][0], NULL, &err));
		if (!strstr(err.message, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], err.message);
	}
	struct web *web = opened();
	struct err err = {""};
	assert_null(web_open(web_address(web), NULL, &err));
	assert_non_null(strstr(err.message, "in use"));
	web_close(web);
}

static void test_all_addresses(void **state)
{
	(void)state;
	struct err err = {""};
	struct web *web = web_open(":0", NULL, &err);
	assert_non_null(web);
	expect(web, "GET", "/healthz", "plimsoll.example:80", 200, "ok");
	web_close(web);
}

/* ---- what is served ---- */

static void test_routes(void **state)
{
	(void)state;
	struct web *web = opened();
	expect(web, "GET", "/", "localhost", 503, "starting");
	expect(web, "GET", "/readyz", "localhost", 503, "not ready");
	expect(web, "GET", "/healthz", "localhost", 200, "ok");
	publish(web, &example);
	expect(web, "GET", "/", "localhost", 200, "Content-Type: text/html; charset=utf-8\r\n");
	expect(web, "GET", "/", "127.0.0.1:80", 200, "</html>");
	expect(web, "GET", "/?a=b", "localhost", 200, "Cache-Control: no-store\r\n");
	expect(web, "GET", "/", "localhost", 200, "X-Content-Type-Options: nosniff\r\n");
	expect(web, "GET", "/", "localhost", 200, "Content-Security-Policy: default-src 'none'; ");
	expect(web, "GET", "/status.json", "localhost", 200, "Content-Type: application/json");
	expect(web, "GET", "/metrics", "localhost", 200, "Content-Type: application/openmetrics-text; version=1.0.0;");
	expect(web, "GET", "/readyz", "localhost", 200, "ok");
	expect(web, "GET", "/nothing", "localhost", 404, "not found");
	expect(web, "GET", "/../../etc/passwd", "localhost", 404, "not found");
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"};
	for (size_t i = 0; i < COUNT(methods); i++)
		expect(web, methods[i], "/", "localhost", 405, "Allow: GET, HEAD\r\n");
	expect(web, "GET", "/", "evil.example", 421, "is not this machine");
	expect(web, "GET", "/healthz", "evil.example:8080", 421, "is not this machine");
	web_close(web);
}

static void test_head(void **state)
{
	(void)state;
	struct web *web = opened();
	publish(web, &example);
	char *full = get(web, "GET", "/", "localhost"), *head = get(web, "HEAD", "/", "localhost"), length[64];
	assert_non_null(full);
	assert_non_null(head);
	snprintf(length, sizeof length, "Content-Length: %zu\r\n", strlen(body_of(full)));
	assert_non_null(strstr(full, length));
	assert_non_null(strstr(head, length));
	assert_string_equal(body_of(head), "");
	free(full), free(head);
	web_close(web);
}

static void test_wrong_requests(void **state)
{
	(void)state;
	struct web *web = opened();
	publish(web, &example);
	static char long_request[1 << 17];
	memset(long_request, 'a', sizeof long_request - 1);
	memcpy(long_request, "GET /", 5);
	static const char *const wrong[] = {"\r\n\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02", long_request,
					    "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n"};
	for (size_t i = 0; i < COUNT(wrong); i++) {
		int fd = connect_to(web);
		assert_true(fd >= 0);
		(void)!send(fd, wrong[i], strlen(wrong[i]), MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		char *answer = receive(fd);
		assert_true(!answer || strncmp(answer, "HTTP/1.1 200", 12) != 0);
		free(answer);
	}
	expect(web, "GET", "/", "localhost", 200, "</html>");
	web_close(web);
}

static void pause_a_little(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

/* What is served is a copy: texts are made when they are asked for, long after the status is gone. */
static void test_copied(void **state)
{
	struct web *web = opened();
	char name[] = "web-of-before", holder[] = "who-leads";
	struct status_autoscaler row = example.autoscalers[0];
	struct status s = example;
	(void)state;
	row.name = name;
	s.autoscalers = &row;
	s.n_autoscalers = 1;
	s.holder = holder;
	publish(web, &s);
	memset(name, 'x', sizeof name - 1);
	memset(holder, 'y', sizeof holder - 1);
	expect(web, "GET", "/status.json", "localhost", 200, "web-of-before");
	expect(web, "GET", "/status.json", "localhost", 200, "who-leads");
	expect(web, "GET", "/metrics", "localhost", 200, "web-of-before");
	web_close(web);
}

/* An invalid autoscaler has no target, and is shown all the same: it must not make the page go stale. */
static void test_no_target(void **state)
{
	struct web *web = opened();
	struct status_autoscaler row = example.autoscalers[0];
	struct status s = example;
	(void)state;
	row.name = "of-nothing";
	row.target_kind = row.target_name = NULL;
	s.autoscalers = &row;
	s.n_autoscalers = 1;
	publish(web, &s);
	expect(web, "GET", "/status.json", "localhost", 200, "of-nothing\",\"target_kind\":\"\"");
	expect(web, "GET", "/", "localhost", 200, "of-nothing");
	web_close(web);
}

static void test_health(void **state)
{
	(void)state;
	struct web *web = opened();
	struct status s = example;
	s.stuck = true;
	s.trouble = "etcd\nis away";
	publish(web, &s);
	expect(web, "GET", "/healthz", "localhost", 503, "trouble: etcd\\x0ais away\n");
	s = example;
	s.stuck_after = HOUR_MS;
	publish(web, &s);
	expect(web, "GET", "/healthz", "localhost", 200, "ok");
	/* The loop hangs, and publishes nothing that would say so. */
	s.stuck_after = 1;
	publish(web, &s);
	for (int tries = 0; tries < 1000 && clock_mono() - web->health.at <= 1; tries++)
		pause_a_little();
	expect(web, "GET", "/healthz", "localhost", 503, "stuck: last heard of");
	expect(web, "GET", "/", "localhost", 200, "last heard of at 14:25:05 UTC");
	web_close(web);
}

/* ---- many at once ---- */

#define READERS 4
#define READS   25

struct reader {
	pthread_t thread;
	const struct web *web;
	int whole;
};

static void *read_often(void *self)
{
	struct reader *reader = self;
	for (int i = 0; i < READS; i++) {
		char *answer = get(reader->web, "GET", i % 2 ? "/" : "/status.json", "localhost");
		size_t length = answer ? strlen(answer) : 0;
		reader->whole += length > 8 && (strcmp(answer + length - 8, "</html>\n") == 0 ||
						strcmp(answer + length - 3, "]}\n") == 0);
		free(answer);
	}
	return NULL;
}

static void test_readers_while_publishing(void **state)
{
	(void)state;
	struct web *web = opened();
	struct reader readers[READERS];
	publish(web, &example);
	for (int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.web = web};
		assert_int_equal(pthread_create(&readers[i].thread, NULL, read_often, readers + i), 0);
	}
	struct status s = example;
	for (int i = 0; i < 200; i++, s.ticks++)
		publish(web, &s);
	for (int i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_int_equal(readers[i].whole, READS);
	}
	web_close(web);
}

#define MANY 2000
static struct status_autoscaler many[MANY];

static void test_slow_reader(void **state)
{
	(void)state;
	static const char request[] = "GET /status.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	struct web *web = opened();
	struct status s = example;
	for (int i = 0; i < MANY; i++)
		many[i] = example_autoscalers[0];
	s.autoscalers = many;
	s.n_autoscalers = MANY;
	s.ticks = 1;
	publish(web, &s);
	int slow = connect_with(web, 4096);
	assert_int_equal(send(slow, request, sizeof request - 1, MSG_NOSIGNAL), sizeof request - 1);
	char first;
	assert_int_equal(recv(slow, &first, 1, 0), 1);
	for (s.ticks = 2; s.ticks < 12; s.ticks++)
		publish(web, &s);
	expect(web, "GET", "/status.json", "localhost", 200, "\"ticks\":11,");
	char *answer = receive(slow);
	assert_non_null(answer);
	assert_non_null(strstr(answer, "\"ticks\":1,"));
	cJSON *json = cJSON_Parse(body_of(answer));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "autoscalers")), MANY);
	cJSON_Delete(json);
	free(answer);
	web_close(web);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_copied),        cmocka_unit_test(test_no_target),
	    cmocka_unit_test(test_words),         cmocka_unit_test(test_escaping),
	    cmocka_unit_test(test_histogram),     cmocka_unit_test(test_json),
	    cmocka_unit_test(test_metrics),       cmocka_unit_test(test_page),
	    cmocka_unit_test(test_hosts),         cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_all_addresses), cmocka_unit_test(test_routes),
	    cmocka_unit_test(test_head),          cmocka_unit_test(test_wrong_requests),
	    cmocka_unit_test(test_health),        cmocka_unit_test(test_readers_while_publishing),
	    cmocka_unit_test(test_slow_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
