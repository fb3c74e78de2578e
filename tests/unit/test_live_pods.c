#include "../../autoscaler/io/live/pods.h"
#include "json_fixture.h"

static struct live_pods *opened(void)
{
	struct err err;
	struct live_pods *pods = live_pods_open(NULL, NULL, &err);
	assert_non_null(pods);
	return pods;
}

static const struct live_pod *only(struct live_pods *pods)
{
	assert_int_equal(live_pods_count(pods), 1);
	return live_pod_at(pods, 0);
}

#define HEAD "'metadata':{'name':'a','namespace':'n'"

/* ---- decoding ---- */

static void test_everything(void **state)
{
	struct live_pods *pods = opened();
	(void)state;
	put(live_pods_sink(pods), "u-1",
	    "{'metadata':{'name':'web-1','namespace':'shop','uid':'u-1','creationTimestamp':'2026-11-24T14:00:00Z',"
	    "'labels':{'app':'web','tier':'a\\u0062'},'ownerReferences':[{'kind':'Thing','name':'x'},"
	    "{'kind':'ReplicaSet','name':'web-7f','controller':true}],'managedFields':[{'f:x':{}}]},"
	    "'spec':{'nodeName':'node-3','priority':-5,'containers':[{'name':'main','resources':{'requests':"
	    "{'cpu':'250m','memory':'64Mi'}}},{'name':'side'}]},"
	    "'status':{'phase':'Running','startTime':'2026-11-24T14:00:05Z','conditions':[{'type':'PodScheduled',"
	    "'status':'True'},{'type':'Ready','status':'True','lastTransitionTime':'2026-11-24T14:00:09Z'}]}}");
	const struct live_pod *pod = only(pods);
	assert_string_equal(pod->uid, "u-1");
	assert_string_equal(pod->namespace_, "shop");
	assert_string_equal(pod->name, "web-1");
	assert_string_equal(pod->node, "node-3");
	assert_string_equal(pod->owner_kind, "ReplicaSet");
	assert_string_equal(pod->owner_name, "web-7f");
	assert_int_equal(pod->n_labels, 2);
	assert_string_equal(pod->labels[1].value, "ab");
	assert_int_equal(pod->created_at, INT64_C(1795528800000));
	assert_int_equal(pod->view.start_at, INT64_C(1795528805000));
	assert_int_equal(pod->view.ready_changed_at, INT64_C(1795528809000));
	assert_true(pod->view.phase == POD_RUNNING && pod->view.ready == POD_READY_TRUE && !pod->view.deleted);
	assert_int_equal(pod->n_containers, 2);
	assert_string_equal(pod->containers[0].name, "main");
	assert_int_equal(pod->containers[0].memory_bytes, 64 << 20);
	assert_int_equal(pod->containers[1].cpu_milli, -1);
	assert_int_equal(pod->cpu_milli, 250);
	assert_int_equal(pod->priority, -5);
	assert_int_equal(pod->unschedulable_at, MS_UNSET);
	assert_true(pod->keep == KEEP_NOT && !pod->unmodelled && !pod->mirror && !pod->daemon);
	assert_string_equal(pod->scheduling, "{}");
	live_pods_close(pods);
}

/* What the HPA controller looks at. */
static const struct {
	const char *status;
	enum pod_phase phase;
	enum pod_ready ready;
} phases[] = {
    {"'phase':'Pending'", POD_PENDING, POD_READY_UNKNOWN},
    {"'phase':'Succeeded'", POD_SUCCEEDED, POD_READY_UNKNOWN},
    {"'phase':'Failed'", POD_FAILED, POD_READY_UNKNOWN},
    {"'phase':'Unknown','conditions':[{'type':'Ready','status':'Unknown'}]", POD_RUNNING, POD_READY_FALSE},
    {"'conditions':[{'type':'ContainersReady','status':'True'},{'type':'Ready','status':'False'}]", POD_RUNNING,
     POD_READY_FALSE},
};

