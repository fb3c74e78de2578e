#!/bin/bash
# A MachineDeployment grows for pods that fit nowhere, and shrinks when they are gone: the Machines that go are the ones
# that were marked, their nodes drained before, PodDisruptionBudgets kept; the group stays within its bounds. A node that
# a budget does not let be emptied in time serves again, and goes once it may.
. tests/e2e/lib.sh
cluster kwok
namespace nodes
fault_proxy
install_plimsoll
k apply -f "$e2e/machines.yaml" >/dev/null
established "$e2e/machines.yaml"
k apply -f deploy/nodes-cluster-api/rbac.yaml >/dev/null

# Nodes of 4 cores, 1 to 5 of them; the label keeps other scenarios' pods away.
k apply -f - >/dev/null <<END
apiVersion: cluster.x-k8s.io/v1beta1
kind: MachineDeployment
metadata:
  name: pool
  annotations:
    cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size: "1"
    cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size: "5"
    capacity.cluster-autoscaler.kubernetes.io/cpu: "4"
    capacity.cluster-autoscaler.kubernetes.io/memory: 16Gi
    capacity.cluster-autoscaler.kubernetes.io/maxPods: "110"
    capacity.cluster-autoscaler.kubernetes.io/labels: pool=md,plimsoll.test/scenario=nodes
spec: {clusterName: test, replicas: 1, selector: {matchLabels: {pool: md}}, template: {spec: {clusterName: test}}}
END
(cd "$scratch" && start machines python3 "$e2e/machines.py" "$cluster" "$namespace")

size() {
	[ "$(k get machinedeployments.cluster.x-k8s.io pool -o 'jsonpath={.spec.replicas}')" = "$1" ]
}

pending() {
	[ "$(k get pods --field-selector status.phase=Pending -o name | wc -l)" = "$1" ]
}

nodes_ready() {
	[ "$(k get nodes -l pool=md --no-headers | grep -c ' Ready')" = "$1" ]
}

# marked N: so many nodes are to go.
marked() {
	[ "$(k get nodes -l pool=md -o 'jsonpath={range .items[*]}{.spec.taints[*].key}{"\n"}{end}' | grep -c ToBeDeletedByPlimsoll)" = "$1" ]
}

refused() {
	grep '"resource":"pods".*"name":"stuck-.*"subresource":"eviction"' "$cluster/audit.jsonl" | grep -q '"code":429'
}

given_back() {
	k get events -n default --field-selector reason=ScaleDownFailed -o 'jsonpath={.items[*].message}' |
		grep -q 'given back: it could not be emptied (it took longer than ca.max_graceful_termination)'
}

