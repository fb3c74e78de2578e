#include "../../autoscaler/io/journal/record.h"
#include "../../autoscaler/io/live/node_store.h"
#include "json_fixture.h"

#include <time.h>

#define NOW   INT64_C(1795528800000) /* 2026-11-24T14:00:00Z */
#define AHEAD (7 * SECOND_MS)

/* ---- a driver whose groups are what the test says; a node is of the group that its providerID names ---- */

struct played {
	struct node_group groups[4];
	uint32_t n;
	bool silent;
	int asked;
};

static int played_groups(void *self, const struct node_group **groups, uint32_t *n, struct err *err)
{
	struct played *played = self;
	played->asked++;
	if (played->silent)
		return err_set(err, "no answer");
	*groups = played->groups;
	*n = played->n;
	return 0;
}

static int32_t played_group_of(void *self, const char *provider_id, const char *node)
{
	const struct played *played = self;
	(void)node;
	for (uint32_t i = 0; i < played->n; i++)
		if (strcmp(played->groups[i].id, provider_id) == 0)
			return (int32_t)i;
	return -1;
}

static void played_close(void *self)
{
	(void)self;
}

static const struct node_group_driver driver = {
    .name = "played", .close = played_close, .groups = played_groups, .group_of = played_group_of};

/* ---- a cluster of that ---- */

struct cluster {
	struct settings settings;
	struct live_pods *pods;
	struct live_nodes *nodes;
	struct played played;
	struct snapshot seen;
	ms_t now;
};

static int open_cluster(void **state)
{
	struct cluster *cluster = calloc(1, sizeof *cluster);
	struct err err;
	assert_non_null(cluster);
	cluster->now = NOW;
	cluster->settings.ca =
	    (struct ca_settings){.max_node_provision_time = 15 * MINUTE_MS, .utilization_threshold = 0.5};
	cluster->pods = live_pods_open(NULL, NULL, &err);
	const struct live_nodes_config config = {.pods = cluster->pods, .settings = &cluster->settings};
	cluster->nodes = live_nodes_open(&config, &err);
	assert_non_null(cluster->nodes);
	cluster->nodes->sources[0] = (struct group_source){.driver = &driver, .self = &cluster->played};
	cluster->nodes->n_sources = 1;
	cluster->played.n = 1;
	cluster->played.groups[0] = (struct node_group){.id = "g", .name = "asg/g", .min = 1, .max = 9, .size = 1};
	*state = cluster;
	return 0;
}

static int close_cluster(void **state)
{
	struct cluster *cluster = *state;
	live_nodes_close(cluster->nodes);
	live_pods_close(cluster->pods);
	free(cluster);
	return 0;
}

static const struct snapshot *look(struct cluster *cluster)
{
	struct err err;
	if (live_nodes_observe(cluster->nodes, cluster->now, AHEAD, &cluster->seen, &err) < 0)
		fail_msg("%s", err.message);
	return &cluster->seen;
}

#define ALLOCATABLE "'allocatable':{'cpu':'3920m','memory':'15Gi','pods':'58'}"
#define READY       "'conditions':[{'type':'Ready','status':'True'}]"

/* A node of group g, Ready; more: of its spec. */
static void node(struct cluster *cluster, const char *name, const char *labels, const char *more)
{
	put(node_sink(cluster->nodes), name,
	    "{'metadata':{'name':'%s','creationTimestamp':'2026-11-24T13:00:00Z','labels':{'kubernetes.io/"
	    "hostname':'%s'%s}},"
	    "'spec':{'providerID':'g'%s},'status':{" ALLOCATABLE "," READY "}}",
	    name, name, labels, more);
}

