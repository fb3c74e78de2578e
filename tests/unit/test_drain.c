#include "../../autoscaler/io/live/node_mark.h"
#include "../../autoscaler/io/live/node_store.h"

#include "api_server.h"
#include "json_fixture.h"

/* A node on its way out, before an API server that answers as it likes. */

#define WALL    INT64_C(1795528800000) /* 2026-11-24T14:00:00Z */
#define MARKED  "1795528790"           /* ten seconds before */
#define NODE    "/api/v1/nodes/a"
#define EVICT   "POST /api/v1/namespaces/n/pods/"
#define LONGEST (10 * MINUTE_MS)

struct cluster {
	struct settings settings;
	struct api_server api;
	struct live_pods *pods;
	struct live_nodes *nodes;
	struct node_group group;
	int may_act;  /* so many times more */
	bool refuses; /* the group lets no node go */
	bool silent;  /* its cloud does not answer */
	int removed;
	char last_removed[64];
};

/* ---- a group that is what the test says ---- */

static int played_groups(void *self, const struct node_group **groups, uint32_t *n, struct err *err)
{
	struct cluster *cluster = self;
	*groups = &cluster->group;
	*n = 1;
	return cluster->silent ? err_set(err, "no answer") : 0;
}

static int32_t played_group_of(void *self, const char *provider_id, const char *node)
{
	(void)self, (void)node;
	return strncmp(provider_id, "g/", 2) == 0 ? 0 : -1;
}

static int played_remove(void *self, const char *id, const char *provider_id, const char *node, struct err *err)
{
	struct cluster *cluster = self;
	assert_string_equal(id, "g");
	(void)provider_id;
	snprintf(cluster->last_removed, sizeof cluster->last_removed, "%s", node);
	cluster->removed++;
	return cluster->refuses ? err_set(err, "not this one") : 0;
}

static void played_close(void *self)
{
	(void)self;
}

static const struct node_group_driver driver = {.name = "played",
						.close = played_close,
						.groups = played_groups,
						.group_of = played_group_of,
						.remove = played_remove};

static bool may_act(void *self)
{
	return ((struct cluster *)self)->may_act-- > 0;
}

/* ---- what is seen of the cluster ---- */

#define NODE_JSON                                                                                                      \
	"{'metadata':{'name':'a','uid':'%s','resourceVersion':'%s','creationTimestamp':'2026-11-24T13:00:00Z'},"       \
	"'spec':{'providerID':'g/%s','taints':[{'key':'kept','value':'yes','effect':'NoSchedule'}%s]},'status':{"      \
	"'allocatable':{'cpu':'4','memory':'16Gi','pods':'110'},'conditions':[{'type':'Ready','status':'True'}]}}"
#define TAINT(since) ",{'key':'ToBeDeletedByPlimsoll','value':'" since "','effect':'NoSchedule'}"

static void node(struct cluster *cluster, const char *uid, const char *version, const char *taint)
{
	put(node_sink(cluster->nodes), uid, NODE_JSON, uid, version, uid, taint);
}

static void pod(struct cluster *cluster, const char *name, const char *metadata)
{
	put(live_pods_sink(cluster->pods), name,
	    "{'metadata':{'name':'%s','namespace':'n','ownerReferences':[{'kind':'ReplicaSet','name':'r','controller':"
	    "true}]%s},'spec':{'nodeName':'a','containers':[{'name':'c'}]},'status':{'phase':'Running'}}",
	    name, metadata);
}

static void drop_pod(struct cluster *cluster, const char *name)
{
	const struct watch_sink sink = live_pods_sink(cluster->pods);
	sink.drop(sink.self, name);
}

/* The API's answer to a request, so many times: node a as it is then. */
static void answers_node(struct cluster *cluster, int times, const char *request, const char *uid, const char *version,
			 const char *taint)
{
	char body[2048];
	snprintf(body, sizeof body, NODE_JSON, uid, version, uid, taint);
	api_says(&cluster->api, times, request, 200, body);
}

static void look(struct cluster *cluster)
{
	struct snapshot seen = {.time = 0};
	struct err err;
	if (live_nodes_observe(cluster->nodes, WALL, 0, &seen, &err) < 0)
		fail_msg("%s", err.message);
}

static void drain(struct cluster *cluster, ms_t since_wall)
{
	look(cluster);
	live_nodes_drain(cluster->nodes, WALL + since_wall);
}

static struct live_node *find(struct cluster *cluster)
{
	return live_node_find(cluster->nodes, "a");
}

