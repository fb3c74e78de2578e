#include "../../autoscaler/io/kube/kube_internal.h"
#include "../../autoscaler/io/text/clock.h"

#include <unistd.h>

#include "net_fixture.h"

/* A Kubernetes server reached in each of the ways there are; tests/net_server.py plays the server. */

static struct fixture fixture;
static struct net *net;
static struct log logged;

static int set_up(void **state)
{
	struct err err;
	(void)state;
	if (fixture_start(&fixture) < 0)
		return -1;
	logged = (struct log){.file = tmpfile(), .level = LOG_DEBUG};
	net = net_open(7, &err);
	unsetenv("KUBECONFIG");
	setenv("HOME", "/nowhere", 1);
	return net && logged.file ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	net_close(net);
	fclose(logged.file);
	fixture_stop(&fixture);
	return 0;
}

static char *get(struct kube *kube, const char *path, struct answer *answer)
{
	struct err err = {{0}};
	char *body;
	if (server_fetch(kube_server(kube), &(struct call){.method = "GET", .path = path}, answer, &body, &err) < 0) {
		print_message("%s\n", err.message);
		assert_null(strstr(err.message, "token-"));
	}
	return body;
}

/* tries: at most so many. */
static void expect(struct kube *kube, const char *path, const char *body, unsigned tries)
{
	struct answer answer;
	char *got = get(kube, path, &answer);
	assert_string_equal(got, body);
	assert_in_range((unsigned)answer.tries, 1, tries);
	free(got);
}

static struct kube *open_named(const char *kubeconfig)
{
	char path[256];
	struct err err = {{0}};
	write_text(&fixture, "kubeconfig", kubeconfig, 0);
	struct kube_options options = {.kubeconfig = in_folder(&fixture, "kubeconfig", path)};
	struct kube *kube = kube_open(net, &options, &logged, &err);
	if (!kube)
		print_message("%s\n", err.message);
	assert_non_null(kube);
	return kube;
}

static struct kube *open_user(const char *user)
{
	char text[3000];
	snprintf(text, sizeof text,
		 "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
		 "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%d', certificate-authority: ca.crt}}]\n"
		 "users: [{name: u, user: {%s}}]\n",
		 fixture.port, user);
	return open_named(text);
}

static void test_service_account(void **state)
{
	char port[16];
	struct err err = {{0}};
	struct kube_options options = {0};
	(void)state;
	unsetenv("KUBERNETES_SERVICE_HOST");
	assert_null(kube_open_with(net, &options, fixture.folder, &logged, &err));
	assert_non_null(strstr(err.message, "no kubeconfig"));
	snprintf(port, sizeof port, "%d", fixture.port);
	setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
	setenv("KUBERNETES_SERVICE_PORT", port, 1);
	write_text(&fixture, "namespace", "plimsoll-system", 0);
	struct kube *kube = kube_open_with(net, &options, fixture.folder, &logged, &err);
	assert_non_null(kube);
	assert_string_equal(kube_namespace(kube), "plimsoll-system");
	expect(kube, "/auth", "known", 1);
	write_text(&fixture, "token", "second-token-0123456789", 0); /* rotated */
	expect(kube, "/auth", "known", 2);
	expect(kube, "/auth", "known", 1);
	kube_close(kube);
	write_text(&fixture, "token", "first-token-0123456789", 0);
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	kube = kube_open_with(net, &options, fixture.folder, &logged, &err);
	snprintf(port, sizeof port, "]:%d,", fixture.port);
	assert_non_null(strstr(kube_address(kube), "https://[fd00::1"));
	assert_non_null(strstr(kube_address(kube), port));
	kube_close(kube);
	unsetenv("KUBERNETES_SERVICE_HOST");
}

static void test_token(void **state)
{
	struct kube *kube = open_user("token: first-token-0123456789");
	(void)state;
	expect(kube, "/auth", "known", 1);
	kube_close(kube);
	kube = open_user("token: other-token-0123456789");
	struct answer answer;
	free(get(kube, "/auth", &answer));
	assert_int_equal(answer.status, 401);
	assert_int_equal(answer.tries, 1);
	kube_close(kube);
}

static void copy_file(const char *from, const char *to)
{
	char *text = read_text(&fixture, from);
	write_text(&fixture, to, text, 0);
	free(text);
}