/* A pod of a ReplicaSet on a node; more: of its spec. */
static void pod(struct cluster *cluster, const char *namespace_, const char *name, const char *on, const char *more)
{
	put(live_pods_sink(cluster->pods), name,
	    "{'metadata':{'name':'%s','namespace':'%s','labels':{'app':'%s'},'creationTimestamp':'2026-11-24T13:30:00Z'"
	    ","
	    "'ownerReferences':[{'kind':'ReplicaSet','name':'r','controller':true}]},'spec':{'nodeName':'%s','"
	    "containers':"
	    "[{'name':'c','resources':{'requests':{'cpu':'500m','memory':'1Gi'}}}]%s},'status':{'phase':'Running'}}",
	    name, namespace_, name, on, more);
}

static void pending(struct cluster *cluster, const char *name, const char *more)
{
	put(live_pods_sink(cluster->pods), name,
	    "{'metadata':{'name':'%s','namespace':'n','creationTimestamp':'2026-11-24T13:59:00Z','ownerReferences':"
	    "[{'kind':'ReplicaSet','name':'r','controller':true}]},'spec':{'containers':[{'name':'c','resources':"
	    "{'requests':{'cpu':'2','memory':'1Gi'}}}]%s},'status':{'phase':'Pending','conditions':[{'type':'"
	    "PodScheduled',"
	    "'status':'False','reason':'Unschedulable','lastTransitionTime':'2026-11-24T13:59:01Z'}]}}",
	    name, more);
}

static const struct node_view *view(const struct cluster *cluster, const char *name)
{
	for (uint32_t i = 0; i < cluster->seen.n_nodes; i++) {
		const char *here = live_node_name(cluster->nodes, i);
		if (here && strcmp(here, name) == 0)
			return &cluster->seen.nodes[i];
	}
	fail_msg("no node %s", name);
	return NULL;
}

static bool fits(const struct snapshot *seen, uint32_t shape, uint32_t kind)
{
	assert_true(shape < seen->n_shapes && kind < seen->n_kinds);
	return seen->fits[shape * seen->n_kinds + kind];
}

/* ---- tests ---- */

static void test_node(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "a", "", "");
	pod(cluster, "n", "p", "a", "");
	pod(cluster, "n", "q", "elsewhere", "");
	look(cluster);
	const struct node_view *a = view(cluster, "a");
	assert_true(a->state == NODE_READY && a->group == 0);
	assert_int_equal(a->created_at, NOW - HOUR_MS + AHEAD);
	assert_int_equal(a->cpu_milli, 3920);
	assert_int_equal(a->memory_bytes, 15 * GIB);
	assert_int_equal(a->pods, 58);
	assert_int_equal(a->used_cpu_milli, 500);
	assert_int_equal(a->used_memory_bytes, GIB);
	assert_int_equal(a->n_placed, 1);
	assert_true(!a->placed[0].pinned && !a->placed[0].daemon && a->placed[0].budget == NO_BUDGET);
	assert_int_equal(cluster->seen.n_unready, 0);
}

static void test_kinds(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "a", ",'disk':'ssd','id':'1'", "");
	node(cluster, "b", ",'disk':'ssd','id':'2'", "");
	node(cluster, "c", ",'disk':'hdd','id':'3'", "");
	node(cluster, "d", ",'disk':'ssd'", ",'taints':[{'key':'gpu','value':'x','effect':'NoSchedule'}]");
	pod(cluster, "n", "p", "a", ",'nodeSelector':{'disk':'ssd'}");
	pod(cluster, "n", "q", "b", "");
	const struct snapshot *seen = look(cluster);
	uint32_t picky = view(cluster, "a")->placed[0].shape, easy = view(cluster, "b")->placed[0].shape;
	assert_int_equal(view(cluster, "a")->kind, view(cluster, "b")->kind); /* nobody asks for id */
	assert_int_not_equal(view(cluster, "a")->kind, view(cluster, "c")->kind);
	assert_int_not_equal(view(cluster, "a")->kind, view(cluster, "d")->kind);
	assert_true(fits(seen, picky, view(cluster, "b")->kind));
	assert_false(fits(seen, picky, view(cluster, "c")->kind));
	assert_true(fits(seen, easy, view(cluster, "c")->kind));
	assert_false(fits(seen, easy, view(cluster, "d")->kind));
	assert_true(fits(seen, picky, seen->groups[0].kind)); /* a fresh one is like a */
	pod(cluster, "n", "r", "a", ",'nodeSelector':{'kubernetes.io/hostname':'b'}");
	seen = look(cluster);
	uint32_t tied = view(cluster, "a")->placed[1].shape;
	assert_true(fits(seen, tied, view(cluster, "b")->kind));
	assert_false(fits(seen, tied, view(cluster, "a")->kind));
	assert_false(fits(seen, tied, seen->groups[0].kind)); /* which has a name of its own */
}

