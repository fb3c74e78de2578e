#!/bin/bash
# SCALERS (1000) Autoscalers, each of 20 pods: CPU, memory, API requests, and the delay from the metrics that show a load
# step to the scale patch, of plimsoll and of kube-controller-manager running its HPA controller alone, one after the
# other on the same cluster and the same pods. The control plane is a real one; the metrics API is pod_metrics.py, for a
# metrics-server that scrapes so many simulated kubelets would need more of a small machine than all the rest. Prints a
# table. Takes forty minutes and some 6 GiB; SCALE_ALONE=1: plimsoll only.
export BUILD=${1:-build}
. tests/e2e/lib.sh
n=${SCALERS:-1000} each=20 window=${SCALE_WINDOW:-120}
export KCM_FLAGS='--controllers=*,-horizontal-pod-autoscaler-controller'
own_cluster kwok
namespace scale
install_plimsoll
kwok_nodes scale 1 $((n * (each + 2) / 240 + 1)) 200

# use MILLI: of every container, from the next scrape on.
use() {
	echo "$1" >"$scratch/usage.new"
	mv "$scratch/usage.new" "$scratch/usage"
}

# shown MILLI: the instant from which on the metrics API last said so.
shown() {
	awk -v milli="$1" '$2 == milli { at = $1 } END { print at }' "$scratch/metrics.log"
}

objects() {
	python3 "$e2e/scale.py" "$cluster" "$1" scale "$n" "${@:2}"
}

# cpu PROGRAM: seconds of CPU it has used. memory PROGRAM: most MiB it has had.
cpu() {
	awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); print ($12 + $13) / hz }' "/proc/$(cat "$scratch/$1.pid")/stat"
}

memory() {
	awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$(cat "$scratch/$1.pid")/status"
}

requests() {
	python3 "$e2e/audit.py" "$cluster/audit.jsonl" count "$1" "$2" | awk '{n += $1} END {print n + 0}'
}

# measured PROGRAM USER: "rest-cpu rest-requests step-cpu step-requests memory scaled first median 95th last", after a rest of
# one window, a step, and another.
measured() {
	local before at rest_cpu rest_requests step_cpu
	before=$(cpu "$1")
	at=$(date +%s.%N)
	sleep "$window"
	rest_cpu=$(echo "$(cpu "$1") $before" | awk '{printf "%.2f", $1 - $2}')
	rest_requests=$(requests "$2" "$at")
	before=$(cpu "$1")
	at=$(date +%s.%N)
	use 600
	sleep "$window"
	step_cpu=$(echo "$(cpu "$1") $before" | awk '{printf "%.2f", $1 - $2}')
	echo "$rest_cpu $rest_requests $step_cpu $(requests "$2" "$at") $(memory "$1") $(objects delays "$(shown 600)")"
}

metrics_complete() {
	[ "$(k get --raw /apis/metrics.k8s.io/v1beta1/namespaces/scale/pods | grep -o '"timestamp"' | wc -l)" -ge $((n * each)) ]
}

# The controller that all have.
beside() {
	echo "the HPA controller"
	objects scalers HorizontalPodAutoscaler $((each + 2))
	(cd "$scratch" && start hpa "$bin/kube-controller-manager" --kubeconfig "$cluster/kubeconfig" --bind-address 127.0.0.1 \
		--secure-port "$(python3 "$e2e/ports.py" p | cut -d= -f2)" --leader-elect=false --kube-api-qps 500 --kube-api-burst 1000 \
		--use-service-account-credentials=true --service-account-private-key-file "$cluster/accounts.key" \
		--root-ca-file "$cluster/ca.crt" --controllers horizontal-pod-autoscaler-controller)
	sleep 60
	of_hpa=$(measured hpa system:serviceaccount:kube-system:horizontal-pod-autoscaler)
	mine stop hpa
	k delete horizontalpodautoscalers --all >/dev/null
	use 300
	objects replicas "$each" || { fail "pods run again" && finish; }
	sleep 20 # a scrape
}

port=$(python3 "$e2e/ports.py" p | cut -d= -f2)
use 300
echo "making $n Deployments of $each pods"
objects deployments "$each" || { fail "pods run" && finish; }
program stop metrics-server
(cd "$scratch" && start metrics python3 "$e2e/pod_metrics.py" "$cluster" "$port" "$scratch/usage")
"$e2e/cluster.sh" register "$cluster" metrics.k8s.io v1beta1 pod-metrics "$port"
wait_until 120 metrics_complete || fail "every pod has numbers"

of_hpa='- - - - - - - - - -'
[ -n "${SCALE_ALONE-}" ] || beside

echo "plimsoll"
objects scalers Autoscaler $((each + 2))
plimsoll_run plimsoll --set hpa.follow_scrapes=true
sleep 300 # it has found the scrapes
of_plimsoll=$(measured plimsoll system:serviceaccount:plimsoll:plimsoll)
check "plimsoll still runs" mine running plimsoll
mine stop plimsoll

printf '\n%-44s %14s %12s\n' "$n autoscalers, $((n * each)) pods, 15 s" 'HPA controller' plimsoll
paste <(tr ' ' '\n' <<<"$of_hpa") <(tr ' ' '\n' <<<"$of_plimsoll") <(printf '%s\n' \
	"CPU seconds in $window s at rest" "API requests in $window s at rest" "CPU seconds in $window s after the step" \
	"API requests in $window s after the step" 'most memory, MiB' "scaled within $window s" 'metrics to patch, s: first' median '95th of 100' last) |
	awk -F'\t' '{printf "%-44s %14s %12s\n", $3, $1, $2}'
echo
if [ "$(cut -d' ' -f6 <<<"$of_plimsoll")" = "$n" ]; then pass "all are scaled"; else fail "all are scaled"; fi
if awk '{exit !($10 != "-" && $10 <= 15)}' <<<"$of_plimsoll"; then pass "within a period of the metrics"; else fail "within a period of the metrics"; fi
finish
