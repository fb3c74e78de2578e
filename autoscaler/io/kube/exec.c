#include "credentials.h"

#include "../text/yaml.h"
#include "load.h"
#include "visible.h"

#include <unistd.h>

/* Exec credential plugins: client.authentication.k8s.io v1 and v1beta1. What a plugin writes is never quoted. */

#define OUTPUT_MAX        ((size_t)1 << 20)
#define LIMIT_USUAL       MINUTE_MS
#define LIMIT_INTERACTIVE (5 * MINUTE_MS)
#define NOT_FOUND         127 /* as a shell ends when there is no such program */
#define INFO_NAME         "KUBERNETES_EXEC_INFO="

extern char **environ;

void exec_credential_free(struct exec_credential *credential)
{
	secret_free(credential->token);
	secret_free(credential->key_pem);
	free(credential->certificate_pem);
	*credential = (struct exec_credential){0};
}

/* ---- what it says ---- */

static int wrong(const struct exec_plugin *plugin, struct err *err, const char *message)
{
	return err_set(err, "credential plugin %.200s: %s", plugin->command, message);
}

static int take(const struct node *status, const char *field, char **out)
{
	const struct node *node = node_get(status, field);
	if (!node || (node->kind == NODE_STRING && node->length == 0))
		return 0;
	if (node->kind != NODE_STRING || memchr(node->text, 0, node->length))
		return -1;
	*out = strdup(node->text);
	return *out ? 0 : -1;
}

static bool is_text(const struct node *map, const char *field, const char *text)
{
	const struct node *node = node_get(map, field);
	return node && node->kind == NODE_STRING && strcmp(node->text, text) == 0;
}

static bool is_pem(const char *text)
{
	return strstr(text, "-----BEGIN ") != NULL;
}

static int expiry(const struct node *status, ms_t *out)
{
	const struct node *node = node_get(status, "expirationTimestamp");
	struct err ignored;
	*out = MS_NEVER;
	if (!node)
		return 0;
	return node->kind == NODE_STRING && strchr(node->text, 'T') ? time_parse(node->text, 0, out, &ignored) : -1;
}

static int take_status(const struct exec_plugin *plugin, const struct node *status, struct exec_credential *credential,
		       struct err *err)
{
	if (!status || status->kind != NODE_MAP)
		return wrong(plugin, err, "its ExecCredential has no status");
	if (take(status, "token", &credential->token) < 0 ||
	    take(status, "clientCertificateData", &credential->certificate_pem) < 0 ||
	    take(status, "clientKeyData", &credential->key_pem) < 0)
		return wrong(plugin, err, "token, clientCertificateData and clientKeyData must be strings");
	if (expiry(status, &credential->expires) < 0)
		return wrong(plugin, err, "expirationTimestamp must be a time as in RFC 3339");
	if (!credential->certificate_pem != !credential->key_pem)
		return wrong(plugin, err, "clientCertificateData and clientKeyData go together");
	if (!credential->token && !credential->certificate_pem)
		return wrong(plugin, err, "gave neither a token nor a certificate");
	if (credential->certificate_pem && (!is_pem(credential->certificate_pem) || !is_pem(credential->key_pem)))
		return wrong(plugin, err, "clientCertificateData and clientKeyData must be PEM");
	return 0;
}

int exec_credential_parse(const struct exec_plugin *plugin, const char *text, size_t length,
			  struct exec_credential *credential, struct err *err)
{
	struct arena arena = {0};
	struct documents documents = {0};
	struct err ignored;
	int status = 0;
	*credential = (struct exec_credential){.expires = MS_NEVER};
	if (documents_parse("credential.json", text, length, &arena, &documents, &ignored) < 0 || documents.n != 1 ||
	    !is_text(documents.roots[0], "kind", "ExecCredential"))
		status = wrong(plugin, err, "did not write an ExecCredential in JSON");
	else if (!is_text(documents.roots[0], "apiVersion", plugin->api_version))
		status = wrong(plugin, err, "answered in another apiVersion than the kubeconfig names");
	else
		status = take_status(plugin, node_get(documents.roots[0], "status"), credential, err);
	arena_free(&arena);
	if (status < 0)
		exec_credential_free(credential);
	return status;
}

