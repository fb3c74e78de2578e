#include "../../autoscaler/io/cloud/cluster_api.h"

#include "api_server.h"

/* The end of a chosen Machine, whatever its controllers did meanwhile. */

#define API     "/apis/cluster.x-k8s.io/v1beta1"
#define GROUP   API "/namespaces/n/machinedeployments/pool"
#define MACHINE API "/namespaces/n/machines/pool-1"
#define MARK(size)                                                                                                     \
	"{\"metadata\":{\"annotations\":{\"cluster.x-k8s.io/delete-machine\":\"yes\",\"plimsoll.dev/"                  \
	"removed-at-size\":\"" size "\"}}}"
#define NO_MARK                                                                                                        \
	"{\"metadata\":{\"annotations\":{\"cluster.x-k8s.io/delete-machine\":null,\"plimsoll.dev/"                     \
	"removed-at-size\":null}}}"

struct cluster {
	struct api_server api;
	void *driver;
};

static int open_cluster(void **state)
{
	struct cluster *cluster = calloc(1, sizeof *cluster);
	struct err err;
	assert_non_null(cluster);
	api_start(&cluster->api);
	api_says(&cluster->api, ALWAYS, "GET /apis/cluster.x-k8s.io", 200,
		 "{'preferredVersion':{'groupVersion':'cluster.x-k8s.io/v1beta1'}}");
	cluster->driver = cluster_api_driver.open(cluster->api.net, cluster->api.kube, "", &cluster->api.log, &err);
	if (!cluster->driver)
		fail_msg("%s", err.message);
	*state = cluster;
	return 0;
}

static int close_cluster(void **state)
{
	struct cluster *cluster = *state;
	cluster_api_driver.close(cluster->driver);
	api_stop(&cluster->api);
	free(cluster);
	return 0;
}

/* A MachineDeployment of at least `min` Machines that is to have `size` and has pool-1 and so many more, as they are
 * listed; from now on nothing else is known. */
static void listed(struct cluster *cluster, int min, int size, int more)
{
	static char machines[4096];
	char pool[1024];
	struct err err;
	const struct node_group *groups;
	uint32_t n;
	size_t length = (size_t)snprintf(machines, sizeof machines, "{'items':[");
	api_forget(&cluster->api);
	for (int i = 1; i <= more + 1; i++)
		length += (size_t)snprintf(machines + length, sizeof machines - length,
					   "%s{'metadata':{'namespace':'n','name':'pool-%d','ownerReferences':[{'kind':"
					   "'MachineDeployment','name':'pool'}]},'spec':{'providerID':'p/%d'}}",
					   i > 1 ? "," : "", i, i);
	snprintf(machines + length, sizeof machines - length, "]}");
	snprintf(pool, sizeof pool,
		 "{'items':[{'metadata':{'namespace':'n','name':'pool','annotations':{'cluster.x-k8s.io/"
		 "cluster-api-autoscaler-node-group-min-size':'%d','cluster.x-k8s.io/"
		 "cluster-api-autoscaler-node-group-max-size':'9'}},'spec':{'replicas':%d}}]}",
		 min, size);
	api_says(&cluster->api, 1, "GET " API "/machinedeployments", 200, pool);
	api_says(&cluster->api, 1, "GET " API "/machines", 200, machines);
	api_says(&cluster->api, 1, "GET " API "/machinesets", 404, "{}");
	if (cluster_api_driver.groups(cluster->driver, &groups, &n, &err) < 0)
		fail_msg("%s", err.message);
	assert_int_equal(n, 1);
	assert_int_equal(cluster_api_driver.group_of(cluster->driver, "p/1", "any"), 0);
	api_forget(&cluster->api);
}

/* Of pool-1, as it is now: marked at a size; 0: not. */
static void machine_is(struct cluster *cluster, int removed_at)
{
	char body[512] = "{'metadata':{'name':'pool-1'}}";
	if (removed_at)
		snprintf(body, sizeof body,
			 "{'metadata':{'name':'pool-1','annotations':{'cluster.x-k8s.io/delete-machine':'yes',"
			 "'plimsoll.dev/removed-at-size':'%d'}}}",
			 removed_at);
	api_says(&cluster->api, ALWAYS, "GET " MACHINE, 200, body);
	api_says(&cluster->api, ALWAYS, "PATCH " MACHINE, 200, "{}");
}

static void size_is(struct cluster *cluster, int size)
{
	char body[256];
	snprintf(body, sizeof body,
		 "{'metadata':{'namespace':'n','name':'pool','resourceVersion':'5'},'spec':{'replicas':%d}}", size);
	api_says(&cluster->api, ALWAYS, "GET " GROUP "/scale", 200, body);
	api_says(&cluster->api, ALWAYS, "PUT " GROUP "/scale", 200, body);
}

static int removes(struct cluster *cluster, struct err *err)
{
	*err = (struct err){""};
	return cluster_api_driver.remove(cluster->driver, "machinedeployments/n/pool", "p/1", "node-1", err);
}

