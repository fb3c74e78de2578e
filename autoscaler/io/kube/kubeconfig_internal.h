/* What the readers of a kubeconfig's parts share. A message never quotes a value. */
#ifndef PLIMSOLL_KUBECONFIG_INTERNAL_H
#define PLIMSOLL_KUBECONFIG_INTERNAL_H

#include "../text/yaml.h"
#include "kubeconfig.h"

struct source {
	const char *name;
	const struct node *root;
};

/* One entry of clusters, contexts or users, with where it stands. */
struct entry {
	const struct source *source;
	const char *kind; /* "cluster", "context", "user" */
	const char *name;
	const struct node *body; /* a map, or NULL: there is nothing in it */
	struct arena *arena;
	struct err *err;
};

/* "FILE:LINE:COLUMN: KIND NAME: FIELD: MESSAGE"; returns -1. */
int entry_refuse(const struct entry *, const struct node *at, const char *field, const char *message);

/* All leave *out as it is when the field is absent, null or empty. */
int entry_text(const struct entry *, const char *field, const char **out);
int entry_bool(const struct entry *, const char *field, bool *out);
/* A path: relative to the folder of the kubeconfig. */
int entry_path(const struct entry *, const char *field, const char **out);
/* Base64 in `FIELD-data`, decoded: PEM. */
int entry_pem(const struct entry *, const char *field, const char **out);
const char *entry_beside(const struct entry *, const char *path);
/* A list of at most EXEC_WORDS_MAX texts, ended by NULL; NULL when absent. */
int entry_list(const struct entry *, const char *field, const char ***out);

/* kubeconfig_user.c */
int user_read(const struct entry *user, const struct entry *cluster, struct access *);
int exec_read(const struct entry *exec, const struct entry *cluster, const struct access *, struct exec_plugin **);

#endif
