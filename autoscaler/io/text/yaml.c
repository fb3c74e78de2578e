#include "yaml.h"

#include <stdlib.h>
#include <yaml.h>

struct anchor {
	const char *name;
	struct node *node; /* NULL while it is being read */
};

struct reader {
	struct tree *tree;
	yaml_parser_t parser;
	struct anchor anchors[TREE_MAX_ANCHORS];
	size_t n_anchors; /* of this document */
	const char *text;
	size_t length;
};

static uint32_t line_of(yaml_mark_t mark)
{
	return (uint32_t)mark.line + 1;
}

static uint32_t column_of(yaml_mark_t mark)
{
	return (uint32_t)mark.column + 1;
}

/* A template that was not rendered is the commonest reason for a manifest that is no YAML. */
static const char *template_hint(const struct reader *reader)
{
	const char *at = reader->text, *end = at + reader->length;
	while ((at = memchr(at, '{', (size_t)(end - at))) != NULL && end - at > 1) {
		if (at[1] == '{')
			return "; it holds {{ }}, so render the template first";
		at++;
	}
	return "";
}

static int refuse(struct reader *reader)
{
	const yaml_parser_t *parser = &reader->parser;
	if (parser->error == YAML_MEMORY_ERROR)
		return err_set(reader->tree->err, "%s: out of memory", reader->tree->name);
	return tree_refuse(reader->tree, line_of(parser->problem_mark), column_of(parser->problem_mark),
			   "is not valid YAML: %s%s%s%s", parser->context ? parser->context : "",
			   parser->context ? ", " : "", parser->problem ? parser->problem : "unreadable",
			   template_hint(reader));
}

static int next(struct reader *reader, yaml_event_t *event)
{
	return yaml_parser_parse(&reader->parser, event) ? 0 : refuse(reader);
}

/* Index of the anchor this event opens, or -1 without one; -2 with a message when there are too many. */
static int64_t anchor_open(struct reader *reader, const yaml_char_t *name, yaml_mark_t mark)
{
	if (!name)
		return -1;
	if (reader->n_anchors == TREE_MAX_ANCHORS) {
		tree_refuse(reader->tree, line_of(mark), column_of(mark), "has more than %u anchors", TREE_MAX_ANCHORS);
		return -2;
	}
	char *copy = arena_strdup(reader->tree->arena, (const char *)name);
	if (!copy) {
		err_set(reader->tree->err, "%s: out of memory", reader->tree->name);
		return -2;
	}
	reader->anchors[reader->n_anchors] = (struct anchor){copy, NULL};
	return (int64_t)reader->n_anchors++;
}

static struct node *alias(struct reader *reader, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	uint32_t line = line_of(event->start_mark), column = column_of(event->start_mark);
	char shown[80];
	text_show(shown, sizeof shown, name, strlen(name));
	for (size_t i = reader->n_anchors; i-- > 0;) {
		if (strcmp(reader->anchors[i].name, name) != 0)
			continue;
		if (!reader->anchors[i].node)
			tree_refuse(reader->tree, line, column, "*%s: stands inside its own anchor", shown);
		return reader->anchors[i].node;
	}
	tree_refuse(reader->tree, line, column, "*%s: there is no anchor &%s before it", shown, shown);
	return NULL;
}

static const char *short_tag(const yaml_char_t *tag)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	const char *text = (const char *)tag;
	if (!text || strcmp(text, "!") == 0)
		return text;
	return strncmp(text, prefix, sizeof prefix - 1) == 0 ? text + sizeof prefix - 1 : text;
}

static struct node *scalar(struct reader *reader, const yaml_event_t *event)
{
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return scalar_resolve(reader->tree, (const char *)event->data.scalar.value, event->data.scalar.length,
			      short_tag(event->data.scalar.tag), plain, line_of(event->start_mark),
			      column_of(event->start_mark));
}

static int node_read(struct reader *, yaml_event_t *, unsigned depth);

