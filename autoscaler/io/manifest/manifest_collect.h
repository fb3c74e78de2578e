/* What was read so far, and what becomes of it at the end. Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_MANIFEST_COLLECT_H
#define PLIMSOLL_IO_MANIFEST_COLLECT_H

#include "manifest.h"

struct list {
	char *items;
	size_t n, room, size;
};

struct collector {
	struct arena arena;
	struct list workloads, autoscalers;
	struct list skipped; /* const char *, one each object */
};

/* A new zeroed item, or NULL with a message. It moves when the next one is added. */
void *list_add(struct list *, struct err *);

struct collector *collector_new(struct err *);
/* Gives what was collected to the caller, and frees the collector; NULL instead of manifests only frees. */
int collector_finish(struct collector *, struct manifests *, struct err *);

#endif
