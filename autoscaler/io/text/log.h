/* A line for each thing worth telling, to stderr or a file: text for people, JSON for programs. Private to io and cmd.
 *
 *	log_line(log, LOG_INFO, "scaled", "autoscaler", "default/web", "from", log_int(&n, 3), NULL);
 *
 * gives  2026-11-24T14:25:05.123Z INFO scaled autoscaler=default/web from=3
 * or     {"time":"...","level":"info","message":"scaled","autoscaler":"default/web","from":"3"} */
#ifndef PLIMSOLL_LOG_H
#define PLIMSOLL_LOG_H

#include "base.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log {
	FILE *file;
	enum log_level level; /* what is further down is not told */
	bool json;
	uint64_t lines[4]; /* told, by level */
};

/* A message, then pairs of a name and a value, ended by NULL. A control character or a quote in a value is escaped; one
 * line comes out whatever goes in. log NULL: nothing. */
void log_line(struct log *, enum log_level, const char *message, ...) __attribute__((sentinel));
struct log_number {
	char text[24];
};
const char *log_int(struct log_number *, int64_t);
/* "error|warn|info|debug"; -1 when it is none of them. */
int log_level_parse(const char *);

#endif
