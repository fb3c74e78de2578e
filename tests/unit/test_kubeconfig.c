#include "../../autoscaler/io/kube/credentials.h"
#include "../../autoscaler/io/kube/kube_internal.h"

#include <unistd.h>

#include "net_fixture.h"

/* What a kubeconfig says, as client-go reads it; and what makes credentials of it. */

static struct fixture fixture;
static bool secrets_seen;

static void look(const char *message)
{
	static const char *const secrets[] = {"s3cret", "hunter2", "czNjcmV0", "token-0"};
	for (size_t i = 0; i < COUNT(secrets); i++)
		secrets_seen |= strstr(message, secrets[i]) != NULL;
}

static int set_up(void **state)
{
	(void)state;
	return fixture_folder(&fixture);
}

static int tear_down(void **state)
{
	(void)state;
	fixture_remove(&fixture);
	return 0;
}

struct reading {
	struct arena arena;
	struct access access;
	struct err err;
	int status;
};

static void read_all(struct reading *reading, const struct kube_options *options, const char *first, const char *second)
{
	struct kubeconfig_text texts[] = {{"dir/first", first, strlen(first)},
					  {"other/second", second ? second : "", second ? strlen(second) : 0}};
	*reading = (struct reading){.status = 0};
	reading->status =
	    kubeconfig_merge(texts, second ? 2 : 1, options, &reading->arena, &reading->access, &reading->err);
	look(reading->err.message);
}

static void read_one(struct reading *reading, const char *text)
{
	read_all(reading, &(struct kube_options){0}, text, NULL);
	if (reading->status < 0)
		print_message("%s\n", reading->err.message);
	assert_int_equal(reading->status, 0);
}

#define HEAD "apiVersion: v1\nkind: Config\n"
#define CONTEXT                                                                                                        \
	"contexts: [{name: x, context: {cluster: c, user: u, namespace: shop}}]\ncurrent-context: x\n"                 \
	"clusters: [{name: c, cluster: {server: 'https://one:6443'}}]\n"
#define BASE HEAD CONTEXT

static void test_a_context(void **state)
{
	struct reading reading;
	(void)state;
	read_one(&reading, BASE "users: [{name: u, user: {token: s3cret, tokenFile: t, as: me, as-uid: '7',\n"
				"  as-groups: [a, b], as-user-extra: {scopes/x: [one, two]}}}]\n");
	const struct access *access = &reading.access;
	assert_string_equal(access->server, "https://one:6443");
	assert_string_equal(access->namespace_, "shop");
	assert_string_equal(access->token, "s3cret");
	assert_string_equal(access->token_file, "dir/t");
	static const char *const headers[] = {"Impersonate-User: me",
					      "Impersonate-Uid: 7",
					      "Impersonate-Group: a",
					      "Impersonate-Group: b",
					      "Impersonate-Extra-scopes%2Fx: one",
					      "Impersonate-Extra-scopes%2Fx: two"};
	for (size_t i = 0; i < COUNT(headers); i++)
		assert_string_equal(access->headers[i], headers[i]);
	assert_null(access->headers[COUNT(headers)]);
	arena_free(&reading.arena);
}

static void test_cluster_fields(void **state)
{
	struct reading reading;
	(void)state;
	/* "-----BEGIN X" in base64 */
	read_one(&reading,
		 "{\"kind\": \"Config\", \"current-context\": \"x\",\n"
		 "\"contexts\": [{\"name\": \"x\", \"context\": {\"cluster\": \"c\"}}],\n"
		 "\"clusters\": [{\"name\": \"c\", \"cluster\": {\"server\": \"https://[::1]:6443\",\n"
		 "\"certificate-authority-data\": \"LS0tLS1CRUdJTiBY\", \"certificate-authority\": \"gone\",\n"
		 "\"tls-server-name\": \"api\", \"proxy-url\": \"socks5://p:1\"}}]}");
	assert_string_equal(reading.access.ca_pem, "-----BEGIN X"); /* the data wins over the file */
	assert_string_equal(reading.access.tls_server_name, "api");
	assert_string_equal(reading.access.proxy, "socks5://p:1");
	assert_null(reading.access.user);
	assert_false(reading.access.insecure);
	arena_free(&reading.arena);
}