static void test_certificate_files(void **state)
{
	(void)state;
	copy_file("alice.crt", "me.crt");
	copy_file("alice.key", "me.key");
	struct kube *kube = open_user("client-certificate: me.crt, client-key: me.key");
	expect(kube, "/who", "alice", 1);
	kube_close(kube);
}

/* ---- files that are replaced ---- */

static void replace(const char *from, const char *to)
{
	char source[256], target[256];
	assert_int_equal(rename(in_folder(&fixture, from, source), in_folder(&fixture, to, target)), 0);
}

static void put_pair(const char *certificate, const char *key)
{
	copy_file(certificate, "new.crt");
	copy_file(key, "new.key");
	replace("new.crt", "me.crt");
	replace("new.key", "me.key");
}

/* How often a line was logged. */
static unsigned told(const char *line)
{
	static char text[262144];
	unsigned n = 0;
	fflush(logged.file);
	rewind(logged.file);
	text[fread(text, 1, sizeof text - 1, logged.file)] = 0;
	fseek(logged.file, 0, SEEK_END);
	for (const char *at = text; (at = strstr(at, line)); at++)
		n++;
	return n;
}

static void test_certificate_replaced(void **state)
{
	struct answer answer;
	(void)state;
	put_pair("alice.crt", "alice.key");
	struct kube *kube = open_user("client-certificate: me.crt, client-key: me.key");
	expect(kube, "/only/alice", "alice", 1);
	put_pair("bob.crt", "bob.key");
	expect(kube, "/only/bob", "bob", 2);
	kube_close(kube);

	kube = open_user("client-certificate: me.crt, client-key: me.key");
	expect(kube, "/only/bob", "bob", 1);
	copy_file("alice.crt", "me.crt"); /* its key is yet to come */
	free(get(kube, "/only/alice", &answer));
	assert_int_equal(answer.status, 401);
	expect(kube, "/only/bob", "bob", 1);
	kube_close(kube);
}

static void test_certificate_half_written(void **state)
{
	struct answer answer;
	unsigned before = told("client certificate not read again");
	(void)state;
	put_pair("alice.crt", "alice.key");
	struct kube *kube = open_user("client-certificate: me.crt, client-key: me.key");
	expect(kube, "/only/alice", "alice", 1);
	char *half = read_text(&fixture, "bob.crt");
	half[strlen(half) / 2] = 0;
	write_text(&fixture, "me.crt", half, 0);
	free(half);
	copy_file("bob.key", "me.key");
	for (int i = 0; i < 3; i++) {
		free(get(kube, "/only/bob", &answer));
		assert_int_equal(answer.status, 401);
	}
	expect(kube, "/only/alice", "alice", 1);
	assert_int_equal(told("client certificate not read again"), before + 1);
	kube_close(kube);
}

/* The server's certificate is one of another CA from now on, next.crt; the one before is kept. */
static void reissue(void)
{
	static const char script[] = "cd \"$1\" && {\n"
				     "new='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'\n"
				     "openssl req -x509 $new -keyout next.key -out next.crt -days 2 -subj /CN=next &&\n"
				     "openssl req $new -keyout renewed.key -out renewed.csr -subj /CN=server &&\n"
				     "openssl x509 -req -in renewed.csr -CA next.crt -CAkey next.key -CAcreateserial "
				     "-days 2 -extfile server.ext "
				     "-out renewed.crt && cp server.crt first.crt && cp server.key first.key\n"
				     "} >>openssl.log 2>&1";
	const char *words[] = {"sh", "-c", script, "sh", fixture.folder, NULL};
	int status;
	assert_true(waitpid(start(words, -1, -1), &status, 0) > 0 && status == 0);
	replace("renewed.crt", "server.crt");
	replace("renewed.key", "server.key");
}

static void issue_as_before(void)
{
	replace("first.crt", "server.crt");
	replace("first.key", "server.key");
}

/* The connection there is ends; libcurl makes a new one, for this request or the next. */
static void disconnect(struct kube *kube)
{
	struct answer answer;
	static int times;
	char path[64];
	snprintf(path, sizeof path, "/drop/1/rotated-%d", times++);
	free(get(kube, path, &answer));
}

