#include "kubeconfig_internal.h"

#include "../text/base64.h"
#include "../text/path.h"
#include "visible.h"

int entry_refuse(const struct entry *entry, const struct node *at, const char *field, const char *message)
{
	struct visible name = visible(entry->name, strlen(entry->name), 80);
	return err_set(entry->err, "%.300s:%u:%u: %s%s%s%s%s: %s", entry->source->name, at ? at->line : 0,
		       at ? at->column : 0, entry->kind, *entry->name ? " " : "", name.text, *entry->kind ? ": " : "",
		       field, message);
}

static int no_memory(const struct entry *entry)
{
	return err_set(entry->err, "out of memory");
}

int entry_text(const struct entry *entry, const char *field, const char **out)
{
	const struct node *node = node_get(entry->body, field);
	if (!node)
		return 0;
	if (node->kind != NODE_STRING)
		return entry_refuse(entry, node, field, "must be a string (in quotes, when it looks like a number)");
	if (memchr(node->text, 0, node->length))
		return entry_refuse(entry, node, field, "holds a NUL");
	if (node->length)
		*out = node->text;
	return 0;
}

int entry_bool(const struct entry *entry, const char *field, bool *out)
{
	const struct node *node = node_get(entry->body, field);
	if (!node)
		return 0;
	if (node->kind != NODE_BOOL)
		return entry_refuse(entry, node, field, "must be true or false");
	*out = strcmp(node->text, "true") == 0;
	return 0;
}

const char *entry_beside(const struct entry *entry, const char *path)
{
	const char *file = entry->source->name, *base = path_base(file);
	size_t folder = (size_t)(base - file), size = folder + strlen(path) + 1;
	if (path[0] == '/' || folder == 0)
		return path;
	char *joined = arena_alloc(entry->arena, size, 1);
	if (joined)
		snprintf(joined, size, "%.*s%s", (int)folder, file, path);
	return joined;
}

int entry_path(const struct entry *entry, const char *field, const char **out)
{
	const char *path = NULL;
	if (entry_text(entry, field, &path) < 0)
		return -1;
	if (!path)
		return 0;
	path = entry_beside(entry, path);
	if (!path)
		return no_memory(entry);
	*out = path;
	return 0;
}

int pem_check(const char *text, size_t length)
{
	return !memchr(text, 0, length) && strstr(text, "-----BEGIN ") ? 0 : -1;
}

int pem_whole(const char *text, size_t length)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ";
	if (pem_check(text, length) < 0)
		return -1;
	for (const char *at = text; (at = strstr(at, begin));) {
		const char *label = at + strlen(begin), *last = strstr(label, end), *next = strstr(label, begin);
		if (!last || (next && next < last) || strncmp(label, last + strlen(end), strcspn(label, "\r\n")) != 0)
			return -1;
		at = last;
	}
	return 0;
}

int entry_pem(const struct entry *entry, const char *field, const char **out)
{
	const char *text = NULL;
	size_t size = 0;
	if (entry_text(entry, field, &text) < 0)
		return -1;
	if (!text)
		return 0;
	char *bytes = base64_decode(text, strlen(text), &size);
	bool good = bytes && pem_check(bytes, size) == 0;
	char *copy = good ? arena_strndup(entry->arena, bytes, size) : NULL;
	if (bytes)
		memset(bytes, 0, size);
	free(bytes);
	if (!good)
		return entry_refuse(entry, node_get(entry->body, field), field, "must be PEM in base64");
	*out = copy;
	return copy ? 0 : no_memory(entry);
}

int entry_list(const struct entry *entry, const char *field, const char ***out)
{
	const struct node *list = node_get(entry->body, field);
	*out = NULL;
	if (!list)
		return 0;
	if (list->kind != NODE_LIST || list->n > EXEC_WORDS_MAX)
		return entry_refuse(entry, list, field, "must be a list of at most 256 strings");
	const char **texts = arena_alloc(entry->arena, list->n + 1, sizeof *texts);
	if (!texts)
		return no_memory(entry);
	for (uint32_t i = 0; i < list->n; i++) {
		const struct node *item = list->items[i];
		if (item->kind != NODE_STRING || memchr(item->text, 0, item->length))
			return entry_refuse(entry, item, field, "must be a list of strings");
		texts[i] = item->text;
	}
	*out = texts;
	return 0;
}
