#include "kubeconfig_internal.h"

struct writer {
	struct arena *arena;
	char *text;
	size_t n, room;
};

static int put_bytes(struct writer *writer, const char *bytes, size_t size)
{
	if (writer->room - writer->n <= size) {
		size_t room = writer->room + size + 1 > 2 * writer->room ? writer->room + size + 256 : 2 * writer->room;
		char *larger = arena_alloc(writer->arena, room, 1);
		if (!larger)
			return -1;
		if (writer->n)
			memcpy(larger, writer->text, writer->n);
		writer->text = larger;
		writer->room = room;
	}
	memcpy(writer->text + writer->n, bytes, size);
	writer->n += size;
	writer->text[writer->n] = 0;
	return 0;
}

static int put_string(struct writer *writer, const char *text, size_t length)
{
	int status = put_bytes(writer, "\"", 1);
	for (size_t i = 0; status == 0 && i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		char escape[8];
		if (c == '"' || c == '\\')
			status = put_bytes(writer, (char[]){'\\', (char)c}, 2);
		else if (c < 0x20)
			status = put_bytes(writer, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", c));
		else
			status = put_bytes(writer, &text[i], 1);
	}
	return status < 0 ? -1 : put_bytes(writer, "\"", 1);
}

static int put_node(struct writer *writer, const struct node *node)
{
	bool map = node->kind == NODE_MAP;
	if (node->kind == NODE_NULL)
		return put_bytes(writer, "null", 4);
	if (node->kind == NODE_STRING)
		return put_string(writer, node->text, node->length);
	if (!map && node->kind != NODE_LIST)
		return put_bytes(writer, node->text, node->length);
	if (put_bytes(writer, map ? "{" : "[", 1) < 0)
		return -1;
	for (uint32_t i = 0; i < node->n; i++) {
		const struct node *key = map ? node->items[2 * i] : NULL;
		if ((i && put_bytes(writer, ",", 1) < 0) ||
		    (key && (put_string(writer, key->text, key->length) < 0 || put_bytes(writer, ":", 1) < 0)) ||
		    put_node(writer, node->items[map ? 2 * i + 1 : i]) < 0)
			return -1;
	}
	return put_bytes(writer, map ? "}" : "]", 1);
}

int node_json(const struct node *node, struct arena *arena, char **text)
{
	struct writer writer = {.arena = arena};
	int status = put_node(&writer, node);
	*text = writer.text;
	return status;
}
