/* What a kubeconfig says of one context: client-go's rules (tools/clientcmd). Private to io/kube and the tests. */
#ifndef PLIMSOLL_KUBECONFIG_H
#define PLIMSOLL_KUBECONFIG_H

#include "arena.h"
#include "kube.h"

#define KUBECONFIG_FILES_MAX 64
#define KUBECONFIG_BYTES_MAX ((size_t)4 << 20)
#define EXEC_WORDS_MAX       256

enum exec_mode { EXEC_NEVER, EXEC_IF_AVAILABLE, EXEC_ALWAYS };

/* users[].user.exec: a program that says who we are (client.authentication.k8s.io). */
struct exec_plugin {
	const char *api_version, *command, *install_hint;
	const char **args;        /* ended by NULL, without the command itself */
	const char **env;         /* "NAME=VALUE", ended by NULL */
	const char *cluster_info; /* JSON of spec.cluster; NULL: not wanted */
	enum exec_mode interactive;
};

/* All texts are in the arena. Paths are absolute or below the working directory. */
struct access {
	const char *from; /* the file, for messages */
	const char *context, *cluster, *user, *namespace_;
	const char *server, *tls_server_name, *proxy;
	bool insecure;
	const char *ca_pem;
	const char *ca_file;                     /* that it was read from, and is again as it changes; NULL: none */
	const char *certificate_pem, *key_pem;   /* written in the file */
	const char *certificate_file, *key_file; /* else here; read again as they change */
	const char *token, *token_file;          /* the file, where it can be read, wins */
	const char *name, *password;
	const char **headers; /* of impersonation, ended by NULL; or NULL */
	const struct exec_plugin *exec;
};

/* Text of a kubeconfig and the name of its file. */
struct kubeconfig_text {
	const char *name, *text;
	size_t length;
};

/* Merges: what the first sets wins. */
int kubeconfig_merge(const struct kubeconfig_text *, size_t n, const struct kube_options *, struct arena *,
		     struct access *, struct err *);
/* Reads the files that options, KUBECONFIG or HOME name. 1: read; 0: there is no file; negative: an error. */
int kubeconfig_read(const struct kube_options *, struct arena *, struct access *, struct err *);

/* A whole file of at most `most` bytes, in the arena, ended by a NUL. */
int kube_file(const char *path, size_t most, struct arena *, char **text, size_t *length, struct err *);
/* It is text and begins a PEM block; whole: each block has its end, too. */
int pem_check(const char *text, size_t length);
int pem_whole(const char *text, size_t length);
/* JSON of a tree (io/text/yaml.h). */
struct node;
int node_json(const struct node *, struct arena *, char **text);

#endif