static int key_check(struct reader *reader, const struct node *key)
{
	if (key->kind == NODE_MAP || key->kind == NODE_LIST || key->kind == NODE_NULL)
		return tree_refuse(reader->tree, key->line, key->column, "a key must be a string%s",
				   template_hint(reader));
	return 0;
}

/* Reads children up to the closing event, which it takes. */
static int children(struct reader *reader, struct node *node, unsigned depth)
{
	yaml_event_type_t close = node->kind == NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	size_t mark = reader->tree->n_stack;
	for (bool key = true;; key = !key) {
		yaml_event_t event;
		if (next(reader, &event) < 0)
			return -1;
		if (event.type == close) {
			yaml_event_delete(&event);
			return tree_close(reader->tree, node, mark);
		}
		if (node_read(reader, &event, depth) < 0)
			return -1;
		if (key && node->kind == NODE_MAP &&
		    key_check(reader, reader->tree->stack[reader->tree->n_stack - 1]) < 0)
			return -1;
	}
}

static int container(struct reader *reader, enum node_kind kind, yaml_mark_t mark, int64_t anchor, unsigned depth)
{
	struct node *node = tree_node(reader->tree, kind, line_of(mark), column_of(mark));
	if (!node)
		return -1;
	if (depth > TREE_MAX_DEPTH)
		return tree_refuse(reader->tree, node->line, node->column, "is nested deeper than %u levels",
				   TREE_MAX_DEPTH);
	if (children(reader, node, depth) < 0)
		return -1;
	if (anchor >= 0)
		reader->anchors[anchor].node = node;
	return tree_push(reader->tree, node);
}

static int scalar_read(struct reader *reader, const yaml_event_t *event)
{
	int64_t anchor = anchor_open(reader, event->data.scalar.anchor, event->start_mark);
	if (anchor == -2)
		return -1;
	struct node *node = scalar(reader, event);
	if (node && anchor >= 0)
		reader->anchors[anchor].node = node;
	return tree_push(reader->tree, node);
}

static int container_read(struct reader *reader, const yaml_event_t *event, unsigned depth)
{
	bool map = event->type == YAML_MAPPING_START_EVENT;
	const yaml_char_t *name = map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	int64_t anchor = anchor_open(reader, name, event->start_mark);
	if (anchor == -2)
		return -1;
	return container(reader, map ? NODE_MAP : NODE_LIST, event->start_mark, anchor, depth + 1);
}

/* Reads the node that the event begins, pushes it, and deletes the event. */
static int node_read(struct reader *reader, yaml_event_t *event, unsigned depth)
{
	int status;
	if (event->type == YAML_ALIAS_EVENT)
		status = tree_push(reader->tree, alias(reader, event));
	else if (event->type == YAML_SCALAR_EVENT)
		status = scalar_read(reader, event);
	else
		status = container_read(reader, event, depth);
	yaml_event_delete(event);
	return status;
}

static int stream(struct reader *reader)
{
	for (;;) {
		yaml_event_t event;
		if (next(reader, &event) < 0)
			return -1;
		yaml_event_type_t type = event.type;
		bool content = type == YAML_SCALAR_EVENT || type == YAML_ALIAS_EVENT ||
			       type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT;
		if (content) {
			if (node_read(reader, &event, 0) < 0)
				return -1;
			continue;
		}
		yaml_event_delete(&event);
		if (type == YAML_DOCUMENT_START_EVENT)
			reader->n_anchors = 0;
		if (type == YAML_STREAM_END_EVENT)
			return 0;
	}
}

int yaml_documents(struct tree *tree, const char *text, size_t length, struct documents *documents)
{
	size_t mark = tree->n_stack;
	struct reader *reader = calloc(1, sizeof *reader);
	if (!reader || !yaml_parser_initialize(&reader->parser)) {
		free(reader);
		return err_set(tree->err, "%s: out of memory", tree->name);
	}
	reader->tree = tree;
	reader->text = text;
	reader->length = length;
	yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, length);
	int status = stream(reader);
	yaml_parser_delete(&reader->parser);
	free(reader);
	return status < 0 ? -1 : tree_documents(tree, mark, documents);
}