static void test_phases(void **state)
{
	struct live_pods *pods = opened();
	(void)state;
	for (size_t i = 0; i < COUNT(phases); i++) {
		put(live_pods_sink(pods), "u", "{" HEAD ",'deletionTimestamp':'2026-11-24T14:00:00Z'},'status':{%s}}",
		    phases[i].status);
		assert_int_equal(only(pods)->view.phase, phases[i].phase);
		assert_int_equal(only(pods)->view.ready, phases[i].ready);
		assert_int_equal(only(pods)->view.start_at, MS_UNSET);
		assert_true(only(pods)->view.deleted);
	}
	put(live_pods_sink(pods), "u",
	    "{" HEAD "},'status':{'conditions':[{'type':'PodScheduled','status':'False',"
	    "'reason':'Unschedulable','lastTransitionTime':'1970-01-01T00:00:07Z'}]}}");
	assert_int_equal(only(pods)->unschedulable_at, 7000);
	live_pods_close(pods);
}

#define ASKS(name, cpu, memory) "{'name':'" name "','resources':{'requests':{'cpu':'" cpu "','memory':'" memory "'}}"

/* KEP-753's own cases, pod-level resources, overhead. */
static const struct {
	const char *spec;
	int64_t cpu, memory;
	uint32_t containers;
} requests[] = {
    {"'containers':[" ASKS("a", "1", "1Ki") "}," ASKS("b", "500m", "1Ki") "}]", 1500, 2048, 2},
    {"'initContainers':[" ASKS("i", "5", "1Ki") "}],'containers':[" ASKS("a", "1", "2Ki") "}]", 5000, 2048, 1},
    {"'initContainers':[" ASKS("s", "1", "1Ki") ",'restartPolicy':'Always'}," ASKS(
	 "i", "3", "1Ki") "}],"
			  "'containers':[" ASKS("a", "1", "1Ki") "}]",
     4000, 2048, 2},
    {"'initContainers':[" ASKS("i", "3", "1Ki") "}," ASKS("s", "1", "1Ki") ",'restartPolicy':'Always'}],"
									   "'containers':[" ASKS("a", "1", "1Ki") "}]",
     3000, 2048, 2},
    {"'resources':{'requests':{'cpu':'2'}},'overhead':{'cpu':'250m','memory':'1Ki'},"
     "'containers':[" ASKS("a", "1", "1Ki") "}]",
     2250, 2048, 1},
    {"'containers':[{'name':'a'}]", 0, 0, 1},
    {"'containers':[" ASKS("a", "9E", "8E") "}," ASKS("b", "9E", "8E") "}]", LIVE_AMOUNT_MAX, LIVE_AMOUNT_MAX, 2},
};

static void test_requests(void **state)
{
	struct live_pods *pods = opened();
	(void)state;
	for (size_t i = 0; i < COUNT(requests); i++) {
		put(live_pods_sink(pods), "u", "{" HEAD "},'spec':{%s}}", requests[i].spec);
		assert_int_equal(only(pods)->cpu_milli, requests[i].cpu);
		assert_int_equal(only(pods)->memory_bytes, requests[i].memory);
		assert_int_equal(only(pods)->n_containers, requests[i].containers);
	}
	live_pods_close(pods);
}

static const struct {
	const char *spec, *unmodelled; /* NULL: all is followed */
} asked[] = {
    {"'containers':[{'name':'a','ports':[{'containerPort':80}]}]", NULL},
    {"'affinity':{'podAffinity':{'preferredDuringSchedulingIgnoredDuringExecution':[{}]}}", NULL},
    {"'affinity':{'podAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':[{}]},"
     "'podAntiAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':[{}]}}",
     "podAffinity, podAntiAffinity"},
    {"'topologySpreadConstraints':[{'whenUnsatisfiable':'ScheduleAnyway'}]", NULL},
    {"'topologySpreadConstraints':[{'whenUnsatisfiable':'DoNotSchedule'}]", "topologySpreadConstraints"},
    {"'volumes':[{'persistentVolumeClaim':{}},{'persistentVolumeClaim':{}},{'ephemeral':{}},{'configMap':{}}]",
     "persistentVolumeClaim, ephemeral volume"},
    {"'resourceClaims':[{'name':'gpu'}],'schedulingGates':[{'name':'g'}]", "resourceClaims, schedulingGates"},
    {"'containers':[{'name':'a','ports':[{'containerPort':80,'hostPort':80}]}]", "hostPort"},
    {"'initContainers':[{'name':'a','resources':{'requests':{'cpu':1,'nvidia.com/gpu':'1','a.b/c':'0'}}}]",
     "nvidia.com/gpu"},
};

