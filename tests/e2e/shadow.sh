#!/bin/bash
# Shadow mode beside a real HPA controller, as somebody with the rights of deploy/shadow in one namespace: with the HPA's own
# settings it decides as the HPA does, with others the difference is told; nothing is ever written.
. tests/e2e/lib.sh
cluster kwok
namespace shadow
kwok_nodes shadow 1 2
sed -n '/^kind: ClusterRole$/,/^---/p' deploy/shadow/rbac.yaml | sed '1i apiVersion: rbac.authorization.k8s.io/v1' >"$scratch/role.yaml"
k apply -f "$scratch/role.yaml" >/dev/null
k create serviceaccount reader >/dev/null
k create serviceaccount nobody >/dev/null
k create rolebinding reader --clusterrole plimsoll-shadow --serviceaccount shadow:reader >/dev/null

# reader NAME: a kubeconfig of that account.
reader() {
	cat >"$scratch/$1.kubeconfig" <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api_port", certificate-authority: $cluster/ca.crt}}]
		users: [{name: it, user: {token: "$(k create token "$1")"}}]
		contexts: [{name: test, context: {cluster: test, user: it}}]
		current-context: test
	END
}

# shadow NAME ARGUMENT...: in the background; the report is NAME.json.
shadow() {
	local name=$1
	shift
	# shellcheck disable=SC2016
	(cd "$scratch" && start "$name" bash -c 'exec "${@:2}" >"$1"' - "$name.json" "$plimsoll" run --shadow --from-hpa \
		--kubeconfig reader.kubeconfig --namespace "$namespace" --listen none --price aws/us-east-1 -o json "$@")
}

# reported NAME EXPRESSION: of the only row of a report, as Python.
reported() {
	python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))
r = rows[0]
print(r)
sys.exit(len(rows) != 1 or not eval(sys.argv[2]))' "$scratch/$1.json" "$2"
}

reader reader
reader nobody
deployment web 4
load web 1200
reaches "pods have usage" 60 metered web
scaler HorizontalPodAutoscaler web 2 20
shadow equal --journal equal.journal
shadow other --journal none --set hpa.tolerance=0.6
sleep 40 # more than the window down, so that neither remembers what the other does not
load web 1700
reaches "the HPA follows a step up" 90 replicas web 6
load web 900
reaches "the HPA follows a step down" 120 replicas web 3
sleep 20 # until the last decision was compared
(cd "$scratch" && ask equal INT && ask other TERM)
reaches "asked to end, they report" 20 test ! -d "/proc/$(cat "$scratch/equal.pid")" -a ! -d "/proc/$(cat "$scratch/other.pid")"

check "with equal settings no decision differs" reported equal 'r["decisions_compared"] >= 5 and r["decisions_differing"] == 0'
check "had it acted, it would have had as many" reported equal 'abs(r["our_mean_pods"] - r["hpa_mean_pods"]) < 1 and r["our_max_pods"] == r["hpa_max_pods"]'
check "with another tolerance the difference shows" reported other 'r["basis"] == "had it acted" and r["our_max_pods"] < r["hpa_max_pods"]'
check "and costs less" reported other 'r["cost_difference_per_month"] < 0 and r["priced_by"] == "list"'
check "it says that nodes cannot be read" grep -q 'nodes cannot be read.*forbidden' "$scratch/equal.log"
check "and tells each change" grep -q 'shadow/web  HPA .*Plimsoll .*cpu is' "$scratch/equal.log"
python3 "$e2e/audit.py" "$cluster/audit.jsonl" count "system:serviceaccount:$namespace:reader" "$began" >"$scratch/asked"
check "it was heard" grep -q watch "$scratch/asked"
refuse "nothing but reads was asked for" grep -Evw 'get|list|watch' "$scratch/asked"

replays equal
check "a decision can be explained" "$plimsoll" explain shadow/web --journal "$scratch/equal.journal" --at -1m
"$plimsoll" explain shadow/web --journal "$scratch/equal.journal" --since 2000-01-01 -o csv >"$scratch/why"
check "what it did not do was withheld" grep -q ',withheld by --shadow,' "$scratch/why"
refuse "and not refused" grep -q ',refused,' "$scratch/why"
check "the load can be simulated" "$plimsoll" sim --from-journal "$scratch/equal.journal" --price aws/us-east-1
"$plimsoll" run --shadow --from-hpa --kubeconfig "$scratch/nobody.kubeconfig" --namespace "$namespace" --listen none --journal none \
	--for 5s >"$scratch/refused" 2>&1
check "without rights it fails" test $? -eq 2
check "and says which are missing" grep -q 'cannot list resource "horizontalpodautoscalers".*deploy/shadow/rbac.yaml' "$scratch/refused"

# followed KIND NAME METRIC: an object of apps, without pods, and an HPA of it.
followed() {
	local more=
	[ "$1" != StatefulSet ] || more="serviceName: $2,"
	k apply -f - >/dev/null <<-END
		apiVersion: apps/v1
		kind: $1
		metadata: {name: $2}
		spec: {replicas: 0, $more selector: {matchLabels: {app: $2}}, template: {metadata: {labels: {app: $2}}, spec: {containers: [{name: c, image: none}]}}}
		---
		apiVersion: autoscaling/v2
		kind: HorizontalPodAutoscaler
		metadata: {name: $2}
		spec: {scaleTargetRef: {apiVersion: apps/v1, kind: $1, name: $2}, minReplicas: 1, maxReplicas: 2, metrics: [$3]}
	END
}

# The whole role, in the whole cluster.
serve_metrics
ten='target: {type: AverageValue, averageValue: "10"}'
followed StatefulSet db "{type: External, external: {metric: {name: queue, selector: {matchLabels: {name: work}}}, $ten}}"
followed ReplicaSet cache "{type: Pods, pods: {metric: {name: queue}, $ten}}"
k create serviceaccount everywhere >/dev/null
k create clusterrolebinding shadow-everywhere --clusterrole plimsoll-shadow --serviceaccount shadow:everywhere >/dev/null
reader everywhere
"$plimsoll" run --shadow --from-hpa --kubeconfig "$scratch/everywhere.kubeconfig" --listen none --journal none --price aws/us-east-1 \
	--set hpa.sync_period=5s --for 20s >"$scratch/everywhere" 2>&1
check "it runs over all namespaces" test $? -eq 0
k delete clusterrolebinding shadow-everywhere >/dev/null
k get clusterrole plimsoll-shadow -o json >"$scratch/role.json"
check "each right of deploy/shadow is used, and no other is wanted" python3 "$e2e/audit.py" "$cluster/audit.jsonl" rights \
	"system:serviceaccount:$namespace:everywhere" "$scratch/role.json"
finish
