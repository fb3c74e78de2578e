#include "http.h"

#include "visible.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_SIZE     4096
#define TAG_SIZE      256
#define REDIRECTS_MAX 5L
#define FIRST_WAIT_MS 500
#define LAST_WAIT_MS  30000

const struct http_limits http_limits_usual = {
    .max_bytes = (uint64_t)4 << 30,
    .silence = 30 * SECOND_MS,
    .retries = 5,
    .max_wait = 2 * MINUTE_MS,
};

struct http {
	CURL *curl;
	struct http_limits limits;
	FILE *log;
	uint64_t luck;
};

/* One document on its way. */
struct transfer {
	struct http *http;
	const char *url;
	char part[PATH_SIZE], tag_path[PATH_SIZE];
	FILE *file;
	uint64_t had, bytes; /* in the file: before this try, now */
	uint64_t range_start, range_total;
	bool ranged, started, too_large, write_failed, not_continued;
	char etag[TAG_SIZE], modified[TAG_SIZE];
};

/* ---- URLs ---- */

struct http_shown http_shown(const char *url)
{
	struct http_shown shown;
	const char *host = strstr(url, "://");
	size_t scheme = host ? (size_t)(host + 3 - url) : 0;
	const char *rest = url + scheme;
	size_t authority = strcspn(rest, "/?#");
	for (size_t i = authority; i-- > 0;)
		if (rest[i] == '@') {
			rest += i + 1;
			break;
		}
	snprintf(shown.text, sizeof shown.text, "%s%s", visible(url, scheme, 20).text,
		 visible(rest, strcspn(rest, "?#"), 170).text);
	return shown;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part)
{
	char *x = NULL, *y = NULL;
	bool same = curl_url_get(a, part, &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		    curl_url_get(b, part, &y, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(x, y) == 0;
	curl_free(x);
	curl_free(y);
	return same;
}

bool http_same_origin(const char *a, const char *b)
{
	CURLU *x = curl_url(), *y = curl_url();
	bool same = x && y && curl_url_set(x, CURLUPART_URL, a, 0) == CURLUE_OK &&
		    curl_url_set(y, CURLUPART_URL, b, 0) == CURLUE_OK && same_part(x, y, CURLUPART_SCHEME) &&
		    same_part(x, y, CURLUPART_HOST) && same_part(x, y, CURLUPART_PORT);
	curl_url_cleanup(x);
	curl_url_cleanup(y);
	return same;
}

int http_escape(const char *text, char *out, size_t size)
{
	size_t n = 0;
	for (; *text; text++) {
		bool plain = isalnum((unsigned char)*text) || strchr("-._~", *text);
		if (n + 4 > size)
			return -1;
		n += (size_t)snprintf(out + n, size - n, plain ? "%c" : "%%%02X", plain ? *text : (unsigned char)*text);
	}
	if (n >= size)
		return -1;
	out[n] = 0;
	return 0;
}

/* TLS, or this machine itself. */
static bool is_private(const char *url)
{
	static const char *const here[] = {"127.0.0.1", "localhost", "[::1]"};
	CURLU *parts = curl_url();
	char *scheme = NULL, *host = NULL;
	bool good = false;
	if (parts && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	    curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
		good = strcmp(scheme, "https") == 0;
		for (size_t i = 0; i < COUNT(here); i++)
			good |= strcmp(host, here[i]) == 0;
	}
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parts);
	return good;
}

/* ---- what the server sends ---- */

/* The value of a header line when it has this name: without blanks around it; else NULL. */
static const char *header_value(const char *line, size_t length, const char *name, char *out, size_t size)
{
	size_t n = strlen(name);
	if (length <= n || line[n] != ':')
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (tolower((unsigned char)line[i]) != name[i])
			return NULL;
	const char *from = line + n + 1, *end = line + length;
	while (from < end && isspace((unsigned char)*from))
		from++;
	while (end > from && isspace((unsigned char)end[-1]))
		end--;
	if ((size_t)(end - from) >= size)
		return NULL;
	memcpy(out, from, (size_t)(end - from));
	out[end - from] = 0;
	return out;
}

static size_t take_header(char *line, size_t size, size_t n, void *self)
{
	struct transfer *transfer = self;
	char value[TAG_SIZE];
	unsigned long long from, to, total;
	if (n * size >= 5 && strncmp(line, "HTTP/", 5) == 0) { /* of a redirect, or of the answer itself */
		transfer->etag[0] = transfer->modified[0] = 0;
		transfer->ranged = false;
	}
	/* A weak ETag (W/"...") does not promise the same bytes. */
	if (header_value(line, n * size, "etag", value, sizeof value) && value[0] == '"')
		memcpy(transfer->etag, value, sizeof value);
	if (header_value(line, n * size, "last-modified", value, sizeof value))
		memcpy(transfer->modified, value, sizeof value);
	if (header_value(line, n * size, "content-range", value, sizeof value) &&
	    sscanf(value, "bytes %llu-%llu/%llu", &from, &to, &total) == 3) {
		transfer->ranged = true;
		transfer->range_start = from;
		transfer->range_total = total;
	}
	return n * size;
}

static int write_tag(struct transfer *transfer)
{
	const char *tag = transfer->etag[0] ? transfer->etag : transfer->modified;
	if (!tag[0]) {
		unlink(transfer->tag_path);
		return 0;
	}
	FILE *file = fopen(transfer->tag_path, "w");
	if (!file)
		return -1;
	fprintf(file, "%s\n", tag);
	return fclose(file);
}

/* The first byte of a document: is it its beginning, or what was missing? */
static bool begin(struct transfer *transfer)
{
	long code = 0;
	curl_easy_getinfo(transfer->http->curl, CURLINFO_RESPONSE_CODE, &code);
	transfer->started = true;
	if (code == 206) {
		transfer->not_continued = !transfer->ranged || transfer->range_start != transfer->had;
		return !transfer->not_continued;
	}
	transfer->bytes = 0;
	transfer->write_failed = fflush(transfer->file) != 0 || ftruncate(fileno(transfer->file), 0) != 0 ||
				 fseek(transfer->file, 0, SEEK_SET) != 0 || write_tag(transfer) != 0;
	return !transfer->write_failed;
}

static size_t take_body(char *bytes, size_t size, size_t n, void *self)
{
	struct transfer *transfer = self;
	long code = 0;
	curl_easy_getinfo(transfer->http->curl, CURLINFO_RESPONSE_CODE, &code);
	if (code != 200 && code != 206)
		return n * size; /* words about a failure are not kept */
	if (!transfer->started && !begin(transfer))
		return 0;
	transfer->bytes += n * size;
	transfer->too_large = transfer->bytes > transfer->http->limits.max_bytes;
	if (transfer->too_large)
		return 0;
	transfer->write_failed = fwrite(bytes, 1, n * size, transfer->file) != n * size;
	return transfer->write_failed ? 0 : n * size;
}

/* ---- one try ---- */

static void read_tag(const char *path, char *tag, size_t size)
{
	FILE *file = fopen(path, "r");
	tag[0] = 0;
	if (!file)
		return;
	if (!fgets(tag, (int)size, file))
		tag[0] = 0;
	tag[strcspn(tag, "\r\n")] = 0;
	fclose(file);
}

static bool add_header(struct curl_slist **headers, const char *name, const char *value)
{
	char line[1024];
	if (snprintf(line, sizeof line, "%s: %s", name, value) >= (int)sizeof line)
		return false;
	struct curl_slist *more = curl_slist_append(*headers, line);
	if (more)
		*headers = more;
	return more != NULL;
}

/* Asks for the rest of a part, or only for a change of a whole document. */
static bool ask_headers(const struct transfer *transfer, bool whole, const char *secret, struct curl_slist **headers)
{
	char tag[TAG_SIZE], range[64];
	read_tag(transfer->tag_path, tag, sizeof tag);
	bool good = add_header(headers, "Accept", "application/json, text/csv, */*");
	if (whole && tag[0])
		good &= add_header(headers, tag[0] == '"' ? "If-None-Match" : "If-Modified-Since", tag);
	if (transfer->had && tag[0]) {
		snprintf(range, sizeof range, "bytes=%llu-", (unsigned long long)transfer->had);
		good &= add_header(headers, "Range", range) && add_header(headers, "If-Range", tag);
	}
	if (secret)
		good &= add_header(headers, "X-Goog-Api-Key", secret);
	return good;
}

/* Never files or mail; from TLS never to plain text. */
static void set_protocols(CURL *curl, bool secure)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
#else
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, (long)(CURLPROTO_HTTPS | (secure ? 0 : CURLPROTO_HTTP)));
#endif
}

