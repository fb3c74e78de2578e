/* JSON as it lies in memory, looked at without copying: checked once as a whole (RFC 8259, UTF-8, bounded depth), then
 * walked member by member. For API answers, of which most is passed over. Private to io and cmd. */
#ifndef PLIMSOLL_JSON_VALUE_H
#define PLIMSOLL_JSON_VALUE_H

#include "arena.h"

#define JSON_VALUE_DEPTH 192 /* levels that a text may be nested */

/* A value in a text that was checked; empty (at NULL): there is none, or it is null. Any function takes an empty one,
 * and one of another type, and then finds nothing. */
struct json_value {
	const char *at, *end;
};

/* The whole text is one value; text[size] can be read, and is no matter. name: of the document, for the message. What
 * was checked must stay as it is for as long as values of it are looked at. */
int json_value_parse(const char *name, const char *text, size_t size, struct json_value *, struct err *);

struct json_value json_in(struct json_value object, const char *key);      /* the last of that name */
struct json_value json_path(struct json_value object, const char *dotted); /* "status.loadBalancer.ip" */
/* Several members in one walk: out[i] is that of keys[i], n of them. */
void json_pick(struct json_value object, const char *const *keys, size_t n, struct json_value *out);
/* Elements of an array, members of an object: while (json_each(&walk, &key, &value)). key NULL: not wanted; it is raw
 * (with its escapes, without quotes), its length is key.end - key.at, and it is for json_equals, json_text and
 * json_copy alone. */
struct json_walk {
	const char *at, *end;
	bool object;
};
struct json_walk json_walk(struct json_value);
bool json_each(struct json_walk *, struct json_value *key, struct json_value *value);

bool json_is_object(struct json_value);
bool json_is_array(struct json_value);
bool json_equals(struct json_value, const char *text); /* a string of that text (key values too) */
/* Unescaped. Half of a surrogate pair, and NUL, which a text in C cannot hold, become U+FFFD. */
char *json_text(struct json_value, struct arena *);          /* NULL: no string or no memory */
size_t json_copy(struct json_value, char *out, size_t size); /* cut at size - 1; its whole length; 0: no string */
/* Where the string's bytes lie when it has no escape; false otherwise. */
bool json_plain(struct json_value, struct json_value *bytes);
bool json_bool(struct json_value, bool fallback);
int64_t json_int(struct json_value, int64_t fallback);   /* digits alone, within int64_t */
int32_t json_count(struct json_value, int32_t fallback); /* digits alone, 0 to INT32_MAX */
bool json_number(struct json_value, double *);
/* A quantity ("500m", "64Mi", 2) in billionths; false when absent or wrong. */
bool json_quantity(struct json_value, wide_t *nano);
/* A quantity ("500m", "64Mi", 2) in milli-units rounded up, as the API's MilliValue; fallback when absent or wrong. */
int64_t json_milli(struct json_value, int64_t fallback);
/* RFC 3339, with or without fraction; MS_UNSET when absent or wrong. */
ms_t json_time(struct json_value);
/* "30s", "1m0.5s" as Go writes a duration; fallback otherwise. */
ms_t json_duration(struct json_value, ms_t fallback);

#endif
