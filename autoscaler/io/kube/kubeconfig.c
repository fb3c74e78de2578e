#include "kubeconfig_internal.h"

#include "../text/path.h"
#include "visible.h"

#include <errno.h>

struct config {
	struct source sources[KUBECONFIG_FILES_MAX];
	size_t n;
	struct arena *arena;
	struct err *err;
};

/* ---- files ---- */

static int read_stream(FILE *file, size_t most, struct arena *arena, char **text, size_t *length)
{
	size_t room = 16384, n = 0, got;
	char *bytes = arena_alloc(arena, room, 1);
	while (bytes && (got = fread(bytes + n, 1, room - 1 - n, file)) > 0) {
		n += got;
		if (n > most)
			return -2;
		if (n < room - 1)
			continue;
		char *larger = arena_alloc(arena, room * 2, 1);
		if (larger)
			memcpy(larger, bytes, n);
		bytes = larger;
		room *= 2;
	}
	if (!bytes)
		return -3;
	bytes[n] = 0;
	*text = bytes;
	*length = n;
	return ferror(file) ? -1 : 0;
}

int kube_file(const char *path, size_t most, struct arena *arena, char **text, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "re");
	int status = file ? read_stream(file, most, arena, text, length) : -1;
	int cause = errno;
	if (file)
		fclose(file);
	errno = cause;
	if (status == -2)
		return err_set(err, "%.300s: is larger than %zu bytes", path, most);
	if (status == -3)
		return err_set(err, "out of memory");
	return status < 0 ? err_set(err, "%.300s: cannot be read: %s", path, strerror(cause)) : 0;
}

/* ---- one file ---- */

/* The parser's message, of which only the place is kept: the rest might quote a secret. */
static int not_a_kubeconfig(const char *name, struct err *err)
{
	unsigned line, column;
	size_t length = strlen(name);
	if (strncmp(err->message, name, length) != 0 || sscanf(err->message + length, ":%u:%u: ", &line, &column) != 2)
		return err_set(err, "%.300s: is not YAML or JSON that can be read", name);
	return err_set(err, "%.300s:%u:%u: is not YAML or JSON that can be read", name, line, column);
}

static int check_type(const struct node *root, const char *name, struct err *err)
{
	const struct node *kind = node_get(root, "kind"), *version = node_get(root, "apiVersion");
	if (root->kind != NODE_MAP)
		return err_set(err, "%.300s:%u:%u: is no kubeconfig", name, root->line, root->column);
	if (kind && (kind->kind != NODE_STRING || strcmp(kind->text, "Config") != 0))
		return err_set(err, "%.300s:%u:%u: kind: must be Config", name, kind->line, kind->column);
	if (version && (version->kind != NODE_STRING || strcmp(version->text, "v1") != 0))
		return err_set(err, "%.300s:%u:%u: apiVersion: must be v1", name, version->line, version->column);
	return 0;
}

static int add_source(struct config *config, const struct kubeconfig_text *text)
{
	struct documents documents;
	if (documents_parse(text->name, text->text, text->length, config->arena, &documents, config->err) < 0)
		return not_a_kubeconfig(text->name, config->err);
	if (documents.n == 0)
		return 0;
	if (documents.n > 1)
		return err_set(config->err, "%.300s: holds more than one document", text->name);
	if (check_type(documents.roots[0], text->name, config->err) < 0)
		return -1;
	config->sources[config->n++] = (struct source){text->name, documents.roots[0]};
	return 0;
}

/* ---- entries ---- */