static void test_daemons(void **state)
{
	struct cluster *cluster = *state;
	static const char daemon[] =
	    "{'metadata':{'name':'%s','namespace':'kube-system','ownerReferences':[{'kind':'DaemonSet','name':'%s',"
	    "'controller':true}]},'spec':{'nodeName':'a','tolerations':[{'operator':'Exists'}],'affinity':{'"
	    "nodeAffinity':"
	    "{'requiredDuringSchedulingIgnoredDuringExecution':{'nodeSelectorTerms':[{%s'matchFields':[{'key':"
	    "'metadata.name','operator':'In','values':['a']}]}]}}},'containers':[{'name':'c','resources':{'requests':"
	    "{'cpu':'100m','memory':'1Gi'}}}]},'status':{'phase':'Running'}}";
	node(cluster, "a", "", "");
	look(cluster);
	assert_int_equal(cluster->seen.groups[0].cpu_milli, 3920);
	put(live_pods_sink(cluster->pods), "d1", daemon, "d1", "proxy", "");
	put(live_pods_sink(cluster->pods), "d2", daemon, "d2", "other",
	    "'matchExpressions':[{'key':'disk','operator':'In','values':['ssd']}],");
	const struct snapshot *seen = look(cluster);
	assert_true(view(cluster, "a")->placed[0].daemon && view(cluster, "a")->n_placed == 2);
	assert_false(view(cluster, "a")->placed[0].pinned); /* of kube-system, but a DaemonSet's */
	assert_int_equal(seen->groups[0].cpu_milli, 3820);  /* proxy goes everywhere, other does not */
	assert_int_equal(seen->groups[0].memory_bytes, 14 * GIB);
	assert_int_equal(seen->groups[0].pods, 57);
	assert_true(seen->n_shapes >= 1); /* that they point at */
}

static void test_states(void **state)
{
	struct cluster *cluster = *state;
	static const char unready[] = "{'metadata':{'name':'%s','creationTimestamp':'2026-11-24T13:55:00Z'},'spec':"
				      "{'providerID':'g'},'status':{" ALLOCATABLE "}}";
	node(cluster, "a", "", "");
	node(cluster, "b", "",
	     ",'taints':[{'key':'ToBeDeletedByPlimsoll','value':'1795528700','effect':'NoSchedule'}]");
	put(node_sink(cluster->nodes), "c", unready, "c");
	cluster->played.groups[0].size = 3;
	look(cluster);
	assert_int_equal(view(cluster, "b")->state, NODE_LEAVING);
	assert_int_equal(view(cluster, "c")->state, NODE_UPCOMING);
	uint64_t generation = cluster->seen.generation;
	cluster->now += 9 * MINUTE_MS;
	look(cluster);
	assert_int_equal(cluster->seen.generation, generation);
	cluster->now += 2 * MINUTE_MS; /* 15 minutes old, and a bit */
	look(cluster);
	assert_int_equal(view(cluster, "c")->state, NODE_UNREADY);
	assert_true(cluster->seen.generation > generation);
	put(node_sink(cluster->nodes), "a", unready, "a"); /* was Ready */
	look(cluster);
	assert_int_equal(view(cluster, "a")->state, NODE_UNREADY);
	assert_int_equal(cluster->seen.n_unready, 2);
}