/* ---- running it ---- */

static int exec_info(const struct exec_plugin *plugin, bool interactive, struct arena *arena, char **line)
{
	static const char format[] =
	    INFO_NAME "{\"kind\":\"ExecCredential\",\"apiVersion\":\"%s\",\"spec\":{\"interactive\":%s%s%s}}";
	size_t size = sizeof format + strlen(plugin->api_version) + 32 +
		      (plugin->cluster_info ? strlen(plugin->cluster_info) : 0);
	*line = arena_alloc(arena, size, 1);
	if (!*line)
		return -1;
	snprintf(*line, size, format, plugin->api_version, interactive ? "true" : "false",
		 plugin->cluster_info ? ",\"cluster\":" : "", plugin->cluster_info ? plugin->cluster_info : "");
	return 0;
}

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");
	return strcspn(b, "=") == n && memcmp(a, b, n) == 0;
}

/* Ours, but for what the plugin's own variables set. */
static char **environment_of(const struct exec_plugin *plugin, char *info, struct arena *arena)
{
	size_t n_ours = 0, n_own = 0, n = 0;
	while (environ && environ[n_ours])
		n_ours++;
	while (plugin->env && plugin->env[n_own])
		n_own++;
	char **all = arena_alloc(arena, n_ours + n_own + 2, sizeof *all);
	if (!all)
		return NULL;
	for (size_t i = 0; i < n_ours; i++) {
		bool replaced = same_name(environ[i], INFO_NAME);
		for (size_t j = 0; j < n_own && !replaced; j++)
			replaced = same_name(environ[i], plugin->env[j]);
		if (!replaced)
			all[n++] = environ[i];
	}
	for (size_t i = 0; i < n_own; i++)
		all[n++] = (char *)(uintptr_t)plugin->env[i];
	all[n++] = info;
	all[n] = NULL;
	return all;
}

static const char **words_of(const struct exec_plugin *plugin, struct arena *arena)
{
	size_t n = 0;
	while (plugin->args && plugin->args[n])
		n++;
	const char **words = arena_alloc(arena, n + 2, sizeof *words);
	if (!words)
		return NULL;
	words[0] = plugin->command;
	for (size_t i = 0; i < n; i++)
		words[i + 1] = plugin->args[i];
	return words;
}

static int run(const struct exec_plugin *plugin, bool interactive, ms_t limit, struct arena *arena, char **output,
	       size_t *length, struct err *err)
{
	char *info;
	if (exec_info(plugin, interactive, arena, &info) < 0)
		return err_set(err, "out of memory");
	char **environment = environment_of(plugin, info, arena);
	const char **words = words_of(plugin, arena);
	if (!environment || !words)
		return err_set(err, "out of memory");
	int status = process_run(words, environment, interactive, limit, OUTPUT_MAX, output, length, err);
	if ((status == PROCESS_ABSENT || status == NOT_FOUND) && plugin->install_hint)
		return err_set(err, "credential plugin %.200s: is not there; %s", plugin->command,
			       visible(plugin->install_hint, strlen(plugin->install_hint), 190).text);
	if (status < 0)
		return err_wrap(err, "credential plugin");
	return status == 0
		   ? 0
		   : err_set(err, "credential plugin %.200s: failed with exit status %d", plugin->command, status);
}

int exec_credential_get(const struct exec_plugin *plugin, ms_t limit, struct exec_credential *credential,
			struct err *err)
{
	struct arena arena = {0};
	char *output = NULL;
	size_t length = 0;
	bool terminal = isatty(STDIN_FILENO), interactive = terminal && plugin->interactive != EXEC_NEVER;
	if (plugin->interactive == EXEC_ALWAYS && !terminal)
		return wrong(plugin, err,
			     "asks for a person at a terminal (interactiveMode: Always), and there is none");
	if (limit <= 0)
		limit = interactive ? LIMIT_INTERACTIVE : LIMIT_USUAL;
	int status = run(plugin, interactive, limit, &arena, &output, &length, err);
	if (status == 0)
		status = exec_credential_parse(plugin, output ? output : "", length, credential, err);
	arena_free(&arena);
	secret_free(output);
	return status;
}
