#include "yaml.h"

#include "grown.h"

#include <stdlib.h>

#define INDEXED_FROM 8u /* pairs from which a map has an index */

int tree_refuse(struct tree *tree, uint32_t line, uint32_t column, const char *format, ...)
{
	char text[ERR_MAX];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return err_set(tree->err, "%s:%u:%u: %s", tree->name, line, column, text);
}

static int no_memory(struct tree *tree)
{
	return err_set(tree->err, "%s: out of memory", tree->name);
}

static int too_large(struct tree *tree, uint32_t line, uint32_t column)
{
	return tree_refuse(tree, line, column, "is too large: at most %u values a file, with aliases written out",
			   TREE_MAX_NODES);
}

struct node *tree_node(struct tree *tree, enum node_kind kind, uint32_t line, uint32_t column)
{
	if (tree->n_nodes >= TREE_MAX_NODES) {
		too_large(tree, line, column);
		return NULL;
	}
	struct node *node = arena_alloc(tree->arena, 1, sizeof *node);
	if (!node) {
		no_memory(tree);
		return NULL;
	}
	tree->n_nodes++;
	node->kind = (uint8_t)kind;
	node->height = 1;
	node->weight = 1;
	node->line = line;
	node->column = column;
	return node;
}

struct node *tree_scalar(struct tree *tree, enum node_kind kind, const char *text, size_t length, uint32_t line,
			 uint32_t column)
{
	struct node *node = tree_node(tree, kind, line, column);
	if (!node)
		return NULL;
	node->text = node->written = arena_strndup(tree->arena, text, length);
	node->length = length;
	if (!node->text) {
		no_memory(tree);
		return NULL;
	}
	return node;
}

int tree_push(struct tree *tree, struct node *node)
{
	if (!node)
		return -1;
	struct node **stack = heap_grown(tree->stack, tree->n_stack, &tree->room, sizeof(struct node *));
	if (!stack)
		return no_memory(tree);
	tree->stack = stack;
	tree->stack[tree->n_stack++] = node;
	return 0;
}

static int key_compare(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t least = a_length < b_length ? a_length : b_length;
	int order = memcmp(a, b, least);
	return order ? order : (a_length > b_length) - (a_length < b_length);
}

struct pair {
	const struct node *key;
	uint32_t at;
};