static bool leaves(struct cluster *cluster)
{
	return find(cluster)->leaving_at != MS_UNSET;
}

static int open_cluster(void **state)
{
	struct cluster *cluster = calloc(1, sizeof *cluster);
	struct err err;
	assert_non_null(cluster);
	settings_default(&cluster->settings);
	api_start(&cluster->api);
	cluster->may_act = ALWAYS;
	cluster->pods = live_pods_open(NULL, NULL, &err);
	const struct live_nodes_config config = {.net = cluster->api.net,
						 .pods = cluster->pods,
						 .settings = &cluster->settings,
						 .may_act = may_act,
						 .self = cluster,
						 .log = &cluster->api.log};
	cluster->nodes = live_nodes_open(&config, &err);
	assert_non_null(cluster->nodes);
	cluster->nodes->config.kube = cluster->api.kube; /* to act by: nothing is watched */
	cluster->nodes->sources[0] = (struct group_source){.driver = &driver, .self = cluster};
	cluster->nodes->n_sources = 1;
	cluster->group = (struct node_group){.id = "g", .name = "played/g", .max = 9, .size = 1};
	*state = cluster;
	return 0;
}

static int close_cluster(void **state)
{
	struct cluster *cluster = *state;
	live_nodes_close(cluster->nodes);
	live_pods_close(cluster->pods);
	api_stop(&cluster->api);
	free(cluster);
	return 0;
}

/* ---- the mark ---- */

static int mark(struct cluster *cluster, bool leaving, struct err *err)
{
	look(cluster); /* the taint's time is that of the last look */
	return node_mark(cluster->nodes, "a", leaving, err);
}

static void test_marked(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	node(cluster, "u1", "7", "");
	answers_node(cluster, 1, "PATCH " NODE, "u1", "8", TAINT("1795528800"));
	assert_int_equal(mark(cluster, true, &err), 0);
	assert_true(leaves(cluster));
	assert_string_equal(find(cluster)->resource_version, "8");
	assert_string_equal(
	    api_last(&cluster->api, "PATCH")->body,
	    "{\"metadata\":{\"resourceVersion\":\"7\"},\"spec\":{\"taints\":[{\"key\":\"kept\",\"value\":\"yes\","
	    "\"effect\":\"NoSchedule\"},{\"key\":\"ToBeDeletedByPlimsoll\",\"value\":\"1795528800\",\"effect\":"
	    "\"NoSchedule\"}]}}");
	answers_node(cluster, 1, "PATCH " NODE, "u1", "9", "");
	assert_int_equal(mark(cluster, false, &err), 0);
	assert_false(leaves(cluster));
	assert_string_equal(api_last(&cluster->api, "PATCH")->body,
			    "{\"metadata\":{\"resourceVersion\":\"8\"},\"spec\":{\"taints\":[{\"key\":\"kept\","
			    "\"value\":\"yes\",\"effect\":\"NoSchedule\"}]}}");
}

/* Another has changed it in between: what it is then is what is changed. */
static void test_marked_after_a_change(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	node(cluster, "u1", "7", "");
	answers_node(cluster, ALWAYS, "PATCH " NODE, "u1", "12", TAINT("1795528800"));
	api_says(&cluster->api, 1, "PATCH " NODE, 409, "{}");
	answers_node(cluster, 1, "GET " NODE, "u1", "11", ",{'key':'new','effect':'NoExecute'}");
	assert_int_equal(mark(cluster, true, &err), 0);
	assert_int_equal(api_count(&cluster->api, "PATCH"), 2);
	const char *body = api_last(&cluster->api, "PATCH")->body;
	assert_non_null(strstr(body, "\"resourceVersion\":\"11\""));
	assert_non_null(strstr(body, "{\"key\":\"new\",\"effect\":\"NoExecute\"}"));
	assert_non_null(strstr(body, "ToBeDeletedByPlimsoll"));
	assert_true(leaves(cluster));
}

/* Whoever put it there: it is not put there twice, nor is its time made another. */
static void test_marked_by_another(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	node(cluster, "u1", "7", "");
	api_says(&cluster->api, ALWAYS, "PATCH " NODE, 409, "{}");
	answers_node(cluster, ALWAYS, "GET " NODE, "u1", "8", TAINT(MARKED));
	assert_int_equal(mark(cluster, true, &err), 0);
	assert_int_equal(api_count(&cluster->api, "PATCH"), 1);
	assert_int_equal(find(cluster)->leaving_at, WALL - 10 * SECOND_MS);
	api_forget(&cluster->api);
	assert_int_equal(mark(cluster, true, &err), 0);
	assert_int_equal(cluster->api.shared->n_heard, 0);
}

