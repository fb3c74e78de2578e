#include "net_internal.h"

#include <sys/socket.h>

bool exchange_repeatable(const struct exchange *exchange)
{
	static const char *const safe[] = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};
	for (size_t i = 0; i < COUNT(safe); i++)
		if (strcmp(exchange->call.method, safe[i]) == 0)
			return true;
	return exchange->call.repeatable;
}

/* ---- from place to place ---- */

/* Takes it out of libcurl's hands. */
static void land(struct exchange *exchange)
{
	struct server *server = exchange->server;
	if (exchange->easy) {
		curl_multi_remove_handle(exchange->net->multi, exchange->easy);
		server_handle_back(server, exchange->easy, exchange->identity);
		exchange->easy = NULL;
	}
	curl_slist_free_all(exchange->headers);
	exchange->headers = NULL;
	if (exchange->state == FLYING && !exchange->streamed)
		server->flying--;
	exchange->state = WAITING;
}

static void detach(struct exchange *exchange)
{
	if (exchange->state == QUEUED)
		server_dequeue(exchange);
	land(exchange);
	net_remove(exchange->net, exchange);
}

static void exchange_free(struct exchange *exchange)
{
	free(exchange->body);
	free(exchange->texts);
	free(exchange);
}

void exchange_drop(struct exchange *exchange)
{
	detach(exchange);
	exchange_free(exchange);
}

void exchange_answer(struct exchange *exchange, int status, const struct err *err)
{
	ms_t took = exchange->begun == MS_UNSET ? 0 : clock_mono() - exchange->begun;
	struct answer answer = {
	    status, exchange->body ? exchange->body : "", exchange->size, took, exchange->at, exchange->tries, {{0}}};
	if (err) {
		answer.err = *err;
		secrets_hide(exchange->server, answer.err.message);
	}
	detach(exchange);
	server_count(exchange, status, took);
	exchange->net->happened++;
	exchange->call.done(exchange->call.self, &answer);
	if (exchange->keep) {
		*exchange->keep = exchange->body;
		exchange->body = NULL;
	}
	exchange_free(exchange);
}

void exchange_fail(struct exchange *exchange, const struct err *err)
{
	if (exchange->state == QUEUED)
		server_dequeue(exchange);
	land(exchange);
	exchange->state = FAILED;
	exchange->err = *err;
	timer_set(exchange->net, exchange, 0);
}

void exchange_queue(struct exchange *exchange)
{
	server_enqueue(exchange);
	timer_set(exchange->net, exchange, exchange->deadline);
}

/* ---- a try ---- */

static int take_off(struct exchange *exchange, struct err *err)
{
	struct server *server = exchange->server;
	if (server_token(server, DOUBT_NOTHING, err) < 0)
		return -1;
	exchange->token_serial = server->token_serial;
	exchange->identity = server->identity;
	exchange->easy = server_handle(server);
	if (!exchange->easy || exchange_options(exchange) < 0)
		return err_set(err, "out of memory");
	CURLMcode code = curl_multi_add_handle(exchange->net->multi, exchange->easy);
	return code == CURLM_OK ? 0 : err_set(err, "libcurl: %s", curl_multi_strerror(code));
}

/* Time goes by in the queue and between two tries: what was allowed when it was asked for may not be any more. */
static bool is_held(const struct exchange *exchange)
{
	const struct server *server = exchange->server;
	const char *method = exchange->call.method;
	bool writes = strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0;
	return writes && !exchange->call.unguarded && server->may_write && !server->may_write(server->guard_self);
}

void exchange_start(struct exchange *exchange)
{
	struct err err;
	ms_t now = clock_mono();
	exchange->state = WAITING;
	if (exchange->begun == MS_UNSET)
		exchange->begun = now;
	exchange->tried = exchange->heard = now;
	exchange->at = MS_UNSET;
	exchange->tries++;
	exchange->size = 0;
	exchange->sent = 0;
	exchange->too_large = exchange->no_memory = exchange->stopped = false;
	exchange->why[0] = 0;
	bool held = is_held(exchange);
	if (held)
		err_set(&err, "%s: not sent: %s", exchange->server->name, exchange->server->guard_why);
	if (held || take_off(exchange, &err) < 0) {
		exchange_fail(exchange, &err);
		return;
	}
	exchange->state = FLYING;
	if (!exchange->streamed)
		exchange->server->flying++;
	timer_set(exchange->net, exchange, exchange->streamed ? now + exchange->call.timeout : exchange->deadline);
}

