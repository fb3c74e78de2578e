#include "../../autoscaler/io/live/autoscalers.h"
#include "../../autoscaler/io/live/targets.h"
#include "json_fixture.h"

/* ---- autoscalers ---- */

#define HPA                                                                                                            \
	"{'metadata':{'name':'%s','namespace':'shop','generation':3,'resourceVersion':'%s','annotations':{%s}},"       \
	"'spec':{'maxReplicas':%d,'minReplicas':1,'scaleTargetRef':{'apiVersion':'apps/v1','kind':'Deployment',"       \
	"'name':'%s'},'metrics':[{'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization',"          \
	"'averageUtilization':70}}}]},'status':{'currentReplicas':%d,'desiredReplicas':4}}"

struct bench {
	struct live_autoscalers *all;
	struct watch_sink sink;
	const struct live_autoscaler *taken;
	uint32_t n_valid, n_all;
};

static void open_bench(struct bench *bench, bool from_hpa)
{
	struct err err;
	*bench = (struct bench){.all = live_autoscalers_open(NULL, NULL, from_hpa, NULL, &err)};
	assert_non_null(bench->all);
	bench->sink = live_autoscalers_sink(bench->all);
}

static void take(struct bench *bench)
{
	bench->taken = live_autoscalers_take(bench->all, &bench->n_valid, &bench->n_all);
	assert_non_null(bench->taken);
}

static void test_taken(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, true);
	take(&bench);
	assert_int_equal(bench.n_all, 0);
	assert_false(live_autoscalers_synced(bench.all));
	bench.sink.begin(bench.sink.self);
	put(bench.sink, "u2", HPA, "web", "12", "", 9, "web", 3);
	put(bench.sink, "u1", HPA, "api", "11", "'plimsoll.dev/smoothing':'ewma(60s)','x/y':'z'", 8, "api", 2);
	put(bench.sink, "u0", HPA, "aaa", "10", "", 0, "aaa", 2);
	bench.sink.end(bench.sink.self);
	assert_true(live_autoscalers_synced(bench.all));
	take(&bench);
	assert_true(bench.n_valid == 2 && bench.n_all == 3);
	const struct live_autoscaler *api = &bench.taken[0], *web = &bench.taken[1], *wrong = &bench.taken[2];
	assert_string_equal(api->spec.name, "api");
	assert_string_equal(api->spec.namespace_, "shop");
	assert_string_equal(api->spec.target_name, "api");
	assert_string_equal(api->spec.smoothing, "ewma(60s)");
	assert_string_equal(api->uid, "u1");
	assert_string_equal(api->resource_version, "11");
	assert_int_equal(api->generation, 3);
	assert_int_equal(web->spec.max_replicas, 9);
	assert_int_equal(web->hpa_desired, 4);
	assert_int_equal(web->hpa_current, 3);
	assert_int_equal(json_int(json_in(web->status, "currentReplicas"), -1), 3);
	assert_null(web->invalid);
	assert_string_equal(wrong->spec.name, "aaa");
	assert_non_null(strstr(wrong->invalid, "spec.maxReplicas: 0: must be"));
	live_autoscalers_close(bench.all);
}

/* What the journal cannot keep of one must not keep all others from being scaled. */
static void test_too_large(void **state)
{
	struct bench bench;
	static char many[80000];
	(void)state;
	open_bench(&bench, false);
	memset(many, 'x', sizeof many - 1);
	put(bench.sink, "u",
	    "{'metadata':{'name':'a','namespace':'shop'},'spec':{'maxReplicas':9,'scaleTargetRef':{'apiVersion':"
	    "'apps/v1','kind':'Deployment','name':'web'},'metrics':[{'type':'External','external':{'metric':{'name':"
	    "'q','selector':{'matchExpressions':[{'key':'%s','operator':'Exists'}]}},'target':{'type':'Value','value':"
	    "'3'}}}]}}",
	    many);
	put(bench.sink, "v", HPA, "web", "1", "", 9, "other", 1);
	take(&bench);
	assert_true(bench.n_valid == 1 && bench.n_all == 2);
	assert_string_equal(bench.taken[1].invalid, "is larger than 64 KiB");
	live_autoscalers_close(bench.all);
}

#define OF_TARGET                                                                                                      \
	"{'metadata':{'name':'%s','namespace':'%s','creationTimestamp':'2026-01-0%dT00:00:00Z'},'spec':"               \
	"{'maxReplicas':9,'scaleTargetRef':{'apiVersion':'%s','kind':'Deployment','name':'web'}}}"