static void test_unmodelled(void **state)
{
	struct live_pods *pods = opened();
	(void)state;
	for (size_t i = 0; i < COUNT(asked); i++) {
		put(live_pods_sink(pods), "u",
		    "{" HEAD ",'ownerReferences':[{'kind':'Job','name':'j','controller':true}]},'spec':{%s}}",
		    asked[i].spec);
		const struct live_pod *pod = only(pods);
		assert_int_equal(pod->keep, asked[i].unmodelled ? KEEP_UNMODELLED : KEEP_NOT);
		if (asked[i].unmodelled)
			assert_string_equal(pod->unmodelled, asked[i].unmodelled);
		else
			assert_null(pod->unmodelled);
	}
	live_pods_close(pods);
}

#define SAFE  "'cluster-autoscaler.kubernetes.io/safe-to-evict':"
#define OWNED "'ownerReferences':[{'kind':'ReplicaSet','name':'r','controller':true}],"
#define LOCAL "'volumes':[{'name':'v','emptyDir':{}}]"

static const struct {
	const char *metadata, *annotations, *spec, *status;
	enum live_keep keep;
} kept[] = {
    {OWNED, "", "", "", KEEP_NOT},
    {"", "", "", "", KEEP_BARE},
    {"'ownerReferences':[{'kind':'ReplicaSet','name':'r'}],", "", "", "", KEEP_BARE},
    {"'ownerReferences':[{'kind':'Workflow','name':'r','controller':true}],", "", "", "", KEEP_BARE},
    {"", SAFE "'true'", LOCAL, "", KEEP_NOT},
    {OWNED, SAFE "'false'", "", "", KEEP_UNSAFE},
    {OWNED, "", LOCAL, "", KEEP_LOCAL_STORAGE},
    {OWNED, "", "'volumes':[{'name':'v','hostPath':{'path':'/x'}}]", "", KEEP_LOCAL_STORAGE},
    {OWNED, "", "'volumes':[{'name':'v','emptyDir':{'medium':'Memory'}}]", "", KEEP_NOT},
    {OWNED, "'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes':'u,v'", LOCAL, "", KEEP_NOT},
    {OWNED, "'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes':'vv'", LOCAL, "", KEEP_LOCAL_STORAGE},
    {"'ownerReferences':[{'kind':'DaemonSet','name':'d','controller':true}],", SAFE "'false'", LOCAL, "", KEEP_NOT},
    {"'ownerReferences':[{'kind':'Node','name':'n','controller':true}],", "'kubernetes.io/config.mirror':'x'", "", "",
     KEEP_NOT},
    {"", "", "", "'phase':'Succeeded'", KEEP_NOT},
};

static void test_keep(void **state)
{
	struct live_pods *pods = opened();
	(void)state;
	for (size_t i = 0; i < COUNT(kept); i++) {
		put(live_pods_sink(pods), "u",
		    "{'metadata':{%s'annotations':{%s},'name':'a','namespace':'n'},'spec':{%s},'status':{%s}}",
		    kept[i].metadata, kept[i].annotations, kept[i].spec, kept[i].status);
		assert_int_equal(only(pods)->keep, kept[i].keep);
	}
	live_pods_close(pods);
}

