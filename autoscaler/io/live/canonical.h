/* JSON in one way of writing it: no space, members in order of their names. Equal values of one server, equal texts.
 * Private to io. */
#ifndef PLIMSOLL_LIVE_CANONICAL_H
#define PLIMSOLL_LIVE_CANONICAL_H

#include "../text/json_value.h"

/* A text that grows, kept to be used again; failed: memory ran out, the text is not whole. */
struct canonical_member {
	struct json_value key, value;
};
struct canonical {
	char *text;
	size_t length, room;
	struct canonical_member *members;
	size_t n_members, members_room;
	bool failed;
};

void canonical_bytes(struct canonical *, const char *bytes, size_t length);
void canonical_value(struct canonical *, struct json_value);
void canonical_free(struct canonical *);

#endif
