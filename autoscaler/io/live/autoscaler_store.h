/* What autoscalers.c keeps of an object, and for how long. Private to it, and to autoscalers_take.c. */
#ifndef PLIMSOLL_AUTOSCALER_STORE_H
#define PLIMSOLL_AUTOSCALER_STORE_H

#include "../text/log.h"
#include "autoscalers.h"
#include "canonical.h"
#include "manifest.h"
#include "table.h"

/* A spec, or what is wrong with it, and the text it was read from: kept as long as that text stays the same. */
struct version {
	struct version *next; /* of those that are no more shown */
	struct manifests manifests;
	char *invalid;       /* NULL: manifests holds the spec */
	struct memory *held; /* why another one of the same target, or an HPA, decides; NULL: it decides itself */
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

struct entry {
	struct table_link by_uid;
	uint32_t epoch;
	struct version *version;
	struct memory *status; /* resourceVersion with a NUL, then the status */
	size_t status_size;    /* of both */
	int64_t generation;
};

struct live_autoscalers {
	bool from_hpa;
	struct table uids;
	struct entry **entries;
	size_t n_entries, room;
	uint64_t seed, generation, shape; /* shape: changes with any entry's version */
	uint32_t epoch;
	bool listed;
	struct canonical text;          /* scratch */
	struct memory *statuses;        /* replaced ones */
	struct outdated fresh, leaving; /* since the last take, and since the one before */
	struct memory *shown;           /* an array of live_autoscaler */
	uint64_t shown_shape;
	uint32_t n_valid;
	const struct live_rivals *rivals; /* NULL: none are looked for */
	uint64_t rivals_seen, rivals_shape, rivals_sum;
	struct log *log;
	struct watch *watch;
};

/* Zeroed; NULL: no memory. */
struct memory *memory_new(size_t size);
void memory_push(struct memory **list, struct memory *); /* NULL: nothing */
void memory_free(struct memory *list);

/* Of the text that autoscaler_text made; NULL: no memory. */
struct version *version_new(const char *uid, struct json_value metadata, const struct canonical *text);
void version_free(struct version *);
void outdated_free(struct outdated *);

/* apiVersions by their group alone: versions of a group are views of the same objects. As strcmp. */
int api_groups_compare(const char *a, const char *b);

/* Of those whose target is the same, the oldest decides, and the others are held: two would fight. All are, when an HPA
 * has that target. rivals NULL: HPAs are not looked at. What was said of it before goes to `outdated`. Sorts the
 * versions. Negative: no memory. */
int versions_hold(struct version **versions, size_t n, const struct live_rivals *, struct memory **outdated,
		  struct log *);
/* Of a valid one: a number for which HPA holds it; 0: none does. */
uint64_t version_rival(const struct version *, const struct live_rivals *);

#endif