static void test_scheduling(void **state)
{
	struct live_pods *pods = opened();
	(void)state;
	put(live_pods_sink(pods), "a",
	    "{'metadata':{'name':'a','namespace':'n'},'spec':{'nodeSelector': {'z':'1', "
	    "'b':'2'},'tolerations':[{'key':'k',"
	    "'effect':'NoSchedule'}],'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':"
	    "{'nodeSelectorTerms':[{'matchExpressions':[{'operator':'In','key':'x','values':['y']}]}]}}}}}");
	put(live_pods_sink(pods), "b",
	    "{'metadata':{'name':'b','namespace':'m'},'spec':{'tolerations':[{'effect':'NoSchedule','key':'k'}],"
	    "'nodeSelector':{'b':'2','z':'1'},'affinity':{'nodeAffinity':{'"
	    "requiredDuringSchedulingIgnoredDuringExecution':"
	    "{'nodeSelectorTerms':[{'matchExpressions':[{'key':'x','operator':'In','values':['y']}]}]}}}}}");
	const char *scheduling = live_pod_find(pods, "n", "a")->scheduling;
	assert_ptr_equal(scheduling, live_pod_find(pods, "m", "b")->scheduling);
	assert_string_equal(scheduling,
			    "{\"nodeAffinity\":[{\"matchExpressions\":[{\"key\":\"x\",\"operator\":\"In\",\"values\":"
			    "[\"y\"]}]}],\"nodeSelector\":{\"b\":\"2\",\"z\":\"1\"},\"tolerations\":[{\"effect\":"
			    "\"NoSchedule\",\"key\":\"k\"}]}");
	live_pods_close(pods);
}

/* Objects that no API server would send are left out, or read as far as they make sense. */
static void test_nonsense(void **state)
{
	static const char *const texts[] = {"[]",
					    "{}",
					    "{'metadata':5}",
					    "{'metadata':{'name':'a'}}",
					    "{'metadata':{'name':'','namespace':'n'}}",
					    "{'metadata':{'name':['a'],'namespace':'n'}}"};
	struct live_pods *pods = opened();
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		put(live_pods_sink(pods), "u", "%s", texts[i]);
	assert_int_equal(live_pods_count(pods), 0);
	put(live_pods_sink(pods), "u",
	    "{" HEAD ",'labels':{'b':5,'a':'1','a':'2','c':null}},'spec':{'containers':{'x':[]},'volumes':7},"
	    "'status':[]}");
	assert_int_equal(only(pods)->n_labels, 1);
	assert_string_equal(only(pods)->labels[0].key, "a");
	live_pods_close(pods);
}

/* ---- the cache ---- */

static void put_named(struct live_pods *pods, const char *namespace_, const char *name, const char *labels,
		      const char *node)
{
	put(live_pods_sink(pods), name,
	    "{'metadata':{'name':'%s','namespace':'%s','labels':{%s}},'spec':{'nodeName':'%s'}}", name, namespace_,
	    labels, node);
}

static void test_changes(void **state)
{
	struct live_pods *pods = opened();
	struct watch_sink sink = live_pods_sink(pods);
	(void)state;
	assert_false(live_pods_synced(pods));
	sink.begin(sink.self);
	put_named(pods, "n", "a", "'x':'1'", "");
	put_named(pods, "n", "b", "'x':'1'", "");
	assert_false(live_pods_synced(pods));
	sink.end(sink.self);
	assert_true(live_pods_synced(pods));
	uint64_t generation = live_pods_generation(pods);
	const struct live_pod *pod = live_pod_find(pods, "n", "a");
	put_named(pods, "n", "a", "'x':'1'", "");
	assert_ptr_equal(live_pod_find(pods, "n", "a"), pod);
	put(live_pods_sink(pods), "a",
	    "{'metadata':{'name':'a','namespace':'n','labels':{'x':'1'}},'status':{'conditions':"
	    "[{'type':'Ready','status':'True'}]}}");
	assert_int_equal(live_pod_find(pods, "n", "a")->view.ready, POD_READY_TRUE);
	assert_int_equal(live_pods_generation(pods), generation);
	put_named(pods, "n", "a", "'x':'1'", "node-1");
	assert_int_not_equal(live_pods_generation(pods), generation);
	generation = live_pods_generation(pods);
	sink.begin(sink.self);
	put_named(pods, "n", "a", "'x':'1'", "node-1");
	sink.end(sink.self);
	assert_int_equal(live_pods_count(pods), 1);
	assert_int_not_equal(live_pods_generation(pods), generation);
	sink.drop(sink.self, "nobody");
	sink.drop(sink.self, "a");
	assert_int_equal(live_pods_count(pods), 0);
	assert_null(live_pod_find(pods, "n", "a"));
	live_pods_close(pods);
}

