#include "aws_asg.h"

#include "../text/clock.h"

#include <stdlib.h>

/* ---- "region=us-east-1,endpoint=http://127.0.0.1:5000,tag=team=web,name=asg1" ---- */

static int add_word(const char **words, uint32_t *n, size_t most, const char *value, const char *key, struct err *err)
{
	if (*n == most)
		return err_set(err, "%s=: at most %zu", key, most);
	words[(*n)++] = value;
	return 0;
}

static int take_word(struct aws_asg *asg, char *word, struct err *err)
{
	char *value = strchr(word, '=');
	if (!value || !value[1])
		return err_set(err, "found '%.60s', must be key=value", word);
	*value++ = 0;
	if (strcmp(word, "name") == 0)
		return add_word(asg->names, &asg->n_names, COUNT(asg->names), value, word, err);
	if (strcmp(word, "tag") == 0)
		return add_word(asg->tags, &asg->n_tags, COUNT(asg->tags), value, word, err);
	const struct {
		const char *key, **value;
	} single[] = {{"region", &asg->region}, {"endpoint", &asg->endpoint}, {"data", &asg->data}};
	for (size_t i = 0; i < COUNT(single); i++)
		if (strcmp(word, single[i].key) == 0) {
			*single[i].value = value;
			return 0;
		}
	return err_set(err, "found '%.60s', allowed is region, endpoint, data, tag or name", word);
}

static int take_config(struct aws_asg *asg, const char *config, struct err *err)
{
	asg->words = strdup(config);
	if (!asg->words)
		return err_set(err, "out of memory");
	char *rest = asg->words;
	for (char *word; (word = strtok_r(rest, ",", &rest));)
		if (take_word(asg, word, err) < 0)
			return -1;
	if (!asg->region)
		return err_set(err, "it needs its region: aws-asg:region=us-east-1");
	if (strspn(asg->region, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(asg->region) ||
	    strlen(asg->region) > 40)
		return err_set(err, "region: found '%.60s', which is no region's name", asg->region);
	if (asg->n_names && asg->n_tags)
		return err_set(err, "tag= or name=, not both");
	if (asg->n_names + asg->n_tags == 0)
		asg->tags[asg->n_tags++] = "k8s.io/cluster-autoscaler/enabled";
	return 0;
}

/* An instance type has one size in all regions. */
static void read_book(struct aws_asg *asg)
{
	char region[64];
	struct err err, ignored;
	snprintf(region, sizeof region, "aws/%s", asg->region);
	asg->has_book = price_book_read(asg->data, region, &asg->book, &err) == 0 ||
			price_book_read(asg->data, "aws/us-east-1", &asg->book, &ignored) == 0;
	if (!asg->has_book)
		log_line(asg->log, LOG_WARN, "sizes of instance types not known", "reason", err.message, NULL);
}

/* ---- calls ---- */

static void close_servers(struct aws_asg *asg)
{
	if (asg->autoscaling)
		server_close(asg->autoscaling);
	if (asg->ec2)
		server_close(asg->ec2);
	asg->autoscaling = asg->ec2 = NULL;
}

/* Those of now; what cannot be renewed is used for as long as it lasts. */
static int renew(struct aws_asg *asg, struct err *err)
{
	struct aws_credentials next = {.renew_at = MS_UNSET};
	ms_t wall = clock_wall();
	if (asg->credentials.key && wall < asg->credentials.renew_at)
		return 0;
	if (aws_credentials_read(asg->net, asg->region, asg->endpoint, &next, err) < 0) {
		if (!asg->credentials.key || wall >= asg->credentials.end_at)
			return -1;
		log_line(asg->log, LOG_WARN, "credentials not renewed", "reason", err->message, NULL);
		asg->credentials.renew_at = wall + MINUTE_MS;
		return 0;
	}
	close_servers(asg);
	aws_credentials_free(&asg->credentials);
	asg->credentials = next;
	return 0;
}

static struct server *open_server(struct aws_asg *asg, const char *service, struct err *err)
{
	char url[256], sign[80], *token = NULL;
	const struct aws_credentials *who = &asg->credentials;
	const char *headers[2] = {NULL};
	size_t size = who->token ? strlen(who->token) + 32 : 0;
	aws_url(url, sizeof url, service, asg->region);
	snprintf(sign, sizeof sign, "aws:amz:%s:%s", asg->region, service);
	if (who->token) {
		token = malloc(size);
		if (!token) {
			err_set(err, "out of memory");
			return NULL;
		}
		snprintf(token, size, "X-Amz-Security-Token: %s", who->token);
		headers[0] = token;
	}
	const struct server_config config = {.name = service,
					     .url = asg->endpoint ? asg->endpoint : url,
					     .user = who->key,
					     .password = who->secret,
					     .sigv4 = sign,
					     .max_answer_bytes = 16u << 20,
					     .headers = headers};
	struct server *server = server_open(asg->net, &config, err);
	free(token);
	return server;
}

int aws_asg_ask(struct aws_asg *asg, const char *service, bool repeatable, const struct aws_query *query,
		struct arena *arena, const struct xml **root, struct err *err)
{
	struct server **server = strcmp(service, "ec2") == 0 ? &asg->ec2 : &asg->autoscaling;
	if (renew(asg, err) < 0)
		return -1;
	if (!*server)
		*server = open_server(asg, service, err);
	if (!*server)
		return -1;
	const struct aws_call call = {
	    .server = *server,
	    .service = service,
	    .repeatable = repeatable,
	    .secrets = {asg->credentials.secret, asg->credentials.token, asg->credentials.key},
	};
	return aws_ask(&call, query, arena, root, err);
}

/* ---- the driver ---- */

static void close_driver(void *self)
{
	struct aws_asg *asg = self;
	if (!asg)
		return;
	close_servers(asg);
	aws_credentials_free(&asg->credentials);
	for (size_t i = 0; i < asg->n_types; i++)
		free(asg->types[i].key);
	free(asg->types);
	if (asg->has_book)
		price_book_free(&asg->book);
	arena_free(&asg->arena);
	free(asg->words);
	free(asg);
}

static void *open_driver(struct net *net, struct kube *kube, const char *config, struct log *log, struct err *err)
{
	struct aws_asg *asg = calloc(1, sizeof *asg);
	(void)kube;
	if (!asg) {
		err_set(err, "out of memory");
		return NULL;
	}
	asg->net = net;
	asg->log = log;
	if (take_config(asg, config, err) == 0 && renew(asg, err) == 0) {
		read_book(asg);
		return asg;
	}
	close_driver(asg);
	return NULL;
}

const struct node_group_driver aws_asg_driver = {
    .name = "aws-asg",
    .help = "EC2 Auto Scaling groups: region=us-east-1[,tag=key=value ...|,name=asg ...][,endpoint=URL][,data=DIR]",
    .open = open_driver,
    .close = close_driver,
    .groups = aws_asg_groups,
    .group_of = aws_asg_group_of,
    .resize = aws_asg_resize,
    .remove = aws_asg_remove,
};
