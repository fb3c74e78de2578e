#include "net_internal.h"

#include "../text/base64.h"
#include "../text/secret.h"
#include "http.h"
#include "visible.h"

/* ---- tokens ---- */

int server_token(struct server *server, enum doubt doubt, struct err *err)
{
	const char *token = NULL;
	if (!server->token_of)
		return 0;
	if (server->token_of(server->self, doubt, &token, err) < 0) {
		secrets_hide(server, err->message);
		return -1;
	}
	if (token == server->token || (token && server->token && strcmp(token, server->token) == 0))
		return 0;
	for (const char *at = token; at && *at; at++)
		if (*at <= 0x20 || *at >= 0x7f)
			return err_set(err, "%s: the token has a character that no header may hold", server->name);
	char *copy = token ? strdup(token) : NULL;
	if (token && (!copy || strlen(token) >= HEADER_MAX))
		return free(copy), err_set(err, "%s: the token is too long", server->name);
	secret_free(server->token);
	server->token = copy;
	server->token_serial++;
	return 0;
}

/* ---- opening ---- */

static int copy_text(char **copy, const char *text, struct err *err)
{
	*copy = text ? strdup(text) : NULL;
	return text && !*copy ? err_set(err, "out of memory") : 0;
}

static int copy_config(struct server *server, const struct server_config *config, struct err *err)
{
	struct http_shown shown = http_shown(config->url);
	const struct {
		char **copy;
		const char *text;
	} texts[] = {
	    {&server->name, config->name},
	    {&server->ca_pem, config->ca_pem},
	    {&server->certificate_pem, config->certificate_pem},
	    {&server->key_pem, config->key_pem},
	    {&server->user, config->user},
	    {&server->password, config->password},
	    {&server->sigv4, config->sigv4},
	    {&server->shown, shown.text},
	};
	for (size_t i = 0; i < COUNT(texts); i++)
		if (copy_text(texts[i].copy, texts[i].text, err) < 0)
			return -1;
	for (const char *const *line = config->headers; line && *line; line++) {
		struct curl_slist *longer = curl_slist_append(server->headers, *line);
		if (!longer)
			return err_set(err, "out of memory");
		server->headers = longer;
	}
	server->insecure = config->insecure;
	server->token_of = config->token;
	server->self = config->self;
	server->refused_at = server->wall_less_mono = MS_UNSET;
	server->max_answer_bytes = config->max_answer_bytes ? config->max_answer_bytes : ANSWER_USUAL_MAX;
	return 0;
}

/* Go's socks5 lets the proxy look up names; libcurl calls that socks5h. */
static int copy_proxy(struct server *server, const char *proxy, struct err *err)
{
	static const char *const known[] = {"http://", "https://", "socks5://", "socks5h://"};
	if (!proxy)
		return 0;
	size_t i = 0;
	while (i < COUNT(known) && strncmp(proxy, known[i], strlen(known[i])) != 0)
		i++;
	if (i == COUNT(known))
		return err_set(err, "%s: the proxy %s: must be a URL of http, https or socks5", server->name,
			       http_shown(proxy).text);
	size_t size = strlen(proxy) + 2;
	server->proxy = malloc(size);
	if (!server->proxy)
		return err_set(err, "out of memory");
	bool socks = i == 2;
	snprintf(server->proxy, size, "%s%s", socks ? "socks5h" : "", socks ? proxy + 6 : proxy);
	return 0;
}

static bool is_loopback(const char *host)
{
	static const char *const here[] = {"localhost", "[::1]"};
	for (size_t i = 0; i < COUNT(here); i++)
		if (strcmp(host, here[i]) == 0)
			return true;
	return strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == strlen(host);
}

/* The connection goes to the URL's host, the certificate is another's: libcurl is told of that one as the host, and to
 * connect to this. The server still sees the host of the URL. */
