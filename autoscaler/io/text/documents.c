#include "yaml.h"

#include <stdlib.h>

static bool json_name(const char *name)
{
	size_t length = strlen(name);
	return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static bool json_start(const char *text, size_t length)
{
	size_t i = 0;
	while (i < length && text[i] && strchr(" \t\r\n", text[i]))
		i++;
	return i < length && text[i] == '{';
}

/* Text that begins with a brace is JSON, or else a YAML flow mapping, as kubectl guesses. */
static int read_either(struct tree *tree, const char *text, size_t length, struct documents *documents)
{
	if (!json_start(text, length))
		return yaml_documents(tree, text, length, documents);
	struct err *err = tree->err, json_err;
	tree->err = &json_err;
	int status = json_documents(tree, text, length, documents);
	tree->err = err;
	if (status == 0)
		return 0;
	if (json_name(tree->name)) {
		*err = json_err;
		return -1;
	}
	tree->n_stack = 0;
	return yaml_documents(tree, text, length, documents);
}

int documents_parse(const char *name, const char *text, size_t length, struct arena *arena, struct documents *documents,
		    struct err *err)
{
	struct tree tree = {.name = name, .arena = arena, .err = err};
	if (length > TREE_MAX_BYTES)
		return err_set(err, "%s: is larger than %zu MiB", name, TREE_MAX_BYTES >> 20);
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		length -= 3;
	}
	int status = text_check(&tree, text, length);
	if (status == 0)
		status = read_either(&tree, text, length, documents);
	free(tree.stack);
	return status;
}
