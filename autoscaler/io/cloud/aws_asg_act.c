#include "aws_asg.h"

#include <stdlib.h>

/* The group as it is now. */
static int read_group(struct aws_asg *asg, const char *id, struct arena *arena, const struct xml **group,
		      struct err *err)
{
	const struct xml *root;
	struct aws_query *query = arena_alloc(arena, 1, sizeof *query);
	if (!query)
		return err_set(err, "out of memory");
	aws_begin(query, "DescribeAutoScalingGroups", AWS_ASG_VERSION);
	aws_add(query, "AutoScalingGroupNames.member.1", id);
	if (aws_asg_ask(asg, "autoscaling", true, query, arena, &root, err) < 0)
		return -1;
	*group = xml_at(root, "DescribeAutoScalingGroupsResult/AutoScalingGroups/member");
	return *group ? 0 : err_set(err, "there is no such group any more");
}

static int set_capacity(struct aws_asg *asg, const char *id, int32_t to, struct arena *arena, struct err *err)
{
	char digits[16];
	const struct xml *root;
	struct aws_query *query = arena_alloc(arena, 1, sizeof *query);
	if (!query)
		return err_set(err, "out of memory");
	snprintf(digits, sizeof digits, "%d", to);
	aws_begin(query, "SetDesiredCapacity", AWS_ASG_VERSION);
	aws_add(query, "AutoScalingGroupName", id);
	aws_add(query, "DesiredCapacity", digits);
	aws_add(query, "HonorCooldown", "false");
	return aws_asg_ask(asg, "autoscaling", true, query, arena, &root, err);
}

int aws_asg_resize(void *self, const char *id, int32_t from, int32_t to, struct err *err)
{
	struct arena arena = {0};
	const struct xml *group;
	int result = read_group(self, id, &arena, &group, err);
	if (result == 0) {
		long size = strtol(xml_text(group, "DesiredCapacity"), NULL, 10);
		long min = strtol(xml_text(group, "MinSize"), NULL, 10);
		long max = strtol(xml_text(group, "MaxSize"), NULL, 10);
		if (size == to)
			result = 0;
		else if (size != from)
			result = err_set(err, "its size is %ld by now, not %d", size, from);
		else if (to < min || to > max)
			result = err_set(err, "a size of %d: allowed is %ld to %ld", to, min, max);
		else
			result = set_capacity(self, id, to, &arena, err);
	}
	arena_free(&arena);
	return result;
}

/* ---- one instance ---- */

static int terminate(struct aws_asg *asg, const char *instance, struct arena *arena, struct err *err)
{
	const struct xml *root;
	struct aws_query *query = arena_alloc(arena, 1, sizeof *query);
	if (!query)
		return err_set(err, "out of memory");
	aws_begin(query, "TerminateInstanceInAutoScalingGroup", AWS_ASG_VERSION);
	aws_add(query, "InstanceId", instance);
	aws_add(query, "ShouldDecrementDesiredCapacity", "true");
	return aws_asg_ask(asg, "autoscaling", false, query, arena, &root, err);
}

/* Whether it is an instance of the group that is not on its way out yet. */
static bool is_there(const struct xml *group, const char *instance)
{
	for (const struct xml *one = xml_at(group, "Instances/member"); one; one = one->next)
		if (strcmp(xml_text(one, "InstanceId"), instance) == 0)
			return strncmp(xml_text(one, "LifecycleState"), "Terminat", 8) != 0;
	return false;
}

int aws_asg_remove(void *self, const char *id, const char *provider_id, const char *node, struct err *err)
{
	struct arena arena = {0};
	const struct xml *group;
	const char *instance = aws_instance_id(provider_id);
	if (!instance)
		return err_set(err, "node %.100s: its providerID '%.100s' names no instance of EC2", node, provider_id);
	int result = read_group(self, id, &arena, &group, err);
	if (result == 0 && is_there(group, instance)) {
		long size = strtol(xml_text(group, "DesiredCapacity"), NULL, 10);
		long min = strtol(xml_text(group, "MinSize"), NULL, 10);
		result = size <= min ? err_set(err, "its group is at its least size, %ld", min)
				     : terminate(self, instance, &arena, err);
	}
	arena_free(&arena);
	return result;
}
