#!/bin/bash
# What a cluster does to its clients: servers that go and come, answers that are wrong, tokens and clocks that change, an
# API whose rules were taken away, a disk that is full. After each, plimsoll follows the load again within two periods;
# it never wants what is not allowed; and its journal, to the end, gives the same plans again.
. tests/e2e/lib.sh
own_cluster kwok
new_seed FAULTS_SEED
fault_proxy
fault_scene faults
identity plimsoll
plimsoll_run plimsoll "${quick[@]}"
flip
follows "at first"

# The API server answers, and has found the servers of metrics again.
scalable() {
	k get --raw /readyz && k get --raw "/apis/external.metrics.k8s.io/v1beta1/namespaces/$namespace/queue"
}

program kill apiserver
flip
sleep 5
program start apiserver
wait_until 60 scalable
follows "API server killed and restarted"

kill -STOP "$(cat "$cluster/etcd.pid")"
flip
sleep 15
kill -CONT "$(cat "$cluster/etcd.pid")"
wait_until 60 scalable
follows "etcd paused"

# The load is small while there are no numbers of it: nothing is taken away on what is not known. (The other one, whose
# numbers are there, goes on.)
program stop metrics-server
sleep 2
before=$(wanted web)
load web 600
flip
sleep "${METRICS_GONE:-40}"
follows "metrics-server gone"
check "without metrics nothing is scaled" replicas web "$before"
program start metrics-server
wait_until 60 k get --raw /apis/metrics.k8s.io/v1beta1/nodes
reaches "with the metrics back it follows" 90 replicas web 2

rules '[]' 1
flip
rules '[{"path": "watch=", "fault": "gone", "count": 6}]' 1
follows "watches closed with 410"
check "watches were closed" faulty cut

# Each of them twice, then by chance.
mixed='[{"fault": "truncate", "count": 2}, {"fault": "garbage", "count": 2}, {"fault": "reset", "count": 2}, {"fault": "slow", "count": 2},
	{"fault": "status", "code": 500, "count": 2}, {"fault": "status", "code": 429, "retry_after": 1, "count": 2},
	{"fault": "status", "code": 500, "probability": 0.15}, {"fault": "status", "code": 429, "retry_after": 1, "probability": 0.15},
	{"fault": "truncate", "probability": 0.1}, {"fault": "garbage", "probability": 0.1}, {"fault": "reset", "probability": 0.1},
	{"fault": "slow", "probability": 0.2}]'
rules "$mixed" 1
flip
sleep 20
rules '[]'
follows "500, 429, truncated, garbled, slow and reset"
for fault in status truncate garbage reset slow; do check "there was: $fault" faulty "$fault"; done

rules '[{"path": "/scale", "method": "PUT|PATCH", "fault": "reset"}]'
flip
sleep 15
rules '[]'
follows "writes whose answers are lost"

# What the API server answers to the old token from now on is 401.
k create secret generic old -n plimsoll >/dev/null
k create token plimsoll -n plimsoll --bound-object-kind Secret --bound-object-name old >"$scratch/token.new"
mv "$scratch/token.new" "$scratch/plimsoll.token"
sleep 3
k delete secret old -n plimsoll >/dev/null
new_token plimsoll
rules '[]' 1
flip
follows "token rotated"

# The API server no longer checks an Autoscaler, and is given one that makes no sense; then all is put right.
k get crd autoscalers.plimsoll.dev -o json | python3 -c '
import json, sys
crd = json.load(sys.stdin)
for version in crd["spec"]["versions"]:
    version["schema"]["openAPIV3Schema"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
json.dump(crd, sys.stdout)' | k replace -f - >/dev/null
for nonsense in '{"minReplicas": -5, "maxReplicas": "many"}' '{"maxReplicas": 1000000000000000000000, "metrics": 7}' \
	'{"scaleTargetRef": ["worker"], "minReplicas": 19, "maxReplicas": 3}' '{"behavior": {"scaleUp": {"policies": [{"type": 3}]}}}'; do
	wait_until 20 k patch autoscalers.plimsoll.dev worker --type merge -p "{\"spec\": $nonsense}"
	sleep 3
done
check "nonsense: plimsoll still runs" mine running plimsoll
k replace -f "$scratch/crd.yaml" >/dev/null 2>&1 || k apply --server-side --force-conflicts -f "$scratch/crd.yaml" >/dev/null
k delete autoscalers.plimsoll.dev worker >/dev/null
follower
flip
follows "CRD edited into nonsense and put right"

mine stop plimsoll
replays plimsoll
kept worker plimsoll

# A journal on a disk of one megabyte.
disk=$scratch/disk
mkdir "$disk"
if mount -t tmpfs -o size=1m plimsoll-e2e "$disk" 2>/dev/null; then
	mounts+=("$disk")
	plimsoll_run plimsoll "${quick[@]}" --journal "$disk/journal"
	flip
	follows "a small disk"
	logged=$(wc -l <"$scratch/plimsoll.log")
	head -c 2m /dev/zero >"$disk/filler" 2>/dev/null
	flip
	sleep 30
	check "disk full: plimsoll still runs" mine running plimsoll
	tail -n "+$((logged + 1))" "$scratch/plimsoll.log" >"$scratch/full.log"
	check "disk full: the log says once why nothing is done" test "$(grep -c 'not acted upon: database or disk is full' "$scratch/full.log")" -eq 1
	k get autoscalers.plimsoll.dev worker -o 'jsonpath={.status.conditions[?(@.type=="AbleToScale")].message}' >"$scratch/able"
	check "disk full: so does the Autoscaler" grep -q 'unable to update the target scale: journal .*disk is full' "$scratch/able"
	rm "$disk/filler"
	follows "the disk has room again"
	mine stop plimsoll
	cp "$disk/journal" "$scratch/plimsoll.journal"
	replays plimsoll
else
	skip "disk full: no tmpfs can be mounted here"
fi

# has_condition NAME TYPE STATUS: of an Autoscaler.
has_condition() {
	[ "$(k get autoscalers.plimsoll.dev "$1" -o "jsonpath={.status.conditions[?(@.type==\"$2\")].status}")" = "$3" ]
}

# The wall clock, stepped an hour ahead, back again, and an hour behind; the monotonic one goes on.
run_under=(env LD_PRELOAD="$cluster/clock.so" TEST_CLOCK="$scratch/clock")
echo 0 >"$scratch/clock"
plimsoll_run plimsoll "${quick[@]}"
flip
follows "under a clock that can be stepped"
for step in 3600 0 -3600; do
	echo "$step" >"$scratch/clock"
	flip
	follows "clock at $step s"
	sleep 2 # a status is written after its tick
	check "clock at $step s: samples are not taken for old" has_condition web ScalingActive True
done
mine stop plimsoll
replays plimsoll
bounded web 2 20
bounded worker 2 20
finish
