# One kubelet with Debian's containerd and runc, as a node "localhost". Sourced by cluster.sh, in the cluster's folder.
# Pods are to use the host's network: nothing of the machine's own is touched.
containers=$dir/real
share=$containers/share # burn's files: what a container called NAME uses is in share/NAME

containerd_config() {
	# Below an oom_score_adj of our own, none can be set without CAP_SYS_RESOURCE.
	cat >"$containers/containerd.toml" <<-END
		version = 2
		root = "$containers/root"
		state = "$containers/state"
		disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper"]
		[grpc]
		address = "$containers/containerd.sock"
		[plugins."io.containerd.grpc.v1.cri"]
		sandbox_image = "plimsoll.test/pause:1"
		disable_apparmor = true
		restrict_oom_score_adj = true
		[plugins."io.containerd.grpc.v1.cri".cni]
		bin_dir = "/usr/lib/cni"
		conf_dir = "$containers/cni"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
		runtime_type = "io.containerd.runc.v2"
		[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
		SystemdCgroup = false
	END
	echo '{"cniVersion": "0.4.0", "name": "none", "plugins": [{"type": "loopback"}]}' >"$containers/cni/10-none.conflist"
}

kubelet_config() {
	cat >"$containers/kubelet.yaml" <<-END
		apiVersion: kubelet.config.k8s.io/v1beta1
		kind: KubeletConfiguration
		address: 127.0.0.1
		port: $kubelet_port
		readOnlyPort: 0
		healthzBindAddress: 127.0.0.1
		healthzPort: $kubelet_health_port
		authentication: {anonymous: {enabled: false}, webhook: {enabled: false}, x509: {clientCAFile: $dir/ca.crt}}
		authorization: {mode: AlwaysAllow}
		cgroupDriver: cgroupfs
		failCgroupV1: false
		failSwapOn: false
		makeIPTablesUtilChains: false
		containerRuntimeEndpoint: unix://$containers/containerd.sock
		resolvConf: ""
		podLogsDir: $containers/logs
		volumePluginDir: $containers/plugins
		housekeepingInterval: 5s
		evictionHard: {memory.available: 100Mi}
		imageGCHighThresholdPercent: 100
		maxPods: 110
	END
}

images() {
	local name
	for name in pause burn; do
		cc -O2 -static -s -o "$containers/$name" "$here/image/$name.c"
		python3 "$here/image/pack.py" "$containers/$name.tar" "plimsoll.test/$name:1" "$containers/$name"
		ctr -a "$containers/containerd.sock" -n k8s.io images import "$containers/$name.tar" >/dev/null
	done
}

real_up() {
	mkdir -p "$containers/cni" "$share"
	containerd_config
	kubelet_config
	start containerd containerd --config "$containers/containerd.toml"
	await containerd ctr -a "$containers/containerd.sock" version
	images
	# No loopback address can be a node's: so it goes by its name.
	start kubelet "$bin/kubelet" --kubeconfig "$dir/kubeconfig" --config "$containers/kubelet.yaml" \
		--root-dir "$containers/kubelet" --cert-dir "$containers/pki" --hostname-override localhost
	await kubelet kubectl wait --for condition=Ready --timeout 1s node/localhost
	metrics_server Hostname
}

# Containers outlive the kubelet and containerd; what they leave behind is taken away: by the paths of this folder only.
real_down() {
	local ctr=(ctr -a "$containers/containerd.sock" -n k8s.io) id pid place
	if running kubelet && running apiserver; then
		kubectl get namespaces -o name | grep -vE '/(default|kube-.*)$' |
			xargs -r "$bin/kubectl" --kubeconfig "$dir/kubeconfig" delete --timeout 60s >/dev/null || true
	fi
	stop kubelet
	if running containerd; then
		for id in $("${ctr[@]}" tasks list -q); do "${ctr[@]}" tasks delete -f "$id" >/dev/null 2>&1 || true; done
		for id in $("${ctr[@]}" containers list -q); do "${ctr[@]}" containers delete "$id" >/dev/null 2>&1 || true; done
	fi
	stop containerd
	for pid in $(ps -eo pid=,args= | awk -v socket="$containers/containerd.sock" \
		'$2 ~ /containerd-shim/ && index($0, socket) {print $1}'); do kill "$pid" || true; done
	awk -v below="$containers/" 'index($2, below) == 1 {print $2}' /proc/mounts | sort -r | while read -r place; do
		umount "$place" 2>/dev/null || umount -l "$place"
	done
	find /sys/fs/cgroup -depth -type d -path '*/kubepods*' -exec rmdir {} + 2>/dev/null || true
}