static void test_the_first_wins(void **state)
{
	static const char first[] = HEAD "current-context: b\n"
					 "users: [{name: u, user: {username: me, password: hunter2}}]\n"
					 "clusters: [{name: c, cluster: {server: 'https://first'}}]\n";
	static const char second[] =
	    HEAD "current-context: a\n"
		 "users: [{name: u, user: {token: s3cret}}, {name: v, user: {client-certificate: x, client-key: /y}}]\n"
		 "contexts: [{name: a, context: {cluster: c, user: v}}, {name: b, context: {cluster: c, user: u}}]\n"
		 "clusters: [{name: c, cluster: {server: 'https://second', insecure-skip-tls-verify: true}}]\n";
	struct reading reading;
	(void)state;
	read_all(&reading, &(struct kube_options){0}, first, second);
	assert_int_equal(reading.status, 0);
	assert_string_equal(reading.access.context, "b");
	assert_string_equal(reading.access.server, "https://first");
	assert_false(reading.access.insecure); /* of the other's entry nothing is taken */
	assert_string_equal(reading.access.name, "me");
	assert_null(reading.access.token);
	arena_free(&reading.arena);
	read_all(&reading, &(struct kube_options){.context = "a", .server = "https://third", .namespace_ = "n"}, first,
		 second);
	assert_int_equal(reading.status, 0);
	assert_string_equal(reading.access.server, "https://third");
	assert_string_equal(reading.access.certificate_file, "other/x"); /* relative to its own file */
	assert_string_equal(reading.access.key_file, "/y");
	assert_string_equal(reading.access.namespace_, "n");
	arena_free(&reading.arena);
	read_all(&reading, &(struct kube_options){.user = "v", .cluster = "c"}, first, second);
	assert_string_equal(reading.access.certificate_file, "other/x");
	arena_free(&reading.arena);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {HEAD, "sets no current-context"},
	    {"kind: Pod\n", "kind: must be Config"},
	    {"[1]", "is no kubeconfig"},
	    {"a: s3cret: b", "dir/first:1:"},
	    {"token: !!int s3cret\n", "is not YAML or JSON that can be read"},
	    {"s3cret: 1\ns3cret: 2\n", "dir/first:2:1: is not YAML or JSON that can be read"},
	    {HEAD "current-context: k\ncontexts: [{name: x}, {name: z}]\n", "no context 'k'; there is x, z"},
	    {HEAD "current-context: x\ncontexts: [{name: x, context: {cluster: k}}]\n", "there is no cluster 'k'"},
	    {HEAD "current-context: x\ncontexts: [{name: x}]\n", "leads to no cluster with a server"},
	    {HEAD "current-context: x\ncontexts: [{name: x}, {name: x}]\n", "is there twice"},
	    {HEAD "current-context: x\ncontexts: 7\n", "contexts: must be a list"},
	    {BASE, "there is no user 'u'"},
	    {BASE "users: [{name: u, user: {token: 12345}}]\n", "token: must be a string"},
	    {BASE "users: [{name: u, user: {token: s3cret, username: me}}]\n", "only one of them"},
	    {BASE "users: [{name: u, user: {password: hunter2}}]\n", "username: is missing"},
	    {BASE "users: [{name: u, user: {client-certificate: a}}]\n", "client-key: is missing"},
	    {BASE "users: [{name: u, user: {client-key: a}}]\n", "client-certificate: is missing"},
	    {BASE "users: [{name: u, user: {client-key-data: czNjcmV0}}]\n", "must be PEM in base64"},
	    {BASE "users: [{name: u, user: {client-key-data: 's3cret!'}}]\n", "must be PEM in base64"},
	    {BASE "users: [{name: u, user: {auth-provider: {name: gcp}}}]\n", "no longer supported"},
	    {BASE "users: [{name: u, user: {as-uid: '7'}}]\n", "as: is missing"},
	    {BASE "users: [{name: u, user: {as: \"a\\nb\"}}]\n", "control character"},
	    {BASE "users: [{name: u, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1alpha1}}}]\n",
	     "apiVersion: must be"},
	    {BASE "users: [{name: u, user: {exec: {command: x, apiVersion: client.authentication.k8s.io/v1}}}]\n",
	     "interactiveMode: must be Never, IfAvailable or Always"},
	    {BASE "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1beta1}}}]\n",
	     "command: is missing"},
	    {HEAD "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: "
		  "{server: 'https://a', insecure-skip-tls-verify: true, certificate-authority-data: "
		  "LS0tLS1CRUdJTiBY}}]\n",
	     "excludes certificate-authority"},
	    {HEAD "current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\nclusters: [{name: c, cluster: "
		  "{server: 'https://a', insecure-skip-tls-verify: 'yes'}}]\n",
	     "must be true or false"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct reading reading;
		read_all(&reading, &(struct kube_options){0}, cases[i].text, NULL);
		if (reading.status == 0 || !strstr(reading.err.message, cases[i].message))
			print_message("%s\n'%s' lacks '%s'\n", cases[i].text, reading.err.message, cases[i].message);
		assert_true(reading.status < 0);
		assert_non_null(strstr(reading.err.message, cases[i].message));
		arena_free(&reading.arena);
	}
}