static void set_options(CURL *curl, struct transfer *transfer, struct curl_slist *headers, bool secret)
{
	const struct http_limits *limits = &transfer->http->limits;
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, transfer->url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "plimsoll/" PLIMSOLL_VERSION);
	set_protocols(curl, strncmp(transfer->url, "https:", 6) == 0);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, secret ? 0L : 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->silence);
	curl_easy_setopt(curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((limits->silence + 999) / SECOND_MS));
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 100L); /* bytes a second */
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)((limits->silence + 999) / SECOND_MS));
	curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)limits->max_bytes);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
}

enum outcome { DONE, UNCHANGED, AGAIN, REFUSED, HOPELESS };

static bool worth_another_try(CURLcode result)
{
	static const CURLcode passing[] = {
	    CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,   CURLE_PARTIAL_FILE,       CURLE_OPERATION_TIMEDOUT,
	    CURLE_GOT_NOTHING,          CURLE_SEND_ERROR,        CURLE_RECV_ERROR,         CURLE_HTTP2,
	    CURLE_HTTP2_STREAM,         CURLE_SSL_CONNECT_ERROR, CURLE_WEIRD_SERVER_REPLY,
	};
	for (size_t i = 0; i < COUNT(passing); i++)
		if (result == passing[i])
			return true;
	return false;
}

