# For the end-to-end scenarios: a cluster, plimsoll on it, loads, records. Sourced from the repository root; see
# tests/lib.sh for how tests are counted. One scenario is one file; it works in a namespace of its own.
. tests/lib.sh
. tests/e2e/processes.sh
e2e=$PWD/tests/e2e
BUILD=$(realpath "$BUILD")
plimsoll=$BUILD/plimsoll
bin=${PLIMSOLL_E2E_CACHE:-$HOME/.cache/plimsoll/e2e}/bin
: >"$scratch/credentials" # new_token
own_clusters=()
mounts=()
trap clean_up EXIT
trap 'exit 1' INT TERM

# Ends what was started here (by pid), takes away what was made, and keeps the logs of a scenario that failed.
clean_up() {
	trap '' INT TERM # once begun, it is brought to an end
	local folder name names=()
	cd "$scratch" || exit 1
	for name in *.pid; do [ ! -e "$name" ] || names+=("${name%.pid}"); done
	stop "${names[@]}"
	for folder in "${mounts[@]}"; do umount "$folder"; done
	if [ ${#own_clusters[@]} -eq 0 ] && [ -n "${namespace-}" ]; then
		[ -z "${served-}" ] || k delete apiservice v1beta1.external.metrics.k8s.io v1beta2.custom.metrics.k8s.io >/dev/null 2>&1
		k delete namespace --wait=false "$namespace" >/dev/null 2>&1
		k delete node -l "plimsoll.test/scenario=$namespace" >/dev/null 2>&1
	fi
	for folder in "${own_clusters[@]}"; do "$e2e/cluster.sh" down "$folder"; done
	cd / || exit 1
	if [ "$failed" -eq 0 ] || [ -z "${E2E_LOGS-}" ]; then
		rm -rf "$scratch"
	else
		mkdir -p "$E2E_LOGS" && cp -r "$scratch" "$E2E_LOGS/$(basename "$0" .sh)" && rm -rf "$scratch"
	fi
}

# cluster PROFILE: one that others use too where there is one (E2E_CLUSTERS/PROFILE); else one that lives as long as
# this scenario. PROFILE: kwok, real.
cluster() {
	cluster=${E2E_CLUSTERS-}/$1
	[ -e "$cluster/kubeconfig" ] || own_cluster "$1"
	export KUBECONFIG=$cluster/kubeconfig
	. "$cluster/ports"
}

# own_cluster PROFILE: one that may be ill-treated.
own_cluster() {
	cluster=$scratch/cluster-$1
	own_clusters+=("$cluster")
	if ! { "$e2e/cluster.sh" up "$cluster" && "$e2e/cluster.sh" "$1" "$cluster"; } >"$scratch/up.log" 2>&1; then
		fail "the cluster starts" "$scratch/up.log"
		finish
	fi
	export KUBECONFIG=$cluster/kubeconfig
	. "$cluster/ports"
}

k() {
	"$bin/kubectl" --request-timeout=20s "$@"
}

# program COMMAND NAME...: of the cluster: start, stop, kill.
program() {
	local command=$1
	shift
	"$e2e/cluster.sh" "$command" "$cluster" "$@"
}

# wait_until SECONDS COMMAND...: false when it did not pass in time.
wait_until() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || return 1
		sleep 0.5
	done
}

# reaches NAME SECONDS COMMAND...: a test that passes when the command does, in time.
reaches() {
	local name=$1 limit=$2 started=$SECONDS
	shift 2
	if wait_until "$limit" "$@"; then
		pass "$name"
		echo "  $name: after $((SECONDS - started)) s"
	else
		"$@" >"$scratch/.log" 2>&1
		tail -n 8 "$scratch"/plimsoll*.log >>"$scratch/.log" 2>/dev/null
		fail "$name: not within $limit s" "$scratch/.log"
	fi
}

# namespace NAME: of this scenario; later commands of k are in it. One of a run before may still be going.
namespace() {
	namespace=$1
	if ! wait_until 180 k create namespace "$1"; then
		fail "a namespace $1 of its own"
		finish
	fi
	began=$(date +%s.%N)
	cp "$cluster/kubeconfig" "$scratch/kubeconfig"
	export KUBECONFIG=$scratch/kubeconfig
	k config set-context test --namespace "$1" >/dev/null
}

# kwok_nodes PREFIX FROM TO [CPU]: of this scenario's namespace.
kwok_nodes() {
	local i
	for i in $(seq "$2" "$3"); do
		cat <<-END
			---
			apiVersion: v1
			kind: Node
			metadata: {name: $1-$i, labels: {kubernetes.io/hostname: $1-$i, plimsoll.test/scenario: $namespace}, annotations: {metrics.k8s.io/resource-metrics-path: /metrics/nodes/$1-$i/metrics/resource}}
			status: {capacity: {cpu: ${4:-16}, memory: 64Gi, pods: 256}, allocatable: {cpu: ${4:-16}, memory: 64Gi, pods: 256}}
		END
	done | k apply -f - >/dev/null
}

# deployment NAME REPLICAS [MILLI] [NODE-SELECTOR]: of pods that ask for MILLI (500) of CPU.
deployment() {
	k apply -f - >/dev/null <<-END
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: $1}
		spec:
		  replicas: $2
		  selector: {matchLabels: {app: $1}}
		  template:
		    metadata: {labels: {app: $1}}
		    spec: {terminationGracePeriodSeconds: 1, nodeSelector: ${4:-"{}"}, containers: [{name: c, image: none, resources: {requests: {cpu: ${3:-500}m, memory: 32Mi}}}]}
	END
}