static void test_list_of_files(void **state)
{
	char list[800], a[256], b[256];
	struct reading reading = {.status = 0};
	(void)state;
	write_text(&fixture, "a", HEAD "current-context: x\nusers: [{name: u, user: {tokenFile: here}}]\n", 0);
	write_text(&fixture, "b", BASE, 0);
	snprintf(list, sizeof list, ":%s:/nowhere/at/all:%s", in_folder(&fixture, "a", a), in_folder(&fixture, "b", b));
	setenv("KUBECONFIG", list, 1);
	assert_int_equal(kubeconfig_read(&(struct kube_options){0}, &reading.arena, &reading.access, &reading.err), 1);
	assert_string_equal(reading.access.server, "https://one:6443");
	assert_non_null(strstr(reading.access.token_file, "/here"));
	arena_free(&reading.arena);
	setenv("KUBECONFIG", "/nowhere/at/all", 1);
	assert_int_equal(kubeconfig_read(&(struct kube_options){0}, &reading.arena, &reading.access, &reading.err), 0);
	struct kube_options named = {.kubeconfig = "/nowhere/at/all"};
	assert_true(kubeconfig_read(&named, &reading.arena, &reading.access, &reading.err) < 0);
	assert_non_null(strstr(reading.err.message, "/nowhere/at/all: cannot be read"));
	arena_free(&reading.arena);
	unsetenv("KUBECONFIG");
	setenv("HOME", fixture.folder, 1);
	assert_int_equal(mkdir(in_folder(&fixture, ".kube", a), 0700), 0);
	write_text(&fixture, ".kube/config", HEAD CONTEXT "users: [{name: u}]\n", 0);
	assert_int_equal(kubeconfig_read(&(struct kube_options){0}, &reading.arena, &reading.access, &reading.err), 1);
	arena_free(&reading.arena);
}

