#!/bin/bash
# The driver for the Cluster API, command by command, on a real API server and with no more rights than deploy/ gives:
# groups as they are annotated, sizes against changes in between, the Machine that is meant.
. tests/e2e/lib.sh
cluster kwok
namespace capi
install_plimsoll
k apply -f "$e2e/machines.yaml" -f deploy/nodes-cluster-api/rbac.yaml >/dev/null
established "$e2e/machines.yaml"
group=cluster.x-k8s.io
k apply -f - >/dev/null <<END
apiVersion: $group/v1beta1
kind: MachineDeployment
metadata:
  name: pool
  annotations:
    $group/cluster-api-autoscaler-node-group-min-size: "1"
    $group/cluster-api-autoscaler-node-group-max-size: "5"
    capacity.cluster-autoscaler.kubernetes.io/cpu: "4"
    capacity.cluster-autoscaler.kubernetes.io/memory: 16Gi
    capacity.cluster-autoscaler.kubernetes.io/labels: pool=md,plimsoll.test/scenario=capi,node.kubernetes.io/instance-type=m5.xlarge
    capacity.cluster-autoscaler.kubernetes.io/taints: dedicated=web:NoSchedule
spec: {clusterName: test, replicas: 2, selector: {matchLabels: {pool: md}}, template: {spec: {clusterName: test}}}
---
apiVersion: $group/v1beta1
kind: MachineDeployment
metadata: {name: by-hand}
spec: {clusterName: test, replicas: 0, selector: {matchLabels: {pool: no}}, template: {spec: {clusterName: test}}}
---
apiVersion: $group/v1beta1
kind: MachineSet
metadata: {name: alone, annotations: {$group/cluster-api-autoscaler-node-group-min-size: "0", $group/cluster-api-autoscaler-node-group-max-size: "3"}}
spec: {clusterName: test, replicas: 1, selector: {matchLabels: {pool: alone}}, template: {spec: {clusterName: test}}}
---
apiVersion: $group/v1beta1
kind: MachinePool
metadata: {name: together, annotations: {$group/cluster-api-autoscaler-node-group-min-size: "0", $group/cluster-api-autoscaler-node-group-max-size: "3"}}
spec: {clusterName: test, replicas: 1, template: {spec: {clusterName: test}}}
END
(cd "$scratch" && start machines python3 "$e2e/machines.py" "$cluster" "$namespace")
size() {
	[ "$(k get "machinedeployments.$group" pool -o 'jsonpath={.spec.replicas}')" = "$1" ]
}
nodes_are() {
	[ "$(k get nodes -l pool=md -o name | wc -l)" = "$1" ]
}
# say COMMAND: what the driver answers, in $scratch/heard.
say() {
	printf 'groups\n%s\n' "$1" | "$BUILD/cloud_driver" "$scratch/plimsoll.kubeconfig" clusterapi 2>&1 | sed 's/^ *//' >"$scratch/heard"
}
# answers NAME LINE: the last line of it.
answers() {
	if [ "$(tail -n 1 "$scratch/heard")" = "$2" ]; then pass "$1"; else fail "$1" "$scratch/heard"; fi
}
id=machinedeployments/$namespace/pool

reaches "two nodes" 30 nodes_are 2
say ''
for line in "group 0 $id md/$namespace/pool 1 5 2" "fresh 4000 17179869184 110" "type m5.xlarge" "label pool=md" "taint dedicated=web:NoSchedule"; do
	check "it is found: $line" grep -qxF "$line" "$scratch/heard"
done
refuse "one without bounds is left alone" grep -q by-hand "$scratch/heard"
say "of test:///pool-1 pool-1"
check "a node is of its group" grep -qx 0 "$scratch/heard"
say "resize $id 2 3"
answers "it grows" ok
check "to three" size 3
say "resize $id 2 4"
answers "not from a size that it no longer has" "error: its size is 3 by now, not 2"
for group_of in machinesets:alone machinepools:together; do
	say "resize ${group_of/:/\/$namespace\/} 1 2"
	answers "one of ${group_of%:*} grows" ok
	check "to two" test "$(k get "${group_of%:*}.$group" "${group_of#*:}" -o 'jsonpath={.spec.replicas}')" = 2
done
reaches "three nodes" 30 nodes_are 3
mine stop machines # nobody takes away what is marked, for now
say "remove $id test:///pool-2 pool-2"
answers "this very one is to go" ok
check "its group is one smaller" size 2
say "remove $id test:///pool-2 pool-2"
answers "twice is once" ok
check "and the group is but one smaller" size 2
check "its Machine is marked" test "$(k get "machines.$group" pool-2 -o "jsonpath={.metadata.annotations.cluster\.x-k8s\.io/delete-machine}")" = yes
(cd "$scratch" && start machines python3 "$e2e/machines.py" "$cluster" "$namespace")
reaches "and goes" 30 nodes_are 2
check "the others are there" k get node pool-1 pool-3
say "remove $id test:///pool-2 pool-2"
answers "one that is gone is not known" "error: no Machine is known for it"
finish