/* A StatefulSet's pod that was made again before the old one was seen to go. */
static void test_same_name(void **state)
{
	struct live_pods *pods = opened();
	struct watch_sink sink = live_pods_sink(pods);
	(void)state;
	put(live_pods_sink(pods), "old", "{" HEAD "}}");
	put(live_pods_sink(pods), "new", "{" HEAD "}}");
	assert_string_equal(only(pods)->uid, "new");
	sink.drop(sink.self, "old");
	assert_string_equal(only(pods)->uid, "new");
	live_pods_close(pods);
}

/* ---- selectors ---- */

static const struct {
	const char *selector, *want;
} selectors[] = {
    {"app=web", "w1 w2 w3"},
    {"app==web,track=canary", "w3"},
    {" app in (web, db) , track notin (canary)", "d1 w1 w2"},
    {"app!=web", "d1 p1"},
    {"track", "w3"},
    {"!track,app", "d1 w1 w2"},
    {"app=nobody", ""},
    {"", "d1 p1 w1 w2 w3"},
    {"{'matchLabels':{'app':'web'},'matchExpressions':[{'key':'track','operator':'DoesNotExist'}]}", "w1 w2"},
    {"{'matchExpressions':[{'key':'app','operator':'In','values':['db','web','db']}]}", "d1 w1 w2 w3"},
    {"{'matchExpressions':[{'key':'app','operator':'NotIn','values':['db']},{'key':'app','operator':'Exists'}]}",
     "w1 w2 w3"},
    {"{}", "d1 p1 w1 w2 w3"},
    {"null", ""},
};

static struct live_selector *selector_read(struct live_pods *pods, const char *given, struct err *err)
{
	struct json_value object;
	char text[512];
	if (*given != '{' && strcmp(given, "null") != 0)
		return live_selector_parse(pods, given, err);
	snprintf(text, sizeof text, "%s", given);
	for (char *at = text; *at; at++)
		*at = *at == '\'' ? '"' : *at;
	assert_int_equal(json_value_parse("s", text, strlen(text), &object, err), 0);
	return live_selector_of(pods, object, err);
}

static const char *names(const struct live_pod *const *pods, uint32_t n)
{
	static char out[256];
	out[0] = 0;
	for (uint32_t i = 0; i < n; i++)
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? " " : "", pods[i]->name);
	return out;
}

static void shop(struct live_pods *pods)
{
	put_named(pods, "shop", "w2", "'app':'web'", "node-1");
	put_named(pods, "shop", "w1", "'app':'web'", "node-2");
	put_named(pods, "shop", "p1", "", "node-1");
	put_named(pods, "shop", "d1", "'app':'db'", "node-1");
	put_named(pods, "shop", "w3", "'app':'web','track':'canary'", "");
	put_named(pods, "else", "e1", "'app':'web'", "node-1");
}

static void test_selectors(void **state)
{
	struct live_pods *pods = opened();
	const struct live_pod **found;
	struct err err;
	(void)state;
	shop(pods);
	for (size_t i = 0; i < COUNT(selectors); i++) {
		struct live_selector *selector = selector_read(pods, selectors[i].selector, &err);
		assert_non_null(selector);
		uint32_t n = live_pods_select(pods, "shop", selector, &found);
		assert_string_equal(names(found, n), selectors[i].want);
		assert_int_equal(live_pods_select(pods, "nowhere", selector, &found), 0);
		live_selector_free(selector);
	}
	live_pods_close(pods);
}

static void test_refused_selectors(void **state)
{
	static const char *const cases[][2] = {
	    {"a>5", "selector 'a>5': found '>5', where a comma or the end is due"},
	    {"a in b", "selector 'a in b': found 'b', where ( is due"},
	    {"a in (b", "selector 'a in (b': found '', where , or ) is due"},
	    {"a,,b", "selector 'a,,b': found ',b', where a label's key is due"},
	    {"a like b", "selector 'a like b': found 'like b', where in, notin, =, == or != is due"},
	    {"{'matchExpressions':[{'key':'a','operator':'Near'}]}",
	     "selector: an operator is none of In, NotIn, Exists, DoesNotExist"},
	    {"{'matchExpressions':[{'key':'a','operator':'In'}]}", "selector: In must have values"},
	    {"{'matchExpressions':[{'key':'a','operator':'Exists','values':['b']}]}",
	     "selector: Exists must have no values"},
	    {"{'matchLabels':{'a':5}}", "selector: a value is no label's"},
	};
	struct live_pods *pods = opened();
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = {""};
		assert_null(selector_read(pods, cases[i][0], &err));
		assert_string_equal(err.message, cases[i][1]);
	}
	live_pods_close(pods);
}

