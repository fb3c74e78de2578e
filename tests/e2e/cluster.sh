#!/bin/bash
# cluster.sh COMMAND DIR: a Kubernetes control plane on 127.0.0.1, its ports chosen free, everything it knows in DIR.
#   up       etcd, kube-apiserver, kube-controller-manager, kube-scheduler; DIR/kubeconfig is the administrator's
#   kwok     adds KWOK, whose nodes and pods only say that they run, and metrics-server
#   real     adds one kubelet with containers of its own (as root), and metrics-server
#   register GROUP VERSION NAME PORT   has a server on this machine answer for an API group
#   start NAME..., stop NAME..., kill NAME...   one of its programs again; gone, asked or with SIGKILL
#   down     ends all of it
# Of each program there are DIR/NAME.pid, DIR/NAME.log (added to at each start) and DIR/NAME.command. What plimsoll and
# the HPA controller ask for, and who wrote a scale, is in DIR/audit.jsonl.
# Environment: HPA_SYNC (15s), HPA_READINESS (30s), HPA_CPU_INITIALIZATION (5m), METRIC_RESOLUTION (10s, the least
# that metrics-server takes), KCM_FLAGS, APISERVER_FLAGS, KWOK_FLAGS.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
. "$here/processes.sh"

usage() {
	sed -nE '2,/^set/s/^# ?//p' "$0" >&2
	exit 2
}

kubectl() {
	"$bin/kubectl" --kubeconfig "$dir/kubeconfig" "$@"
}

# certificate NAME SUBJECT [ALTERNATIVE-NAMES]
certificate() {
	local extensions=/dev/null
	[ -z "${3-}" ] || { extensions=$1.ext && echo "subjectAltName=$3" >"$extensions"; }
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
	"${yesterday[@]}" openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out "$1.crt" \
		-extfile "$extensions" 2>/dev/null
}

# One authority for clients and for the front proxy, which is therefore named to the API server. They are valid since
# yesterday: a client's clock may be an hour behind.
certificates() {
	local yesterday=(env LD_PRELOAD="$dir/clock.so" TEST_CLOCK="$dir/yesterday")
	cc -shared -fPIC -O2 -o clock.so "$here/clock.c"
	echo -86400 >yesterday
	"${yesterday[@]}" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt \
		-days 30 -subj /CN=plimsoll-test 2>/dev/null
	certificate apiserver /CN=kube-apiserver DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1
	certificate serving /CN=localhost DNS:localhost,DNS:*.kube-system.svc,IP:127.0.0.1
	certificate admin /O=system:masters/CN=admin
	certificate front /CN=front-proxy
	openssl genrsa -out accounts.key 2048 2>/dev/null
	openssl rsa -in accounts.key -pubout -out accounts.pub 2>/dev/null
}

write_kubeconfig() {
	cat >kubeconfig <<-END
		apiVersion: v1
		kind: Config
		clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api_port", certificate-authority: $dir/ca.crt}}]
		users: [{name: admin, user: {client-certificate: $dir/admin.crt, client-key: $dir/admin.key}}]
		contexts: [{name: test, context: {cluster: test, user: admin}}]
		current-context: test
	END
}

# A file of NAME=PORT, kept for the life of the cluster; each named port is a variable.
choose_ports() {
	[ -e ports ] || python3 "$here/ports.py" etcd_port etcd_peer_port api_port kcm_port scheduler_port kwok_port metrics_port kubelet_port kubelet_health_port >ports
	. ./ports
}

