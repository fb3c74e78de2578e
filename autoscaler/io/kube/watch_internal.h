/* What watch.c and watch_events.c share. Private to them. */
#ifndef PLIMSOLL_WATCH_INTERNAL_H
#define PLIMSOLL_WATCH_INTERNAL_H

#include "watch.h"

#define WATCH_LINE_MAX    ((size_t)16 << 20) /* etcd takes no object over 1.5 MB, unless it is told to */
#define WATCH_TROUBLE_MAX 256
#define WATCH_UID_MAX     128

/* Why a stream is ended from this side. */
enum watch_stop { STOP_NOT, STOP_GONE, STOP_TROUBLE };

struct watch {
	struct server *server;
	char *path, *selector; /* selector: "" or "&..." */
	struct watch_sink sink;
	struct log *log;
	uint64_t call, luck, lists;
	char version[128];   /* resourceVersion up to which all is known; "": to be listed */
	char *further;       /* the list's continue token; NULL: its first page */
	uint64_t put;        /* objects of this list so far */
	char *line;          /* the beginning of a line, its end is still to come */
	size_t length, room; /* of line */
	enum watch_stop stop;
	bool synced, told;   /* told: of an object, by this stream */
	const char *lack_so; /* NULL: must not be lacking */
	bool lacking;
	ms_t heard_at, listed_at, silence; /* the first two monotonic */
	uint32_t failures;                 /* since it last went well */
	uint32_t gone;                     /* 410s, each within a minute of the list before */
	char trouble[WATCH_TROUBLE_MAX];
};

/* A page of the list: its objects to the sink, its version and continue token taken. */
int watch_page(struct watch *, const char *body, size_t size, struct err *);
/* Bytes of the stream; negative when it is to be ended: `stop` says why. */
int watch_bytes(void *self, const char *bytes, size_t size);
void watch_set_trouble(struct watch *, const char *message);

#endif