cpu_60='[{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]'

# scaler KIND NAME MIN MAX [METRICS] [DOWN-WINDOW] [UP-PERCENT]: an HPA or an Autoscaler, the same but for their kind, of
# Deployment NAME. Without UP-PERCENT it doubles, or adds four, in 15 s.
scaler() {
	local api=autoscaling/v2 up=
	[ -z "${7-}" ] || up=", scaleUp: {policies: [{type: Percent, value: $7, periodSeconds: 15}]}"
	[ "$1" != Autoscaler ] || api=plimsoll.dev/v1alpha1
	k apply -f - >/dev/null <<-END
		apiVersion: $api
		kind: $1
		metadata: {name: $2}
		spec:
		  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: $2}
		  minReplicas: $3
		  maxReplicas: $4
		  metrics: ${5:-$cpu_60}
		  behavior: {scaleDown: {stabilizationWindowSeconds: ${6:-30}}$up}
	END
}

wanted() {
	k get deployment "$1" -o 'jsonpath={.spec.replicas}'
}

# replicas NAME LOW [HIGH]: those wanted of a Deployment are that many.
replicas() {
	local n
	n=$(wanted "$1") && [ -n "$n" ] && [ "$n" -ge "$2" ] && [ "$n" -le "${3:-$2}" ]
}

# ready NAME N: so many pods of a Deployment are ready.
ready() {
	[ "$(k get deployment "$1" -o 'jsonpath={.status.readyReplicas}')" = "$2" ]
}

# metered NAME: the metrics API knows each ready pod of a Deployment.
metered() {
	local known
	known=$(k get --raw "/apis/metrics.k8s.io/v1beta1/namespaces/$namespace/pods?labelSelector=app%3D$1" |
		grep -o '"containers":\[{' | wc -l)
	[ "$known" -gt 0 ] && ready "$1" "$known"
}

share=() # where the loads of real containers are written
# load NAME MILLI...: what the pods of Deployments use together, from now on.
load() {
	printf '%s %s\n' "$@" >"$scratch/load.new"
	mv "$scratch/load.new" "$scratch/load"
	(cd "$scratch" && { running load || start load python3 "$e2e/load.py" "$cluster" "$namespace" "$scratch/load" "${share[@]}"; })
}

# record: the replicas of the namespace's Deployments, each second, to $series.
record() {
	series=$scratch/series.csv
	(cd "$scratch" && start record python3 "$e2e/record.py" "$cluster" "/apis/apps/v1/namespaces/$namespace/deployments" "$series")
}

# bounded NAME MIN MAX: a test that nobody ever asked for replicas of a Deployment beyond them, nor were any seen.
bounded() {
	{
		awk -F, -v name="$1" '$2 == name { print $1, "seen", $2, $3; n++ } END { if (!n) print "nothing was recorded" }' "$series"
		audit scales | awk -v name="$1" '$3 == name'
	} | awk -v low="$2" -v high="$3" 'NF != 4 || $4 !~ /^[0-9]+$/ || $4 < low || $4 > high' | head -n 3 >"$scratch/.odd"
	if [ -s "$scratch/.odd" ]; then fail "$1 stays within $2 and $3" "$scratch/.odd"; else pass "$1 stays within $2 and $3"; fi
}