/* Two of one target would fight: the older one decides. */
static void test_same_target(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, false);
	put(bench.sink, "u", OF_TARGET, "a", "shop", 3, "apps/v1");
	put(bench.sink, "v", OF_TARGET, "b", "shop", 1, "apps/v1beta2");
	put(bench.sink, "w", OF_TARGET, "c", "shop", 2, "apps/v1");
	put(bench.sink, "x", OF_TARGET, "d", "toys", 4, "apps/v1");
	put(bench.sink, "y", OF_TARGET, "e", "shop", 5, "app/v1");
	take(&bench);
	assert_true(bench.n_valid == 3 && bench.n_all == 5);
	assert_string_equal(bench.taken[0].spec.name, "b");
	assert_string_equal(bench.taken[1].spec.name, "e");
	assert_string_equal(bench.taken[2].spec.name, "d");
	assert_true(!bench.taken[0].held && bench.taken[3].held && bench.taken[4].held);
	assert_string_equal(bench.taken[3].spec.name, "a");
	assert_string_equal(bench.taken[3].invalid,
			    "Deployment web is scaled by b already, which is older: this one decides nothing");
	uint64_t generation = live_autoscalers_generation(bench.all);
	bench.sink.drop(bench.sink.self, "v");
	assert_int_not_equal(live_autoscalers_generation(bench.all), generation);
	take(&bench);
	assert_true(bench.n_valid == 3 && bench.n_all == 4);
	assert_string_equal(bench.taken[0].spec.name, "c");
	assert_string_equal(bench.taken[3].spec.name, "a");
	assert_non_null(strstr(bench.taken[3].invalid, "by c already"));
	bench.sink.drop(bench.sink.self, "w");
	take(&bench);
	assert_true(bench.n_valid == 3 && bench.n_all == 3 && !bench.taken[0].invalid);
	live_autoscalers_close(bench.all);
}

#define RIVAL                                                                                                          \
	"{'metadata':{'name':'%s','namespace':'%s'},'spec':{'maxReplicas':9,'scaleTargetRef':{%s,'name':'%s'}},"       \
	"'status':{'currentReplicas':%d}}"
#define OF_APPS "'apiVersion':'apps/v1beta2','kind':'Deployment'"

/* HPAs that have another target, by any of its parts. */
static void put_others(struct watch_sink hpas)
{
	put(hpas, "o1", RIVAL, "o1", "toys", OF_APPS, "web", 1);
	put(hpas, "o2", RIVAL, "o2", "shop", OF_APPS, "api", 1);
	put(hpas, "o3", RIVAL, "o3", "shop", "'apiVersion':'apps/v1','kind':'StatefulSet'", "web", 1);
	put(hpas, "o4", RIVAL, "o4", "shop", "'apiVersion':'apps.example.com/v1','kind':'Deployment'", "web", 1);
	put(hpas, "o5", RIVAL, "o5", "shop", "'kind':'Deployment'", "web", 1);
	put(hpas, "o6", "{'metadata':{'name':'o6','namespace':'shop'},'spec':{'scaleTargetRef':[]}}");
}

static void assert_held(struct bench *bench, bool held, const char *why)
{
	take(bench);
	assert_int_equal(bench->n_all, 2);
	assert_int_equal(bench->n_valid, held ? 0 : 1);
	assert_true(bench->taken[0].held == held && bench->taken[1].held);
	for (uint32_t i = held ? 0 : 1; i < 2; i++)
		if (!strstr(bench->taken[i].invalid, why))
			fail_msg("%s", bench->taken[i].invalid);
}

