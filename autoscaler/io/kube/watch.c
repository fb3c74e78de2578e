#include "watch_internal.h"

#include "../text/clock.h"

#include <stdlib.h>

#define PAGE_SIZE     500
#define QUERY_MAX     16384
#define SILENCE       (150 * SECOND_MS) /* bookmarks come about once a minute */
#define LIST_TIMEOUT  (60 * SECOND_MS)
#define WATCH_LEAST_S 300 /* client-go: 5 to 10 minutes */
#define WATCH_SPAN_S  300
#define TRIES         3 /* after the first, for what passes soon; see net.h */
#define PAUSE_FIRST   ((ms_t)100)
#define PAUSE_LAST    (8 * SECOND_MS) /* client-go: 30 s; what is known is to be new again within a period */
#define LASTED        (10 * SECOND_MS)
#define FAILURES_MAX  8 /* then what is known is doubted, and listed anew */
#define PAUSE_LACKING MINUTE_MS

static void on_list(void *self, const struct answer *);
static void on_watch_end(void *self, const struct answer *);

static uint64_t luck(struct watch *watch, uint64_t below)
{
	watch->luck = mix64(watch->luck);
	return watch->luck % below;
}

/* Nothing after what went well; then 0.5 to 1 of 100 ms, doubled each time. */
static ms_t pause_ms(struct watch *watch)
{
	ms_t span = PAUSE_FIRST;
	if (watch->lacking)
		return PAUSE_LACKING;
	for (uint32_t i = 1; i < watch->failures && span < PAUSE_LAST; i++)
		span *= 2;
	span = min64(span, PAUSE_LAST);
	return watch->failures ? span / 2 + (ms_t)luck(watch, (uint64_t)(span / 2) + 1) : 0;
}

/* ---- asking ---- */

