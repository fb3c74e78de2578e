#include "../../autoscaler/io/kube/kube_internal.h"

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
	(void)state;
	assert_int_equal(kube_kind(kube, "apps/v1", "Deployment", &kind, &err), 0);
	assert_string_equal(kind.plural, "deployments");
	assert_true(kind.namespaced && kind.scalable);
	assert_int_equal(kube_kind(kube, "apps/v1", "DaemonSet", &kind, &err), 0);
	assert_false(kind.scalable);
	assert_true(kube_kind(kube, "apps/v1", "Scale", &kind, &err) < 0);
	assert_string_equal(err.message, "the server has no kind Scale in apps/v1");
	assert_true(kube_kind(kube, "apps/v1/../../secrets", "Deployment", &kind, &err) < 0);
	struct answer answer;
	char *asked = get(kube, "/hits/discovery", &answer);
	assert_string_equal(asked, "1");
	free(asked);
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
	    cmocka_unit_test(test_plugin_certificate),
	    cmocka_unit_test(test_plugin_token),
	    cmocka_unit_test(test_impersonation),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_no_secret_logged),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