static uint32_t count(const struct snapshot *seen, enum node_state state)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < seen->n_nodes; i++)
		n += seen->nodes[i].state == state;
	return n;
}

static void test_coming(void **state)
{
	struct cluster *cluster = *state;
	struct node_group *group = &cluster->played.groups[0];
	node(cluster, "a", "", "");
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 0);
	group->size = 3;
	cluster->now += MINUTE_MS;
	const struct snapshot *seen = look(cluster);
	assert_int_equal(count(seen, NODE_UPCOMING), 2);
	for (uint32_t i = 0; i < seen->n_nodes; i++)
		if (seen->nodes[i].state == NODE_UPCOMING) {
			assert_int_equal(seen->nodes[i].created_at, cluster->now);
			assert_int_equal(seen->nodes[i].cpu_milli, 3920);
			assert_null(live_node_name(cluster->nodes, i));
		}
	assert_true(seen->n_nodes <= live_nodes_max(cluster->nodes));
	node(cluster, "b", "", "");
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 1);
	assert_false(cluster->seen.groups[0].held);
	group->trouble = "a launch failed";
	cluster->now += MINUTE_MS;
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 0);
	assert_true(cluster->seen.groups[0].held);
	group->trouble = NULL;
	cluster->now += 15 * MINUTE_MS; /* it is late */
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 0);
	assert_true(cluster->seen.groups[0].held);
	group->size = 2;
	cluster->now += MINUTE_MS;
	assert_false(look(cluster)->groups[0].held);
	cluster->played.silent = true;
	cluster->now += MINUTE_MS;
	assert_true(look(cluster)->groups[0].held);
	assert_int_equal(cluster->seen.groups[0].size, 2);
}

/* A node that is lost is put in place again by its cloud: that one comes, however long ago its group last grew. */
static void test_replaced(void **state)
{
	struct cluster *cluster = *state;
	const struct watch_sink sink = node_sink(cluster->nodes);
	node(cluster, "a", "", "");
	node(cluster, "b", "", "");
	cluster->played.groups[0].size = 2;
	look(cluster);
	cluster->now += DAY_MS;
	look(cluster);
	sink.drop(sink.self, "b");
	cluster->now += MINUTE_MS;
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 1);
	assert_false(cluster->seen.groups[0].held);
	cluster->now += 13 * MINUTE_MS;
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 1);
	cluster->now += MINUTE_MS; /* it is late */
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 0);
	assert_true(cluster->seen.groups[0].held);
	node(cluster, "c", "", "");
	assert_false(look(cluster)->groups[0].held);
}

/* One that its group is smaller by does not stand for one that is to come. */
static void test_given_up(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "a", "", "");
	node(cluster, "b", "",
	     ",'taints':[{'key':'ToBeDeletedByPlimsoll','value':'1795528700','effect':'NoSchedule'}]");
	cluster->played.groups[0].size = 2;
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 0);
	live_node_find(cluster->nodes, "b")->given_up = true;
	cluster->now += MINUTE_MS; /* made smaller by b, and larger by another */
	cluster->nodes->changes++;
	assert_int_equal(count(look(cluster), NODE_UPCOMING), 1);
	node(cluster, "b", ",'x':'y'",
	     ",'taints':[{'key':'ToBeDeletedByPlimsoll','value':'1795528700','effect':'NoSchedule'}]");
	assert_true(live_node_find(cluster->nodes, "b")->given_up);
}

