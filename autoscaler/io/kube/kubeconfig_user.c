#include "kubeconfig_internal.h"

#include "../text/base64.h"
#include "visible.h"

#include <ctype.h>

/* ---- exec ---- */

static int exec_env(const struct entry *exec, struct exec_plugin *plugin)
{
	const struct node *list = node_get(exec->body, "env");
	if (list && (list->kind != NODE_LIST || list->n > EXEC_WORDS_MAX))
		return entry_refuse(exec, list, "env", "must be a list of at most 256 variables");
	uint32_t n = list ? list->n : 0;
	plugin->env = arena_alloc(exec->arena, n + 1, sizeof *plugin->env);
	if (!plugin->env)
		return err_set(exec->err, "out of memory");
	for (uint32_t i = 0; i < n; i++) {
		struct entry variable = *exec;
		const char *name = NULL, *value = "";
		variable.body = list->items[i];
		if (entry_text(&variable, "name", &name) < 0 || entry_text(&variable, "value", &value) < 0)
			return -1;
		if (!name || strchr(name, '='))
			return entry_refuse(exec, list->items[i], "env", "a variable needs a name without '='");
		size_t size = strlen(name) + strlen(value) + 2;
		char *both = arena_alloc(exec->arena, size, 1);
		if (!both)
			return err_set(exec->err, "out of memory");
		snprintf(both, size, "%s=%s", name, value);
		plugin->env[i] = both;
	}
	return 0;
}

static int exec_mode(const struct entry *exec, struct exec_plugin *plugin)
{
	static const char *const modes[] = {"Never", "IfAvailable", "Always"};
	const char *mode = NULL;
	if (entry_text(exec, "interactiveMode", &mode) < 0)
		return -1;
	if (!mode && strcmp(plugin->api_version, "client.authentication.k8s.io/v1beta1") == 0)
		mode = "IfAvailable";
	for (size_t i = 0; mode && i < COUNT(modes); i++)
		if (strcmp(mode, modes[i]) == 0) {
			plugin->interactive = (enum exec_mode)i;
			return 0;
		}
	return entry_refuse(exec, exec->body, "interactiveMode", "must be Never, IfAvailable or Always");
}

/* spec.cluster.config is what the cluster has under extensions for this purpose. */
static const struct node *exec_config(const struct entry *cluster)
{
	const struct node *list = node_get(cluster->body, "extensions");
	for (uint32_t i = 0; list && list->kind == NODE_LIST && i < list->n; i++) {
		const struct node *name = node_get(list->items[i], "name");
		if (name && name->kind == NODE_STRING && strcmp(name->text, "client.authentication.k8s.io/exec") == 0)
			return node_get(list->items[i], "extension");
	}
	return NULL;
}

static void put(struct node **items, uint32_t *n, struct node *key, struct node *value)
{
	items[2 * *n] = key;
	items[2 * (*n)++ + 1] = value;
}

static struct node text_node(const char *text, enum node_kind kind)
{
	return (struct node){.kind = (uint8_t)kind, .text = text, .length = strlen(text)};
}

static int exec_cluster(const struct entry *exec, const struct entry *cluster, const struct access *access, char **json)
{
	char *ca = access->ca_pem ? base64_encode(access->ca_pem, strlen(access->ca_pem)) : NULL;
	if (access->ca_pem && !ca)
		return err_set(exec->err, "out of memory");
	const struct {
		const char *key, *value;
		enum node_kind kind;
	} fields[] = {
	    {"server", access->server, NODE_STRING},
	    {"tls-server-name", access->tls_server_name, NODE_STRING},
	    {"insecure-skip-tls-verify", access->insecure ? "true" : NULL, NODE_BOOL},
	    {"certificate-authority-data", ca, NODE_STRING},
	    {"proxy-url", access->proxy, NODE_STRING},
	};
	struct node keys[COUNT(fields) + 1], values[COUNT(fields)], *items[2 * (COUNT(fields) + 1)];
	struct node map = {.kind = NODE_MAP, .items = items}, null = {.kind = NODE_NULL};
	for (size_t i = 0; i < COUNT(fields); i++)
		if (fields[i].value) {
			keys[i] = text_node(fields[i].key, NODE_STRING);
			values[i] = text_node(fields[i].value, fields[i].kind);
			put(items, &map.n, &keys[i], &values[i]);
		}
	const struct node *config = exec_config(cluster);
	keys[COUNT(fields)] = text_node("config", NODE_STRING);
	put(items, &map.n, &keys[COUNT(fields)], config ? (struct node *)(uintptr_t)config : &null);
	int status = node_json(&map, exec->arena, json);
	free(ca);
	return status < 0 ? err_set(exec->err, "out of memory") : 0;
}

int exec_read(const struct entry *exec, const struct entry *cluster, const struct access *access,
	      struct exec_plugin **out)
{
	struct exec_plugin *plugin = arena_alloc(exec->arena, 1, sizeof *plugin);
	bool info = false;
	char *json = NULL;
	if (!plugin)
		return err_set(exec->err, "out of memory");
	if (entry_text(exec, "apiVersion", &plugin->api_version) < 0 ||
	    entry_text(exec, "command", &plugin->command) < 0 ||
	    entry_text(exec, "installHint", &plugin->install_hint) < 0 ||
	    entry_bool(exec, "provideClusterInfo", &info) < 0 || entry_list(exec, "args", &plugin->args) < 0 ||
	    exec_env(exec, plugin) < 0)
		return -1;
	if (!plugin->api_version || (strcmp(plugin->api_version, "client.authentication.k8s.io/v1") != 0 &&
				     strcmp(plugin->api_version, "client.authentication.k8s.io/v1beta1") != 0))
		return entry_refuse(exec, exec->body, "apiVersion",
				    "must be client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1");
	if (!plugin->command)
		return entry_refuse(exec, exec->body, "command", "is missing");
	if (strchr(plugin->command, '/') && !(plugin->command = entry_beside(exec, plugin->command)))
		return err_set(exec->err, "out of memory");
	if (exec_mode(exec, plugin) < 0 || (info && exec_cluster(exec, cluster, access, &json) < 0))
		return -1;
	plugin->cluster_info = json;
	*out = plugin;
	return 0;
}

