/* Who we are and whom we trust, as it changes: files of tokens, certificates and authorities, exec plugins. Private to
 * io/kube and the tests. */
#ifndef PLIMSOLL_CREDENTIALS_H
#define PLIMSOLL_CREDENTIALS_H

#include "../text/secret.h"
#include "kubeconfig.h"

struct credentials;
/* access: kept by the caller as long as they live. */
struct credentials *credentials_open(const struct access *, struct log *, struct err *);
void credentials_close(struct credentials *);
/* Where new certificates go; before the first token. */
void credentials_server(struct credentials *, struct server *);
/* server_config.token, self being the credentials. */
int credentials_token(void *self, enum doubt, const char **token, struct err *);

/* ---- exec.c ---- */

struct exec_credential {
	char *token, *certificate_pem, *key_pem; /* on the heap; NULL: none */
	ms_t expires;                            /* MS_NEVER */
};
void exec_credential_free(struct exec_credential *);
int exec_credential_parse(const struct exec_plugin *, const char *text, size_t length, struct exec_credential *,
			  struct err *);
/* Runs the plugin and reads what it says. limit 0: a minute, five when a person is there to answer it. */
int exec_credential_get(const struct exec_plugin *, ms_t limit, struct exec_credential *, struct err *);

/* ---- process.c ---- */

/* Runs a program with this environment, and takes what it writes to its output (on the heap, ended by a NUL). Not
 * interactive: without input, and all it started ends with it at the limit. Returns its exit status, negative with a
 * message when it was not started (PROCESS_ABSENT: there is none), was killed, wrote too much or took too long. */
#define PROCESS_ABSENT (-2)
int process_run(const char *const *words, char *const *environment, bool interactive, ms_t limit, size_t most,
		char **output, size_t *length, struct err *);

#endif
