/* Text to a tree of nodes that know their line and column. YAML 1.1 as kubectl resolves it, and JSON.
 * Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_YAML_H
#define PLIMSOLL_IO_YAML_H

#include "arena.h"
#include "base.h"

/* Limits on one text: what no honest manifest reaches. */
#define TREE_MAX_BYTES   ((size_t)64 << 20)
#define TREE_MAX_NODES   2000000u /* aliases and merges counted as if written out */
#define TREE_MAX_DEPTH   100u
#define TREE_MAX_ANCHORS 1000u

enum node_kind { NODE_NULL, NODE_BOOL, NODE_INT, NODE_FLOAT, NODE_STRING, NODE_LIST, NODE_MAP };

struct node {
	uint8_t kind;    /* enum node_kind */
	bool merge;      /* a plain << */
	uint16_t height; /* of the tree below, this node included */
	uint32_t line, column;
	uint32_t weight;       /* nodes of the tree below, this node included */
	uint32_t n;            /* items of a list, pairs of a map */
	const char *text;      /* scalars, NUL-terminated: numbers and booleans as JSON writes them */
	size_t length;         /* of text */
	const char *written;   /* as in the file, for messages */
	struct node **items;   /* a list's items; a map's keys and values in turn, in the order of the file */
	const uint32_t *index; /* of a large map: its pairs in order of key */
};

struct documents {
	struct node **roots; /* empty documents are left out */
	size_t n;
};

/* Everything lives in the arena, also the parsed text's strings. A message starts "NAME:LINE:COLUMN: ". */
int documents_parse(const char *name, const char *text, size_t length, struct arena *, struct documents *,
		    struct err *);

/* The value of a key; NULL when the map has no such key, or NULL was written there, or it is no map. */
struct node *node_get(const struct node *map, const char *key);
/* Index of the pair with this key, or -1. */
int64_t node_find(const struct node *map, const char *key, size_t length);

/* ---- for the two parsers ---- */

struct tree {
	const char *name;
	struct arena *arena;
	struct err *err;
	struct node **stack; /* children of what is open */
	size_t n_stack, room;
	uint32_t n_nodes;
};

int tree_refuse(struct tree *, uint32_t line, uint32_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct node *tree_node(struct tree *, enum node_kind, uint32_t line, uint32_t column);
struct node *tree_scalar(struct tree *, enum node_kind, const char *text, size_t length, uint32_t line,
			 uint32_t column);
int tree_push(struct tree *, struct node *);
/* Makes everything pushed since `mark` the children of this list or map. */
int tree_close(struct tree *, struct node *, size_t mark);
/* Takes what was pushed since `mark` as the documents. */
int tree_documents(struct tree *, size_t mark, struct documents *);

/* A plain scalar as YAML 1.1 resolves it, or as `tag` (a short name such as "str", or NULL) says. */
struct node *scalar_resolve(struct tree *, const char *text, size_t length, const char *tag, bool plain, uint32_t line,
			    uint32_t column);
/* A JSON number. */
struct node *scalar_number(struct tree *, const char *text, size_t length, uint32_t line, uint32_t column);

int json_documents(struct tree *, const char *text, size_t length, struct documents *);
int yaml_documents(struct tree *, const char *text, size_t length, struct documents *);

/* Refuses what is not text: NUL, control characters, invalid UTF-8; says where. */
int text_check(struct tree *, const char *text, size_t length);

/* At most `size` bytes of text for a message: control characters made visible, the rest cut with "...". */
const char *text_show(char *out, size_t size, const char *text, size_t length);

#endif
