/* How a selector is kept. Private to selector.c, selector_parse.c. */
#ifndef PLIMSOLL_LIVE_SELECTOR_H
#define PLIMSOLL_LIVE_SELECTOR_H

#include "pod_store.h"

#define SELECTOR_MAX 1000 /* requirements, and values of one */

enum requirement_kind { LABEL_IN, LABEL_NOT_IN, LABEL_EXISTS, LABEL_ABSENT };

/* Texts are held; of values, each once. */
struct requirement {
	enum requirement_kind kind;
	const char *key;
	const char **values;
	size_t n_values, room;
};

/* What it selected in a namespace, as long as no pod changes. */
struct selection {
	struct selection *next;
	uint64_t changes;
	const struct live_pod **pods;
	uint32_t n, room;
	char namespace_[];
};
struct selections {
	struct selection *first;
};

struct live_selector {
	struct live_pods *owner;
	struct requirement *requirements;
	size_t n, room;
	bool nothing; /* selects nothing */
	struct selections *selections;
};

struct live_selector *selector_new(struct live_pods *, struct err *);
/* Both return -1 with a message; bytes need not end with a NUL. */
int selector_add(struct live_selector *, enum requirement_kind, const char *key, size_t length, struct err *);
int selector_add_value(struct live_selector *, const char *value, size_t length, struct err *); /* of the last one */

#endif