static void test_token_file(void **state)
{
	char path[256];
	struct access access = {.token_file = in_folder(&fixture, "sa-token", path)};
	struct err err = {{0}};
	const char *token;
	(void)state;
	struct credentials *credentials = credentials_open(&access, NULL, &err);
	assert_true(credentials_token(credentials, false, &token, &err) < 0);
	write_text(&fixture, "sa-token", " \n", 0);
	assert_true(credentials_token(credentials, false, &token, &err) < 0);
	write_text(&fixture, "sa-token", "token-01\n", 0);
	assert_int_equal(credentials_token(credentials, false, &token, &err), 0);
	assert_string_equal(token, "token-01");
	write_text(&fixture, "sa-token", "token-002\n", 0);
	assert_int_equal(credentials_token(credentials, true, &token, &err), 0); /* at once, when it was refused */
	assert_string_equal(token, "token-002");
	unlink(path);
	assert_int_equal(credentials_token(credentials, true, &token, &err), 0); /* the last one goes on */
	assert_string_equal(token, "token-002");
	credentials_close(credentials);
}

/* ---- plugins ---- */

static const char plugin_script[] = "#!/bin/sh\n"
				    "cd \"$(dirname \"$0\")\" || exit 1\n"
				    "echo run >>runs\n"
				    "printf '%s' \"$KUBERNETES_EXEC_INFO\" >info\n"
				    "printf '%s %s %s' \"$1\" \"$2\" \"$SET_FOR_IT\" >words\n"
				    "[ ! -e fail ] || { echo s3cret; exit 3; }\n"
				    "cat answer\n";

static int runs(void)
{
	char path[256];
	if (access(in_folder(&fixture, "runs", path), R_OK) != 0)
		return 0;
	char *text = read_text(&fixture, "runs");
	int n = (int)strlen(text) / 4;
	free(text);
	unlink(path);
	return n;
}

static void answer_with(const char *status)
{
	char text[1000];
	snprintf(text, sizeof text,
		 "{\"kind\": \"ExecCredential\", \"apiVersion\": \"client.authentication.k8s.io/v1\", \"status\": %s}",
		 status);
	write_text(&fixture, "answer", text, 0);
}

static struct credentials *open_plugin(struct reading *reading)
{
	char text[2000];
	struct err err;
	write_text(&fixture, "plugin", plugin_script, 0755);
	snprintf(text, sizeof text,
		 HEAD
		 "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
		 "clusters: [{name: c, cluster: {server: 'https://one', extensions: [{name: "
		 "client.authentication.k8s.io/exec, extension: {audience: \"a\\\"b\", size: 7}}]}}]\n"
		 "users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, command: '%s/plugin',\n"
		 "  args: [one, 'two three'], env: [{name: SET_FOR_IT, value: yes it is}],\n"
		 "  interactiveMode: Never, provideClusterInfo: true, installHint: get it}}}]\n",
		 fixture.folder);
	read_one(reading, text);
	return credentials_open(&reading->access, NULL, &err);
}

static void test_plugin_cached(void **state)
{
	struct reading reading;
	struct credentials *credentials = open_plugin(&reading);
	struct err err = {{0}};
	const char *token = NULL;
	(void)state;
	answer_with("{\"token\": \"s3cret-1\", \"expirationTimestamp\": \"2999-01-01T00:00:00Z\"}");
	for (int i = 0; i < 100; i++)
		assert_int_equal(credentials_token(credentials, false, &token, &err), 0);
	assert_string_equal(token, "s3cret-1");
	assert_int_equal(runs(), 1);
	char *words = read_text(&fixture, "words"), *info = read_text(&fixture, "info");
	assert_string_equal(words, "one two three yes it is");
	assert_string_equal(info,
			    "{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":"
			    "{\"interactive\":false,\"cluster\":{\"server\":\"https://one\",\"config\":"
			    "{\"audience\":\"a\\\"b\",\"size\":7}}}}");
	free(words);
	free(info);
	answer_with("{\"token\": \"s3cret-2\", \"expirationTimestamp\": \"2020-01-01T00:00:00Z\"}");
	assert_int_equal(credentials_token(credentials, true, &token, &err), 0);
	assert_string_equal(token, "s3cret-2");
	assert_int_equal(credentials_token(credentials, false, &token, &err), 0); /* it has expired: asked again */
	assert_int_equal(runs(), 2);
	credentials_close(credentials);
	arena_free(&reading.arena);
}

