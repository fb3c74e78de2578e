#include "import_secrets.h"

#include "../io/kube/kubeconfig.h"

#include <stdlib.h>

#define SECRET_MAX ((size_t)64 << 10)
#define CA_MAX     ((size_t)1 << 20)

/* One line of a file, or a variable of the environment. */
static int read_secret(struct arena *arena, const char *file, const char *variable, const char **secret,
		       struct err *err)
{
	char *text;
	size_t length;
	if (!file) {
		const char *value = getenv(variable);
		*secret = value && *value ? value : NULL;
		return 0;
	}
	if (kube_file(file, SECRET_MAX, arena, &text, &length, err) < 0)
		return -1;
	text[strcspn(text, "\r\n")] = 0;
	*secret = text;
	return *text ? 0 : err_set(err, "%.300s: is empty", file);
}

/* A password in a URL is seen by all who see the command line. */
static int check_url(const char *url, struct err *err)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	if (memchr(host, '@', strcspn(host, "/?#")))
		return err_set(err, "the URL must not hold a user or a password: give --user and --password-file");
	return 0;
}

int import_secrets_read(const struct import_secrets *given, struct arena *arena, struct prometheus_source *source,
			struct err *err)
{
	size_t length;
	char *ca;
	if (check_url(source->url, err) < 0)
		return -1;
	if (read_secret(arena, given->token_file, "PROMETHEUS_TOKEN", &source->token, err) < 0)
		return err_wrap(err, "--token-file");
	if (source->user && given->token_file)
		return err_set(err, "--user and --token-file exclude each other");
	if (given->password_file && !source->user)
		return err_set(err, "--password-file goes with --user");
	if (source->user) {
		source->token = NULL;
		if (read_secret(arena, given->password_file, "PROMETHEUS_PASSWORD", &source->password, err) < 0)
			return err_wrap(err, "--password-file");
		if (!source->password)
			return err_set(err, "--user: its password is to be in --password-file or $PROMETHEUS_PASSWORD");
	}
	if (!given->ca_file)
		return 0;
	if (kube_file(given->ca_file, CA_MAX, arena, &ca, &length, err) < 0)
		return err_wrap(err, "--ca");
	source->ca_pem = ca;
	return 0;
}
