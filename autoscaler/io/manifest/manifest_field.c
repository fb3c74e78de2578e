#include "manifest_field.h"

#include "nearest.h"
#include "quantity.h"

#include <stdlib.h>

struct place place_field(const struct place *parent, const char *name)
{
	return (struct place){parent->source, parent, name, 0, node_get(parent->node, name)};
}

struct place place_item(const struct place *parent, uint32_t index)
{
	const struct node *node = parent->node->items[index];
	return (struct place){parent->source, parent, NULL, index, node->kind == NODE_NULL ? NULL : node};
}

struct place place_entry(const struct place *parent, uint32_t index)
{
	struct node *const *pair = &parent->node->items[2 * (size_t)index];
	const struct node *value = pair[1]->kind == NODE_NULL ? NULL : pair[1];
	return (struct place){parent->source, parent, pair[0]->text, index, value};
}

uint32_t place_count(const struct place *place)
{
	return place->node ? place->node->n : 0;
}

bool place_given(const struct place *place)
{
	return place->node != NULL;
}

static void append(char *out, size_t size, const char *text)
{
	size_t used = strlen(out);
	snprintf(out + used, size - used, "%s", text);
}

static bool name_plain(const char *name)
{
	return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(name);
}

/* spec.metrics[0].resource.name; names that are no identifiers in brackets, as upstream writes them. */
static void path_write(const struct place *place, char *out, size_t size)
{
	if (!place->parent)
		return;
	path_write(place->parent, out, size);
	char step[128], shown[100];
	if (!place->name)
		snprintf(step, sizeof step, "[%u]", place->index);
	else if (name_plain(place->name))
		snprintf(step, sizeof step, "%s%s", *out ? "." : "",
			 text_show(shown, sizeof shown, place->name, strlen(place->name)));
	else
		snprintf(step, sizeof step, "[%s]", text_show(shown, sizeof shown, place->name, strlen(place->name)));
	append(out, size, step);
}

static const char *found(const struct node *node, char *out, size_t size)
{
	if (!node)
		return "missing";
	if (node->kind == NODE_LIST)
		return node->n ? "a list" : "an empty list";
	if (node->kind == NODE_MAP)
		return node->n ? "a mapping" : "an empty mapping";
	if (node->kind == NODE_STRING && node->length == 0)
		return "\"\"";
	return text_show(out, size, node->written, strlen(node->written));
}

/* The node itself, or what should hold it. */
static const struct node *nearest_node(const struct place *place)
{
	while (!place->node && place->parent)
		place = place->parent;
	return place->node;
}

int place_refuse(const struct place *place, const char *format, ...)
{
	char path[400] = "", shown[100], allowed[480];
	va_list args;
	va_start(args, format);
	vsnprintf(allowed, sizeof allowed, format, args);
	va_end(args);
	path_write(place, path, sizeof path);
	const struct node *node = nearest_node(place);
	return err_set(place->source->err, "%s:%u:%u: %s%s%s: %s", place->source->file, node ? node->line : 1,
		       node ? node->column : 1, path, *path ? ": " : "", found(place->node, shown, sizeof shown),
		       allowed);
}

/* ---- types ---- */

static const struct field *field_find(const struct type *type, const struct node *key)
{
	for (size_t i = 0; i < type->n; i++)
		if (strlen(type->fields[i].name) == key->length &&
		    memcmp(type->fields[i].name, key->text, key->length) == 0)
			return &type->fields[i];
	return NULL;
}

#define FIELDS_MAX 64

static int unknown_field(const struct place *parent, const struct type *type, const struct node *key)
{
	const char *names[FIELDS_MAX] = {NULL};
	char path[400] = "", allowed[300] = "";
	size_t n = type->n < FIELDS_MAX ? type->n : FIELDS_MAX;
	for (size_t i = 0; i < n; i++)
		names[i] = type->fields[i].name;
	const char *near = nearest_meant(key->text, names, n);
	if (near)
		snprintf(allowed, sizeof allowed, "did you mean %s?", near);
	for (size_t i = 0; !near && i < n && n <= 16; i++) {
		append(allowed, sizeof allowed, i ? ", " : "allowed are ");
		append(allowed, sizeof allowed, names[i]);
	}
	struct place place = {parent->source, parent, key->text, 0, NULL};
	path_write(&place, path, sizeof path);
	return err_set(parent->source->err, "%s:%u:%u: %s: unknown field%s%s", parent->source->file, key->line,
		       key->column, path, *allowed ? ": " : "", allowed);
}

/* A whole number: written as one, or as a float without a fraction. */
static bool whole(const struct node *node, int64_t *value)
{
	if (node->kind != NODE_INT && node->kind != NODE_FLOAT)
		return false;
	char *end;
	*value = (int64_t)strtoll(node->text, &end, 10);
	if (*end)
		return false;
	char back[32];
	int n = snprintf(back, sizeof back, "%lld", (long long)*value);
	return (size_t)n == node->length && memcmp(back, node->text, node->length) == 0;
}

