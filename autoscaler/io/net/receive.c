#include "net_internal.h"

#include <strings.h>

#define DATE_MAX 64

/* "Date: Tue, 24 Nov 2026 14:25:05 GMT" */
static void take_date(struct exchange *exchange, const char *line, size_t length)
{
	char date[DATE_MAX];
	if (length < 5 || length - 5 >= sizeof date || strncasecmp(line, "date:", 5) != 0)
		return;
	memcpy(date, line + 5, length - 5);
	date[length - 5] = 0;
	time_t at = curl_getdate(date, NULL);
	if (at <= 0)
		return;
	exchange->at = (ms_t)at * SECOND_MS;
	exchange->server->wall_less_mono = exchange->at - clock_mono();
}

static void hear(struct exchange *exchange)
{
	exchange->heard = exchange->server->heard = clock_mono();
}

size_t receive_header(char *line, size_t size, size_t n, void *self)
{
	struct exchange *exchange = self;
	hear(exchange);
	if (exchange->cancelled)
		return 0;
	take_date(exchange, line, size * n);
	return size * n;
}

/* What comes at first is as large as the server says, when that is believable. */
static size_t first_room(const struct exchange *exchange)
{
	curl_off_t length = 0;
	curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	return length > 0 && length <= ((curl_off_t)64 << 20) ? (size_t)length + 1 : 0;
}

static bool body_grow(struct exchange *exchange, size_t more)
{
	size_t need = exchange->size + more + 1, room = exchange->room ? 2 * exchange->room : first_room(exchange);
	if (need <= exchange->room)
		return true;
	room = room < 1024 ? 1024 : room;
	room = room < need ? need : room;
	char *body = realloc(exchange->body, room);
	if (!body)
		return false;
	exchange->body = body;
	exchange->room = room;
	return true;
}

static bool body_add(struct exchange *exchange, const char *bytes, size_t n)
{
	exchange->too_large = n > exchange->server->max_answer_bytes - exchange->size;
	if (exchange->too_large)
		return false;
	exchange->no_memory = !body_grow(exchange, n);
	if (exchange->no_memory)
		return false;
	memcpy(exchange->body + exchange->size, bytes, n);
	exchange->size += n;
	exchange->body[exchange->size] = 0;
	return true;
}

size_t receive_body(char *bytes, size_t size, size_t n, void *self)
{
	struct exchange *exchange = self;
	long status = 0;
	n *= size;
	hear(exchange);
	if (exchange->cancelled)
		return 0;
	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	if (!exchange->streamed || status != 200)
		return body_add(exchange, bytes, n) ? n : 0;
	exchange->delivered = true;
	exchange->net->happened++;
	exchange->stopped = exchange->call.chunk(exchange->call.self, bytes, n) < 0;
	return exchange->stopped || exchange->cancelled ? 0 : n;
}

int receive_ready(void *self, char *local, char *remote, int local_port, int remote_port)
{
	struct exchange *exchange = self;
	(void)local, (void)remote, (void)local_port, (void)remote_port;
	return exchange->sent++ && !exchange_repeatable(exchange) ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}