static void test_mark_has_an_end(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	node(cluster, "u1", "7", "");
	api_says(&cluster->api, ALWAYS, "PATCH " NODE, 409, "{}");
	answers_node(cluster, ALWAYS, "GET " NODE, "u1", "8", "");
	assert_int_equal(mark(cluster, true, &err), -1);
	assert_int_equal(api_count(&cluster->api, "PATCH"), 3);
	assert_false(leaves(cluster));
	api_forget(&cluster->api);
	api_says(&cluster->api, ALWAYS, "PATCH " NODE, 422, "{}");
	assert_int_equal(mark(cluster, true, &err), -1); /* what is wrong stays wrong */
	assert_int_equal(api_count(&cluster->api, "PATCH"), 1);
}

/* Deleted under us, and another of its name there: that one is not marked, and the old one not put back. */
static void test_mark_of_one_that_went(void **state)
{
	struct cluster *cluster = *state;
	struct err err;
	node(cluster, "u1", "7", "");
	assert_int_equal(mark(cluster, true, &err), -1); /* 404 */
	api_says(&cluster->api, ALWAYS, "PATCH " NODE, 409, "{}");
	answers_node(cluster, ALWAYS, "GET " NODE, "u2", "20", "");
	assert_int_equal(mark(cluster, true, &err), -1);
	assert_string_equal(err.message, "it is gone");
	assert_int_equal(api_count(&cluster->api, "PATCH"), 2);
	assert_string_equal(find(cluster)->uid, "u1");
	const struct watch_sink sink = node_sink(cluster->nodes);
	sink.drop(sink.self, "u1");
	assert_int_equal(mark(cluster, true, &err), -1);
	assert_null(find(cluster));
}

/* ---- evictions ---- */

static void test_evicted(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	pod(cluster, "p1", "");
	pod(cluster, "p2", ",'deletionTimestamp':'2026-11-24T13:59:59Z'");
	api_says(&cluster->api, ALWAYS, EVICT, 201, "{}");
	cluster->may_act = 0;
	drain(cluster, 0);
	cluster->may_act = 1; /* not any more when it comes to the pod */
	drain(cluster, 0);
	assert_int_equal(cluster->api.shared->n_heard, 0);
	cluster->may_act = ALWAYS;
	drain(cluster, 0);
	assert_int_equal(cluster->api.shared->n_heard, 1); /* p2 is ending already */
	assert_string_equal(api_last(&cluster->api, EVICT)->request, EVICT "p1/eviction");
	assert_string_equal(api_last(&cluster->api, EVICT)->body,
			    "{\"apiVersion\":\"policy/v1\",\"kind\":\"Eviction\",\"metadata\":{\"name\":\"p1\","
			    "\"namespace\":\"n\"},\"deleteOptions\":{\"preconditions\":{\"uid\":\"p1\"}}}");
	drop_pod(cluster, "p1");
	drain(cluster, 0);
	assert_int_equal(cluster->removed, 0); /* p2 has not ended */
	drop_pod(cluster, "p2");
	cluster->may_act = 0;
	drain(cluster, 0);
	assert_int_equal(cluster->removed, 0);
	cluster->may_act = ALWAYS;
	drain(cluster, 0);
	assert_int_equal(cluster->removed, 1);
	assert_string_equal(cluster->last_removed, "a");
	drain(cluster, 10 * SECOND_MS);
	assert_int_equal(cluster->removed, 1);
	assert_int_equal(api_logged(&cluster->api, "removed: it was empty"), 1);
}

/* A pod that was bound just before the mark is seen by then. */
static void test_not_at_once(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT("1795528796"));
	drain(cluster, 0);
	assert_int_equal(cluster->removed, 0);
	drain(cluster, SECOND_MS);
	assert_int_equal(cluster->removed, 1);
}

/* What the API answers to an eviction; told: as a warning. In each case the node goes on leaving, and the next step
 * asks again. */
