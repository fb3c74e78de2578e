/* What autoscalers.c keeps of an object, and for how long. Private to it. */
#ifndef PLIMSOLL_AUTOSCALER_STORE_H
#define PLIMSOLL_AUTOSCALER_STORE_H

#include "canonical.h"
#include "manifest.h"

/* A spec, or what is wrong with it, and the text it was read from: kept as long as that text stays the same. */
struct version {
	struct version *next; /* of those that are no more shown */
	struct manifests manifests;
	char *invalid; /* NULL: manifests holds the spec */
	const char *text, *uid, *namespace_, *name;
	size_t size;  /* of text */
	char bytes[]; /* they lie here */
};

/* A status with its resourceVersion, or an array of what is shown. */
struct memory {
	struct memory *next;
	_Alignas(16) char bytes[];
};

/* What is no more shown. */
struct outdated {
	struct version *versions;
	struct memory *memory;
};

/* Zeroed; NULL: no memory. */
struct memory *memory_new(size_t size);
void memory_push(struct memory **list, struct memory *); /* NULL: nothing */
void memory_free(struct memory *list);

/* Of the text that autoscaler_text made; NULL: no memory. */
struct version *version_new(const char *uid, struct json_value metadata, const struct canonical *text);
void version_free(struct version *);
void outdated_free(struct outdated *);

#endif
