#include "aws_credentials.h"

#include "../text/clock.h"
#include "aws.h"
#include "load.h"

#include <errno.h>
#include <stdlib.h>

#define FILE_MAX     ((size_t)1 << 20)
#define READ_AGAIN   (5 * MINUTE_MS) /* a file may be replaced */
#define RENEW_BEFORE (5 * MINUTE_MS) /* of a session's end, as AWS's own SDKs */

static void wipe(char *text, size_t size)
{
	volatile char *at = text;
	while (size--)
		*at++ = 0;
}

static void forget(char *secret)
{
	if (secret)
		wipe(secret, strlen(secret));
	free(secret);
}

void aws_credentials_free(struct aws_credentials *credentials)
{
	forget(credentials->key);
	forget(credentials->secret);
	forget(credentials->token);
	*credentials = (struct aws_credentials){.renew_at = MS_UNSET};
}

static const char *environment(const char *name)
{
	const char *value = getenv(name);
	return value && *value ? value : NULL;
}

static int take(struct aws_credentials *out, const char *key, const char *secret, const char *token, struct err *err)
{
	*out = (struct aws_credentials){
	    .key = strdup(key), .secret = strdup(secret), .renew_at = MS_NEVER, .end_at = MS_NEVER};
	out->token = token && *token ? strdup(token) : NULL;
	if (out->key && out->secret && (out->token || !token || !*token))
		return 0;
	aws_credentials_free(out);
	return err_set(err, "out of memory");
}

/* A small file, ended by a NUL; the caller wipes and frees it. */
static char *read_file(const char *path, size_t *length, struct err *err)
{
	FILE *file = fopen(path, "re");
	char *text = file ? malloc(FILE_MAX + 1) : NULL;
	size_t size = text ? fread(text, 1, FILE_MAX + 1, file) : 0;
	if (!file)
		err_set(err, "%s: %s", path, strerror(errno));
	else if (!text)
		err_set(err, "out of memory");
	else if (size > FILE_MAX)
		err_set(err, "%s: is larger than %zu bytes", path, FILE_MAX);
	if (file)
		fclose(file);
	*length = size;
	if (text && size <= FILE_MAX) {
		text[size] = 0;
		return text;
	}
	free(text);
	return NULL;
}

/* ---- web identity ---- */

static int read_session(const struct xml *root, struct aws_credentials *out, struct err *err)
{
	const struct xml *session = xml_at(root, "AssumeRoleWithWebIdentityResult/Credentials");
	const char *key = xml_text(session, "AccessKeyId"), *secret = xml_text(session, "SecretAccessKey");
	const char *end = xml_text(session, "Expiration");
	ms_t end_at;
	if (!*key || !*secret || !*xml_text(session, "SessionToken"))
		return err_set(err, "sts: the answer has no credentials");
	if (time_parse(end, 0, &end_at, err) < 0)
		return err_wrap(err, "sts: Expiration");
	if (take(out, key, secret, xml_text(session, "SessionToken"), err) < 0)
		return -1;
	out->end_at = end_at;
	out->renew_at = max64(end_at - RENEW_BEFORE, clock_wall() + MINUTE_MS);
	return 0;
}

static int assume(struct server *server, const char *role, const char *token, struct aws_credentials *out,
		  struct err *err)
{
	struct arena arena = {0};
	const struct xml *root;
	const char *name = environment("AWS_ROLE_SESSION_NAME");
	const struct aws_call call = {.server = server, .service = "sts", .repeatable = true, .secrets = {token}};
	struct aws_query *query = calloc(1, sizeof *query);
	if (!query)
		return err_set(err, "out of memory");
	aws_begin(query, "AssumeRoleWithWebIdentity", "2011-06-15");
	aws_add(query, "RoleArn", role);
	aws_add(query, "RoleSessionName", name ? name : "plimsoll");
	aws_add(query, "WebIdentityToken", token);
	int result = aws_ask(&call, query, &arena, &root, err);
	if (result == 0)
		result = read_session(root, out, err);
	wipe(query->text, query->length);
	free(query);
	arena_free(&arena);
	return result;
}

static int web_identity(struct net *net, const char *region, const char *endpoint, const char *role, const char *file,
			struct aws_credentials *out, struct err *err)
{
	size_t length;
	char url[256], *token = read_file(file, &length, err);
	if (!token)
		return err_wrap(err, "AWS_WEB_IDENTITY_TOKEN_FILE");
	token[strcspn(token, "\r\n")] = 0;
	aws_url(url, sizeof url, "sts", region);
	const struct server_config config = {.name = "sts", .url = endpoint ? endpoint : url};
	struct server *server = server_open(net, &config, err);
	int result = server ? assume(server, role, token, out, err) : -1;
	if (server)
		server_close(server);
	forget(token);
	return result;
}

/* ---- the shared credentials file ---- */

/* Without the white space around it. */
static char *trimmed(char *text)
{
	text += strspn(text, " \t\r");
	size_t length = strlen(text);
	while (length && strchr(" \t\r", text[length - 1]))
		text[--length] = 0;
	return text;
}

/* Values of the section [profile], as places in the text. */
static void find_profile(char *text, const char *profile, const char *found[3])
{
	static const char *const keys[] = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token"};
	bool within = false;
	char *rest = text;
	for (char *line; (line = strtok_r(rest, "\n", &rest));) {
		line = trimmed(line);
		size_t length = strlen(line);
		char *equals = strchr(line, '=');
		if (*line == '[' && line[length - 1] == ']') {
			line[length - 1] = 0;
			within = strcmp(trimmed(line + 1), profile) == 0;
		} else if (within && equals && *line != '#' && *line != ';') {
			*equals = 0;
			for (size_t i = 0; i < COUNT(keys); i++)
				if (strcmp(trimmed(line), keys[i]) == 0)
					found[i] = trimmed(equals + 1);
		}
	}
}

static int from_profile(struct aws_credentials *out, struct err *err)
{
	char path[4096];
	const char *named = environment("AWS_SHARED_CREDENTIALS_FILE"), *home = environment("HOME");
	const char *profile = environment("AWS_PROFILE") ? environment("AWS_PROFILE") : "default";
	const char *found[3] = {NULL};
	snprintf(path, sizeof path, "%s%s", named ? named : home ? home : "", named ? "" : "/.aws/credentials");
	size_t length;
	char *text = read_file(path, &length, err);
	if (!text)
		return err_wrap(err, "no credentials of AWS: neither AWS_ACCESS_KEY_ID, nor AWS_ROLE_ARN");
	find_profile(text, profile, found);
	int result =
	    found[0] && *found[0] && found[1] && *found[1]
		? take(out, found[0], found[1], found[2], err)
		: err_set(err, "%s: [%.60s] has no aws_access_key_id and aws_secret_access_key", path, profile);
	wipe(text, length);
	free(text);
	if (result == 0)
		out->renew_at = clock_wall() + READ_AGAIN;
	return result;
}

int aws_credentials_read(struct net *net, const char *region, const char *endpoint, struct aws_credentials *out,
			 struct err *err)
{
	const char *key = environment("AWS_ACCESS_KEY_ID"), *secret = environment("AWS_SECRET_ACCESS_KEY");
	const char *role = environment("AWS_ROLE_ARN"), *file = environment("AWS_WEB_IDENTITY_TOKEN_FILE");
	if (key && secret)
		return take(out, key, secret, environment("AWS_SESSION_TOKEN"), err);
	if (role && file)
		return web_identity(net, region, endpoint, role, file, out, err);
	return from_profile(out, err);
}
