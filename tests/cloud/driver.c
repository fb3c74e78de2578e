/* Drives a driver of node groups by hand; for aws_asg.sh and e2e/cluster_api.sh.
 *
 *	cloud_driver KUBECONFIG|- DRIVER[:CONFIG]
 *
 * Commands are lines of standard input; each is answered by lines, the last of which is "ok" or "error: MESSAGE":
 *	groups                      "group INDEX ID NAME MIN MAX SIZE", and what a fresh node of it is like
 *	of PROVIDER-ID NODE         "INDEX"
 *	resize ID FROM TO
 *	remove ID PROVIDER-ID NODE */
#include "../../autoscaler/io/cloud/node_groups.h"

#include <stdlib.h>

struct ends {
	struct net *net;
	struct kube *kube;
	struct log log;
	const struct node_group_driver *driver;
	void *self;
};

static void show_group(uint32_t i, const struct node_group *group)
{
	printf("group %u %s %s %d %d %d\n", i, group->id, group->name, group->min, group->max, group->size);
	if (group->has_template)
		printf("  fresh %lld %lld %lld\n", (long long)group->cpu_milli, (long long)group->memory_bytes,
		       (long long)group->pods);
	if (group->instance_type)
		printf("  type %s\n", group->instance_type);
	if (group->zone)
		printf("  zone %s\n", group->zone);
	for (uint32_t l = 0; l < group->n_labels; l++)
		printf("  label %s=%s\n", group->labels[l].key, group->labels[l].value);
	for (uint32_t t = 0; t < group->n_taints; t++)
		printf("  taint %s=%s:%s\n", group->taints[t].key, group->taints[t].value, group->taints[t].effect);
	if (group->trouble)
		printf("  trouble %s\n", group->trouble);
}

static int groups(struct ends *ends, struct err *err)
{
	const struct node_group *all;
	uint32_t n;
	if (ends->driver->groups(ends->self, &all, &n, err) < 0)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		show_group(i, &all[i]);
	return 0;
}

static int obey(struct ends *ends, char *line, struct err *err)
{
	char *words[5] = {"", "", "", "", ""}, *rest = line;
	for (size_t i = 0; i < COUNT(words); i++) {
		char *word = strtok_r(rest, " \n", &rest);
		words[i] = word ? word : words[i];
	}
	if (strcmp(words[0], "groups") == 0)
		return groups(ends, err);
	if (strcmp(words[0], "of") == 0)
		return printf("%d\n", ends->driver->group_of(ends->self, words[1], words[2])) < 0;
	if (strcmp(words[0], "resize") == 0)
		return ends->driver->resize(ends->self, words[1], atoi(words[2]), atoi(words[3]), err);
	if (strcmp(words[0], "remove") == 0)
		return ends->driver->remove(ends->self, words[1], words[2], words[3], err);
	return err_set(err, "found '%.40s', which is no command", words[0]);
}

static int open_ends(struct ends *ends, char **args, struct err *err)
{
	const struct kube_options options = {.kubeconfig = args[1]};
	const char *colon = strchr(args[2], ':');
	size_t length = strcspn(args[2], ":");
	ends->log = (struct log){.file = stderr, .level = LOG_INFO};
	for (size_t i = 0; node_group_drivers[i]; i++)
		if (strncmp(node_group_drivers[i]->name, args[2], length) == 0 && !node_group_drivers[i]->name[length])
			ends->driver = node_group_drivers[i];
	ends->net = ends->driver ? net_open(1, err) : NULL;
	if (!ends->net)
		return err_set(err, "no such driver");
	if (strcmp(args[1], "-") != 0 && !(ends->kube = kube_open(ends->net, &options, &ends->log, err)))
		return -1;
	ends->self = ends->driver->open(ends->net, ends->kube, colon ? colon + 1 : "", &ends->log, err);
	return ends->self ? 0 : -1;
}

static void answer(int result, const struct err *err)
{
	printf("%s%s\n", result < 0 ? "error: " : "ok", result < 0 ? err->message : "");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct ends ends = {.net = NULL};
	struct err err = {""};
	char line[2048];
	int result = argc == 3 ? open_ends(&ends, argv, &err) : err_set(&err, "wrong arguments");
	answer(result, &err);
	while (result == 0 && fgets(line, sizeof line, stdin))
		answer(obey(&ends, line, &err), &err);
	if (ends.self)
		ends.driver->close(ends.self);
	if (ends.kube)
		kube_close(ends.kube);
	if (ends.net)
		net_close(ends.net);
	return result < 0;
}
