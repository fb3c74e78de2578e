#include "render.h"
#include "web_internal.h"

#include "visible.h"

#include <microhttpd.h>
#include <signal.h>
#include <stdlib.h>

#define CONNECTIONS_MAX    64
#define CONNECTIONS_OF_ONE 16  /* of one address: who holds many leaves room for the health checks of others */
#define SILENCE_S          10u /* a connection that says nothing for so long is closed */
#define REQUEST_BYTES_MAX  ((size_t)16 * 1024) /* of a request's head, and of what is under way of an answer */
#define READING_MAX        (60 * SECOND_MS)    /* one who has not read an answer by then is cut off */
#define BLOCK_BYTES        ((size_t)8 * 1024)

#define PLAIN "text/plain; charset=utf-8"

static const char policy_before[] = "default-src 'none'; img-src data:; style-src '";
static const char policy_after[] = "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/* ---- answers ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *type,
			      struct MHD_Response *response)
{
	char policy[256];
	if (!response)
		return MHD_NO;
	snprintf(policy, sizeof policy, "%s%s%s", policy_before, page_style_hash, policy_after);
	const struct {
		const char *name, *value;
	} headers[] = {
	    {MHD_HTTP_HEADER_CONTENT_TYPE, type}, {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
	    {"Content-Security-Policy", policy},  {"X-Content-Type-Options", "nosniff"},
	    {"Referrer-Policy", "no-referrer"},   {"Cross-Origin-Resource-Policy", "same-origin"},
	};
	for (size_t i = 0; i < COUNT(headers); i++)
		MHD_add_response_header(response, headers[i].name, headers[i].value);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result say(struct MHD_Connection *connection, unsigned status, const char *words)
{
	return answer(connection, status, PLAIN,
		      MHD_create_response_from_buffer(strlen(words), (void *)(uintptr_t)words, MHD_RESPMEM_MUST_COPY));
}

/* ---- published texts, read at the reader's pace ---- */

struct reading {
	struct web *web;
	struct web_published *text;
	ms_t until;
};

static ssize_t read_on(void *self, uint64_t from, char *bytes, size_t most)
{
	const struct reading *reading = self;
	if (from >= reading->text->size)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (clock_mono() > reading->until)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	size_t left = reading->text->size - (size_t)from, n = left < most ? left : most;
	memcpy(bytes, reading->text->bytes + from, n);
	return (ssize_t)n;
}

static void read_ended(void *self)
{
	struct reading *reading = self;
	web_release(reading->web, reading->text);
	free(reading);
}

static enum MHD_Result serve_text(struct web *web, struct MHD_Connection *connection, enum web_text which,
				  const char *type)
{
	bool stuck;
	struct web_published *text = web_hold(web, which);
	if (!text && web_health(web, &stuck).published)
		return MHD_NO; /* no memory */
	if (!text)
		return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "starting: there is nothing to tell yet\n");
	struct reading *reading = malloc(sizeof *reading);
	if (!reading) {
		web_release(web, text);
		return MHD_NO;
	}
	*reading = (struct reading){.web = web, .text = text, .until = clock_mono() + READING_MAX};
	struct MHD_Response *response =
	    MHD_create_response_from_callback(text->size, BLOCK_BYTES, read_on, reading, read_ended);
	if (!response)
		read_ended(reading);
	return answer(connection, MHD_HTTP_OK, type, response);
}

/* ---- what there is ---- */

static enum MHD_Result serve_page(struct web *web, struct MHD_Connection *connection)
{
	bool stuck;
	web_health(web, &stuck);
	return serve_text(web, connection, stuck ? WEB_PAGE_STUCK : WEB_PAGE, "text/html; charset=utf-8");
}

static enum MHD_Result serve_json(struct web *web, struct MHD_Connection *connection)
{
	return serve_text(web, connection, WEB_JSON, "application/json; charset=utf-8");
}

static enum MHD_Result serve_metrics(struct web *web, struct MHD_Connection *connection)
{
	return serve_text(web, connection, WEB_METRICS, "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

static enum MHD_Result serve_healthz(struct web *web, struct MHD_Connection *connection)
{
	bool stuck;
	char words[384];
	struct web_health health = web_health(web, &stuck);
	if (!stuck)
		return say(connection, MHD_HTTP_OK, "ok\n");
	snprintf(words, sizeof words, "stuck: last heard of %lld s ago%s%s\n",
		 (long long)((clock_mono() - health.at) / SECOND_MS), *health.trouble ? "; trouble: " : "",
		 visible(health.trouble, strlen(health.trouble), sizeof health.trouble).text);
	return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, words);
}

static enum MHD_Result serve_readyz(struct web *web, struct MHD_Connection *connection)
{
	bool stuck;
	if (web_health(web, &stuck).synced)
		return say(connection, MHD_HTTP_OK, "ok\n");
	return say(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready: the cluster is still being read\n");
}

static const struct {
	const char *path;
	enum MHD_Result (*serve)(struct web *, struct MHD_Connection *);
} routes[] = {
    {"/", serve_page},           {"/status.json", serve_json}, {"/metrics", serve_metrics},
    {"/healthz", serve_healthz}, {"/readyz", serve_readyz},
};

static enum MHD_Result route(void *self, struct MHD_Connection *connection, const char *path, const char *method,
			     const char *version, const char *upload, size_t *n_upload, void **request)
{
	struct web *web = self;
	(void)version, (void)upload, (void)n_upload, (void)request;
	const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
	if (web->loopback && (!host || !web_host_is_local(host)))
		return say(connection, MHD_HTTP_MISDIRECTED_REQUEST,
			   "the Host asked for is not this machine; use localhost or 127.0.0.1\n");
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return say(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
			   "only GET and HEAD: nothing is changed from here\n");
	for (size_t i = 0; i < COUNT(routes); i++)
		if (strcmp(path, routes[i].path) == 0)
			return routes[i].serve(web, connection);
	return say(connection, MHD_HTTP_NOT_FOUND, "not found; there is / /status.json /metrics /healthz /readyz\n");
}

/* Signals are the main thread's. */
int web_serve(struct web *web, int listening, struct err *err)
{
	sigset_t every, before;
	sigfillset(&every);
	pthread_sigmask(SIG_SETMASK, &every, &before);
	web->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_ITC, 0, NULL, NULL,
				       route, web, MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT,
				       (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
				       (unsigned)CONNECTIONS_OF_ONE, MHD_OPTION_CONNECTION_TIMEOUT, SILENCE_S,
				       MHD_OPTION_CONNECTION_MEMORY_LIMIT, REQUEST_BYTES_MAX, MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return web->daemon ? 0 : err_set(err, "--listen %s: the server cannot be started", web->address);
}

void web_stop(struct web *web)
{
	MHD_stop_daemon(web->daemon);
}
