/* XML answers as a tree, by expat: elements and their texts; attributes are passed over. No entities of a document's
 * own are taken, depth and size are bounded. Private to io. */
#ifndef PLIMSOLL_XML_H
#define PLIMSOLL_XML_H

#include "arena.h"

struct xml {
	const char *name, *text;  /* the text between its tags, less white space around it; "" when there is none */
	struct xml *first, *next; /* of the elements within; beside it */
};

/* The root element, in the arena. document: its name for the message. */
struct xml *xml_parse(const char *document, const char *text, size_t size, struct arena *, struct err *);
/* Element at "a/b/c" below, the first of each; NULL when there is none (of NULL, too). */
const struct xml *xml_at(const struct xml *, const char *path);
/* Its text; "" when there is none. */
const char *xml_text(const struct xml *, const char *path);

#endif