static void test_selections_follow(void **state)
{
	struct live_pods *pods = opened();
	struct watch_sink sink = live_pods_sink(pods);
	const struct live_pod **first, **second;
	struct err err;
	uint32_t n;
	(void)state;
	shop(pods);
	struct live_selector *web = live_selector_parse(pods, "app=web", &err);
	assert_int_equal(live_pods_select(pods, "shop", web, &first), 3);
	assert_int_equal(live_pods_select(pods, "else", web, &second), 1);
	assert_string_equal(names(first, 3), "w1 w2 w3");
	sink.drop(sink.self, "w2");
	put_named(pods, "shop", "w0", "'app':'web'", "node-1");
	put_named(pods, "shop", "w3", "'app':'db'", "node-1");
	n = live_pods_select(pods, "shop", web, &first);
	assert_string_equal(names(first, n), "w0 w1");
	n = live_pods_on(pods, "node-1", &first);
	assert_string_equal(names(first, n), "d1 e1 p1 w0 w3");
	sink.drop(sink.self, "e1");
	n = live_pods_on(pods, "node-1", &first);
	assert_string_equal(names(first, n), "d1 p1 w0 w3");
	assert_int_equal(live_pods_on(pods, "node-9", &first), 0);
	const struct label labels[] = {{"app", "web"}};
	assert_true(live_selector_matches(web, labels, 1) && !live_selector_matches(web, labels, 0));
	live_selector_free(web);
	live_pods_close(pods);
}

/* Pods that come and go in any order, against a plain array. */
static void test_churn(void **state)
{
	enum { PODS = 64, TURNS = 20000 };
	struct live_pods *pods = opened();
	struct watch_sink sink = live_pods_sink(pods);
	int app[PODS] = {0}, node[PODS] = {0}; /* 0: is not there */
	uint64_t luck = 1;
	struct err err;
	(void)state;
	struct live_selector *three = live_selector_parse(pods, "app=3,one=all", &err);
	for (int turn = 0; turn < TURNS; turn++) {
		luck = mix64(luck);
		size_t i = luck % PODS;
		char name[16], labels[64], on[16];
		snprintf(name, sizeof name, "pod-%02zu", i);
		app[i] = (int)(luck >> 8) & 7;
		node[i] = (int)(luck >> 16) % 4 + 1;
		snprintf(labels, sizeof labels, "'app':'%d','one':'all','own':'%s'", app[i], name);
		snprintf(on, sizeof on, "node-%d", node[i]);
		if (app[i])
			put_named(pods, "n", name, labels, on);
		else
			sink.drop(sink.self, name);
		uint32_t threes = 0, there = 0, on_two = 0;
		for (size_t k = 0; k < PODS; k++) {
			threes += app[k] == 3;
			there += app[k] > 0;
			on_two += app[k] && node[k] == 2;
		}
		const struct live_pod **found;
		assert_int_equal(live_pods_count(pods), there);
		assert_int_equal(live_pods_select(pods, "n", three, &found), threes);
		assert_int_equal(live_pods_on(pods, "node-2", &found), on_two);
	}
	live_selector_free(three);
	live_pods_close(pods);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_everything),
	    cmocka_unit_test(test_phases),
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_unmodelled),
	    cmocka_unit_test(test_keep),
	    cmocka_unit_test(test_scheduling),
	    cmocka_unit_test(test_nonsense),
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_same_name),
	    cmocka_unit_test(test_selectors),
	    cmocka_unit_test(test_refused_selectors),
	    cmocka_unit_test(test_selections_follow),
	    cmocka_unit_test(test_churn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