# audit scales|writers: of the namespace since this scenario made it; see audit.py.
audit() {
	python3 "$e2e/audit.py" "$cluster/audit.jsonl" "$1" "$namespace" "$began" "$scratch/credentials"
}

# established FILE: the kinds that it defines can be used. (kubectl fails while one has no conditions at all.)
established() {
	wait_until 30 k wait --for condition=Established --timeout 2s -f "$1"
}

# The CRD and the rights that deploy/ gives; and an identity, "plimsoll".
install_plimsoll() {
	if ! "$plimsoll" crd >"$scratch/crd.yaml" 2>"$scratch/crd.log" || ! k apply --server-side -f "$scratch/crd.yaml" >>"$scratch/crd.log" 2>&1 ||
		! established "$scratch/crd.yaml"; then
		fail "plimsoll crd prints what the API server takes" "$scratch/crd.log"
		finish
	fi
	k apply -f deploy/controller/namespace.yaml >/dev/null
	k apply -n plimsoll -f deploy/controller/rbac.yaml >/dev/null
	k delete lease plimsoll -n plimsoll --ignore-not-found >/dev/null # of a scenario before
	identity plimsoll
}

# identity NAME: a kubeconfig of a replica, with a token of its own, by which the audit log tells it from others. The API
# is asked through front_port where that is set.
identity() {
	new_token "$1"
	cat >"$scratch/$1.kubeconfig" <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: test, cluster: {server: "https://127.0.0.1:${front_port:-$api_port}", certificate-authority: $cluster/ca.crt}}]
		users: [{name: plimsoll, user: {tokenFile: $scratch/$1.token}}]
		contexts: [{name: test, context: {cluster: test, user: plimsoll}}]
		current-context: test
	END
}

# new_token NAME [DURATION]: the file is replaced, as a kubelet does it. Whose token it is, is noted for audit.
new_token() {
	k create token plimsoll -n plimsoll --duration "${2:-24h}" >"$scratch/$1.token.new" || return
	python3 "$e2e/audit.py" "$scratch/$1.token.new" owner "$1" >>"$scratch/credentials"
	mv "$scratch/$1.token.new" "$scratch/$1.token"
}

# plimsoll_run NAME ARGUMENT...: in the background as that identity, for this namespace only, with a journal of its own.
# The lease is the one that the rights of deploy/ are for: of scenarios that share a cluster, one runs at a time.
plimsoll_run() {
	run_command "$@"
	(cd "$scratch" && start "$1" "${command[@]}")
}

# run_command NAME ARGUMENT...: what that starts, in $command.
run_command() {
	local name=$1
	shift
	command=("${run_under[@]}" "$plimsoll" run --kubeconfig "$scratch/$name.kubeconfig" --namespace "$namespace"
		"${lease[@]}" --identity "$name" --journal "$scratch/$name.journal" --listen 127.0.0.1:0 --log json "$@")
}
run_under=()
lease=(--lease plimsoll/plimsoll)

# mine COMMAND NAME...: of processes.sh, for what this scenario started.
mine() {
	(cd "$scratch" && "$@")
}

# holder NAME: it holds the lease.
holder() {
	[ "$(k get lease plimsoll -n plimsoll -o 'jsonpath={.spec.holderIdentity}')" = "$1" ]
}

# replays NAME: tests of a replica's journal: the file is whole, and what it holds gives the same plans again.
replays() {
	check "the journal of $1 is whole" python3 "$e2e/journal.py" "$scratch/$1.journal"
	check "the journal of $1 gives the same plans again" "$plimsoll" replay "$scratch/$1.journal"
}

# kept DEPLOYMENT NAME: a test that each write of its scale was a decision in the journal of a replica.
kept() {
	audit scales >"$scratch/scales"
	"$plimsoll" explain "$namespace/$1" --since "$(date -u -d "@${began%.*}" +%FT%TZ)" --journal "$scratch/$2.journal" -o json >"$scratch/decisions.json"
	check "each scale of $1 is in the journal of $2" python3 "$e2e/kept.py" "$scratch/scales" "$scratch/decisions.json" "$1"
}

