/* What autoscalers.c keeps of an object, and for how long. Private to it. */
#ifndef PLIMSOLL_AUTOSCALER_STORE_H
#define PLIMSOLL_AUTOSCALER_STORE_H

#include "../text/log.h"
#include "canonical.h"
#include "manifest.h"

/* A spec, or what is wrong with it, and the text it was read from: kept as long as that text stays the same. */
struct version {
	struct version *next; /* of those that are no more shown */
	struct manifests manifests;
	char *invalid;       /* NULL: manifests holds the spec */
	struct memory *held; /* why another one of the same target decides; NULL: it decides itself */
	const char *text, *uid, *namespace_, *name;
	const char *created; /* as the API has it: its order is that of time */
	size_t size;         /* of text */
	char bytes[];        /* they lie here */
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

/* Of those whose target is the same, the oldest decides, and the others are held: two would fight. What was said of it
 * before goes to `outdated`. Sorts the versions. Negative: no memory. */
int versions_hold(struct version **versions, size_t n, struct memory **outdated, struct log *);

#endif
