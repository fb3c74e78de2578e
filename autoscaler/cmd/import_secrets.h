/* Who one is to the Prometheus that history is read from. Private to cmd. */
#ifndef PLIMSOLL_IMPORT_SECRETS_H
#define PLIMSOLL_IMPORT_SECRETS_H

#include "../io/history/prometheus.h"
#include "arena.h"

struct import_secrets {
	const char *password_file, *token_file, *ca_file; /* NULL: not given */
};
/* The source's token, password and authorities, out of the files or the environment, into the arena. Its URL and user
 * are there already; a URL that holds a password is refused. */
int import_secrets_read(const struct import_secrets *, struct arena *, struct prometheus_source *, struct err *);

#endif