static void test_kept(void **state)
{
	struct cluster *cluster = *state;
	const struct live_kept *kept;
	node(cluster, "a", "", "");
	node(cluster, "b", "", "");
	node(cluster, "c", "", "");
	pod(cluster, "n", "local", "a", ",'volumes':[{'name':'v','emptyDir':{}}]");
	pod(cluster, "kube-system", "dns", "b", "");
	pod(cluster, "n", "plain", "c", "");
	look(cluster);
	assert_true(view(cluster, "a")->placed[0].pinned && view(cluster, "b")->placed[0].pinned);
	assert_false(view(cluster, "c")->placed[0].pinned);
	assert_int_equal(live_nodes_kept(cluster->nodes, &kept), 2);
	assert_string_equal(kept[0].node, "a");
	assert_string_equal(kept[0].pod, "local");
	assert_string_equal(kept[0].why, "has local storage");
	assert_int_equal(kept[0].group, view(cluster, "a")->group);
	assert_string_equal(kept[1].why, "is of kube-system, without a disruption budget");
	put(budget_sink(cluster->nodes), "b1",
	    "{'metadata':{'namespace':'kube-system'},'spec':{'selector':{'matchLabels':{'app':'dns'}}},'status':"
	    "{'disruptionsAllowed':1}}");
	look(cluster);
	assert_false(view(cluster, "b")->placed[0].pinned);
	assert_int_equal(live_nodes_kept(cluster->nodes, &kept), 1);
	pending(cluster, "spread",
		",'topologySpreadConstraints':[{'maxSkew':1,'topologyKey':'zone','whenUnsatisfiable':"
		"'DoNotSchedule','labelSelector':{}}]");
	look(cluster);
	assert_true(cluster->seen.pending[0].unmodelled);
	assert_int_equal(live_nodes_kept(cluster->nodes, &kept), 2);
	assert_null(kept[1].node);
	assert_int_equal(kept[1].group, NO_GROUP);
	assert_non_null(strstr(kept[1].why, "which is not followed"));
}

static void test_budgets(void **state)
{
	struct cluster *cluster = *state;
	static const char budget[] = "{'metadata':{'namespace':'%s'},'spec':{'selector':%s},'status':"
				     "{'disruptionsAllowed':%d}}";
	struct watch_sink sink = budget_sink(cluster->nodes);
	node(cluster, "a", "", "");
	pod(cluster, "n", "p", "a", "");
	pod(cluster, "n", "q", "a", "");
	put(sink, "1", budget, "n", "{'matchLabels':{'app':'p'}}", 2);
	put(sink, "2", budget, "other", "{}", 5);
	const struct snapshot *seen = look(cluster);
	assert_int_equal(seen->n_budgets, 2);
	assert_int_equal(seen->budgets[view(cluster, "a")->placed[0].budget], 2);
	assert_int_equal(view(cluster, "a")->placed[1].budget, NO_BUDGET);
	put(sink, "1", budget, "n", "{'matchLabels':{'app':'p'}}", 0);
	seen = look(cluster);
	assert_int_equal(seen->budgets[view(cluster, "a")->placed[0].budget], 0);
	put(sink, "3", budget, "n", "{}", 1); /* p is under two now, which the API evicts for neither */
	look(cluster);
	assert_true(view(cluster, "a")->placed[0].pinned);
	assert_false(view(cluster, "a")->placed[1].pinned);
	sink.drop(sink.self, "3");
	look(cluster);
	assert_false(view(cluster, "a")->placed[0].pinned);
}

static void test_pending(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "a", "", "");
	assert_false(live_nodes_woken(cluster->nodes));
	pending(cluster, "x", "");
	pending(cluster, "y", "");
	pending(cluster, "z", ",'nodeSelector':{'disk':'ssd'}");
	assert_true(live_nodes_woken(cluster->nodes));
	assert_false(live_nodes_woken(cluster->nodes));
	const struct snapshot *seen = look(cluster);
	assert_int_equal(seen->n_pending, 2);
	assert_int_equal(seen->pending[0].count, 2);
	assert_int_equal(seen->pending[0].cpu_milli, 2000);
	assert_int_equal(seen->pending[0].since, NOW - MINUTE_MS + AHEAD);
	assert_true(fits(seen, seen->pending[0].shape, seen->groups[0].kind));
	assert_false(fits(seen, seen->pending[1].shape, seen->groups[0].kind));
	assert_int_equal(live_nodes_sum(cluster->nodes).pending, 3);
}