static void test_eviction_answers(void **state)
{
	static const struct {
		int status, retry_after;
		bool told;
	} cases[] = {
	    {429, 0, false}, {429, 10, false}, {404, 0, false}, {409, 0, false},
	    {500, 0, true},  {503, 5, true},   {403, 0, true},  {0, 0, true},
	};
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	pod(cluster, "p1", "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		int told = api_logged(&cluster->api, "pod not evicted");
		api_forget(&cluster->api);
		api_says(&cluster->api, ALWAYS, EVICT, cases[i].status, "{}")->retry_after = cases[i].retry_after;
		drain(cluster, 0);
		assert_int_equal(cluster->api.shared->n_heard, 1); /* once a step, whatever the answer */
		drain(cluster, 0);
		assert_int_equal(cluster->api.shared->n_heard, 2);
		assert_int_equal(api_logged(&cluster->api, "pod not evicted") - told, cases[i].told ? 2 : 0);
		assert_true(leaves(cluster) && cluster->removed == 0);
	}
}

/* A step asks for ten; those that a budget holds do not stand before the others for ever. */
static void test_each_has_its_turn(void **state)
{
	struct cluster *cluster = *state;
	char name[16];
	node(cluster, "u1", "7", TAINT(MARKED));
	for (int i = 0; i < 23; i++) {
		snprintf(name, sizeof name, "p%02d", i);
		pod(cluster, name, "");
	}
	api_says(&cluster->api, ALWAYS, EVICT, 429, "{}");
	for (int step = 1; step <= 3; step++) {
		drain(cluster, 0);
		assert_int_equal(cluster->api.shared->n_heard, 10 * step);
		node(cluster, "u1", "8", TAINT(MARKED)); /* a heartbeat */
	}
	for (int i = 0; i < 23; i++) {
		snprintf(name, sizeof name, "p%02d/", i);
		char request[100];
		snprintf(request, sizeof request, EVICT "%s", name);
		assert_in_range(api_count(&cluster->api, request), 1, 2);
	}
}

/* ---- one that cannot be emptied ---- */

/* After the time limit it serves again; no sooner; with its pod evicted or ending, whatever. */
static void test_given_back(void **state)
{
	static const char *const pods[] = {"", ",'deletionTimestamp':'2026-11-24T13:59:59Z'"};
	struct cluster *cluster = *state;
	for (size_t i = 0; i < COUNT(pods); i++) {
		api_forget(&cluster->api);
		node(cluster, "u1", "7", TAINT(MARKED));
		pod(cluster, "p1", pods[i]);
		api_says(&cluster->api, ALWAYS, EVICT, 429, "{}");
		answers_node(cluster, 1, "PATCH " NODE, "u1", "9", "");
		drain(cluster, LONGEST - 10 * SECOND_MS);
		assert_true(leaves(cluster));
		assert_int_equal(api_count(&cluster->api, "PATCH"), 0);
		drain(cluster, LONGEST - 10 * SECOND_MS + 1);
		assert_false(leaves(cluster));
		assert_int_equal(api_count(&cluster->api, "PATCH"), 1);
		assert_int_equal(api_count(&cluster->api, EVICT), i == 0); /* none with the node given back */
		assert_int_equal(api_logged(&cluster->api, "took longer than ca.max_graceful_termination"), i + 1);
		int heard = cluster->api.shared->n_heard;
		drain(cluster, LONGEST + MINUTE_MS);
		assert_int_equal(cluster->api.shared->n_heard, heard);
		assert_int_equal(cluster->removed, 0);
		drop_pod(cluster, "p1");
	}
}

/* It is tried again as long as the mark is not off. */
static void test_given_back_after_all(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	pod(cluster, "p1", "");
	api_says(&cluster->api, ALWAYS, "PATCH " NODE, 500, "{}");
	drain(cluster, LONGEST);
	assert_true(leaves(cluster));
	assert_int_equal(api_logged(&cluster->api, "mark not taken off"), 1);
	answers_node(cluster, 1, "PATCH " NODE, "u1", "9", "");
	drain(cluster, LONGEST);
	assert_false(leaves(cluster));
}

/* At once, with a pod on it that must stay. */
static void test_given_back_for_a_pod_that_stays(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	pod(cluster, "p0", "");
	pod(cluster, "p1", ",'annotations':{'cluster-autoscaler.kubernetes.io/safe-to-evict':'false'}");
	answers_node(cluster, 1, "PATCH " NODE, "u1", "9", "");
	drain(cluster, 0);
	assert_false(leaves(cluster));
	assert_int_equal(api_count(&cluster->api, EVICT), 0);
}

/* Nor is the group's no the end of it: then it serves again, too. */
static void test_given_back_by_its_group(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	answers_node(cluster, ALWAYS, "PATCH " NODE, "u1", "9", "");
	cluster->refuses = true;
	drain(cluster, 0);
	assert_true(leaves(cluster) && cluster->removed == 1);
	drain(cluster, LONGEST);
	assert_false(leaves(cluster));
	assert_int_equal(cluster->removed, 2);
}