static void test_plugin_fails(void **state)
{
	struct reading reading;
	struct credentials *credentials = open_plugin(&reading);
	struct err err = {{0}};
	const char *token = NULL;
	char path[256];
	(void)state;
	runs();
	write_text(&fixture, "fail", "", 0);
	for (int i = 0; i < 100; i++)
		assert_true(credentials_token(credentials, false, &token, &err) < 0);
	look(err.message);
	assert_non_null(strstr(err.message, "failed with exit status 3"));
	assert_int_equal(runs(), 1); /* and then left alone */
	unlink(in_folder(&fixture, "fail", path));
	credentials_close(credentials);
	static const struct {
		const char *status, *message;
	} cases[] = {
	    {"{}", "neither a token nor a certificate"},
	    {"7", "no status"},
	    {"{\"token\": 7}", "must be strings"},
	    {"{\"token\": \"s3cret\", \"expirationTimestamp\": \"s3cret\"}", "must be a time"},
	    {"{\"clientKeyData\": \"s3cret\"}", "go together"},
	    {"{\"clientKeyData\": \"s3cret\", \"clientCertificateData\": \"s3cret\"}", "must be PEM"},
	    {"s3cret", "did not write an ExecCredential"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct exec_credential credential;
		answer_with(cases[i].status);
		assert_true(exec_credential_get(reading.access.exec, 0, &credential, &err) < 0);
		look(err.message);
		assert_non_null(strstr(err.message, cases[i].message));
	}
	arena_free(&reading.arena);
}

static void test_plugin_absent_or_slow(void **state)
{
	static const char *sleeps[] = {"-c", "sleep 100 & sleep 100", NULL};
	static const char *none[] = {NULL};
	struct exec_plugin plugin = {.api_version = "client.authentication.k8s.io/v1",
				     .command = "/nowhere/plugin",
				     .install_hint = "get it there",
				     .env = none};
	struct exec_credential credential;
	struct err err = {{0}};
	(void)state;
	assert_true(exec_credential_get(&plugin, 0, &credential, &err) < 0);
	assert_non_null(strstr(err.message, "get it there"));
	plugin.command = "sh";
	plugin.args = sleeps;
	assert_true(exec_credential_get(&plugin, 200, &credential, &err) < 0);
	assert_non_null(strstr(err.message, "took too long"));
}

static void test_paths(void **state)
{
	char path[200];
	(void)state;
	assert_int_equal(kube_path(path, sizeof path, "apps/v1", "shop", "deployments", "web", "scale"), 51);
	assert_string_equal(path, "/apis/apps/v1/namespaces/shop/deployments/web/scale");
	kube_path(path, sizeof path, "v1", NULL, "pods", NULL, NULL);
	assert_string_equal(path, "/api/v1/pods");
	kube_path(path, sizeof path, "v1", "a/../b?", "pods", "x y", NULL);
	assert_string_equal(path, "/api/v1/namespaces/a%2F..%2Fb%3F/pods/x%20y");
	assert_int_equal(kube_path(path, 5, "v1", NULL, "pods", NULL, NULL), 12);
	assert_string_equal(path, "/api");
}

static void test_no_secret_seen(void **state)
{
	(void)state;
	assert_false(secrets_seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_context),
	    cmocka_unit_test(test_cluster_fields),
	    cmocka_unit_test(test_the_first_wins),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_list_of_files),
	    cmocka_unit_test(test_token_file),
	    cmocka_unit_test(test_plugin_cached),
	    cmocka_unit_test(test_plugin_fails),
	    cmocka_unit_test(test_plugin_absent_or_slow),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_no_secret_seen),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