static int set_tls_name(struct server *server, CURLU *url, const char *name, const char *host, const char *port,
			struct err *err)
{
	char line[1024];
	if (snprintf(line, sizeof line, "::%s:%s", host, port) >= (int)sizeof line)
		return err_set(err, "%s: the host's name is too long", server->shown);
	server->connect_to = curl_slist_append(NULL, line);
	snprintf(line, sizeof line, "Host: %s:%s", host, port);
	if (!server->connect_to || copy_text(&server->host_header, line, err) < 0)
		return err_set(err, "out of memory");
	return curl_url_set(url, CURLUPART_HOST, name, 0) == CURLUE_OK
		   ? 0
		   : err_set(err, "%s: the TLS server name '%s' is none", server->shown,
			     visible(name, strlen(name), 80).text);
}

static int take_url(struct server *server, CURLU *url, const struct server_config *config, char **parts,
		    struct err *err)
{
	if (curl_url_set(url, CURLUPART_URL, config->url, 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_SCHEME, &parts[0], 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_HOST, &parts[1], 0) != CURLUE_OK ||
	    curl_url_get(url, CURLUPART_PORT, &parts[2], CURLU_DEFAULT_PORT) != CURLUE_OK ||
	    (strcmp(parts[0], "https") != 0 && strcmp(parts[0], "http") != 0))
		return err_set(err, "%s: '%s' is not a URL of http or https", server->name, server->shown);
	server->tls = strcmp(parts[0], "https") == 0;
	server->loopback = is_loopback(parts[1]);
	if (!server->tls && !server->loopback && (config->token || config->user || config->certificate_pem))
		return err_set(err, "%s: %s: credentials are only sent over https", server->name, server->shown);
	if (curl_url_get(url, CURLUPART_QUERY, &parts[3], 0) == CURLUE_OK ||
	    curl_url_get(url, CURLUPART_FRAGMENT, &parts[3], 0) == CURLUE_OK)
		return err_set(err, "%s: %s: must have no query", server->name, server->shown);
	if (server->tls && config->tls_server_name && *config->tls_server_name &&
	    set_tls_name(server, url, config->tls_server_name, parts[1], parts[2], err) < 0)
		return -1;
	if (curl_url_get(url, CURLUPART_URL, &parts[4], 0) != CURLUE_OK)
		return err_set(err, "out of memory");
	size_t length = strlen(parts[4]);
	while (length && parts[4][length - 1] == '/')
		parts[4][--length] = 0;
	return copy_text(&server->url, parts[4], err);
}

static int set_url(struct server *server, const struct server_config *config, struct err *err)
{
	char *parts[5] = {NULL};
	CURLU *url = curl_url();
	int status = url ? take_url(server, url, config, parts, err) : err_set(err, "out of memory");
	for (size_t i = 0; i < COUNT(parts); i++)
		curl_free(parts[i]);
	curl_url_cleanup(url);
	return status;
}

/* What a server might send back in a message: user:password as a header has it. */
static int set_basic(struct server *server, struct err *err)
{
	if (!server->user || !server->password)
		return 0;
	size_t size = strlen(server->user) + strlen(server->password) + 2;
	char *both = malloc(size);
	if (both) {
		snprintf(both, size, "%s:%s", server->user, server->password);
		server->basic = base64_encode(both, size - 1);
	}
	secret_free(both);
	return server->basic ? 0 : err_set(err, "out of memory");
}

static void server_free(struct server *server)
{
	char *secrets[] = {server->key_pem, server->password, server->basic, server->token};
	char *texts[] = {server->name, server->url,   server->ca_pem, server->certificate_pem, server->proxy,
			 server->user, server->sigv4, server->shown,  server->host_header};
	for (size_t i = 0; i < COUNT(secrets); i++)
		secret_free(secrets[i]);
	for (size_t i = 0; i < COUNT(texts); i++)
		free(texts[i]);
	curl_slist_free_all(server->connect_to);
	curl_slist_free_all(server->headers);
	free(server);
}