/* One that is of no group can never go: it serves again when it had its time, and its groups are surely known. */
static void test_of_no_group(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	find(cluster)->provider_id[0] = 'x';
	pod(cluster, "p1", "");
	answers_node(cluster, 1, "PATCH " NODE, "u1", "9", "");
	drain(cluster, LONGEST - 10 * SECOND_MS);
	assert_int_equal(cluster->api.shared->n_heard, 0);
	cluster->silent = true;
	cluster->nodes->groups_asked_at = MS_UNSET;
	drain(cluster, LONGEST);
	assert_int_equal(cluster->api.shared->n_heard, 0);
	cluster->silent = false;
	cluster->nodes->groups_asked_at = MS_UNSET;
	drain(cluster, LONGEST);
	assert_false(leaves(cluster));
	assert_int_equal(cluster->api.shared->n_heard, 1);
	assert_int_equal(cluster->removed, 0);
}

/* A mark whose time is no time that anything began is no reason to drain for ever. */
static void test_times_that_cannot_be(void **state)
{
	static const char *const taints[] = {TAINT("nonsense"), TAINT("-5"), TAINT("253402300799"), TAINT("")};
	struct cluster *cluster = *state;
	pod(cluster, "p1", "");
	for (size_t i = 0; i < COUNT(taints); i++) {
		api_forget(&cluster->api);
		answers_node(cluster, 1, "PATCH " NODE, "u1", "9", "");
		node(cluster, "u1", "7", taints[i]);
		assert_true(leaves(cluster));
		drain(cluster, 0);
		assert_false(leaves(cluster));
	}
}

/* ---- one that is gone, or is not ---- */

/* Its pods are the other's now. */
static void test_gone_under_us(void **state)
{
	struct cluster *cluster = *state;
	const struct watch_sink sink = node_sink(cluster->nodes);
	node(cluster, "u1", "7", TAINT(MARKED));
	pod(cluster, "p1", "");
	look(cluster);
	sink.drop(sink.self, "u1");
	live_nodes_drain(cluster->nodes, WALL);
	assert_int_equal(cluster->api.shared->n_heard, 0);
	node(cluster, "u2", "1", "");
	drain(cluster, LONGEST);
	assert_int_equal(cluster->api.shared->n_heard, 0);
	assert_int_equal(cluster->removed, 0);
}

/* Another may have gone in the place of one that was let go: its group is asked again, and one that it does not let go
 * after all is as any other. */
static void test_let_go_and_still_there(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "u1", "7", TAINT(MARKED));
	answers_node(cluster, ALWAYS, "PATCH " NODE, "u1", "9", "");
	drain(cluster, 0);
	assert_int_equal(cluster->removed, 1);
	node(cluster, "u1", "8", TAINT(MARKED)); /* a heartbeat */
	assert_true(find(cluster)->given_up);
	drain(cluster, 59 * SECOND_MS);
	assert_int_equal(cluster->removed, 1);
	drain(cluster, MINUTE_MS);
	assert_int_equal(cluster->removed, 2);
	pod(cluster, "p1", ""); /* tolerates everything: of no matter where the machine is going */
	drain(cluster, LONGEST + MINUTE_MS);
	assert_int_equal(cluster->removed, 3);
	assert_int_equal(api_logged(&cluster->api, "removed: it was empty"), 1);
	assert_true(leaves(cluster) && find(cluster)->given_up);
	cluster->refuses = true;
	drain(cluster, LONGEST + 2 * MINUTE_MS);
	assert_int_equal(cluster->removed, 4);
	assert_true(leaves(cluster) && !find(cluster)->given_up);
	drain(cluster, LONGEST + 2 * MINUTE_MS);
	assert_false(leaves(cluster));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_cluster, close_cluster)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_marked),
	    TEST(test_marked_after_a_change),
	    TEST(test_marked_by_another),
	    TEST(test_mark_has_an_end),
	    TEST(test_mark_of_one_that_went),
	    TEST(test_evicted),
	    TEST(test_not_at_once),
	    TEST(test_eviction_answers),
	    TEST(test_each_has_its_turn),
	    TEST(test_given_back),
	    TEST(test_given_back_after_all),
	    TEST(test_given_back_for_a_pod_that_stays),
	    TEST(test_given_back_by_its_group),
	    TEST(test_of_no_group),
	    TEST(test_times_that_cannot_be),
	    TEST(test_gone_under_us),
	    TEST(test_let_go_and_still_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
