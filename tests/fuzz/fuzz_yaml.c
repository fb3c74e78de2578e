#include "../../autoscaler/io/text/yaml.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/* Walks the tree as a reader would: the limits bound it. */
static size_t walk(const struct node *node, unsigned depth)
{
	size_t n = 1, children = node->kind == NODE_MAP ? 2 * (size_t)node->n : node->n;
	if (depth > TREE_MAX_DEPTH)
		abort();
	for (size_t i = 0; i < children; i++)
		n += walk(node->items[i], depth + 1);
	if (node->kind == NODE_MAP)
		for (uint32_t i = 0; i < node->n; i++)
			if (node_find(node, node->items[2 * i]->text, node->items[2 * i]->length) != (int64_t)i)
				abort();
	return n;
}

static void parse(const char *name, const unsigned char *data, size_t size)
{
	struct arena arena = {0};
	struct documents documents;
	struct err err = {0};
	size_t n = 0;
	if (documents_parse(name, (const char *)data, size, &arena, &documents, &err) == 0)
		for (size_t i = 0; i < documents.n; i++)
			n += walk(documents.roots[i], 1);
	else if (strncmp(err.message, name, strlen(name)) != 0)
		abort();
	if (n > TREE_MAX_NODES)
		abort();
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	parse("f.yaml", data, size);
	parse("f.json", data, size);
	return 0;
}