/* The entry of this name in one file: NULL when it has none, or the list is none. Of one name there is one. */
static int find_in(const struct config *config, const struct source *source, struct entry *entry, const char *plural)
{
	const struct node *list = node_get(source->root, plural);
	const struct node *found = NULL;
	if (list && list->kind != NODE_LIST)
		return err_set(config->err, "%.300s:%u:%u: %s: must be a list", source->name, list->line, list->column,
			       plural);
	for (uint32_t i = 0; list && i < list->n; i++) {
		const struct node *name = node_get(list->items[i], "name");
		if (!name || name->kind != NODE_STRING || strcmp(name->text, entry->name) != 0)
			continue;
		entry->source = source;
		if (found)
			return entry_refuse(entry, name, "name", "is there twice");
		found = list->items[i];
		entry->body = node_get(found, entry->kind);
	}
	if (found && entry->body && entry->body->kind != NODE_MAP)
		return entry_refuse(entry, entry->body, entry->kind, "must be a mapping");
	return found != NULL;
}

/* "; there is a, b, c" */
static void list_names(const struct config *config, const char *plural, char *out, size_t size)
{
	size_t n = 0;
	out[0] = 0;
	for (size_t i = 0; i < config->n; i++) {
		const struct node *list = node_get(config->sources[i].root, plural);
		for (uint32_t j = 0; list && list->kind == NODE_LIST && j < list->n; j++) {
			const struct node *name = node_get(list->items[j], "name");
			if (!name || name->kind != NODE_STRING || n + 80 > size)
				continue;
			n += (size_t)snprintf(out + n, size - n, "%s%s", n ? ", " : "; there is ",
					      visible(name->text, name->length, 16).text);
		}
	}
}

static int find(const struct config *config, const char *kind, const char *plural, const char *name,
		struct entry *entry)
{
	*entry = (struct entry){NULL, kind, name, NULL, config->arena, config->err};
	for (size_t i = 0; i < config->n; i++) {
		int found = find_in(config, &config->sources[i], entry, plural);
		if (found)
			return found < 0 ? -1 : 0;
	}
	char known[400];
	list_names(config, plural, known, sizeof known);
	return err_set(config->err, "%.300s: there is no %s '%s'%s", config->n ? config->sources[0].name : "kubeconfig",
		       kind, visible(name, strlen(name), 80).text, known);
}

/* ---- the context, and what it names ---- */

static int current_context(const struct config *config, const char **name)
{
	for (size_t i = 0; i < config->n && !*name; i++) {
		struct entry file = {&config->sources[i],     "kubeconfig",  "",
				     config->sources[i].root, config->arena, config->err};
		if (entry_text(&file, "current-context", name) < 0)
			return -1;
	}
	return 0;
}

static int context_read(const struct config *config, const struct kube_options *options, struct access *access)
{
	struct entry context;
	access->context = options->context;
	if (!access->context && current_context(config, &access->context) < 0)
		return -1;
	if (access->context) {
		if (find(config, "context", "contexts", access->context, &context) < 0 ||
		    entry_text(&context, "cluster", &access->cluster) < 0 ||
		    entry_text(&context, "user", &access->user) < 0 ||
		    entry_text(&context, "namespace", &access->namespace_) < 0)
			return -1;
	} else if (!options->cluster && !options->server) {
		char known[400];
		list_names(config, "contexts", known, sizeof known);
		return err_set(config->err, "%.300s: sets no current-context; name one with --context%s",
			       config->n ? config->sources[0].name : "kubeconfig", known);
	}
	access->cluster = options->cluster ? options->cluster : access->cluster;
	access->user = options->user ? options->user : access->user;
	access->namespace_ = options->namespace_ ? options->namespace_ : access->namespace_;
	return 0;
}

static int authorities_read(const struct entry *cluster, struct access *access)
{
	const char *path = NULL;
	char *text;
	size_t length;
	if (entry_pem(cluster, "certificate-authority-data", &access->ca_pem) < 0 ||
	    entry_path(cluster, "certificate-authority", &path) < 0)
		return -1;
	if (access->ca_pem || !path)
		return 0;
	if (kube_file(path, KUBECONFIG_BYTES_MAX, cluster->arena, &text, &length, cluster->err) < 0)
		return -1;
	access->ca_pem = text;
	access->ca_file = path;
	return pem_check(text, length) == 0 ? 0 : err_set(cluster->err, "%.300s: holds no PEM", path);
}

