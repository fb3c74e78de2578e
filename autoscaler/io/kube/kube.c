#include "kube_internal.h"

#include "../net/http.h"
#include "../text/path.h"
#include "credentials.h"

#include <ctype.h>

#define NAMESPACE_MAX 256

struct kube {
	struct arena arena; /* of the access */
	struct access access;
	struct credentials *credentials;
	struct server *server;
	struct discovery *discovery;
	char address[600];
};

/* ---- in a pod ---- */

static const char *arena_url(struct arena *arena, const char *host, const char *port)
{
	size_t size = strlen(host) + strlen(port) + 16;
	char *url = arena_alloc(arena, size, 1);
	bool v6 = strchr(host, ':') && host[0] != '[';
	if (url)
		snprintf(url, size, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port);
	return url;
}

/* Kubernetes' documentation, "Accessing the API from within a Pod". 0: this is no pod. */
static int service_account(const char *folder, struct arena *arena, struct access *access, struct err *err)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST"), *port = getenv("KUBERNETES_SERVICE_PORT");
	char token[PATH_SIZE], ca[PATH_SIZE], name[PATH_SIZE], *text;
	size_t length;
	if (!folder || !host || !*host || !port || !*port)
		return 0;
	if (path_format(token, sizeof token, err, "%s/token", folder) < 0 ||
	    path_format(ca, sizeof ca, err, "%s/ca.crt", folder) < 0 ||
	    path_format(name, sizeof name, err, "%s/namespace", folder) < 0 ||
	    kube_file(ca, KUBECONFIG_BYTES_MAX, arena, &text, &length, err) < 0)
		return -1;
	*access = (struct access){.from = folder, .context = "service account", .ca_pem = text};
	access->token_file = arena_strdup(arena, token);
	access->ca_file = arena_strdup(arena, ca);
	access->server = arena_url(arena, host, port);
	struct err ignored;
	if (kube_file(name, NAMESPACE_MAX, arena, &text, &length, &ignored) == 0 && length) {
		text[strcspn(text, " \t\r\n")] = 0;
		access->namespace_ = text;
	}
	return access->token_file && access->ca_file && access->server ? 1 : err_set(err, "out of memory");
}

static int find_access(const struct kube_options *options, const char *folder, struct arena *arena,
		       struct access *access, struct err *err)
{
	int status = kubeconfig_read(options, arena, access, err);
	if (status == 0)
		status = service_account(folder, arena, access, err);
	if (status < 0)
		return -1;
	if (status == 0)
		return err_set(err,
			       "no cluster: there is no kubeconfig (KUBECONFIG, ~/.kube/config), and this is no pod");
	if (options->namespace_)
		access->namespace_ = options->namespace_;
	return 0;
}

/* ---- opening ---- */

/* As in client-go: credentials are only used where TLS is. */
static bool is_secure(const char *url)
{
	return strncmp(url, "https://", 8) == 0;
}

static int open_server(struct kube *kube, struct net *net, struct err *err)
{
	const struct access *access = &kube->access;
	bool secure = is_secure(access->server);
	struct server_config config = {
	    .name = "kubernetes",
	    .url = access->server,
	    .ca_pem = access->ca_pem,
	    .tls_server_name = access->tls_server_name,
	    .proxy = access->proxy,
	    .insecure = access->insecure,
	    .self = kube->credentials,
	};
	if (secure) {
		bool written = access->certificate_pem && access->key_pem;
		config.certificate_pem = written ? access->certificate_pem : NULL;
		config.key_pem = written ? access->key_pem : NULL;
		config.user = access->name;
		config.password = access->password;
		config.headers = access->headers;
		config.token = access->token || access->token_file || access->exec || access->certificate_file ||
				       access->key_file || access->ca_file
				   ? credentials_token
				   : NULL;
	}
	kube->server = server_open(net, &config, err);
	if (!kube->server)
		return -1;
	credentials_server(kube->credentials, kube->server);
	return 0;
}

/* https://host:port, as it is told; a server without a scheme is one of TLS (client-go's DefaultServerURL would take
 * http: nobody means that). */