/* The HPA controller goes on whatever we do: all of ours on that target are held until the HPA goes. */
static void test_rival(void **state)
{
	struct bench bench;
	struct err err;
	struct live_rivals *rivals = live_rivals_open(NULL, NULL, NULL, &err);
	struct watch_sink hpas = live_rivals_sink(rivals);
	(void)state;
	open_bench(&bench, false);
	live_autoscalers_beside(bench.all, rivals);
	put(bench.sink, "u", OF_TARGET, "a", "shop", 1, "apps/v1");
	put(bench.sink, "v", OF_TARGET, "b", "shop", 2, "apps/v1");
	assert_false(live_rivals_synced(rivals));
	uint64_t generation = live_autoscalers_generation(bench.all);
	hpas.begin(hpas.self);
	put_others(hpas);
	hpas.end(hpas.self);
	assert_true(live_rivals_synced(rivals));
	assert_int_equal(live_autoscalers_generation(bench.all), generation);
	assert_held(&bench, false, "by a already");
	put(hpas, "h2", RIVAL, "second", "shop", OF_APPS, "web", 1);
	assert_int_equal(live_autoscalers_generation(bench.all), generation + 1);
	assert_held(&bench, true,
		    "Deployment web is scaled by HorizontalPodAutoscaler second: as long as that is there, this one");
	put(hpas, "h1", RIVAL, "first", "shop", OF_APPS, "web", 1);
	assert_held(&bench, true, "HorizontalPodAutoscaler first:");
	uint64_t changes = live_rivals_changes(rivals);
	generation = live_autoscalers_generation(bench.all);
	put(hpas, "h1", RIVAL, "first", "shop", OF_APPS, "web", 2); /* its status */
	assert_int_equal(live_rivals_changes(rivals), changes);
	put(hpas, "h1", RIVAL, "first", "shop", OF_APPS, "api", 2); /* another target */
	assert_held(&bench, true, "HorizontalPodAutoscaler second:");
	hpas.drop(hpas.self, "h2");
	assert_int_not_equal(live_autoscalers_generation(bench.all), generation);
	assert_held(&bench, false, "by a already");
	put(hpas, "h1", RIVAL, "first", "shop", OF_APPS, "web", 2);
	assert_held(&bench, true, "HorizontalPodAutoscaler first:");
	hpas.begin(hpas.self); /* it went unseen */
	hpas.end(hpas.self);
	assert_held(&bench, false, "by a already");
	live_autoscalers_close(bench.all);
	live_rivals_close(rivals);
}

/* What makes a new core, and what does not. */
static void test_generation(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, true);
	put(bench.sink, "u", HPA, "web", "1", "", 9, "web", 3);
	uint64_t generation = live_autoscalers_generation(bench.all);
	take(&bench);
	const struct live_autoscaler *first = bench.taken;
	put(bench.sink, "u", HPA, "web", "2", "'kubectl/x':'y'", 9, "web", 5);
	put(bench.sink, "w", HPA, "bad", "3", "", 0, "web", 5);
	assert_int_equal(live_autoscalers_generation(bench.all), generation);
	assert_string_equal(first->resource_version, "1");
	take(&bench);
	assert_int_equal(bench.n_all, 2);
	assert_string_equal(bench.taken->resource_version, "2");
	assert_int_equal(bench.taken->hpa_current, 5);
	put(bench.sink, "u", HPA, "web", "4", "'plimsoll.dev/smoothing':'ewma(60s)'", 9, "web", 5);
	assert_int_equal(live_autoscalers_generation(bench.all), generation + 1);
	take(&bench);
	put(bench.sink, "u", HPA, "web", "5", "", 0, "web", 5); /* edited into nonsense */
	assert_int_equal(live_autoscalers_generation(bench.all), generation + 2);
	take(&bench);
	assert_true(bench.n_valid == 0 && bench.n_all == 2);
	put(bench.sink, "v", HPA, "web", "6", "", 9, "web", 5); /* made again */
	assert_int_equal(live_autoscalers_generation(bench.all), generation + 3);
	bench.sink.drop(bench.sink.self, "u");
	take(&bench);
	assert_true(bench.n_valid == 1 && bench.n_all == 2);
	bench.sink.drop(bench.sink.self, "v");
	assert_int_equal(live_autoscalers_generation(bench.all), generation + 4);
	live_autoscalers_close(bench.all);
}

/* A status alone leaves the array where it is; what was taken lives on while its successor is made. */
static void test_lives(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, true);
	put(bench.sink, "u", HPA, "web", "1", "", 9, "web", 3);
	take(&bench);
	const struct live_autoscaler *first = bench.taken;
	put(bench.sink, "u", HPA, "web", "2", "", 9, "web", 4);
	take(&bench);
	assert_ptr_equal(bench.taken, first);
	bench.sink.drop(bench.sink.self, "u");
	assert_string_equal(first->resource_version, "2");
	put(bench.sink, "v", HPA, "web", "3", "", 7, "web", 4);
	take(&bench);
	assert_int_equal(bench.taken->spec.max_replicas, 7);
	assert_int_equal(first->spec.max_replicas, 9);
	assert_string_equal(first->spec.target_name, "web");
	take(&bench);
	live_autoscalers_close(bench.all);
}

