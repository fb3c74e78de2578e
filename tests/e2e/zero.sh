#!/bin/bash
# To zero and back by the length of a queue, which external.metrics.k8s.io tells. That the API is gone, or says nothing
# of the queue, is not an empty queue.
. tests/e2e/lib.sh
cluster kwok
namespace zero
kwok_nodes zero 1 1
install_plimsoll
port=$(python3 "$e2e/ports.py" port | cut -d= -f2)
queue() {
	echo "queue $1 name=work" >"$scratch/queue.new"
	mv "$scratch/queue.new" "$scratch/queue"
}
queue 40
(cd "$scratch" && start external python3 "$e2e/external_metrics.py" "$cluster" "$port" "$scratch/queue")
"$e2e/cluster.sh" register "$cluster" external.metrics.k8s.io v1beta1 external-metrics "$port"
if ! wait_until 30 k get --raw "/apis/external.metrics.k8s.io/v1beta1/namespaces/$namespace/queue?labelSelector=name%3Dwork"; then
	fail "external metrics can be read" "$scratch/external.log"
	finish
fi
deployment web 1
scaler Autoscaler web 0 8 \
	'[{type: External, external: {metric: {name: queue, selector: {matchLabels: {name: work}}}, target: {type: AverageValue, averageValue: "10"}}}]' 5
record
plimsoll_run plimsoll --set hpa.sync_period=3s
reaches "forty wait: four work" 30 ready web 4
queue 0
reaches "none wait: none work" 30 replicas web 0
queue 15
reaches "some wait again: two work" 30 ready web 2
: >"$scratch/queue"
sleep 12
check "nothing is known of the queue: nothing is taken away" replicas web 2
mine stop external
sleep 12
check "the API is gone: nothing is taken away" replicas web 2
queue 75
(cd "$scratch" && start external python3 "$e2e/external_metrics.py" "$cluster" "$port" "$scratch/queue")
reaches "it is back, with work for eight" 45 ready web 8
bounded web 0 8
k delete apiservice v1beta1.external.metrics.k8s.io >/dev/null
mine stop plimsoll
replays plimsoll
finish
