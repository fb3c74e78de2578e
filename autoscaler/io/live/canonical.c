#include "canonical.h"

#include "../text/grown.h"

void canonical_bytes(struct canonical *out, const char *bytes, size_t length)
{
	while (!out->failed && out->room - out->length < length) {
		size_t room = out->room ? 2 * out->room : 256;
		char *text = room > out->room ? realloc(out->text, room) : NULL;
		out->failed = !text;
		out->text = text ? text : out->text;
		out->room = text ? room : out->room;
	}
	if (out->failed)
		return;
	memcpy(out->text + out->length, bytes, length);
	out->length += length;
}

static int compare_members(const void *a, const void *b)
{
	const struct canonical_member *x = a, *y = b;
	size_t n = (size_t)(x->key.end - x->key.at), m = (size_t)(y->key.end - y->key.at);
	int order = memcmp(x->key.at, y->key.at, n < m ? n : m);
	if (order == 0)
		order = (n > m) - (n < m);
	return order ? order : (x->key.at > y->key.at) - (x->key.at < y->key.at);
}

static void push(struct canonical *out, struct json_value key, struct json_value value)
{
	void *grown = heap_grown(out->members, out->n_members, &out->members_room, sizeof *out->members);
	if (!grown) {
		out->failed = true;
		return;
	}
	out->members = grown;
	out->members[out->n_members++] = (struct canonical_member){key, value};
}

static void object_value(struct canonical *out, struct json_value value)
{
	size_t first = out->n_members;
	struct json_walk walk = json_walk(value);
	struct json_value key, member;
	while (!out->failed && json_each(&walk, &key, &member))
		if (member.at)
			push(out, key, member);
	size_t n = out->n_members - first;
	if (n > 1)
		qsort(out->members + first, n, sizeof *out->members, compare_members);
	canonical_bytes(out, "{", 1);
	for (size_t i = 0; i < n; i++) {
		struct canonical_member one = out->members[first + i]; /* the array may move below */
		canonical_bytes(out, i ? ",\"" : "\"", i ? 2 : 1);
		canonical_bytes(out, one.key.at, (size_t)(one.key.end - one.key.at));
		canonical_bytes(out, "\":", 2);
		canonical_value(out, one.value);
	}
	canonical_bytes(out, "}", 1);
	out->n_members = first;
}

static void array_value(struct canonical *out, struct json_value value)
{
	struct json_walk walk = json_walk(value);
	struct json_value element;
	canonical_bytes(out, "[", 1);
	for (bool more = false; !out->failed && json_each(&walk, NULL, &element); more = true) {
		if (more)
			canonical_bytes(out, ",", 1);
		canonical_value(out, element);
	}
	canonical_bytes(out, "]", 1);
}

/* Goes as deep as the text is nested, which is bounded when it is checked. */
void canonical_value(struct canonical *out, struct json_value value)
{
	if (!value.at)
		canonical_bytes(out, "null", 4);
	else if (json_is_object(value))
		object_value(out, value);
	else if (json_is_array(value))
		array_value(out, value);
	else
		canonical_bytes(out, value.at, (size_t)(value.end - value.at));
}

void canonical_free(struct canonical *out)
{
	free(out->text);
	free(out->members);
	*out = (struct canonical){0};
}