static int check_integer(const struct place *place, int64_t least, int64_t most)
{
	int64_t value;
	if (!whole(place->node, &value))
		return place_refuse(place, "must be a whole number");
	if (value < least || value > most)
		return place_refuse(place, "must be a whole number from %lld to %lld", (long long)least,
				    (long long)most);
	return 0;
}

static int check_string(const struct place *place)
{
	const struct node *node = place->node;
	if (node->kind == NODE_STRING)
		return memchr(node->text, 0, node->length) ? place_refuse(place, "must not hold a NUL character") : 0;
	if (node->kind == NODE_LIST || node->kind == NODE_MAP)
		return place_refuse(place, "must be a string");
	return place_refuse(place, "must be a string; put it in quotes");
}

static int check_quantity(const struct place *place)
{
	wide_t nano;
	struct err inner;
	const struct node *node = place->node;
	if (node->kind != NODE_STRING && node->kind != NODE_INT && node->kind != NODE_FLOAT)
		return place_refuse(place, "must be a quantity such as 250m, 1.5Gi or 2e3");
	return quantity_parse(node->text, node->length, &nano, &inner) < 0 ? place_refuse(place, "%s", inner.message)
									   : 0;
}

static int check_map(const struct place *place, int (*check)(const struct place *))
{
	if (place->node->kind != NODE_MAP)
		return place_refuse(place, "must be a mapping");
	for (uint32_t i = 0; i < place->node->n; i++) {
		struct place entry = place_entry(place, i);
		if (entry.node && check(&entry) < 0)
			return -1;
	}
	return 0;
}

static int check_strings(const struct place *place)
{
	if (place->node->kind != NODE_LIST)
		return place_refuse(place, "must be a list of strings");
	for (uint32_t i = 0; i < place->node->n; i++) {
		struct place item = place_item(place, i);
		if (item.node && check_string(&item) < 0)
			return -1;
	}
	return 0;
}

static int check_objects(const struct place *place, const struct type *type)
{
	if (place->node->kind != NODE_LIST)
		return place_refuse(place, "must be a list");
	for (uint32_t i = 0; i < place->node->n; i++) {
		struct place item = place_item(place, i);
		if (item.node ? place_check(&item, type) < 0 : place_refuse(&item, "must be a mapping") < 0)
			return -1;
	}
	return 0;
}

static int check_kind(const struct place *place, enum node_kind kind, const char *wanted)
{
	return place->node->kind == kind ? 0 : place_refuse(place, "must be %s", wanted);
}

static int check_field(const struct place *place, const struct field *field)
{
	switch (field->shape) {
	case SHAPE_STRING:
		return check_string(place);
	case SHAPE_INT32:
		return check_integer(place, INT32_MIN, INT32_MAX);
	case SHAPE_INT64:
		return check_integer(place, INT64_MIN, INT64_MAX);
	case SHAPE_BOOL:
		return check_kind(place, NODE_BOOL, "true or false");
	case SHAPE_QUANTITY:
		return check_quantity(place);
	case SHAPE_INT_OR_STRING:
		return place->node->kind == NODE_STRING ? check_string(place)
							: check_integer(place, INT32_MIN, INT32_MAX);
	case SHAPE_SCALAR:
		return place->node->kind == NODE_LIST || place->node->kind == NODE_MAP
			   ? place_refuse(place, "must be a single value")
			   : 0;
	case SHAPE_OBJECT:
		return place_check(place, field->type);
	case SHAPE_LIST:
		return check_objects(place, field->type);
	case SHAPE_STRINGS:
		return check_strings(place);
	case SHAPE_STRING_MAP:
		return check_map(place, check_string);
	case SHAPE_QUANTITY_MAP:
		return check_map(place, check_quantity);
	case SHAPE_ANY_OBJECT:
		return check_kind(place, NODE_MAP, "a mapping");
	case SHAPE_ANY_LIST:
		return check_kind(place, NODE_LIST, "a list");
	}
	return 0;
}

int place_check(const struct place *place, const struct type *type)
{
	const struct node *node = place->node;
	if (node->kind != NODE_MAP)
		return place_refuse(place, "must be a mapping");
	for (uint32_t i = 0; i < node->n; i++) {
		const struct field *field = field_find(type, node->items[2 * i]);
		if (!field)
			return unknown_field(place, type, node->items[2 * i]);
		struct place child = place_entry(place, i);
		if (child.node && check_field(&child, field) < 0)
			return -1;
	}
	return 0;
}

/* ---- values ---- */

const char *place_text(const struct place *place)
{
	return place->node ? place->node->text : NULL;
}

int64_t place_int(const struct place *place, int64_t fallback)
{
	int64_t value = fallback;
	if (place->node)
		whole(place->node, &value);
	return value;
}

bool place_quantity(const struct place *place, wide_t *nano)
{
	struct err unused;
	*nano = 0;
	return place->node && quantity_parse(place->node->text, place->node->length, nano, &unused) == 0;
}

int check_range(const struct place *place, int64_t least, int64_t most)
{
	if (!place->node)
		return 0;
	int64_t value = place_int(place, least);
	if (value < least)
		return place_refuse(place, "must be greater than or equal to %lld", (long long)least);
	return value > most ? place_refuse(place, "must be less than or equal to %lld", (long long)most) : 0;
}