static void test_authorities_replaced(void **state)
{
	struct answer answer;
	char text[1000];
	unsigned before = told("authorities not read again");
	(void)state;
	copy_file("ca.crt", "trusted.crt");
	snprintf(
	    text, sizeof text,
	    "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
	    "clusters: [{name: c, cluster: {server: 'https://127.0.0.1:%d', certificate-authority: trusted.crt}}]\n",
	    fixture.port);
	struct kube *kube = open_named(text);
	expect(kube, "/ok", "fine", 1);
	reissue();
	disconnect(kube);
	free(get(kube, "/ok", &answer));
	assert_int_equal(answer.status, 0);
	assert_non_null(strstr(answer.err.message, "certificate"));
	char *half = read_text(&fixture, "next.crt");
	half[strlen(half) - 10] = 0;
	write_text(&fixture, "trusted.crt", half, 0);
	free(half);
	for (int i = 0; i < 3; i++) {
		free(get(kube, "/ok", &answer));
		assert_int_equal(answer.status, 0);
	}
	assert_int_equal(told("authorities not read again"), before + 1);
	copy_file("next.crt", "next-trusted.crt");
	replace("next-trusted.crt", "trusted.crt");
	expect(kube, "/ok", "fine", 2);
	expect(kube, "/ok", "fine", 1);
	issue_as_before();
	kube_close(kube);
}

/* A link that is swapped, as the kubelet does it: ca.crt leads to ..data/ca.crt, and ..data to a folder of the time. */
static void link_account(const char *folder, const char *ca)
{
	char from[256], to[256], name[64];
	snprintf(name, sizeof name, "account/%s", folder);
	assert_int_equal(mkdir(in_folder(&fixture, name, to), 0755), 0);
	snprintf(name, sizeof name, "account/%s/ca.crt", folder);
	copy_file(ca, name);
	snprintf(name, sizeof name, "account/%s/token", folder);
	copy_file("token", name);
	assert_int_equal(symlink(folder, in_folder(&fixture, "account/..new", from)), 0);
	assert_int_equal(rename(from, in_folder(&fixture, "account/..data", to)), 0);
}

static void test_account_replaced(void **state)
{
	char path[256], port[16];
	struct err err = {{0}};
	struct kube_options options = {0};
	(void)state;
	snprintf(port, sizeof port, "%d", fixture.port);
	setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1", 1);
	setenv("KUBERNETES_SERVICE_PORT", port, 1);
	assert_int_equal(mkdir(in_folder(&fixture, "account", path), 0755), 0);
	assert_int_equal(symlink("..data/ca.crt", in_folder(&fixture, "account/ca.crt", path)), 0);
	assert_int_equal(symlink("..data/token", in_folder(&fixture, "account/token", path)), 0);
	link_account("..2026_11_24", "ca.crt");
	struct kube *kube = kube_open_with(net, &options, in_folder(&fixture, "account", path), &logged, &err);
	unsetenv("KUBERNETES_SERVICE_HOST");
	assert_non_null(kube);
	expect(kube, "/auth", "known", 1);
	reissue();
	link_account("..2026_11_25", "next.crt");
	disconnect(kube);
	expect(kube, "/auth", "known", 2);
	issue_as_before();
	kube_close(kube);
}

/* ---- plugins ---- */

static const char certificate_plugin[] =
    "#!/bin/sh\n"
    "cd \"$(dirname \"$0\")\" || exit 1\n"
    "pem() { awk '{printf \"%s\\\\n\", $0}' \"$1\"; }\n"
    "printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{'\n"
    "printf '\"expirationTimestamp\":\"2020-01-01T00:00:00Z\",'\n"
    "printf '\"clientCertificateData\":\"%s\",\"clientKeyData\":\"%s\"}}' \"$(pem me.crt)\" \"$(pem me.key)\"\n";

static const char token_plugin[] =
    "#!/bin/sh\n"
    "cd \"$(dirname \"$0\")\" || exit 1\n"
    "echo run >>runs\n"
    "printf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{'\n"
    "printf '\"token\":\"%s\"}}' \"$(cat token)\"\n";

#define PLUGIN "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, interactiveMode: Never}"

static void test_plugin_certificate(void **state)
{
	(void)state;
	copy_file("alice.crt", "me.crt");
	copy_file("alice.key", "me.key");
	write_text(&fixture, "plugin", certificate_plugin, 0755);
	struct kube *kube = open_user(PLUGIN);
	expect(kube, "/who", "alice", 1);
	copy_file("bob.crt", "me.crt");
	copy_file("bob.key", "me.key");
	expect(kube, "/who", "bob", 1); /* the first has expired: the plugin gave another */
	kube_close(kube);
}

