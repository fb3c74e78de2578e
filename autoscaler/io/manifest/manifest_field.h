/* Strict, typed access to the fields of a manifest; every refusal says where, which field, what was found and
 * what is allowed. Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_MANIFEST_FIELD_H
#define PLIMSOLL_IO_MANIFEST_FIELD_H

#include "../text/yaml.h"

enum shape {
	SHAPE_STRING,
	SHAPE_INT32,
	SHAPE_INT64,
	SHAPE_BOOL,
	SHAPE_QUANTITY,
	SHAPE_INT_OR_STRING,
	SHAPE_SCALAR, /* any but a list or a mapping */
	SHAPE_OBJECT, /* of the field's type */
	SHAPE_LIST,   /* of objects of the field's type */
	SHAPE_STRINGS,
	SHAPE_STRING_MAP,
	SHAPE_QUANTITY_MAP,
	SHAPE_ANY_OBJECT, /* read over */
	SHAPE_ANY_LIST
};

struct type;
struct field {
	const char *name;
	enum shape shape;
	const struct type *type;
};

struct type {
	const struct field *fields;
	size_t n;
};

/* One file's worth of context. */
struct source {
	const char *file;
	struct arena *arena;
	struct err *err;
};

/* A place in a manifest: a node, or where one is missing, with the path that leads there. */
struct place {
	const struct source *source;
	const struct place *parent; /* NULL at the root */
	const char *name;           /* of a field; NULL: item `index` of a list */
	uint32_t index;
	const struct node *node; /* NULL: absent, or null was written */
};

/* The places below; the parent must outlive them. */
struct place place_field(const struct place *, const char *name);
struct place place_item(const struct place *, uint32_t index);
/* Entry of a map of strings or quantities, by position. */
struct place place_entry(const struct place *, uint32_t index);
uint32_t place_count(const struct place *);
bool place_given(const struct place *);

/* "FILE:LINE:COL: PATH: FOUND: ALLOWED", or "FILE:LINE:COL: PATH: missing: ALLOWED"; returns -1. */
int place_refuse(const struct place *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Fails unless the tree has this type: no unknown fields, no wrong kinds of value. */
int place_check(const struct place *, const struct type *);

/* Values of places that were checked. */
const char *place_text(const struct place *); /* NULL when absent; lives as long as the arena */
int64_t place_int(const struct place *, int64_t fallback);
bool place_quantity(const struct place *, wide_t *nano);

/* What an integer may be. */
int check_range(const struct place *, int64_t least, int64_t most);

#endif