static enum outcome judge_code(const struct transfer *transfer, long code, struct err *err)
{
	if (code == 304)
		return UNCHANGED;
	if (code == 206 && transfer->range_total && transfer->bytes != transfer->range_total) {
		err_set(err, "%s: ended after %llu of %llu bytes", http_shown(transfer->url).text,
			(unsigned long long)transfer->bytes, (unsigned long long)transfer->range_total);
		return AGAIN;
	}
	if (code == 200 || code == 206)
		return DONE;
	err_set(err, "%s: the server answered %ld%s", http_shown(transfer->url).text, code,
		code == 401 || code == 403   ? " (not allowed: is a key needed?)"
		: code == 404                ? " (there is no such document)"
		: code == 429                ? " (too many requests)"
		: code >= 300 && code <= 399 ? " (it refers to another place)"
					     : "");
	return code == 408 || code == 416 || code == 429 || code >= 500 ? AGAIN : REFUSED;
}

static enum outcome judge(const struct transfer *transfer, CURLcode result, const char *why, struct err *err)
{
	const char *shown = why[0] ? why : curl_easy_strerror(result);
	struct http_shown url = http_shown(transfer->url);
	long code = 0;
	curl_easy_getinfo(transfer->http->curl, CURLINFO_RESPONSE_CODE, &code);
	if (transfer->too_large || result == CURLE_FILESIZE_EXCEEDED) {
		err_set(err, "%s: more than %llu bytes, the most that is read", url.text,
			(unsigned long long)transfer->http->limits.max_bytes);
		return HOPELESS;
	}
	if (transfer->write_failed) {
		err_set(err, "%s: cannot be written: %s", transfer->part, strerror(errno));
		return HOPELESS;
	}
	if (transfer->not_continued) {
		err_set(err, "%s: the server sent another part than was asked for", url.text);
		return AGAIN;
	}
	if (result == CURLE_OK)
		return judge_code(transfer, code, err);
	if (result == CURLE_TOO_MANY_REDIRECTS)
		shown = "too many redirects";
	err_set(err, "%s: %s", url.text, shown);
	return worth_another_try(result) ? AGAIN : HOPELESS;
}

static bool open_part(struct transfer *transfer, struct err *err)
{
	char tag[TAG_SIZE];
	read_tag(transfer->tag_path, tag, sizeof tag);
	transfer->file = fopen(transfer->part, tag[0] ? "a" : "w");
	struct stat status;
	if (!transfer->file || fstat(fileno(transfer->file), &status) != 0) {
		err_set(err, "%s: cannot be written: %s", transfer->part, strerror(errno));
		return false;
	}
	transfer->had = transfer->bytes = (uint64_t)status.st_size;
	return true;
}

/* What the server never confirmed as a piece of this document is not built upon. */
static void forget_part(const struct transfer *transfer)
{
	unlink(transfer->part);
	unlink(transfer->tag_path);
}