/* ---- again? ---- */

/* 0.5 to 1 of 200 ms, doubled each time; or what the server asks for, and a little more, so that not all come back at
 * once. */
static ms_t pause_ms(struct exchange *exchange, ms_t asked)
{
	ms_t span = FIRST_WAIT;
	for (int i = 1; i < exchange->tries && span < LAST_WAIT; i++)
		span *= 2;
	span = min64(span, LAST_WAIT);
	uint64_t luck = exchange->net->luck = mix64(exchange->net->luck);
	ms_t jitter = (ms_t)(luck % (uint64_t)(span / 2 + 1));
	return asked > 0 ? asked + jitter : span / 2 + jitter;
}

static bool again(struct exchange *exchange, ms_t asked)
{
	ms_t wait = pause_ms(exchange, asked), now = clock_mono();
	bool in_time = exchange->streamed ? wait <= exchange->call.timeout : wait < exchange->deadline - now;
	if (exchange->left <= 0 || exchange->delivered || !in_time)
		return false;
	exchange->left--;
	exchange->state = WAITING;
	timer_set(exchange->net, exchange, now + wait);
	return true;
}

/* The server did not take the request up (429; 503 that says when to come back), or what it did may be done twice. */
static bool status_passes(const struct exchange *exchange, long status, ms_t asked)
{
	if (status == 429 || (status == 503 && asked > 0))
		return true;
	if (status == 500)
		return strcmp(exchange->call.method, "GET") == 0;
	return (status == 408 || status == 502 || status == 503 || status == 504) && exchange_repeatable(exchange);
}

static bool trouble_passes(const struct exchange *exchange, CURLcode result)
{
	static const CURLcode passing[] = {
	    CURLE_COULDNT_RESOLVE_PROXY,
	    CURLE_COULDNT_RESOLVE_HOST,
	    CURLE_COULDNT_CONNECT,
	    CURLE_PARTIAL_FILE,
	    CURLE_OPERATION_TIMEDOUT,
	    CURLE_GOT_NOTHING,
	    CURLE_SEND_ERROR,
	    CURLE_RECV_ERROR,
	    CURLE_SSL_CONNECT_ERROR,
	    CURLE_HTTP2,
	    CURLE_HTTP2_STREAM,
	    CURLE_WEIRD_SERVER_REPLY,
	    CURLE_PROXY,
	};
	for (size_t i = 0; i < COUNT(passing); i++)
		if (result == passing[i])
			return exchange->sent == 0 || exchange_repeatable(exchange);
	return false;
}

/* A connection that TLS forbade is tried once more at once when there are other certificates by now. */
static bool renewed(struct exchange *exchange, CURLcode result)
{
	static const CURLcode of_tls[] = {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR,
					  CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE};
	struct server *server = exchange->server;
	struct err ignored;
	bool tls = false;
	for (size_t i = 0; i < COUNT(of_tls); i++)
		tls |= result == of_tls[i];
	if (!tls || !server->token_of || exchange->renewed || (exchange->sent && !exchange_repeatable(exchange)))
		return false;
	exchange->renewed = true;
	if (exchange->identity == server->identity && server_token(server, DOUBT_TLS, &ignored) < 0)
		return false;
	return exchange->identity != server->identity;
}

/* A 401 gets one more try when there is a new token, or a new certificate. */
static bool refreshed(struct exchange *exchange, struct err *err)
{
	struct server *server = exchange->server;
	ms_t now = clock_mono();
	if (!server->token_of || exchange->refreshed || exchange->delivered)
		return false;
	exchange->refreshed = true;
	bool news = exchange->token_serial == server->token_serial && exchange->identity == server->identity &&
		    (server->refused_at == MS_UNSET || now - server->refused_at >= REFUSAL_REST);
	if (news) {
		struct err why;
		server->refused_at = now;
		if (server_token(server, DOUBT_TOKEN, &why) < 0) {
			err_set(err, "401 Unauthorized, and a new token could not be had: %.800s", why.message);
			return false;
		}
	}
	return exchange->token_serial != server->token_serial || exchange->identity != server->identity;
}