/* What was changed: marks of the Machine, sizes of the group; each the last one's body, or how often. */
static void changed(struct cluster *cluster, const char *mark, int size)
{
	const struct api_heard *patch = api_last(&cluster->api, "PATCH"), *put = api_last(&cluster->api, "PUT");
	char replicas[32];
	snprintf(replicas, sizeof replicas, "\"replicas\":%d}", size);
	assert_int_equal(patch != NULL, mark != NULL);
	assert_int_equal(put != NULL, size >= 0);
	if (mark)
		assert_string_equal(patch->body, mark);
	if (put)
		assert_non_null(strstr(put->body, replicas));
	assert_int_equal(api_count(&cluster->api, "PUT"), put != NULL);
}

static void test_marked_then_smaller(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	listed(cluster, 1, 3, 2);
	machine_is(cluster, 0);
	size_is(cluster, 3);
	assert_int_equal(removes(cluster, &err), 0);
	changed(cluster, MARK("3"), 2);
	assert_true(strncmp(cluster->api.shared->heard[2].request, "PATCH", 5) == 0); /* before the size */
	assert_non_null(strstr(api_last(&cluster->api, "PUT")->body, "\"resourceVersion\":\"5\""));
}

/* The group is smaller by it already: nothing more is taken from it, as long as it has more Machines than it wants. */
static void test_twice_is_once(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	listed(cluster, 1, 2, 2);
	machine_is(cluster, 3);
	size_is(cluster, 2);
	assert_int_equal(removes(cluster, &err), 0);
	changed(cluster, NULL, -1);
}

/* Its controllers took another one: the group has as many as it wants, the marked one among them. Then it goes after
 * all, and the mark says at which size. */
static void test_another_went(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	listed(cluster, 1, 2, 1);
	machine_is(cluster, 3);
	size_is(cluster, 2);
	assert_int_equal(removes(cluster, &err), 0);
	changed(cluster, MARK("2"), 1);
	/* the same with others made in between */
	listed(cluster, 1, 5, 4);
	machine_is(cluster, 3);
	size_is(cluster, 5);
	assert_int_equal(removes(cluster, &err), 0);
	changed(cluster, MARK("5"), 4);
}

/* But the group never gets below its least size; and the mark is off then, or the next end of another would be its. */
static void test_another_went_and_no_more_may(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	listed(cluster, 2, 2, 1);
	machine_is(cluster, 3);
	size_is(cluster, 2);
	assert_int_equal(removes(cluster, &err), -1);
	assert_string_equal(err.message, "Machine n/pool-1: its group is at its least size, 2");
	changed(cluster, NO_MARK, -1);
	/* nor one that was never marked */
	listed(cluster, 2, 2, 1);
	machine_is(cluster, 0);
	size_is(cluster, 2);
	assert_int_equal(removes(cluster, &err), -1);
	changed(cluster, NULL, -1);
	listed(cluster, 0, 0, 0);
	machine_is(cluster, 0);
	size_is(cluster, 0);
	assert_int_equal(removes(cluster, &err), -1);
	changed(cluster, NULL, -1);
}

/* A size that was refused takes the mark off; one of which nothing is known leaves it, and is asked for once more. */
static void test_sizes_not_written(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	listed(cluster, 1, 3, 2);
	machine_is(cluster, 0);
	size_is(cluster, 3);
	api_says(&cluster->api, ALWAYS, "PUT " GROUP "/scale", 409, "{}");
	assert_int_equal(removes(cluster, &err), -1);
	changed(cluster, NO_MARK, 2);
	assert_int_equal(api_count(&cluster->api, "PATCH"), 2);

	listed(cluster, 1, 3, 2);
	machine_is(cluster, 0);
	size_is(cluster, 3);
	api_says(&cluster->api, ALWAYS, "PUT " GROUP "/scale", 500, "{}");
	assert_int_equal(removes(cluster, &err), -1);
	changed(cluster, MARK("3"), 2);
	listed(cluster, 1, 3, 2);
	machine_is(cluster, 3);
	size_is(cluster, 3);
	assert_int_equal(removes(cluster, &err), 0);
	changed(cluster, NULL, 2); /* marked at this size already */
}

static void test_gone_or_going(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	listed(cluster, 1, 3, 2);
	assert_int_equal(removes(cluster, &err), 0); /* 404 */
	assert_int_equal(cluster->api.shared->n_heard, 1);
	api_says(&cluster->api, ALWAYS, "GET " MACHINE, 200,
		 "{'metadata':{'name':'pool-1','deletionTimestamp':'2026-11-24T14:00:00Z'}}");
	assert_int_equal(removes(cluster, &err), 0);
	assert_int_equal(cluster->api.shared->n_heard, 2);
	api_says(&cluster->api, ALWAYS, "GET " MACHINE, 403, "{}");
	assert_int_equal(removes(cluster, &err), -1);
	changed(cluster, NULL, -1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_cluster, close_cluster)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_marked_then_smaller),          TEST(test_twice_is_once),     TEST(test_another_went),
	    TEST(test_another_went_and_no_more_may), TEST(test_sizes_not_written), TEST(test_gone_or_going),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