static int pair_compare(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;
	int order = key_compare(x->key->text, x->key->length, y->key->text, y->key->length);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Pushes the pairs of a merged map (<<) behind the map's own. */
static int merge_push(struct tree *tree, const struct node *source)
{
	if (source->kind != NODE_MAP)
		return tree_refuse(tree, source->line, source->column, "<<: must be a mapping, or a list of mappings");
	if (source->n > TREE_MAX_NODES - tree->n_nodes)
		return too_large(tree, source->line, source->column);
	tree->n_nodes += source->n;
	for (uint32_t i = 0; i < 2 * source->n; i++)
		if (tree_push(tree, source->items[i]) < 0)
			return -1;
	return 0;
}

static int merge_value(struct tree *tree, const struct node *value)
{
	if (value->kind != NODE_LIST)
		return merge_push(tree, value);
	for (uint32_t i = 0; i < value->n; i++)
		if (merge_push(tree, value->items[i]) < 0)
			return -1;
	return 0;
}

/* Replaces the << pairs by what they merge. Returns the number of pairs the map itself has. */
static int64_t merge_all(struct tree *tree, size_t mark)
{
	size_t end = tree->n_stack, kept = mark, n_merges = 0;
	for (size_t i = mark; i < end; i += 2)
		n_merges += tree->stack[i]->merge;
	if (n_merges == 0)
		return (int64_t)(end - mark) / 2;
	for (size_t i = mark; i < end; i += 2)
		if (tree->stack[i]->merge && merge_value(tree, tree->stack[i + 1]) < 0)
			return -1;
	for (size_t i = mark; i < end; i += 2)
		if (!tree->stack[i]->merge) {
			tree->stack[kept++] = tree->stack[i];
			tree->stack[kept++] = tree->stack[i + 1];
		}
	size_t merged = tree->n_stack - end;
	memmove(&tree->stack[kept], &tree->stack[end], merged * sizeof(struct node *));
	tree->n_stack = kept + merged;
	return (int64_t)(kept - mark) / 2;
}

/* Refuses a key written twice; of a merged and an own key the own one stays, of two merged ones the first. The
 * dropped keys become NULL on the stack. */
static int keys_unique(struct tree *tree, size_t mark, const struct pair *pairs, uint32_t n, uint32_t own)
{
	for (uint32_t i = 1, first = 0; i < n; i++) {
		const struct node *key = pairs[i].key;
		if (key_compare(pairs[first].key->text, pairs[first].key->length, key->text, key->length) != 0) {
			first = i;
			continue;
		}
		if (pairs[i].at < own) {
			char shown[80];
			return tree_refuse(tree, key->line, key->column, "%s: is set twice (first in line %u)",
					   text_show(shown, sizeof shown, key->text, key->length),
					   pairs[first].key->line);
		}
		tree->stack[mark + 2 * pairs[i].at] = NULL;
	}
	return 0;
}

static uint32_t drop_pairs(struct tree *tree, size_t mark)
{
	size_t kept = mark;
	for (size_t i = mark; i < tree->n_stack; i += 2)
		if (tree->stack[i]) {
			tree->stack[kept++] = tree->stack[i];
			tree->stack[kept++] = tree->stack[i + 1];
		}
	tree->n_stack = kept;
	return (uint32_t)((kept - mark) / 2);
}

static void pairs_list(const struct tree *tree, size_t mark, struct pair *pairs, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		pairs[i] = (struct pair){tree->stack[mark + 2 * i], i};
	qsort(pairs, n, sizeof *pairs, pair_compare);
}

static int map_close(struct tree *tree, struct node *map, size_t mark, struct pair *pairs, uint32_t n, uint32_t own)
{
	pairs_list(tree, mark, pairs, n);
	if (keys_unique(tree, mark, pairs, n, own) < 0)
		return -1;
	map->n = drop_pairs(tree, mark);
	if (map->n < INDEXED_FROM)
		return 0;
	pairs_list(tree, mark, pairs, map->n);
	uint32_t *index = arena_alloc(tree->arena, map->n, sizeof *index);
	if (!index)
		return no_memory(tree);
	for (uint32_t i = 0; i < map->n; i++)
		index[i] = pairs[i].at;
	map->index = index;
	return 0;
}

static int pairs_close(struct tree *tree, struct node *map, size_t mark)
{
	int64_t own = merge_all(tree, mark);
	if (own < 0)
		return -1;
	uint32_t n = (uint32_t)((tree->n_stack - mark) / 2);
	if (n == 0)
		return 0;
	struct pair *pairs = malloc(n * sizeof *pairs);
	if (!pairs)
		return no_memory(tree);
	int status = map_close(tree, map, mark, pairs, n, (uint32_t)own);
	free(pairs);
	return status;
}

/* Copies the children out of the stack, and adds up how high and heavy the tree has become. */
static int adopt(struct tree *tree, struct node *node, size_t mark)
{
	size_t n = tree->n_stack - mark;
	node->items = arena_alloc(tree->arena, n, sizeof(struct node *));
	if (!node->items)
		return no_memory(tree);
	for (size_t i = 0; i < n; i++) {
		struct node *child = node->items[i] = tree->stack[mark + i];
		if (child->weight >= TREE_MAX_NODES - node->weight)
			return too_large(tree, child->line, child->column);
		node->weight += child->weight;
		if (child->height >= node->height)
			node->height = (uint16_t)(child->height + 1);
	}
	if (node->height > TREE_MAX_DEPTH)
		return tree_refuse(tree, node->line, node->column, "is nested deeper than %u levels", TREE_MAX_DEPTH);
	tree->n_stack = mark;
	return 0;
}

int tree_close(struct tree *tree, struct node *node, size_t mark)
{
	if (node->kind == NODE_MAP) {
		if (pairs_close(tree, node, mark) < 0)
			return -1;
	} else {
		node->n = (uint32_t)(tree->n_stack - mark);
	}
	return adopt(tree, node, mark);
}

int tree_documents(struct tree *tree, size_t mark, struct documents *documents)
{
	size_t n = tree->n_stack - mark;
	documents->roots = arena_alloc(tree->arena, n, sizeof(struct node *));
	if (!documents->roots)
		return no_memory(tree);
	documents->n = 0;
	uint64_t weight = 0;
	for (size_t i = 0; i < n; i++) {
		struct node *root = tree->stack[mark + i];
		if (root->kind != NODE_NULL)
			documents->roots[documents->n++] = root;
		weight += root->weight;
		if (weight > TREE_MAX_NODES)
			return too_large(tree, root->line, root->column);
	}
	tree->n_stack = mark;
	return 0;
}

static int64_t index_find(const struct node *map, const char *key, size_t length)
{
	uint32_t low = 0, high = map->n;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct node *at = map->items[2 * map->index[middle]];
		int order = key_compare(at->text, at->length, key, length);
		if (order == 0)
			return map->index[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

int64_t node_find(const struct node *map, const char *key, size_t length)
{
	if (!map || map->kind != NODE_MAP)
		return -1;
	if (map->index)
		return index_find(map, key, length);
	for (uint32_t i = 0; i < map->n; i++) {
		const struct node *at = map->items[2 * i];
		if (at->length == length && memcmp(at->text, key, length) == 0)
			return i;
	}
	return -1;
}

struct node *node_get(const struct node *map, const char *key)
{
	int64_t at = node_find(map, key, strlen(key));
	if (at < 0)
		return NULL;
	struct node *value = map->items[2 * at + 1];
	return value->kind == NODE_NULL ? NULL : value;
}
