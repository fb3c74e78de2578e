#include "net_internal.h"

#include "visible.h"

/* ---- what is asked ---- */

static int check_text(const char *what, const char *text, int least, struct err *err)
{
	for (; *text; text++)
		if ((unsigned char)*text < least || *text == 0x7f)
			return err_set(err, "%s must not hold the byte 0x%02x", what, (unsigned char)*text);
	return 0;
}

static int check_call(const struct server *server, const struct call *call, struct err *err)
{
	if (!call->method || !*call->method ||
	    strspn(call->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != strlen(call->method))
		return err_set(err, "a method is in capitals");
	if (!call->path || call->path[0] != '/')
		return err_set(err, "a path begins with /");
	if (strlen(server->url) + strlen(call->path) >= URL_MAX)
		return err_set(err, "a URL has at most %d bytes", URL_MAX - 1);
	if (check_text("a path", call->path, 0x21, err) < 0 ||
	    (call->accept && check_text("a header", call->accept, 0x20, err) < 0) ||
	    (call->content_type && check_text("a header", call->content_type, 0x20, err) < 0))
		return -1;
	for (const char *const *line = call->headers; line && *line; line++)
		if (check_text("a header", *line, 0x20, err) < 0)
			return -1;
	return call->body && !call->content_type ? err_set(err, "a body has a content type") : 0;
}

/* One piece of memory: the pointers to the headers, then all texts. */
static size_t texts_size(const struct call *call, size_t *n_headers)
{
	const char *const texts[] = {call->method, call->path, call->body, call->content_type, call->accept};
	size_t size = 0;
	*n_headers = 0;
	for (size_t i = 0; i < COUNT(texts); i++)
		size += texts[i] ? strlen(texts[i]) + 1 : 0;
	for (const char *const *line = call->headers; line && *line; line++, ++*n_headers)
		size += strlen(*line) + 1;
	return size + (*n_headers + 1) * sizeof(char *);
}

static const char *put_text(char **at, const char *text)
{
	if (!text)
		return NULL;
	size_t size = strlen(text) + 1;
	char *copy = memcpy(*at, text, size);
	*at += size;
	return copy;
}

static int copy_call(struct exchange *exchange, const struct call *call)
{
	size_t n;
	exchange->texts = malloc(texts_size(call, &n));
	if (!exchange->texts)
		return -1;
	const char **headers = (const char **)(void *)exchange->texts;
	char *at = exchange->texts + (n + 1) * sizeof(char *);
	struct call *copy = &exchange->call;
	*copy = *call;
	copy->method = put_text(&at, call->method);
	copy->path = put_text(&at, call->path);
	copy->body = put_text(&at, call->body);
	copy->content_type = put_text(&at, call->content_type);
	copy->accept = put_text(&at, call->accept);
	for (size_t i = 0; i < n; i++)
		headers[i] = put_text(&at, call->headers[i]);
	headers[n] = NULL;
	copy->headers = headers;
	if (copy->timeout <= 0)
		copy->timeout = TIMEOUT_USUAL;
	return 0;
}

uint64_t server_call(struct server *server, const struct call *call)
{
	struct net *net = server->net;
	struct err err;
	if (!net || net->closing || server->closing)
		return 0;
	struct exchange *exchange = calloc(1, sizeof *exchange);
	if (!exchange)
		return 0;
	exchange->server = server;
	exchange->streamed = call->chunk != NULL;
	exchange->left = call->retries;
	exchange->begun = exchange->at = MS_UNSET;
	exchange->state = WAITING;
	int status = check_call(server, call, &err);
	struct call nothing = {.method = "", .path = "", .done = call->done, .self = call->self};
	if (copy_call(exchange, status < 0 ? &nothing : call) < 0 || net_add(net, exchange) < 0) {
		free(exchange->texts);
		free(exchange);
		return 0;
	}
	ms_t first = clock_mono() + max64(0, min64(call->after, DAY_MS));
	exchange->deadline = exchange->streamed ? MS_NEVER : first + exchange->call.timeout;
	if (status < 0)
		exchange_fail(exchange, &err);
	else if (call->after > 0)
		timer_set(net, exchange, first);
	else
		exchange_queue(exchange);
	return exchange->id;
}

void server_cancel(struct server *server, uint64_t call)
{
	struct net *net = server->net;
	struct exchange *exchange = net ? net_find(net, call) : NULL;
	if (!exchange || exchange->server != server || exchange->cancelled)
		return;
	if (!net->performing || exchange->state != FLYING) {
		exchange_drop(exchange);
		return;
	}
	exchange->cancelled = true;
	exchange->next = net->cancelled;
	net->cancelled = exchange;
}

/* ---- asking and waiting ---- */

struct fetch {
	struct answer answer;
	bool over;
};

static void fetched(void *self, const struct answer *answer)
{
	struct fetch *fetch = self;
	fetch->answer = *answer;
	fetch->over = true;
}

int server_fetch(struct server *server, const struct call *call, struct answer *answer, char **body, struct err *err)
{
	struct fetch fetch = {.over = false};
	char *kept = NULL;
	struct call mine = *call;
	mine.done = fetched;
	mine.self = &fetch;
	*answer = (struct answer){.body = "", .at = MS_UNSET};
	*body = NULL;
	uint64_t id = server_call(server, &mine);
	if (!id)
		return err_set(err, "%s: no call can be made any more", server->name);
	struct net *net = server->net;
	net_find(net, id)->keep = &kept;
	while (!fetch.over)
		if (net_run(net, MINUTE_MS, err) < 0) {
			server_cancel(server, id);
			return -1;
		}
	*answer = fetch.answer;
	*body = kept ? kept : calloc(1, 1);
	if (!*body)
		return err_set(err, "out of memory");
	answer->body = *body;
	if (answer->status >= 200 && answer->status < 300)
		return answer->status;
	*err = answer->err;
	return err_wrap(err, "%s %s", call->method, visible(call->path, strcspn(call->path, "?"), 160).text);
}