static int check_config(const struct server_config *config, struct err *err)
{
	if (!config->url || !config->name)
		return err_set(err, "a server needs a name and a URL");
	if (config->insecure && config->ca_pem)
		return err_set(err, "%s: certificate authorities and insecure exclude each other", config->name);
	if (!config->certificate_pem != !config->key_pem)
		return err_set(err, "%s: a client certificate and its key go together", config->name);
	return 0;
}

struct server *server_open(struct net *net, const struct server_config *config, struct err *err)
{
	if (check_config(config, err) < 0)
		return NULL;
	struct server *server = calloc(1, sizeof *server);
	if (!server) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (copy_config(server, config, err) < 0 || copy_proxy(server, config->proxy, err) < 0 ||
	    set_url(server, config, err) < 0 || set_basic(server, err) < 0) {
		server_free(server);
		return NULL;
	}
	server->net = net;
	server->next = net->servers;
	net->servers = server;
	return server;
}

void server_close(struct server *server)
{
	if (!server)
		return;
	struct net *net = server->net;
	server->closing = true;
	if (net) {
		struct err closed;
		err_set(&closed, "closed");
		for (size_t i = 0; i < net->n_slots; i++)
			if (net->slots[i] && net->slots[i]->server == server)
				exchange_answer(net->slots[i], 0, &closed);
		struct server **at = &net->servers;
		while (*at != server)
			at = &(*at)->next;
		*at = server->next;
		server_handles_free(server);
	}
	server_free(server);
}

int server_identity(struct server *server, const char *certificate_pem, const char *key_pem, struct err *err)
{
	char *certificate = NULL, *key = NULL;
	if (!certificate_pem || !key_pem)
		return err_set(err, "%s: a client certificate and its key go together", server->name);
	if (server->certificate_pem && strcmp(server->certificate_pem, certificate_pem) == 0 &&
	    strcmp(server->key_pem, key_pem) == 0)
		return 0;
	if (copy_text(&certificate, certificate_pem, err) < 0 || copy_text(&key, key_pem, err) < 0) {
		free(certificate);
		return -1;
	}
	free(server->certificate_pem);
	secret_free(server->key_pem);
	server->certificate_pem = certificate;
	server->key_pem = key;
	server->identity++;
	return 0;
}

void server_guard(struct server *server, bool (*may)(void *self), void *self, const char *why)
{
	server->may_write = may;
	server->guard_self = self;
	server->guard_why = why;
}

int server_authorities(struct server *server, const char *ca_pem, struct err *err)
{
	char *copy;
	if (server->insecure)
		return err_set(err, "%s: certificate authorities and insecure exclude each other", server->name);
	if (server->ca_pem && strcmp(server->ca_pem, ca_pem) == 0)
		return 0;
	if (copy_text(&copy, ca_pem, err) < 0)
		return -1;
	free(server->ca_pem);
	server->ca_pem = copy;
	server->identity++;
	return 0;
}

/* ---- counts ---- */

void server_count(const struct exchange *exchange, int status, ms_t took)
{
	static const char *const methods[METHODS] = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"};
	size_t method = 0, class = status >= 100 && status < 600 ? (size_t)status / 100 : 0;
	while (method < METHODS - 1 && strcmp(methods[method], exchange->call.method) != 0)
		method++;
	struct call_count *count = &exchange->server->counts[method][class];
	count->method = methods[method] ? methods[method] : "other";
	count->status = (int)class * 100;
	count->calls++;
	count->tries += (uint64_t)exchange->tries;
	count->took += took;
}

bool server_wall(const struct server *server, ms_t *less_mono)
{
	*less_mono = server->wall_less_mono;
	return *less_mono != MS_UNSET;
}

uint32_t server_counts(const struct server *server, struct call_count *out, uint32_t room)
{
	uint32_t n = 0;
	for (size_t i = 0; i < METHODS; i++)
		for (size_t j = 0; j < CLASSES; j++)
			if (server->counts[i][j].calls && n < room)
				out[n++] = server->counts[i][j];
	return n;
}