/* The program's own kind, with a Prometheus query. */
static void test_own_kind(void **state)
{
	struct bench bench;
	(void)state;
	open_bench(&bench, false);
	put(bench.sink, "u",
	    "{'apiVersion':'plimsoll.dev/"
	    "v1alpha1','kind':'Autoscaler','metadata':{'name':'web','namespace':'shop'},'spec':"
	    "{'maxReplicas':5,'scaleTargetRef':{'apiVersion':'apps/v1','kind':'Deployment','name':'web'},'metrics':"
	    "[{'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization','averageUtilization':70}}}]}"
	    "}");
	put(bench.sink, "v", "{'metadata':{'name':'x','namespace':'shop'},'spec':null}");
	put(bench.sink, "w", "{'metadata':{'namespace':'shop'},'spec':{}}");
	put(bench.sink, "w", "[]");
	take(&bench);
	assert_true(bench.n_valid == 1 && bench.n_all == 2);
	assert_int_equal(bench.taken->hpa_desired, -1);
	assert_null(bench.taken->status.at);
	assert_non_null(bench.taken[1].invalid);
	live_autoscalers_close(bench.all);
}

/* ---- targets ---- */

#define TARGET                                                                                                         \
	"{'metadata':{'name':'%s','namespace':'shop','resourceVersion':'%d'},'spec':{'replicas':%d,'selector':%s},"    \
	"'status':{'replicas':2}}"

static void test_targets(void **state)
{
	struct err err;
	struct live_pods *pods = live_pods_open(NULL, NULL, &err);
	struct live_targets *targets = live_targets_open(NULL, pods, NULL, &err);
	const struct hpa_spec web = {.name = "a",
				     .namespace_ = "shop",
				     .target_api = "apps/v1",
				     .target_kind = "Deployment",
				     .target_name = "web"};
	const struct hpa_spec db = {.name = "b",
				    .namespace_ = "shop",
				    .target_api = "apps/v1",
				    .target_kind = "StatefulSet",
				    .target_name = "db"};
	const struct hpa_spec own = {.name = "c",
				     .namespace_ = "shop",
				     .target_api = "example.com/v1",
				     .target_kind = "Rig",
				     .target_name = "rig"};
	const struct hpa_spec *const specs[] = {&web, &db, &own};
	struct watch_sink deployments = live_targets_sink(targets, "Deployment");
	(void)state;
	assert_int_equal(live_targets_follow(targets, specs, 3, &err), 0);
	assert_false(live_targets_synced(targets));
	assert_string_equal(live_target(targets, 0)->trouble, "Deployment shop/web: not listed yet");
	deployments.begin(deployments.self);
	put(deployments, "u", TARGET, "web", 7, 3, "{'matchLabels':{'app':'web'}}");
	put(deployments, "v", TARGET, "other", 8, 3, "{'matchLabels':{'app':'other'}}");
	deployments.end(deployments.self);
	struct live_target *target = live_target(targets, 0);
	struct live_selector *selector = target->selector;
	const struct label labels[] = {{"app", "web"}};
	assert_true(target->found && target->spec_replicas == 3 && target->status_replicas == 2);
	assert_string_equal(target->resource_version, "7");
	assert_string_equal(target->scale_path, "/apis/apps/v1/namespaces/shop/deployments/web/scale");
	assert_true(live_selector_matches(selector, labels, 1));
	put(deployments, "u", TARGET, "web", 9, 5, "{'matchLabels':{'app':'web'}}");
	assert_true(live_target(targets, 0)->spec_replicas == 5 && live_target(targets, 0)->selector == selector);
	put(deployments, "u", TARGET, "web", 9, 5, "{'matchExpressions':[{'key':'a','operator':'Near'}]}");
	assert_false(live_target(targets, 0)->found);
	deployments.drop(deployments.self, "u");
	assert_string_equal(live_target(targets, 0)->trouble, "Deployment shop/web: there is none");
	assert_string_equal(live_target(targets, 1)->trouble, "StatefulSet shop/db: not listed yet");
	assert_string_equal(live_target(targets, 2)->trouble, "Rig shop/rig: no server is known");
	assert_int_equal(live_targets_follow(targets, specs + 1, 1, &err), 0);
	assert_int_equal(live_targets_follow(targets, specs, 1, &err), 0);
	assert_string_equal(live_target(targets, 0)->trouble, "Deployment shop/web: not listed yet");
	live_targets_close(targets);
	live_pods_close(pods);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_taken),       cmocka_unit_test(test_generation), cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_same_target), cmocka_unit_test(test_lives),      cmocka_unit_test(test_own_kind),
	    cmocka_unit_test(test_targets),     cmocka_unit_test(test_rival),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
