#include "net_internal.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* A connection is not left to programs that this one starts, and is found dead when nothing is acknowledged. */
static int prepare_socket(void *self, curl_socket_t socket, curlsocktype purpose)
{
	static const int unanswered_ms = 30000;
	(void)self, (void)purpose;
	int flags = fcntl(socket, F_GETFD);
	if (flags < 0 || fcntl(socket, F_SETFD, flags | FD_CLOEXEC) < 0)
		return CURL_SOCKOPT_ERROR;
#ifdef TCP_USER_TIMEOUT
	setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered_ms, sizeof unanswered_ms);
#endif
	return CURL_SOCKOPT_OK;
}

static struct curl_blob blob(const char *text, unsigned flags)
{
	return (struct curl_blob){(void *)(uintptr_t)text, strlen(text), flags};
}

static void set_tls(CURL *easy, const struct server *server)
{
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, server->insecure ? 0L : 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, server->insecure ? 0L : 2L);
	if (server->ca_pem) { /* these, and none of the system's */
		struct curl_blob ca = blob(server->ca_pem, CURL_BLOB_COPY);
		curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
	}
	if (server->certificate_pem) {
		struct curl_blob certificate = blob(server->certificate_pem, CURL_BLOB_COPY);
		struct curl_blob key = blob(server->key_pem, CURL_BLOB_COPY);
		curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
		curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
	}
}

static void set_proxy(CURL *easy, const struct server *server)
{
	if (server->proxy) { /* for all hosts, as Go's http.ProxyURL */
		curl_easy_setopt(easy, CURLOPT_PROXY, server->proxy);
		curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
	} else if (server->loopback) { /* Go's ProxyFromEnvironment leaves out this machine */
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	}
	curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_user(CURL *easy, const struct server *server)
{
	if (!server->user)
		return;
	curl_easy_setopt(easy, CURLOPT_USERNAME, server->user);
	curl_easy_setopt(easy, CURLOPT_PASSWORD, server->password ? server->password : "");
	if (server->sigv4)
		curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, server->sigv4);
	else
		curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
}

static CURL *handle_new(const struct server *server)
{
	CURL *easy = curl_easy_init();
	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, server->tls ? "https" : "http");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "plimsoll/" PLIMSOLL_VERSION);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, 15L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, 5L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 65536L);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, prepare_socket);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive_body);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, receive_ready);
	if (!server->loopback)
		curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	if (server->connect_to)
		curl_easy_setopt(easy, CURLOPT_CONNECT_TO, server->connect_to);
	set_tls(easy, server);
	set_proxy(easy, server);
	set_user(easy, server);
	return easy;
}

CURL *server_handle(struct server *server)
{
	while (server->n_idle) {
		CURL *easy = server->idle[--server->n_idle];
		if (server->idle_identity[server->n_idle] == server->identity)
			return easy;
		curl_easy_cleanup(easy);
	}
	return handle_new(server);
}

void server_handle_back(struct server *server, CURL *easy, uint64_t identity)
{
	if (identity != server->identity || server->n_idle == FLYING_MAX) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
	server->idle_identity[server->n_idle] = identity;
	server->idle[server->n_idle++] = easy;
}

void server_handles_free(struct server *server)
{
	while (server->n_idle)
		curl_easy_cleanup(server->idle[--server->n_idle]);
}

/* ---- a request ---- */

static int add_header(struct exchange *exchange, const char *line)
{
	struct curl_slist *longer = curl_slist_append(exchange->headers, line);
	if (!longer)
		return -1;
	exchange->headers = longer;
	return 0;
}

static int add_field(struct exchange *exchange, const char *name, const char *value)
{
	size_t size = strlen(name) + strlen(value) + 3;
	char *line = malloc(size);
	int status = -1;
	if (line) {
		snprintf(line, size, "%s: %s", name, value);
		status = add_header(exchange, line);
		memset(line, 0, size);
	}
	free(line);
	return status;
}

static int add_list(struct exchange *exchange, const char *const *lines)
{
	for (; lines && *lines; lines++)
		if (add_header(exchange, *lines) < 0)
			return -1;
	return 0;
}

static int add_headers(struct exchange *exchange)
{
	const struct server *server = exchange->server;
	const struct call *call = &exchange->call;
	size_t size = server->token ? strlen(server->token) + 8 : 0;
	char *value = size ? malloc(size) : NULL;
	if (value)
		snprintf(value, size, "Bearer %s", server->token);
	int status = size && !value ? -1 : 0;
	if (status == 0 && value)
		status = add_field(exchange, "Authorization", value);
	if (value)
		memset(value, 0, size);
	free(value);
	if (status < 0 || (server->host_header && add_header(exchange, server->host_header) < 0) ||
	    add_field(exchange, "Accept", call->accept ? call->accept : "application/json") < 0 ||
	    (call->body && (add_field(exchange, "Content-Type", call->content_type) < 0 ||
			    /* libcurl 7.88 signs a header that is to be left out, too */
			    (!server->sigv4 && add_header(exchange, "Expect:") < 0))))
		return -1;
	for (const struct curl_slist *line = server->headers; line; line = line->next)
		if (add_header(exchange, line->data) < 0)
			return -1;
	return add_list(exchange, call->headers);
}

static void set_method(CURL *easy, const struct call *call)
{
	bool head = strcmp(call->method, "HEAD") == 0, post = strcmp(call->method, "POST") == 0;
	curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
	if (call->body || post) {
		const char *body = call->body ? call->body : "";
		curl_easy_setopt(easy, CURLOPT_POST, 1L);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(body));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	} else {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
		curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	}
	if (head)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, head ? NULL : call->method);
}

int exchange_options(struct exchange *exchange)
{
	CURL *easy = exchange->easy;
	char url[URL_MAX];
	snprintf(url, sizeof url, "%s%s", exchange->server->url, exchange->call.path);
	if (add_headers(exchange) < 0)
		return -1;
	set_method(easy, &exchange->call);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->why);
	return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK ? 0 : -1;
}
