/* Objects of the API, written with apostrophes for quotes, as a watch tells of them. */
#ifndef JSON_FIXTURE_H
#define JSON_FIXTURE_H

#include "../../autoscaler/io/kube/watch.h"

#include <setjmp.h>
#include <stdlib.h>
/* cmocka wants the headers above first */
#include <cmocka.h>

#define OBJECT_MAX (1 << 17)

__attribute__((format(printf, 3, 4))) static inline void put(struct watch_sink sink, const char *uid,
							     const char *format, ...)
{
	static char text[OBJECT_MAX];
	struct json_value object;
	struct err err;
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	if (json_value_parse("object", text, strlen(text), &object, &err) < 0)
		fail_msg("%s", err.message);
	sink.put(sink.self, uid, object);
	memset(text, 'x', strlen(text)); /* nobody may hold on to it */
}

#endif