/* Bytes that a query may hold as they are stay (RFC 3986, unreserved). */
static size_t escape(char *out, size_t size, const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t n = 0;
	for (; *text && n + 4 < size; text++) {
		unsigned char c = (unsigned char)*text;
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("-._~", c);
		if (plain) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	out[n] = 0;
	return n;
}

static void ask(struct watch *watch, const char *query, bool streamed)
{
	struct call call = {
	    .method = "GET",
	    .path = query,
	    .timeout = streamed ? watch->silence : LIST_TIMEOUT,
	    .retries = TRIES,
	    .after = pause_ms(watch),
	    .chunk = streamed ? watch_bytes : NULL,
	    .done = streamed ? on_watch_end : on_list,
	    .self = watch,
	};
	watch->stop = STOP_NOT;
	watch->told = false;
	watch->length = 0;
	watch->call = server_call(watch->server, &call);
}

static void ask_list(struct watch *watch)
{
	char query[QUERY_MAX], token[QUERY_MAX / 2];
	escape(token, sizeof token, watch->further ? watch->further : "");
	snprintf(query, sizeof query, "%s?limit=%d%s%s%s", watch->path, PAGE_SIZE, watch->selector,
		 *token ? "&continue=" : "", token);
	ask(watch, query, false);
}

static void ask_watch(struct watch *watch)
{
	char query[QUERY_MAX], version[3 * sizeof watch->version + 8];
	escape(version, sizeof version, watch->version);
	snprintf(query, sizeof query, "%s?watch=1&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%llu%s",
		 watch->path, version, (unsigned long long)(WATCH_LEAST_S + luck(watch, WATCH_SPAN_S)),
		 watch->selector);
	ask(watch, query, true);
}

static void ask_next(struct watch *watch)
{
	if (*watch->version && !watch->further)
		ask_watch(watch);
	else
		ask_list(watch);
}

/* ---- what came of it ---- */

void watch_set_trouble(struct watch *watch, const char *message)
{
	snprintf(watch->trouble, sizeof watch->trouble, "%.*s", WATCH_TROUBLE_MAX - 1, message);
}

static void forget(struct watch *watch)
{
	watch->version[0] = 0;
	free(watch->further);
	watch->further = NULL;
}

static void failed(struct watch *watch, const char *message)
{
	struct log_number failures;
	watch->failures++;
	watch_set_trouble(watch, message);
	bool told =
	    watch->failures & (watch->failures - 1); /* the first, the second, the fourth ... are worth a line */
	log_line(watch->log, told ? LOG_DEBUG : LOG_WARN, "watch broken", "path", watch->path, "reason", watch->trouble,
		 "failures", log_int(&failures, watch->failures), NULL);
}

static bool may_lack(const struct watch *watch, int status)
{
	return watch->lack_so && (status == 403 || status == 404);
}

static void lacks(struct watch *watch, const char *message)
{
	watch->failures++;
	watch_set_trouble(watch, message);
	if (watch->lacking || (watch->synced && watch->failures < FAILURES_MAX))
		return;
	watch->lacking = watch->synced = true;
	watch->sink.begin(watch->sink.self);
	watch->sink.end(watch->sink.self);
	log_line(watch->log, LOG_WARN, "goes on without a list", "path", watch->path, "reason", watch->trouble, "so",
		 watch->lack_so, NULL);
}

static void not_listed(struct watch *watch, int status, const char *message)
{
	forget(watch);
	if (may_lack(watch, status))
		lacks(watch, message);
	else
		failed(watch, message);
	ask_next(watch);
}

static void on_list(void *self, const struct answer *answer)
{
	struct watch *watch = self;
	struct err err = answer->err;
	watch->call = 0;
	if (answer->status != 200 || watch_page(watch, answer->body, answer->size, &err) < 0) {
		not_listed(watch, answer->status, err.message);
		return;
	}
	watch->lacking = false;
	watch->heard_at = watch->listed_at = clock_mono();
	watch->failures = 0;
	watch_set_trouble(watch, "");
	if (!watch->further) {
		struct log_number objects;
		watch->synced = true;
		watch->lists++;
		log_line(watch->log, LOG_INFO, "listed", "path", watch->path, "objects",
			 log_int(&objects, (int64_t)watch->put), "resourceVersion", watch->version, NULL);
	}
	ask_next(watch);
}

/* The server is there, and is to be listed at once; but not again and again. */
static uint32_t gone_again(struct watch *watch)
{
	watch->gone = clock_mono() - watch->listed_at < MINUTE_MS ? watch->gone + 1 : 0;
	return watch->gone;
}

static void tell_end(const struct watch *watch, const struct answer *answer)
{
	struct log_number took, status;
	log_line(watch->log, LOG_DEBUG, "watch ended", "path", watch->path, "status", log_int(&status, answer->status),
		 "ms", log_int(&took, answer->took), "resourceVersion", watch->version, NULL);
}

/* A watch ends now and then by itself, and when the server cannot get rid of its events fast enough. One after the
 * other that neither lasted nor told of an object is opened again ever later. */
static void on_watch_end(void *self, const struct answer *answer)
{
	struct watch *watch = self;
	char why[WATCH_TROUBLE_MAX];
	bool gone = watch->stop == STOP_GONE || answer->status == 410;
	bool refused = answer->status >= 400 && answer->status < 500 && answer->status != 408 && answer->status != 429;
	watch->call = 0;
	snprintf(why, sizeof why, "%.*s", WATCH_TROUBLE_MAX - 1,
		 watch->stop == STOP_NOT ? answer->err.message : watch->trouble);
	tell_end(watch, answer);
	if (watch->told || answer->took >= LASTED)
		watch->failures = 0;
	if (gone)
		watch->failures = gone_again(watch);
	if (answer->status != 200 || watch->stop != STOP_NOT)
		failed(watch, why);
	else if (answer->took < LASTED)
		watch->failures++;
	if (gone || refused || watch->failures >= FAILURES_MAX)
		forget(watch);
	ask_next(watch);
}

/* ---- life ---- */

struct watch *watch_on(struct server *server, const char *path, const char *selector, const struct watch_sink *sink,
		       struct log *log, struct err *err)
{
	struct watch *watch = calloc(1, sizeof *watch);
	size_t size = (selector ? strlen(selector) : 0) + 2;
	if (watch) {
		watch->path = strdup(path);
		watch->selector = malloc(size);
	}
	if (!watch || !watch->path || !watch->selector) {
		watch_close(watch);
		err_set(err, "out of memory");
		return NULL;
	}
	snprintf(watch->selector, size, "%s%s", selector ? "&" : "", selector ? selector : "");
	watch->server = server;
	watch->sink = *sink;
	watch->log = log;
	watch->silence = SILENCE;
	watch->heard_at = MS_UNSET;
	watch->luck = mix64((uint64_t)clock_wall() ^ (uintptr_t)watch);
	ask_list(watch);
	return watch;
}

struct watch *watch_open(struct kube *kube, const char *path, const char *selector, const struct watch_sink *sink,
			 struct log *log, struct err *err)
{
	return watch_on(kube_server(kube), path, selector, sink, log, err);
}

void watch_close(struct watch *watch)
{
	if (!watch)
		return;
	if (watch->call)
		server_cancel(watch->server, watch->call);
	free(watch->path);
	free(watch->selector);
	free(watch->further);
	free(watch->line);
	free(watch);
}

void watch_set_silence(struct watch *watch, ms_t silence)
{
	watch->silence = silence;
}

void watch_may_lack(struct watch *watch, const char *so)
{
	watch->lack_so = so;
}

bool watch_synced(const struct watch *watch)
{
	return watch->synced;
}

ms_t watch_heard_at(const struct watch *watch)
{
	return watch->heard_at;
}

uint64_t watch_lists(const struct watch *watch)
{
	return watch->lists;
}

const char *watch_trouble(const struct watch *watch)
{
	return watch->trouble;
}
