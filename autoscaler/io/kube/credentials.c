#include "credentials.h"

#include "../text/clock.h"

#include <sys/stat.h>

#define TOKEN_BYTES_MAX    ((size_t)64 * 1024)
#define LOOK_EVERY         SECOND_MS /* whether a token file is another */
#define READ_EVERY         MINUTE_MS /* even when it seems the same */
#define CERTIFICATES_EVERY MINUTE_MS
#define EXPIRY_MARGIN      (10 * SECOND_MS) /* a credential is renewed so long before it expires */
#define FIRST_REST         SECOND_MS        /* after a plugin failed, doubled each time */
#define LAST_REST          MINUTE_MS

/* What tells that a file has changed: another in its place, or the same one written to. Links are followed. */
struct stamp {
	dev_t device;
	ino_t file;
	off_t size;
	struct timespec changed;
};

struct credentials {
	const struct access *access;
	struct log *log;
	struct server *server;
	char *token; /* of the token file, or the access's own */
	struct stamp token_stamp, certificate_stamp, key_stamp, ca_stamp;
	ms_t looked, read, certificates_looked, ca_looked; /* monotonic */
	ms_t half_since; /* monotonic: of certificate and key only one is new; MS_UNSET: both are, or none */
	struct exec_credential exec;
	bool exec_known;
	ms_t rest, failed; /* after a plugin failed: how long it is left alone, since when (monotonic) */
	struct err failure;
	struct err token_told, certificate_told, ca_told; /* why it could not be read again; "": it could */
};

static struct stamp stamp_of(const char *path)
{
	struct stat status;
	if (!path || stat(path, &status) < 0)
		return (struct stamp){0};
	return (struct stamp){status.st_dev, status.st_ino, status.st_size, status.st_ctim};
}

