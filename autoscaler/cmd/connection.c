#include "connection.h"

static int take_log(struct log *log, const char *value, struct err *err)
{
	log->json = strcmp(value, "json") == 0;
	if (!log->json && strcmp(value, "text") != 0)
		return err_set(err, "--log: found '%.40s', allowed is text or json", value);
	return 1;
}

static int take_level(struct log *log, const char *value, struct err *err)
{
	int level = log_level_parse(value);
	if (level < 0)
		return err_set(err, "--log-level: found '%.40s', allowed is error, warn, info or debug", value);
	log->level = (enum log_level)level;
	return 1;
}

int connection_take(struct kube_options *kube, struct log *log, const char *option, const char *value, struct err *err)
{
	const struct {
		const char *name, **single;
	} rows[] = {
	    {"kubeconfig", &kube->kubeconfig}, {"context", &kube->context},
	    {"cluster", &kube->cluster},       {"user", &kube->user},
	    {"server", &kube->server},         {"namespace", &kube->namespace_},
	};
	if (strcmp(option, "log") == 0)
		return take_log(log, value, err);
	if (strcmp(option, "log-level") == 0)
		return take_level(log, value, err);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].name, option) == 0) {
			*rows[i].single = value;
			return 1;
		}
	return 0;
}
