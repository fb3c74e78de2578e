/* GET over HTTP(S) into a file: TLS verified, time and size limited, tried again with jittered backoff on 408, 429, 5xx
 * and broken connections (Retry-After is honoured), and continued where it broke off when the server can prove that
 * the document is still the same. A proxy is taken from the environment (https_proxy, no_proxy ...).
 *
 * While it comes, a document is PATH.part, and PATH.tag holds what identifies it (its ETag or Last-Modified): a later
 * run continues it. Whole, it is PATH. A PATH that is there already is asked about, and fetched only when changed. */
#ifndef PLIMSOLL_HTTP_H
#define PLIMSOLL_HTTP_H

#include "base.h"

#define HTTP_URL_MAX 4096

struct http_limits {
	uint64_t max_bytes; /* of a document */
	ms_t silence;       /* a connection without a byte for so long is broken */
	int retries;        /* after the first try */
	ms_t max_wait;      /* longest Retry-After that is waited for */
};
extern const struct http_limits http_limits_usual;

struct http;
/* log: where waits are told, or NULL. seed: of the jitter. */
struct http *http_open(const struct http_limits *, FILE *log, uint64_t seed, struct err *);
void http_close(struct http *);

/* secret, or NULL, is sent as the header x-goog-api-key, only over TLS or to this machine, and never to where a
 * redirect leads; it is never in a message, nor is the query or a password of a URL. */
#define HTTP_REFUSED (-2) /* what http_get gives when the server will not hear of it (4xx); -1: anything else */
int http_get(struct http *, const char *url, const char *secret, const char *path, struct err *);

/* A URL for messages: without user, password, query and fragment. */
struct http_shown {
	char text[400];
};
struct http_shown http_shown(const char *url);
/* Both have the same scheme, host and port. */
bool http_same_origin(const char *a, const char *b);
/* Text with everything but letters, digits and -._~ as %XX, for a query. */
int http_escape(const char *text, char *out, size_t size);

#endif