static enum outcome try_once(struct transfer *transfer, const char *secret, bool whole, struct err *err)
{
	CURL *curl = transfer->http->curl;
	struct curl_slist *headers = NULL;
	char why[CURL_ERROR_SIZE] = "";
	transfer->started = transfer->ranged = transfer->not_continued = false;
	transfer->etag[0] = transfer->modified[0] = 0;
	if (!open_part(transfer, err))
		return HOPELESS;
	enum outcome outcome = HOPELESS;
	if (ask_headers(transfer, whole, secret, &headers)) {
		set_options(curl, transfer, headers, secret != NULL);
		curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
		CURLcode result = curl_easy_perform(curl);
		long code = 0;
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
		if (result == CURLE_OK && code == 200 && !transfer->started && !begin(transfer)) /* an empty document */
			result = CURLE_WRITE_ERROR;
		transfer->write_failed |= fflush(transfer->file) != 0;
		outcome = judge(transfer, result, why, err);
		if (code == 416 || transfer->not_continued)
			forget_part(transfer);
	} else {
		err_set(err, "out of memory");
	}
	curl_slist_free_all(headers);
	if (fclose(transfer->file) != 0 && outcome == DONE) {
		err_set(err, "%s: cannot be written: %s", transfer->part, strerror(errno));
		outcome = HOPELESS;
	}
	return outcome;
}

/* ---- many tries ---- */

static void sleep_ms(ms_t span)
{
	struct timespec left = {(time_t)(span / SECOND_MS), (long)(span % SECOND_MS) * 1000000};
	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* 0.5 to 1 of 500 ms, doubled each time; never less than what the server asked for. */
static ms_t pause_ms(struct http *http, int tried)
{
	ms_t span = FIRST_WAIT_MS;
	for (int i = 0; i < tried && span < LAST_WAIT_MS; i++)
		span *= 2;
	http->luck = mix64(http->luck);
	span = span / 2 + (ms_t)(http->luck % (uint64_t)(span / 2 + 1));
	curl_off_t asked = 0;
	curl_easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &asked);
	return asked > 0 ? max64(span, asked > INT32_MAX ? (ms_t)INT32_MAX * SECOND_MS : (ms_t)asked * SECOND_MS)
			 : span;
}

static enum outcome try_often(struct transfer *transfer, const char *secret, bool whole, struct err *err)
{
	struct http *http = transfer->http;
	for (int tried = 0;; tried++) {
		enum outcome outcome = try_once(transfer, secret, whole, err);
		if (outcome != AGAIN)
			return outcome;
		if (transfer->started && transfer->bytes > transfer->had + ((uint64_t)1 << 20))
			tried = 0; /* it gets on */
		if (tried >= http->limits.retries) {
			if (tried)
				err_wrap(err, "after %d tries", tried + 1);
			return HOPELESS;
		}
		ms_t wait = pause_ms(http, tried);
		if (wait > http->limits.max_wait) {
			err_set(err, "%s: the server asks to come again in %lld s; try later",
				http_shown(transfer->url).text, (long long)(wait / SECOND_MS));
			return HOPELESS;
		}
		if (http->log)
			fprintf(http->log, "%s; again in %.1f s\n", err->message, (double)wait / 1e3);
		sleep_ms(wait);
	}
}

int http_get(struct http *http, const char *url, const char *secret, const char *path, struct err *err)
{
	struct transfer transfer = {.http = http, .url = url};
	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return err_set(err, "'%s' is not a URL of http or https", visible(url, strlen(url), 60).text);
	if (secret && !is_private(url))
		return err_set(err, "%s: a key is only sent over https", http_shown(url).text);
	if (snprintf(transfer.part, sizeof transfer.part, "%s.part", path) >= (int)sizeof transfer.part ||
	    snprintf(transfer.tag_path, sizeof transfer.tag_path, "%s.tag", path) >= (int)sizeof transfer.tag_path)
		return err_set(err, "%.60s...: the path is too long", path);
	bool whole = access(path, R_OK) == 0;
	if (whole)
		unlink(transfer.part);
	enum outcome outcome = try_often(&transfer, secret, whole, err);
	if (outcome == UNCHANGED) {
		unlink(transfer.part);
		return 0;
	}
	if (outcome != DONE)
		return outcome == REFUSED ? HTTP_REFUSED : -1;
	return rename(transfer.part, path) == 0 ? 0 : err_set(err, "%s: cannot be written: %s", path, strerror(errno));
}

struct http *http_open(const struct http_limits *limits, FILE *log, uint64_t seed, struct err *err)
{
	struct http *http = calloc(1, sizeof *http);
	if (http && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK) {
		http->curl = curl_easy_init();
		if (http->curl) {
			http->limits = *limits;
			http->log = log;
			http->luck = seed;
			return http;
		}
		curl_global_cleanup();
	}
	free(http);
	err_set(err, "out of memory");
	return NULL;
}

void http_close(struct http *http)
{
	if (!http)
		return;
	curl_easy_cleanup(http->curl);
	curl_global_cleanup();
	free(http);
}