static bool stamp_same(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->file == b->file && a->size == b->size &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

/* A file that is away is looked for at each request, or nearly. */
static void tell_once(struct credentials *credentials, struct err *told, const char *what, const char *why)
{
	if (strcmp(told->message, why) == 0)
		return;
	err_set(told, "%s", why);
	log_line(credentials->log, LOG_WARN, what, "why", why, NULL);
}

/* ---- a token in a file ---- */

static int token_read(struct credentials *credentials, struct err *err)
{
	struct arena arena = {0};
	char *text;
	size_t length = 0;
	if (kube_file(credentials->access->token_file, TOKEN_BYTES_MAX, &arena, &text, &length, err) < 0) {
		arena_free(&arena);
		return -1;
	}
	while (length && strchr(" \t\r\n", text[length - 1]))
		text[--length] = 0;
	while (*text && strchr(" \t\r\n", *text))
		text++;
	char *token = *text ? strdup(text) : NULL;
	if (length)
		memset(text, 0, strlen(text));
	arena_free(&arena);
	if (!token)
		return err_set(err, "%.300s: holds no token", credentials->access->token_file);
	secret_free(credentials->token);
	credentials->token = token;
	return 0;
}

/* The last one that could be read goes on when the file cannot be read any more (client-go's token source). */
static int token_now(struct credentials *credentials, bool refused, struct err *err)
{
	ms_t now = clock_mono();
	struct err why;
	if (!refused && credentials->looked != MS_UNSET && now - credentials->looked < LOOK_EVERY)
		return 0;
	struct stamp stamp = stamp_of(credentials->access->token_file);
	credentials->looked = now;
	if (!refused && credentials->read != MS_UNSET && now - credentials->read < READ_EVERY &&
	    stamp_same(&stamp, &credentials->token_stamp))
		return 0;
	if (token_read(credentials, &why) < 0) {
		if (!credentials->token) {
			credentials->looked = MS_UNSET;
			*err = why;
			return -1;
		}
		tell_once(credentials, &credentials->token_told, "token not read again", why.message);
		return 0;
	}
	credentials->read = now;
	credentials->token_told.message[0] = 0;
	credentials->token_stamp = stamp;
	return 0;
}

/* ---- certificates in files ---- */

static int pem_file(const char *path, const char *written, struct arena *arena, const char **out, struct err *err)
{
	char *text = NULL;
	size_t length;
	*out = written;
	if (written)
		return 0;
	if (kube_file(path, KUBECONFIG_BYTES_MAX, arena, &text, &length, err) < 0)
		return -1;
	*out = text;
	return pem_whole(text, length) == 0 ? 0 : err_set(err, "%.300s: holds no whole PEM", path);
}

static int certificate_read(struct credentials *credentials, struct err *err)
{
	const struct access *access = credentials->access;
	struct arena arena = {0};
	const char *certificate, *key;
	int status = 0;
	if (pem_file(access->certificate_file, access->certificate_pem, &arena, &certificate, err) < 0 ||
	    pem_file(access->key_file, access->key_pem, &arena, &key, err) < 0)
		status = -1;
	else
		status = server_identity(credentials->server, certificate, key, err);
	arena_free(&arena);
	return status;
}

/* Certificate and key are replaced one after the other: when only one is new, the other gets as much time as between
 * two looks. */
static bool certificate_changed(struct credentials *credentials, bool first, ms_t now)
{
	const struct access *access = credentials->access;
	struct stamp certificate = stamp_of(access->certificate_file), key = stamp_of(access->key_file);
	bool new_certificate = !stamp_same(&certificate, &credentials->certificate_stamp);
	bool new_key = !stamp_same(&key, &credentials->key_stamp);
	bool half = access->certificate_file && access->key_file && new_certificate != new_key;
	credentials->half_since = !half                                 ? MS_UNSET
				  : credentials->half_since == MS_UNSET ? now
									: credentials->half_since;
	bool wait = half && !first && now - credentials->half_since < CERTIFICATES_EVERY;
	if (wait || (!new_certificate && !new_key))
		return first;
	credentials->certificate_stamp = certificate;
	credentials->key_stamp = key;
	return true;
}

static int certificate_now(struct credentials *credentials, bool doubted, struct err *err)
{
	ms_t now = clock_mono();
	bool first = credentials->certificates_looked == MS_UNSET;
	struct err why;
	if (!first && !doubted && now - credentials->certificates_looked < CERTIFICATES_EVERY)
		return 0;
	if (!certificate_changed(credentials, first, now)) {
		credentials->certificates_looked = now;
		return 0;
	}
	if (certificate_read(credentials, &why) < 0) {
		if (first) {
			*err = why;
			return -1;
		}
		tell_once(credentials, &credentials->certificate_told, "client certificate not read again",
			  why.message);
	} else {
		credentials->certificate_told.message[0] = 0;
	}
	credentials->certificates_looked = now;
	return 0;
}

/* The authorities have been read once, with the kubeconfig. */
static void authorities_now(struct credentials *credentials, bool doubted)
{
	const char *path = credentials->access->ca_file, *text;
	struct arena arena = {0};
	struct err why;
	ms_t now = clock_mono();
	if (!doubted && credentials->ca_looked != MS_UNSET && now - credentials->ca_looked < CERTIFICATES_EVERY)
		return;
	struct stamp stamp = stamp_of(path);
	credentials->ca_looked = now;
	if (stamp_same(&stamp, &credentials->ca_stamp))
		return;
	credentials->ca_stamp = stamp;
	if (pem_file(path, NULL, &arena, &text, &why) < 0 || server_authorities(credentials->server, text, &why) < 0)
		tell_once(credentials, &credentials->ca_told, "authorities not read again", why.message);
	else
		credentials->ca_told.message[0] = 0;
	arena_free(&arena);
}

/* ---- a plugin ---- */

static int exec_take(struct credentials *credentials, struct exec_credential *fresh, struct err *err)
{
	const struct exec_credential *old = &credentials->exec;
	if (fresh->certificate_pem &&
	    !(texts_equal(old->certificate_pem, fresh->certificate_pem) && texts_equal(old->key_pem, fresh->key_pem)))
		if (server_identity(credentials->server, fresh->certificate_pem, fresh->key_pem, err) < 0) {
			exec_credential_free(fresh);
			return -1;
		}
	exec_credential_free(&credentials->exec);
	credentials->exec = *fresh;
	credentials->exec_known = true;
	credentials->failed = MS_UNSET;
	credentials->rest = 0;
	return 0;
}

/* A plugin that failed is left alone for a while; what it gave before serves until it expires. */
static int exec_failed(struct credentials *credentials, bool refused, ms_t now, const struct err *why, struct err *err)
{
	if (credentials->failed == MS_UNSET || now - credentials->failed >= credentials->rest) {
		credentials->rest = credentials->rest ? min64(2 * credentials->rest, LAST_REST) : FIRST_REST;
		credentials->failed = now;
		credentials->failure = *why;
		log_line(credentials->log, LOG_ERROR, "no credential", "why", why->message, NULL);
	}
	if (credentials->exec_known && !refused && clock_wall() < credentials->exec.expires)
		return 0;
	*err = credentials->failure;
	return -1;
}

static int exec_now(struct credentials *credentials, bool refused, struct err *err)
{
	ms_t now = clock_mono(), expires = credentials->exec.expires;
	bool fresh = credentials->exec_known && (expires == MS_NEVER || clock_wall() < expires - EXPIRY_MARGIN);
	struct exec_credential got;
	struct err why;
	if (fresh && !refused)
		return 0;
	if (credentials->failed != MS_UNSET && now - credentials->failed < credentials->rest)
		return exec_failed(credentials, refused, now, &credentials->failure, err);
	if (exec_credential_get(credentials->access->exec, 0, &got, &why) < 0)
		return exec_failed(credentials, refused, clock_mono(), &why, err);
	log_line(credentials->log, LOG_DEBUG, "credential from plugin", "command", credentials->access->exec->command,
		 NULL);
	return exec_take(credentials, &got, err);
}

/* ---- all of them ---- */

int credentials_token(void *self, enum doubt doubt, const char **token, struct err *err)
{
	struct credentials *credentials = self;
	const struct access *access = credentials->access;
	bool refused = doubt == DOUBT_TOKEN, files = access->certificate_file || access->key_file;
	if (access->ca_file)
		authorities_now(credentials, doubt == DOUBT_TLS);
	if (files && certificate_now(credentials, doubt != DOUBT_NOTHING, err) < 0)
		return -1;
	if (access->exec) {
		if (exec_now(credentials, refused, err) < 0)
			return -1;
		*token = credentials->exec.token;
		return 0;
	}
	if (access->token_file && token_now(credentials, refused, err) < 0)
		return -1;
	*token = credentials->token;
	return 0;
}

struct credentials *credentials_open(const struct access *access, struct log *log, struct err *err)
{
	struct credentials *credentials = calloc(1, sizeof *credentials);
	if (credentials && access->token)
		credentials->token = strdup(access->token);
	if (!credentials || (access->token && !credentials->token)) {
		free(credentials);
		err_set(err, "out of memory");
		return NULL;
	}
	credentials->access = access;
	credentials->log = log;
	credentials->looked = credentials->read = credentials->failed = MS_UNSET;
	credentials->certificates_looked = credentials->ca_looked = credentials->half_since = MS_UNSET;
	return credentials;
}

void credentials_server(struct credentials *credentials, struct server *server)
{
	credentials->server = server;
}

void credentials_close(struct credentials *credentials)
{
	if (!credentials)
		return;
	secret_free(credentials->token);
	exec_credential_free(&credentials->exec);
	free(credentials);
}