up() {
	local more=()
	[ -e ca.crt ] || certificates
	write_kubeconfig
	start etcd "$bin/etcd" --data-dir "$dir/etcd" --listen-client-urls "http://127.0.0.1:$etcd_port" \
		--advertise-client-urls "http://127.0.0.1:$etcd_port" --listen-peer-urls "http://127.0.0.1:$etcd_peer_port" \
		--unsafe-no-fsync --quota-backend-bytes 4294967296 --log-level warn
	read -ra more <<<"${APISERVER_FLAGS-}"
	start apiserver "$bin/kube-apiserver" --etcd-servers "http://127.0.0.1:$etcd_port" --bind-address 127.0.0.1 \
		--advertise-address 127.0.0.1 --secure-port "$api_port" --endpoint-reconciler-type none \
		--tls-cert-file "$dir/apiserver.crt" --tls-private-key-file "$dir/apiserver.key" --client-ca-file "$dir/ca.crt" \
		--service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/accounts.pub" \
		--service-account-signing-key-file "$dir/accounts.key" --service-cluster-ip-range 10.96.0.0/16 \
		--authorization-mode RBAC --requestheader-client-ca-file "$dir/ca.crt" --requestheader-allowed-names front-proxy \
		--requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group \
		--requestheader-extra-headers-prefix X-Remote-Extra- --proxy-client-cert-file "$dir/front.crt" \
		--proxy-client-key-file "$dir/front.key" --audit-policy-file "$here/audit.yaml" --audit-log-path "$dir/audit.jsonl" \
		--audit-log-maxsize 2000 --audit-log-format json "${more[@]}"
	await apiserver kubectl get --raw /readyz
	read -ra more <<<"${KCM_FLAGS-}"
	start kcm "$bin/kube-controller-manager" --kubeconfig "$dir/kubeconfig" --bind-address 127.0.0.1 \
		--secure-port "$kcm_port" --leader-elect=false --kube-api-qps 500 --kube-api-burst 1000 --root-ca-file "$dir/ca.crt" \
		--service-account-private-key-file "$dir/accounts.key" --use-service-account-credentials=true \
		--horizontal-pod-autoscaler-sync-period "${HPA_SYNC:-15s}" \
		--horizontal-pod-autoscaler-initial-readiness-delay "${HPA_READINESS:-30s}" \
		--horizontal-pod-autoscaler-cpu-initialization-period "${HPA_CPU_INITIALIZATION:-5m}" "${more[@]}"
	start scheduler "$bin/kube-scheduler" --kubeconfig "$dir/kubeconfig" --bind-address 127.0.0.1 \
		--secure-port "$scheduler_port" --leader-elect=false --kube-api-qps 500 --kube-api-burst 1000
	await kcm kubectl -n default get serviceaccount default
}

# register GROUP VERSION NAME PORT: what answers for an API group, on this machine.
register() {
	kubectl apply -f - >/dev/null <<-END
		{apiVersion: v1, kind: Service, metadata: {name: $3, namespace: kube-system}, spec: {type: ExternalName, externalName: localhost, ports: [{port: $4, targetPort: $4}]}}
		---
		apiVersion: apiregistration.k8s.io/v1
		kind: APIService
		metadata: {name: $2.$1}
		spec: {group: $1, version: $2, service: {name: $3, namespace: kube-system, port: $4}, insecureSkipTLSVerify: true, groupPriorityMinimum: 100, versionPriority: 100}
	END
}

# metrics_server ADDRESS-TYPE: by which of a node's addresses it is reached.
metrics_server() {
	register metrics.k8s.io v1beta1 metrics-server "$metrics_port"
	start metrics-server "$bin/metrics-server" --kubeconfig "$dir/kubeconfig" --authentication-kubeconfig "$dir/kubeconfig" \
		--authorization-kubeconfig "$dir/kubeconfig" --kubelet-insecure-tls --kubelet-preferred-address-types "$1" \
		--kubelet-use-node-status-port --kubelet-request-timeout 8s --bind-address 127.0.0.1 --secure-port "$metrics_port" \
		--metric-resolution "${METRIC_RESOLUTION:-10s}" --tls-cert-file "$dir/serving.crt" --tls-private-key-file "$dir/serving.key"
	await metrics-server curl -sfk "https://127.0.0.1:$metrics_port/livez"
}

kwok() {
	local more=()
	kubectl apply -f "$cache/kwok/kwok.x-k8s.io_clusterresourceusages.yaml" >/dev/null
	await apiserver kubectl wait --for condition=Established --timeout 2s crd/clusterresourceusages.kwok.x-k8s.io
	kubectl apply -f "$here/usage.yaml" >/dev/null
	read -ra more <<<"${KWOK_FLAGS-}"
	start kwok "$bin/kwok" --config "$here/kwok.yaml" --kubeconfig "$dir/kubeconfig" --manage-all-nodes --node-ip 127.0.0.1 \
		--node-port "$kwok_port" --server-address "127.0.0.1:$kwok_port" --tls-cert-file "$dir/serving.crt" \
		--tls-private-key-file "$dir/serving.key" --enable-crds ClusterResourceUsage --node-lease-duration-seconds 40 "${more[@]}"
	await kwok curl -sfk "https://127.0.0.1:$kwok_port/healthz"
	metrics_server InternalIP
}

real() {
	. "$here/real_node.sh"
	real_up
}

down() {
	[ ! -d real ] || { . "$here/real_node.sh" && real_down; }
	local name rest=()
	for name in *.pid; do
		case ${name%.pid} in
		'*' | etcd | apiserver) ;;
		*) rest+=("${name%.pid}") ;;
		esac
	done
	stop "${rest[@]}" apiserver etcd
}

[ $# -ge 2 ] || usage
command=$1
mkdir -p "$2"
dir=$(realpath "$2")
shift 2
cache=${PLIMSOLL_E2E_CACHE:-$HOME/.cache/plimsoll/e2e}
bin=$cache/bin
cd "$dir"
choose_ports
case $command in
up | kwok | real | down) "$command" ;;
register) register "$@" ;;
start) for name; do restart "$name"; done ;;
stop) stop "$@" ;;
kill) slay "$@" ;;
*) usage ;;
esac
