#include "node_groups.h"

const struct node_group_driver *const node_group_drivers[] = {&cluster_api_driver, &aws_asg_driver, NULL};
