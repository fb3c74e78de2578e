/* What the files of the driver for EC2 Auto Scaling groups share. Private to them. */
#ifndef PLIMSOLL_AWS_ASG_H
#define PLIMSOLL_AWS_ASG_H

#include "aws.h"
#include "aws_credentials.h"
#include "node_groups.h"
#include "price.h"

#define AWS_ASG_VERSION "2011-01-01"

struct aws_instance {
	const char *id, *type; /* type "" when not told */
	int32_t group;
	bool leaves; /* is being terminated, or is detached */
};

/* The instance type of a launch template is asked for now and then. */
struct aws_template_type {
	char *key; /* "lt-0123/3" */
	char type[64];
	ms_t asked_at;
};

struct aws_asg {
	struct net *net;
	struct log *log;
	/* the configuration: texts of `words` */
	char *words;
	const char *region, *endpoint, *data; /* the last two NULL: usual */
	const char *names[64], *tags[32];     /* of groups; "key" or "key=value", all of which a group must have */
	uint32_t n_names, n_tags;
	struct price_book book; /* for the sizes of instance types */
	bool has_book;
	struct aws_credentials credentials;
	struct server *autoscaling, *ec2; /* NULL: to be opened with the credentials of now */
	struct aws_template_type *types;
	size_t n_types, types_room;
	bool told_of_activities; /* that they cannot be read was said */
	struct arena arena;      /* owns the groups and instances */
	struct node_group *groups;
	struct aws_instance *instances; /* by id */
	size_t n_groups, n_instances;
};

/* Asks the service with valid credentials, renewed when it is time. */
int aws_asg_ask(struct aws_asg *, const char *service, bool repeatable, const struct aws_query *, struct arena *,
		const struct xml **, struct err *);

/* aws_asg_groups.c */
int aws_asg_groups(void *self, const struct node_group **, uint32_t *n, struct err *);
int32_t aws_asg_group_of(void *self, const char *provider_id, const char *node);
/* "i-0123" of "aws:///us-east-1a/i-0123"; NULL: not an instance of EC2. */
const char *aws_instance_id(const char *provider_id);

/* aws_template.c: what a fresh node of a group is like, by its tags, its instances, its launch template. */
struct aws_group_source {
	const struct xml *group;        /* a member of DescribeAutoScalingGroups */
	const struct aws_instance *any; /* one of its instances, or NULL */
};
int aws_template(struct aws_asg *, const struct aws_group_source *, struct arena *, struct node_group *, struct err *);

/* aws_asg_act.c */
int aws_asg_resize(void *self, const char *id, int32_t from, int32_t to, struct err *);
int aws_asg_remove(void *self, const char *id, const char *provider_id, const char *node, struct err *);

#endif