/* ---- impersonation ---- */

static int add_header(const struct entry *user, size_t *n, size_t *room, const char ***lines, const char *name,
		      const char *value)
{
	size_t size = strlen(name) + strlen(value) + 3;
	const char **longer = arena_grown(user->arena, *lines, *n ? *n + 1 : 0, room, sizeof *longer);
	char *line = arena_alloc(user->arena, size, 1);
	if (!longer || !line)
		return err_set(user->err, "out of memory");
	for (const char *at = value; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f)
			return entry_refuse(user, user->body, name, "holds a control character");
	snprintf(line, size, "%s: %s", name, value);
	*lines = longer;
	longer[(*n)++] = line;
	longer[*n] = NULL;
	return 0;
}

/* The key of an extra is part of a header's name: bytes that no token (RFC 9110) has are written as %XX. */
static int extra_name(const char *key, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "Impersonate-Extra-");
	for (; *key; key++) {
		bool plain = isalnum((unsigned char)*key) || strchr("!#$&'*+-.^_`|~", *key);
		if (n + 4 > size)
			return -1;
		n += (size_t)snprintf(out + n, size - n, plain ? "%c" : "%%%02X", plain ? *key : (unsigned char)*key);
	}
	return 0;
}

static int add_extras(const struct entry *user, size_t *n, size_t *room, const char ***lines)
{
	const struct node *extra = node_get(user->body, "as-user-extra");
	for (uint32_t i = 0; extra && extra->kind == NODE_MAP && i < extra->n; i++) {
		struct entry of = *user;
		const char **values, *key = extra->items[2 * i]->text;
		char name[300];
		of.body = extra;
		if (entry_list(&of, key, &values) < 0)
			return -1;
		if (extra_name(key, name, sizeof name) < 0)
			return entry_refuse(user, extra->items[2 * i], "as-user-extra", "has too long a key");
		for (; values && *values; values++)
			if (add_header(user, n, room, lines, name, *values) < 0)
				return -1;
	}
	return 0;
}

static int impersonation_read(const struct entry *user, struct access *access)
{
	const char *as = NULL, *uid = NULL, **groups, **lines = NULL;
	size_t n = 0, room = 0;
	if (entry_text(user, "as", &as) < 0 || entry_text(user, "as-uid", &uid) < 0 ||
	    entry_list(user, "as-groups", &groups) < 0)
		return -1;
	bool more = uid || groups || node_get(user->body, "as-user-extra");
	if (!as)
		return more ? entry_refuse(user, user->body, "as",
					   "is missing beside as-uid, as-groups or as-user-extra")
			    : 0;
	if (add_header(user, &n, &room, &lines, "Impersonate-User", as) < 0 ||
	    (uid && add_header(user, &n, &room, &lines, "Impersonate-Uid", uid) < 0))
		return -1;
	for (; groups && *groups; groups++)
		if (add_header(user, &n, &room, &lines, "Impersonate-Group", *groups) < 0)
			return -1;
	if (add_extras(user, &n, &room, &lines) < 0)
		return -1;
	access->headers = lines;
	return 0;
}

/* ---- a user ---- */

static int certificate_read(const struct entry *user, struct access *access)
{
	if (entry_pem(user, "client-certificate-data", &access->certificate_pem) < 0 ||
	    entry_pem(user, "client-key-data", &access->key_pem) < 0 ||
	    entry_path(user, "client-certificate", &access->certificate_file) < 0 ||
	    entry_path(user, "client-key", &access->key_file) < 0)
		return -1;
	if (access->certificate_pem)
		access->certificate_file = NULL;
	if (access->key_pem)
		access->key_file = NULL;
	bool certificate = access->certificate_pem || access->certificate_file;
	bool key = access->key_pem || access->key_file;
	return certificate == key ? 0
				  : entry_refuse(user, user->body, certificate ? "client-key" : "client-certificate",
						 "is missing: a certificate and its key go together");
}

int user_read(const struct entry *user, const struct entry *cluster, struct access *access)
{
	const struct node *provider = node_get(user->body, "auth-provider"), *exec = node_get(user->body, "exec");
	if (provider)
		return entry_refuse(user, provider, "auth-provider",
				    "is no longer supported by Kubernetes; use an exec credential plugin");
	if (entry_text(user, "token", &access->token) < 0 || entry_path(user, "tokenFile", &access->token_file) < 0 ||
	    entry_text(user, "username", &access->name) < 0 || entry_text(user, "password", &access->password) < 0 ||
	    certificate_read(user, access) < 0 || impersonation_read(user, access) < 0)
		return -1;
	bool token = access->token || access->token_file, basic = access->name || access->password;
	if (token + basic + (exec != NULL) > 1)
		return entry_refuse(user, user->body, "token, username, exec", "only one of them may be there");
	if (basic && !access->name)
		return entry_refuse(user, user->body, "username", "is missing beside password");
	if (!exec)
		return 0;
	struct entry plugin = *user;
	struct exec_plugin *read = NULL;
	plugin.body = exec;
	if (exec->kind != NODE_MAP)
		return entry_refuse(user, exec, "exec", "must be a mapping");
	if (exec_read(&plugin, cluster, access, &read) < 0)
		return -1;
	access->exec = read;
	return 0;
}