static void test_plugin_token(void **state)
{
	(void)state;
	write_text(&fixture, "plugin", token_plugin, 0755);
	struct kube *kube = open_user(PLUGIN);
	for (int i = 0; i < 20; i++)
		expect(kube, "/auth", "known", 1);
	char *runs = read_text(&fixture, "runs");
	assert_string_equal(runs, "run\n");
	free(runs);
	write_text(&fixture, "token", "third-token-0123456789", 0);
	expect(kube, "/auth", "known", 2);
	kube_close(kube);
	write_text(&fixture, "token", "first-token-0123456789", 0);
}

static void test_impersonation(void **state)
{
	struct kube *kube = open_user("token: first-token-0123456789, as: somebody, as-groups: [a]");
	struct answer answer;
	char *headers = get(kube, "/headers", &answer);
	(void)state;
	assert_non_null(strstr(headers, "\"Impersonate-User\": \"somebody\""));
	assert_non_null(strstr(headers, "\"Impersonate-Group\": \"a\""));
	free(headers);
	kube_close(kube);
}

static void test_kinds(void **state)
{
	struct kube *kube = open_user("token: first-token-0123456789");
	struct kube_kind kind;
	struct err err = {{0}};
	ms_t later = clock_mono() + MINUTE_MS;
	(void)state;
	assert_int_equal(kube_kind(kube, "apps/v1", "Deployment", later, &kind, &err), 0);
	assert_string_equal(kind.plural, "deployments");
	assert_true(kind.namespaced && kind.scalable);
	assert_int_equal(kube_kind(kube, "apps/v1", "DaemonSet", later, &kind, &err), 0);
	assert_false(kind.scalable);
	assert_true(kube_kind(kube, "apps/v1", "Scale", later, &kind, &err) < 0);
	assert_string_equal(err.message, "the server has no kind Scale in apps/v1");
	assert_true(kube_kind(kube, "apps/v1/../../secrets", "Deployment", later, &kind, &err) < 0);
	struct answer answer;
	char *asked = get(kube, "/hits/discovery", &answer);
	assert_string_equal(asked, "1");
	free(asked);
	kube_close(kube);
}

/* Many targets of a group whose server does not answer: it is asked once, and waited for once. */
static void test_kinds_that_cannot_be_had(void **state)
{
	static const char *const groups[] = {"hang", "broken"};
	struct kube *kube = open_user("token: first-token-0123456789");
	struct kube_kind kind;
	struct answer answer;
	struct err err;
	(void)state;
	for (size_t g = 0; g < COUNT(groups); g++) {
		char api[64], path[64];
		snprintf(api, sizeof api, "%s/v1", groups[g]);
		snprintf(path, sizeof path, "/hits/discovery-of-%s", groups[g]);
		kube_kind_ask(kube, api, "Deployment");
		for (int i = 0; i < 40; i++) {
			assert_true(kube_kind(kube, api, "Deployment", clock_mono() + SECOND_MS, &kind, &err) < 0);
			assert_non_null(strstr(err.message, g == 0 ? "has not said" : "503"));
			assert_non_null(strstr(err.message, api));
		}
		char *asked = get(kube, path, &answer);
		assert_in_range((unsigned)atoi(asked), 1, g == 0 ? 1 : 3); /* the latter with its tries */
		free(asked);
	}
	kube_close(kube);
}

static void test_no_secret_logged(void **state)
{
	static char text[65536];
	(void)state;
	rewind(logged.file);
	text[fread(text, 1, sizeof text - 1, logged.file)] = 0;
	assert_non_null(strstr(text, "plugin"));
	assert_null(strstr(text, "token-0123"));
	assert_null(strstr(text, "BEGIN"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_service_account),
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_certificate_files),
	    cmocka_unit_test(test_certificate_replaced),
	    cmocka_unit_test(test_certificate_half_written),
	    cmocka_unit_test(test_authorities_replaced),
	    cmocka_unit_test(test_account_replaced),
	    cmocka_unit_test(test_plugin_certificate),
	    cmocka_unit_test(test_plugin_token),
	    cmocka_unit_test(test_impersonation),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_kinds_that_cannot_be_had),
	    cmocka_unit_test(test_no_secret_logged),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