/* ---- what came of it ---- */

static void trouble_message(const struct exchange *exchange, CURLcode result, struct err *err)
{
	const struct server *server = exchange->server;
	if (exchange->too_large)
		err_set(err, "%s (%s): the answer is larger than %llu bytes", server->name, server->shown,
			(unsigned long long)server->max_answer_bytes);
	else if (exchange->no_memory)
		err_set(err, "out of memory");
	else if (exchange->stopped)
		err_set(err, "stopped");
	else if (result == CURLE_ABORTED_BY_CALLBACK)
		err_set(err, "%s (%s): the connection broke before an answer came; it may have been done", server->name,
			server->shown);
	else
		err_set(err, "%s (%s): %s", server->name, server->shown,
			*exchange->why ? exchange->why : curl_easy_strerror(result));
}

static void answered(struct exchange *exchange, int status, ms_t asked)
{
	struct err err = {{0}};
	if (status == 401 && refreshed(exchange, &err)) {
		exchange_queue(exchange);
		return;
	}
	if (status_passes(exchange, status, asked) && again(exchange, asked))
		return;
	if (status >= 300 && !*err.message)
		answer_message(exchange->server, status, exchange->body, exchange->size, &err);
	exchange_answer(exchange, status, status >= 300 ? &err : NULL);
}

void exchange_over(struct exchange *exchange, CURLcode result)
{
	struct err err;
	long status = 0;
	curl_off_t seconds = 0;
	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &seconds);
	land(exchange);
	if (result == CURLE_OK && status > 0) {
		answered(exchange, (int)status, (ms_t)min64(seconds, INT32_MAX) * SECOND_MS);
		return;
	}
	if (renewed(exchange, result)) {
		exchange_queue(exchange);
		return;
	}
	if (trouble_passes(exchange, result) && again(exchange, 0))
		return;
	trouble_message(exchange, result, &err);
	exchange->size = 0;
	if (exchange->body)
		exchange->body[0] = 0;
	exchange_answer(exchange, 0, &err);
}

/* A connection on which nothing came while it was waited for is not used again: all calls on it fail at once. */
static void doubt_connection(const struct exchange *exchange, ms_t now)
{
	curl_socket_t socket = CURL_SOCKET_BAD;
	if (now - max64(exchange->tried, exchange->server->heard) < DEAD_AFTER)
		return;
	curl_easy_getinfo(exchange->easy, CURLINFO_ACTIVESOCKET, &socket);
	if (socket != CURL_SOCKET_BAD)
		shutdown(socket, SHUT_RDWR);
}

static void timed_out(struct exchange *exchange, ms_t now)
{
	struct err err;
	bool flew = exchange->state == FLYING, silent = exchange->streamed;
	if (flew) {
		doubt_connection(exchange, now);
		land(exchange);
		if (silent && again(exchange, 0))
			return;
	}
	err_set(&err, "%s (%s): %s %lld.%03lld s%s", exchange->server->name, exchange->server->shown,
		silent ? "nothing came for" : "no answer within", (long long)(exchange->call.timeout / SECOND_MS),
		(long long)(exchange->call.timeout % SECOND_MS), flew ? "" : "; too many calls are under way");
	exchange->size = 0;
	if (exchange->body)
		exchange->body[0] = 0;
	exchange_answer(exchange, 0, &err);
}

void exchange_due(struct exchange *exchange)
{
	ms_t now = clock_mono(), quiet = exchange->heard + exchange->call.timeout;
	if (exchange->state == FAILED)
		exchange_answer(exchange, 0, &exchange->err);
	else if (exchange->state == WAITING)
		exchange_queue(exchange);
	else if (exchange->state == FLYING && exchange->streamed && quiet > now)
		timer_set(exchange->net, exchange, quiet);
	else
		timed_out(exchange, now);
}
