/* JSON written piece by piece into a buffer that grows and is used again: for many small bodies. Private to io and cmd.
 *
 *	struct json_put put = {0};
 *	json_put_object(&put, NULL);
 *	json_put_text(&put, "name", "web");
 *	json_put_end(&put);
 *	if (json_put_done(&put, &err)) ...       {"name":"web"}
 *	json_put_free(&put);
 *
 * key NULL: an element of an array, or the whole. */
#ifndef PLIMSOLL_JSON_PUT_H
#define PLIMSOLL_JSON_PUT_H

#include "base.h"

#define JSON_PUT_DEPTH 32
#define JSON_PUT_MAX   ((size_t)1 << 20) /* bytes of one body */

struct json_put {
	char *text; /* ends with a NUL once something was put */
	size_t length, room;
	unsigned depth;
	uint32_t arrays; /* bit d: what is open at depth d is an array */
	bool comma, failed;
};

/* Empty again; keeps its memory. */
void json_put_reset(struct json_put *);
void json_put_free(struct json_put *);
/* What was written, until the next reset; NULL when it did not fit, or memory or depth was exhausted. */
const char *json_put_done(const struct json_put *, struct err *);

void json_put_object(struct json_put *, const char *key);
void json_put_array(struct json_put *, const char *key);
void json_put_end(struct json_put *);
/* Escaped; a byte that is no UTF-8 comes out as U+FFFD. NULL is null. */
void json_put_text(struct json_put *, const char *key, const char *text);
/* At most `most` bytes of it, cut between characters. */
void json_put_cut(struct json_put *, const char *key, const char *text, size_t most);
void json_put_int(struct json_put *, const char *key, int64_t);
/* "2026-11-24T14:25:05Z"; null for MS_UNSET. */
void json_put_time(struct json_put *, const char *key, ms_t);
/* A quantity of milli-units: "1500m", "2". */
void json_put_milli(struct json_put *, const char *key, int64_t);

#endif