static void test_slots(void **state)
{
	struct cluster *cluster = *state;
	struct watch_sink sink = node_sink(cluster->nodes);
	node(cluster, "a", "", "");
	node(cluster, "b", "", "");
	node(cluster, "c", "", "");
	look(cluster);
	uint32_t uid = cluster->seen.nodes[2].uid;
	assert_string_equal(live_node_name(cluster->nodes, 2), "c");
	sink.drop(sink.self, "b");
	assert_string_equal(live_node_name(cluster->nodes, 1), "b"); /* as it was seen, until the next look */
	look(cluster);
	assert_null(live_node_name(cluster->nodes, 1));
	assert_int_equal(cluster->seen.nodes[2].uid, uid);
	node(cluster, "d", "", "");
	look(cluster);
	assert_string_equal(live_node_name(cluster->nodes, 1), "d");
	sink.begin(sink.self);
	node(cluster, "c", "", "");
	sink.end(sink.self);
	look(cluster);
	assert_string_equal(live_node_name(cluster->nodes, 2), "c");
	assert_null(live_node_name(cluster->nodes, 0));
}

static void test_generation(void **state)
{
	struct cluster *cluster = *state;
	node(cluster, "a", "", "");
	uint64_t first = look(cluster)->generation;
	assert_int_equal(look(cluster)->generation, first);
	node(cluster, "a", "", ""); /* a heartbeat */
	assert_int_equal(look(cluster)->generation, first);
	cluster->now += MINUTE_MS; /* the groups are asked for again, and are the same */
	assert_int_equal(look(cluster)->generation, first);
	assert_int_equal(cluster->played.asked, 2);
	cluster->played.groups[0].max = 10;
	cluster->now += MINUTE_MS;
	assert_int_equal(look(cluster)->generation, first + 1);
	pod(cluster, "n", "p", "a", "");
	assert_int_equal(look(cluster)->generation, first + 2);
}

static void test_template(void **state)
{
	struct cluster *cluster = *state;
	static const struct label labels[] = {{"disk", "ssd"}};
	static const struct node_taint taints[] = {{"gpu", "x", "NoSchedule"}};
	cluster->played.groups[0].size = 0;
	pending(cluster, "x", "");
	assert_true(look(cluster)->groups[0].held); /* nobody knows what its nodes are like */
	cluster->played.groups[0] = (struct node_group){.id = "g",
							.name = "asg/g",
							.max = 9,
							.has_template = true,
							.cpu_milli = 4000,
							.memory_bytes = GIB,
							.pods = 110,
							.labels = labels,
							.n_labels = 1,
							.taints = taints,
							.n_taints = 1};
	cluster->now += MINUTE_MS;
	const struct snapshot *seen = look(cluster);
	assert_true(!seen->groups[0].held && seen->groups[0].cpu_milli == 4000);
	assert_false(fits(seen, seen->pending[0].shape, seen->groups[0].kind));
	pending(cluster, "x", ",'nodeSelector':{'disk':'ssd'},'tolerations':[{'key':'gpu','operator':'Exists'}]");
	seen = look(cluster);
	assert_true(fits(seen, seen->pending[0].shape, seen->groups[0].kind));
}

/* A tick that cannot be kept is not acted upon: what somebody's pod asks for must not keep others from getting nodes.
 */
