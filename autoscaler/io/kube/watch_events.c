#include "watch_internal.h"

#include "../text/clock.h"

#include <stdlib.h>

/* ---- objects ---- */

static void tell(struct watch *watch, struct json_value object, bool gone)
{
	char uid[WATCH_UID_MAX];
	size_t length = json_copy(json_path(object, "metadata.uid"), uid, sizeof uid);
	if (length == 0 || length >= sizeof uid)
		log_line(watch->log, LOG_WARN, "an object without a uid is left out", "path", watch->path, NULL);
	else if (gone)
		watch->sink.drop(watch->sink.self, uid);
	else
		watch->sink.put(watch->sink.self, uid, object);
}

static int take_version(struct watch *watch, struct json_value metadata, struct err *err)
{
	char version[sizeof watch->version];
	size_t length = json_copy(json_in(metadata, "resourceVersion"), version, sizeof version);
	if (length == 0 || length >= sizeof version)
		return err_set(err, "%.120s: an answer without a resourceVersion", watch->path);
	memcpy(watch->version, version, length + 1);
	return 0;
}

/* ---- a page of the list ---- */

static int take_further(struct watch *watch, struct json_value metadata, struct err *err)
{
	struct json_value token = json_in(metadata, "continue");
	size_t length = json_copy(token, NULL, 0);
	free(watch->further);
	watch->further = length ? malloc(length + 1) : NULL;
	if (length && !watch->further)
		return err_set(err, "out of memory");
	if (length)
		json_copy(token, watch->further, length + 1);
	return 0;
}

int watch_page(struct watch *watch, const char *body, size_t size, struct err *err)
{
	enum { METADATA, ITEMS, KEYS };
	static const char *const keys[KEYS] = {"metadata", "items"};
	struct json_value root, at[KEYS], object;
	bool first = !watch->further;
	if (json_value_parse(watch->path, body, size, &root, err) < 0)
		return -1;
	json_pick(root, keys, KEYS, at);
	if (!json_is_object(at[METADATA]) || (at[ITEMS].at && !json_is_array(at[ITEMS])))
		return err_set(err, "%.120s: the answer is no list of the API", watch->path);
	if (take_version(watch, at[METADATA], err) < 0 || take_further(watch, at[METADATA], err) < 0)
		return -1;
	if (first) {
		watch->put = 0;
		watch->sink.begin(watch->sink.self);
	}
	struct json_walk walk = json_walk(at[ITEMS]);
	for (; json_each(&walk, NULL, &object); watch->put++)
		tell(watch, object, false);
	if (!watch->further)
		watch->sink.end(watch->sink.self);
	return 0;
}

/* ---- events ---- */

static int stop(struct watch *watch, enum watch_stop why, const char *message)
{
	watch->stop = why;
	watch_set_trouble(watch, message);
	return -1;
}

static int error_event(struct watch *watch, struct json_value status)
{
	char message[WATCH_TROUBLE_MAX];
	json_copy(json_in(status, "message"), message, sizeof message);
	bool gone = json_int(json_in(status, "code"), 0) == 410;
	return stop(watch, gone ? STOP_GONE : STOP_TROUBLE, *message ? message : "the server ended the watch");
}

static int event(struct watch *watch, const char *text, size_t size)
{
	enum { TYPE, OBJECT, KEYS };
	static const char *const keys[KEYS] = {"type", "object"};
	struct json_value root, at[KEYS];
	struct err err;
	if (json_value_parse(watch->path, text, size, &root, &err) < 0)
		return stop(watch, STOP_TROUBLE, err.message);
	json_pick(root, keys, KEYS, at);
	if (json_equals(at[TYPE], "ERROR"))
		return error_event(watch, at[OBJECT]);
	bool put = json_equals(at[TYPE], "ADDED") || json_equals(at[TYPE], "MODIFIED");
	bool drop = json_equals(at[TYPE], "DELETED");
	if (!put && !drop && !json_equals(at[TYPE], "BOOKMARK"))
		return stop(watch, STOP_TROUBLE, "an event of a type that is not known");
	if (take_version(watch, json_in(at[OBJECT], "metadata"), &err) < 0)
		return stop(watch, STOP_TROUBLE, err.message);
	watch->trouble[0] = 0;
	watch->told |= put || drop;
	if (put || drop)
		tell(watch, at[OBJECT], drop);
	return 0;
}

/* ---- lines, cut anywhere ---- */

static int keep(struct watch *watch, const char *bytes, size_t size)
{
	if (size > WATCH_LINE_MAX - watch->length)
		return stop(watch, STOP_TROUBLE, "an event is longer than 16 MiB");
	if (watch->length + size + 1 > watch->room) {
		size_t room = watch->length + size + 1;
		room += room / 2;
		char *line = realloc(watch->line, room);
		if (!line)
			return stop(watch, STOP_TROUBLE, "out of memory");
		watch->line = line;
		watch->room = room;
	}
	memcpy(watch->line + watch->length, bytes, size);
	watch->length += size;
	watch->line[watch->length] = 0;
	return 0;
}

/* A line's end came: what was kept of it, and these bytes, after which there is one more. */
static int line(struct watch *watch, const char *bytes, size_t size)
{
	if (!watch->length)
		return event(watch, bytes, size);
	if (keep(watch, bytes, size) < 0)
		return -1;
	size_t length = watch->length;
	watch->length = 0;
	return event(watch, watch->line, length);
}

#define KEPT_ROOM ((size_t)64 * 1024) /* of the line's memory, when nothing is in it */

int watch_bytes(void *self, const char *bytes, size_t size)
{
	struct watch *watch = self;
	const char *end = bytes + size, *newline;
	watch->heard_at = clock_mono();
	while (bytes < end && (newline = memchr(bytes, '\n', (size_t)(end - bytes)))) {
		if (line(watch, bytes, (size_t)(newline - bytes)) < 0)
			return -1;
		bytes = newline + 1;
	}
	if (!watch->length && watch->room > KEPT_ROOM) {
		free(watch->line);
		watch->line = NULL;
		watch->room = 0;
	}
	return bytes < end ? keep(watch, bytes, (size_t)(end - bytes)) : 0;
}