# The status page tells of the autoscaler, which decides every 15 s, and of the group, which is looked at every 2 s.
status_json() {
	curl -sf "http://$(sed -n 's/.*"serving the status page","address":"\([^"]*\)".*/\1/p' "$scratch/plimsoll.log")/status.json" \
		>"$scratch/told"
}
told() {
	status_json && grep -q FailedGetScale "$scratch/told" && grep -q '"name":"md/nodes/pool"' "$scratch/told"
}
keeps() {
	status_json && grep -q "\"nodes_kept\":1,\"kept\":\[{\"node\":\"[^\"]*\",\"namespace\":\"nodes\",\"pod\":\"$1\"" "$scratch/told"
}

reaches "the first node comes" 20 nodes_ready 1
deployment web 6 1000 '{pool: md}'
k create poddisruptionbudget web --selector app=web --max-unavailable 1 >/dev/null
quick=(--node-group clusterapi --set ca.scan_interval=2s --set ca.unneeded_time=10s --set ca.delay_after_add=5s \
	--set ca.delete_delay_after_taint=8s --set ca.max_graceful_termination=25s --set ca.unremovable_recheck=5s)
identity dry
plimsoll_run dry --dry-run=client "${quick[@]}"
withheld() {
	"$plimsoll" explain nodes --journal "$scratch/dry.journal" --since 2000-01-01 -o csv >"$scratch/why" &&
		grep -q ',withheld by --dry-run=client,"scales up' "$scratch/why"
}
reaches "a dry run keeps back what it decides, and says so" 30 withheld
check "it did nothing" size 1
mine stop dry
plimsoll_run plimsoll "${quick[@]}"
reaches "pods that fit nowhere: a second node" 60 size 2
reaches "they run" 30 ready web 6
scaler Autoscaler absent 1 2
reaches "the page tells of the autoscaler and of the group" 30 told
silent=0
for _ in $(seq 16); do
	told || silent=$((silent + 1))
	sleep 0.5
done
check "and tells of both whatever a tick decided about" [ "$silent" = 0 ]
"$plimsoll" explain nodes/absent --journal "$scratch/plimsoll.journal" >"$scratch/why" 2>&1
check "explain has the same word" grep -q 'AbleToScale=False (FailedGetScale)' "$scratch/why"
refuse "and no other" grep -q ScalingDisabled "$scratch/why"
k scale deployment web --replicas 30 >/dev/null
reaches "no more than the most: five nodes" 60 size 5
reaches "twenty run" 30 pending 10
rules '[{"path": "/nodes/", "method": "PATCH", "fault": "status", "code": 409, "count": 1}]' # as if it had changed
sleep 8
check "and no more are asked for" size 5
# Two pods of two nodes stay, so that one of them has to be evicted.
k get pods --field-selector status.phase=Running -o 'jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName}{"\n"}{end}' |
	awk '!seen[$2]++ && n++ < 2 {print $1}' | while read -r pod; do
	k annotate pod "$pod" controller.kubernetes.io/pod-deletion-cost=100 >/dev/null </dev/null
done
k scale deployment web --replicas 2 >/dev/null
reaches "the load is gone: one node" 150 size 1
reaches "the others go" 30 nodes_ready 1
reaches "what ran on them runs" 30 ready web 2

# One pod is alone on a second node, and would have room beside the others; a budget that allows nothing comes once its
# node is marked.
deployment stuck 3 900 '{pool: md}'
reaches "three more: a second node" 60 size 2
reaches "they run" 30 ready stuck 3
k scale deployment web --replicas 1 >/dev/null
reaches "a node is to go" 60 marked 1
k create poddisruptionbudget stuck --selector app=stuck --min-available 100% >/dev/null
k get pods -l app=stuck -o name | sort >"$scratch/before"
reaches "its pod may not be evicted: 429" 30 refused
reaches "after the time limit the node serves again" 60 marked 0
check "its group is as large as before" size 2
check "and its nodes are there" nodes_ready 2
k get pods -l app=stuck -o name | sort | diff "$scratch/before" - >"$scratch/other"
check "and its pods" test ! -s "$scratch/other"
reaches "an Event says why" 10 given_back
sleep 20 # more than ca.unremovable_recheck and ca.unneeded_time
check "it is not tried again while the budget allows nothing" marked 0
k delete poddisruptionbudget stuck >/dev/null
reaches "and goes once it may" 90 size 1
reaches "its pod runs elsewhere" 30 ready stuck 3
k delete deployment stuck >/dev/null

k scale deployment stuck --replicas 0 >/dev/null # the node is little used
left=$(k get pods -l app=web -o 'jsonpath={.items[0].metadata.name}')
k annotate pod "$left" cluster-autoscaler.kubernetes.io/safe-to-evict=false >/dev/null
reaches "the page names the pod that keeps a node" 30 keeps "$left"
grep -v '^machines.py:' "$scratch/machines.log" >"$scratch/went"
if [ "$(grep -c ' marked ' "$scratch/went")" -ge 4 ] && ! grep -vE '^[a-z0-9-]+ marked 0$' "$scratch/went"; then
	pass "only Machines that were marked and drained go"
else
	fail "only Machines that were marked and drained go" "$scratch/went"
fi
audit scales | awk '$3 == "pool" && ($4 < 1 || $4 > 5)' >"$scratch/odd"
if [ -s "$scratch/odd" ]; then fail "the group stays within its bounds" "$scratch/odd"; else pass "the group stays within its bounds"; fi
check "a node that seemed to have changed was read again, and marked" faulty status
check "a pod was evicted from its node" grep -q '"resource":"pods".*"subresource":"eviction"' "$cluster/audit.jsonl"
check "plimsoll still runs" mine running plimsoll
mine stop plimsoll
replays plimsoll
finish