static void keep(struct cluster *cluster)
{
	struct err err;
	struct record_codec *codec = record_codec_new(&err);
	struct record_bytes bytes = {0};
	const struct core_config config = {.settings = &cluster->settings};
	const struct plan plan = {.nodes = {.reason = NODES_NOTHING_TO_DO}};
	assert_non_null(codec);
	cluster->seen.due = DUE_NODES;
	record_codec_begin(codec, &config, NULL);
	if (record_tick_encode(codec, &cluster->seen, &plan, NULL, &bytes, &err) < 0)
		fail_msg("%s", err.message);
	record_bytes_free(&bytes);
	record_codec_free(codec);
}

static void test_beyond_reason(void **state)
{
	struct cluster *cluster = *state;
	char name[32];
	node(cluster, "a", "", "");
	for (int i = 0; i < 1100; i++) { /* nobody has scheduled them there */
		snprintf(name, sizeof name, "p-%d", i);
		pod(cluster, "n", name, "a", ",'overhead':{'cpu':'8E','memory':'8191Pi'}");
	}
	pending(cluster, "q", ",'overhead':{'cpu':'8E','memory':'8191Pi'}");
	put(node_sink(cluster->nodes), "b",
	    "{'metadata':{'name':'b'},'spec':{'providerID':'g'},'status':{'allocatable':{'cpu':'8E','memory':'8191Pi',"
	    "'pods':'9'}," READY "}}");
	look(cluster);
	keep(cluster);
	assert_true(view(cluster, "a")->used_memory_bytes > view(cluster, "a")->memory_bytes);
	assert_true(view(cluster, "a")->used_cpu_milli > view(cluster, "a")->cpu_milli);
	assert_int_equal(cluster->seen.pending[0].memory_bytes, LIVE_AMOUNT_MAX);
	assert_int_equal(view(cluster, "b")->memory_bytes, LIVE_AMOUNT_MAX);
}

/* A selector by host name makes each node a kind of its own. */
static void test_many_kinds(void **state)
{
	struct cluster *cluster = *state;
	char name[32], more[96];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "node-%d", i);
		node(cluster, name, "", "");
	}
	for (int i = 0; i < 700; i++) {
		snprintf(name, sizeof name, "pod-%d", i);
		snprintf(more, sizeof more, ",'nodeSelector':{'kubernetes.io/hostname':'node-%d'}", i);
		pod(cluster, "n", name, "node-0", more);
	}
	look(cluster);
	keep(cluster);
	assert_true(cluster->seen.n_shapes >= 700 && cluster->seen.n_kinds >= 1000);
}

/* A picture of 1,000 nodes and 20,000 pods; its time is shown, not judged. */
static void test_large(void **state)
{
	struct cluster *cluster = *state;
	struct timespec from, to;
	char name[32], on[32];
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof name, "node-%d", i);
		node(cluster, name, ",'zone':'z','disk':'ssd'", "");
	}
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof name, "pod-%d", i);
		snprintf(on, sizeof on, "node-%d", i % 1000);
		pod(cluster, "n", name, on, i % 3 ? "" : ",'nodeSelector':{'disk':'ssd'}");
	}
	put(budget_sink(cluster->nodes), "b", "{'metadata':{'namespace':'n'},'spec':{'selector':{}},'status':{}}");
	cluster->played.groups[0].size = 1000;
	look(cluster);
	cluster->nodes->changes++;
	clock_gettime(CLOCK_MONOTONIC, &from);
	const struct snapshot *seen = look(cluster);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("# drawn in %.1f ms\n",
	       (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6);
	assert_int_equal(count(seen, NODE_READY), 1000);
	assert_int_equal(view(cluster, "node-999")->n_placed, 20);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_cluster, close_cluster)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_node),     TEST(test_kinds),    TEST(test_daemons),       TEST(test_states),
	    TEST(test_coming),   TEST(test_given_up), TEST(test_replaced),      TEST(test_kept),
	    TEST(test_budgets),  TEST(test_pending),  TEST(test_slots),         TEST(test_generation),
	    TEST(test_template), TEST(test_large),    TEST(test_beyond_reason), TEST(test_many_kinds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