static int cluster_read(const struct config *config, const struct kube_options *options, struct entry *cluster,
			struct access *access)
{
	if (access->cluster) {
		if (find(config, "cluster", "clusters", access->cluster, cluster) < 0 ||
		    entry_text(cluster, "server", &access->server) < 0 ||
		    entry_text(cluster, "tls-server-name", &access->tls_server_name) < 0 ||
		    entry_text(cluster, "proxy-url", &access->proxy) < 0 ||
		    entry_bool(cluster, "insecure-skip-tls-verify", &access->insecure) < 0 ||
		    authorities_read(cluster, access) < 0)
			return -1;
	}
	access->server = options->server ? options->server : access->server;
	if (access->insecure && access->ca_pem)
		return entry_refuse(cluster, cluster->body, "insecure-skip-tls-verify",
				    "excludes certificate-authority and certificate-authority-data");
	return access->server ? 0
			      : err_set(config->err, "%.300s: the context '%s' leads to no cluster with a server",
					access->from, access->context ? access->context : "");
}

int kubeconfig_merge(const struct kubeconfig_text *texts, size_t n, const struct kube_options *options,
		     struct arena *arena, struct access *access, struct err *err)
{
	struct config config = {.arena = arena, .err = err};
	struct entry cluster = {0}, user;
	*access = (struct access){.from = n ? texts[0].name : "kubeconfig"};
	if (n > KUBECONFIG_FILES_MAX)
		return err_set(err, "KUBECONFIG names more than %d files", KUBECONFIG_FILES_MAX);
	for (size_t i = 0; i < n; i++)
		if (add_source(&config, &texts[i]) < 0)
			return -1;
	if (context_read(&config, options, access) < 0 || cluster_read(&config, options, &cluster, access) < 0)
		return -1;
	if (!access->user)
		return 0;
	return find(&config, "user", "users", access->user, &user) < 0 ? -1 : user_read(&user, &cluster, access);
}

/* ---- which files ---- */

/* A list with colons, or one path; must: it has to be there. */
static int read_list(const char *list, bool one, bool must, struct arena *arena, struct kubeconfig_text *texts,
		     size_t *n, struct err *err)
{
	while (*list) {
		size_t length = one ? strlen(list) : strcspn(list, ":");
		char *path = arena_strndup(arena, list, length), *text;
		list += length + (list[length] == ':');
		if (!path)
			return err_set(err, "out of memory");
		if (!length)
			continue;
		if (*n == KUBECONFIG_FILES_MAX)
			return err_set(err, "KUBECONFIG names more than %d files", KUBECONFIG_FILES_MAX);
		errno = 0;
		if (kube_file(path, KUBECONFIG_BYTES_MAX, arena, &text, &texts[*n].length, err) < 0) {
			if (errno != ENOENT || must)
				return -1;
			continue;
		}
		texts[*n].name = path;
		texts[(*n)++].text = text;
	}
	return 0;
}

int kubeconfig_read(const struct kube_options *options, struct arena *arena, struct access *access, struct err *err)
{
	struct kubeconfig_text texts[KUBECONFIG_FILES_MAX];
	size_t n = 0;
	char path[PATH_SIZE];
	const char *list = getenv("KUBECONFIG"), *home = getenv("HOME");
	bool named = options->kubeconfig && *options->kubeconfig, one = false;
	if (!named && !(list && *list) && home) {
		if (path_format(path, sizeof path, err, "%s/.kube/config", home) < 0)
			return -1;
		list = path;
		one = true;
	}
	if (named)
		list = options->kubeconfig;
	if (list && read_list(list, one || named, named, arena, texts, &n, err) < 0)
		return -1;
	if (n == 0 && !options->server)
		return 0;
	return kubeconfig_merge(texts, n, options, arena, access, err) < 0 ? -1 : 1;
}
