/* A text that grows as it is written, with foreign text in it made harmless for where it stands. Private to this
 * folder. */
#ifndef PLIMSOLL_WEB_BODY_H
#define PLIMSOLL_WEB_BODY_H

#include "base.h"

/* bytes is the owner's to free(). Once failed, nothing is written any more: looked at when all is written. */
struct body {
	char *bytes;
	size_t size, room;
	bool failed; /* out of memory */
};

void body_put(struct body *, const char *text);
__attribute__((format(printf, 2, 3))) void body_format(struct body *, const char *format, ...);
/* Text of others, NULL as "". What is not UTF-8, control characters and those that turn the direction of writing come
 * out as U+FFFD. */
void body_html(struct body *, const char *text);  /* in an element, or an attribute in double quotes */
void body_json(struct body *, const char *text);  /* with its quotes */
void body_label(struct body *, const char *text); /* a label's value in OpenMetrics, without quotes */

#endif