# serve_metrics: from now on there are external.metrics.k8s.io, custom.metrics.k8s.io and, at $prometheus, a Prometheus,
# which know what `metrics` says.
serve_metrics() {
	local metrics_port prometheus_port
	served=yes
	eval "$(python3 "$e2e/ports.py" metrics_port prometheus_port)"
	prometheus=http://127.0.0.1:$prometheus_port
	queue 40
	(cd "$scratch" && start metrics python3 "$e2e/metrics.py" "$cluster" "$metrics_port" "$prometheus_port" "$scratch/metrics")
	"$e2e/cluster.sh" register "$cluster" external.metrics.k8s.io v1beta1 external-metrics "$metrics_port"
	"$e2e/cluster.sh" register "$cluster" custom.metrics.k8s.io v1beta2 custom-metrics "$metrics_port"
	if ! wait_until 60 k get --raw "/apis/external.metrics.k8s.io/v1beta1/namespaces/$namespace/queue?labelSelector=name%3Dwork" ||
		! wait_until 60 k get --raw "/apis/custom.metrics.k8s.io/v1beta2/namespaces/$namespace/services/any/queue"; then
		fail "external and custom metrics can be read" "$scratch/metrics.log"
		finish
	fi
}

# metrics LINE...: "METRIC VALUE [LABEL=VALUE]", all that is known of them from now on.
metrics() {
	printf '%s\n' "$@" >"$scratch/metrics.new"
	mv "$scratch/metrics.new" "$scratch/metrics"
}

# queue N: so many wait; ten of them are work for one pod.
queue() {
	metrics "queue $1 name=work"
}
queue_of_10='[{type: External, external: {metric: {name: queue, selector: {matchLabels: {name: work}}}, target: {type: AverageValue, averageValue: "10"}}}]'

# ---- for what goes wrong ----

# A Deployment "worker" that follows a queue at once (periods of 5 s, no window), and one "web" by its CPU. Faults come
# between two flips of the queue, and each has to be over for plimsoll to follow the next.
period=5
quick=(--set hpa.sync_period=${period}s)
follow_within=$((2 * period + 3)) # two periods; and what it takes to look

fault_scene() {
	namespace "$1"
	kwok_nodes "$1" 1 2
	install_plimsoll
	serve_metrics
	deployment worker 4
	deployment web 4
	load web 1200
	high=
	follower
	scaler Autoscaler web 2 20
	reaches "pods have usage" 60 metered web
	record
}

# follower: the Autoscaler of "worker".
follower() {
	scaler Autoscaler worker 2 20 "$queue_of_10" 0 900
}

# flip: the queue is what the present replicas are not for; `due` replicas are.
flip() {
	if [ -z "$high" ]; then high=yes due=14; else high='' due=4; fi
	queue "${due}0"
}

# follows WHAT [SECONDS]: plimsoll runs, and gets to the replicas that are due.
follows() {
	check "$1: plimsoll still runs" mine running plimsoll
	reaches "$1: it gets to $due replicas" "${2:-$follow_within}" replicas worker "$due"
}

# rules JSON: of the fault proxy, from now on; "[]": none.
rules() {
	cuts=$((${cuts:-0} + ${2:-0}))
	echo "{\"seed\": ${seed:-1}, \"cut\": $cuts, \"rules\": $1}" >"$scratch/rules.new"
	mv "$scratch/rules.new" "$scratch/rules"
	sleep 0.3 # it looks each tenth of a second
}

# fault_proxy: identities made from now on ask through it.
fault_proxy() {
	front_port=$(python3 "$e2e/ports.py" front | cut -d= -f2)
	rules '[]'
	(cd "$scratch" && start proxy python3 "$e2e/fault_proxy.py" "$cluster" "$front_port" "$scratch/rules")
	(cd "$scratch" && await proxy bash -c "exec 3<>/dev/tcp/127.0.0.1/$front_port")
}

# faulty FAULT: the proxy did it at least once.
faulty() {
	grep -q "^$1 " "$scratch/proxy.log"
}

# new_seed VARIABLE: the seed of the luck of this run, printed; given by that variable to repeat one.
new_seed() {
	seed=${!1:-$(od -An -N3 -tu4 /dev/urandom | tr -d ' ')}
	RANDOM=$seed
	echo "  $1=$seed"
}