static int complete_url(struct kube *kube, struct err *err)
{
	const char *server = kube->access.server;
	if (strstr(server, "://"))
		return 0;
	size_t size = strlen(server) + 9;
	char *url = arena_alloc(&kube->arena, size, 1);
	if (!url)
		return err_set(err, "out of memory");
	snprintf(url, size, "https://%s", server);
	kube->access.server = url;
	return 0;
}

static int open_all(struct kube *kube, struct net *net, const struct kube_options *options, const char *folder,
		    struct log *log, struct err *err)
{
	struct access *access = &kube->access;
	if (find_access(options, folder, &kube->arena, access, err) < 0 || complete_url(kube, err) < 0)
		return -1;
	access->namespace_ = arena_strdup(&kube->arena, access->namespace_ ? access->namespace_ : "default");
	if (!access->namespace_)
		return err_set(err, "out of memory");
	snprintf(kube->address, sizeof kube->address, "%s%s%.100s", http_shown(access->server).text,
		 access->context ? ", " : "", access->context ? access->context : "");
	kube->credentials = credentials_open(access, log, err);
	kube->discovery = discovery_open(net, err);
	return kube->credentials && kube->discovery ? open_server(kube, net, err) : -1;
}

struct kube *kube_open_with(struct net *net, const struct kube_options *options, const char *folder, struct log *log,
			    struct err *err)
{
	struct kube *kube = calloc(1, sizeof *kube);
	if (!kube) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (open_all(kube, net, options, folder, log, err) == 0)
		return kube;
	kube_close(kube);
	return NULL;
}

struct kube *kube_open(struct net *net, const struct kube_options *options, struct log *log, struct err *err)
{
	return kube_open_with(net, options, SERVICE_ACCOUNT_FOLDER, log, err);
}

void kube_close(struct kube *kube)
{
	if (!kube)
		return;
	server_close(kube->server);
	credentials_close(kube->credentials);
	discovery_close(kube->discovery);
	arena_free(&kube->arena);
	free(kube);
}

struct server *kube_server(const struct kube *kube)
{
	return kube->server;
}

const char *kube_namespace(const struct kube *kube)
{
	return kube->access.namespace_;
}

const char *kube_address(const struct kube *kube)
{
	return kube->address;
}

int kube_kind(struct kube *kube, const char *api_version, const char *kind, ms_t until, struct kube_kind *out,
	      struct err *err)
{
	return discovery_kind(kube->discovery, kube->server, api_version, kind, until, out, err);
}

void kube_kind_ask(struct kube *kube, const char *api_version, const char *kind)
{
	discovery_ask(kube->discovery, kube->server, api_version, kind);
}

/* ---- paths ---- */

struct path_writer {
	char *out;
	size_t size, n;
};

static void path_put(struct path_writer *writer, const char *text, const char *plain)
{
	for (; text && *text; text++) {
		bool as_it_is = isalnum((unsigned char)*text) || strchr(plain, *text);
		size_t room = writer->n < writer->size ? writer->size - writer->n : 0;
		writer->n += (size_t)snprintf(room ? writer->out + writer->n : NULL, room, as_it_is ? "%c" : "%%%02X",
					      as_it_is ? *text : (unsigned char)*text);
	}
}

int kube_path(char *out, size_t size, const char *api_version, const char *namespace_, const char *plural,
	      const char *name, const char *sub)
{
	struct path_writer writer = {out, size, 0};
	const char *const parts[][2] = {
	    {namespace_ ? "/namespaces/" : NULL, namespace_}, {"/", plural}, {name ? "/" : NULL, name}};
	path_put(&writer, strchr(api_version, '/') ? "/apis/" : "/api/", "/");
	path_put(&writer, api_version, "/-._~");
	for (size_t i = 0; i < COUNT(parts); i++) {
		path_put(&writer, parts[i][0], "/");
		path_put(&writer, parts[i][1], "-._~");
	}
	path_put(&writer, sub ? "/" : NULL, "/");
	path_put(&writer, sub, "/-._~");
	return (int)writer.n;
}
