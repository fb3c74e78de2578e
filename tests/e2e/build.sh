#!/bin/bash
# build.sh [PROGRAM...]: builds the control plane of the end-to-end tests from Go modules, each program once, and says
# where they are. Below ${PLIMSOLL_E2E_CACHE:-~/.cache/plimsoll/e2e}: bin/, the programs and a stamp beside each with its
# version; modules/, a module for each project that requires it with the versions it was released with; kwok/, KWOK's CRDs.
set -euo pipefail

kubernetes=v1.36.3
etcd=v3.6.16
kwok=v0.8.0
metrics_server=v0.9.0
go_minor=26 # what Kubernetes' go.mod asks for

cache=${PLIMSOLL_E2E_CACHE:-$HOME/.cache/plimsoll/e2e}
cluster='kube-apiserver kube-controller-manager kube-scheduler kubectl kubelet'
all="etcd $cluster kwok metrics-server"

version_of() {
	case $1 in
	etcd) echo "$etcd" ;;
	kwok) echo "$kwok" ;;
	metrics-server) echo "$metrics_server" ;;
	*) echo "$kubernetes" ;;
	esac
}

built() {
	[ -x "$cache/bin/$1" ] && [ "$(cat "$cache/bin/$1.version" 2>/dev/null)" = "$(version_of "$1")" ]
}

# Those of the programs named that are not there yet.
wanted() {
	for program; do
		built "$program" || echo "$program"
	done
}

find_go() {
	local place found=
	for place in go /usr/local/go/bin/go /usr/lib/go-1."$go_minor"/bin/go; do
		command -v "$place" >/dev/null || continue
		found="$found $place: $("$place" env GOVERSION);"
		if [ "$("$place" env GOVERSION | sed -nE 's/^go1\.([0-9]+).*/\1/p')" -ge "$go_minor" ]; then
			go=$place
			return
		fi
	done
	echo "build.sh: building Kubernetes $kubernetes takes Go 1.$go_minor or newer in PATH or in /usr/local/go;" \
		"found:${found:- none}" >&2
	exit 1
}

# download MODULE VERSION: the folder of the module.
download() {
	(cd / && GOFLAGS='' "$go" mod download -json "$1@$2") | sed -n 's/.*"Dir": "\(.*\)",/\1/p'
}

# module NAME MODULE VERSION: enters a module that requires MODULE as released, with its own replacements. In Kubernetes'
# those point into a folder that the module does not hold; what is published of it under the matching version stands in.
module() {
	local place source
	place=$cache/modules/$1-$3
	source=$(download "$2" "$3")
	mkdir -p "$place"
	cd "$place"
	[ ! -e go.mod ] || return 0
	{
		echo "module plimsoll.test/$1"
		grep -E '^(go|godebug) ' "$source/go.mod"
		echo "require $2 $3"
		sed -nE '/^replace \(/,/^\)/p; /^replace [^(]/p' "$source/go.mod" |
			sed -E "s#(k8s\.io/[a-z-]+) => \./staging.*#\1 => \1 v0.${3#v1.}#" | grep -v '=> \.' || true
	} >go.mod.new
	cp "$source/go.sum" go.sum
	mv go.mod.new go.mod
}

# compile LDFLAGS PACKAGE...: into bin, by the last part of the package's name.
compile() {
	local flags=$1
	shift
	"$go" build -mod=mod -trimpath -buildvcs=false -ldflags "-s -w $flags" -o "$cache/bin.new/" "$@"
}

# keep PROGRAM...: moved into place, so that a build cut short leaves nothing that looks built.
keep() {
	for program; do
		mv "$cache/bin.new/$program" "$cache/bin/$program"
		version_of "$program" >"$cache/bin/$program.version"
	done
}

build_kubernetes() {
	local stamp=k8s.io/component-base/version
	module kubernetes k8s.io/kubernetes "$kubernetes"
	compile "-X $stamp.gitVersion=$kubernetes -X $stamp.gitMajor=1 -X $stamp.gitMinor=$(cut -d. -f2 <<<"$kubernetes") -X $stamp.gitTreeState=clean" \
		"${@/#/k8s.io/kubernetes/cmd/}"
	keep "$@"
}

build_etcd() {
	module etcd go.etcd.io/etcd/server/v3 "$etcd"
	compile '' go.etcd.io/etcd/server/v3
	mv "$cache/bin.new/server" "$cache/bin.new/etcd"
	keep etcd
}

build_kwok() {
	module kwok sigs.k8s.io/kwok "$kwok"
	compile "-X sigs.k8s.io/kwok/pkg/consts.Version=${kwok#v}" sigs.k8s.io/kwok/cmd/kwok
	rm -rf "$cache/kwok"
	mkdir "$cache/kwok"
	install -m 644 "$(download sigs.k8s.io/kwok "$kwok")"/kustomize/crd/bases/*.yaml "$cache/kwok/"
	keep kwok
}

build_metrics_server() {
	module metrics-server sigs.k8s.io/metrics-server "$metrics_server"
	compile '' sigs.k8s.io/metrics-server/cmd/metrics-server
	keep metrics-server
}

build() {
	local of_kubernetes=()
	mkdir -p "$cache/bin" "$cache/bin.new" "$cache/modules"
	for program; do
		echo "building $program $(version_of "$program")" >&2
		case $program in
		etcd) build_etcd ;;
		kwok) build_kwok ;;
		metrics-server) build_metrics_server ;;
		*) of_kubernetes+=("$program") ;;
		esac
	done
	[ ${#of_kubernetes[@]} -eq 0 ] || build_kubernetes "${of_kubernetes[@]}"
	rmdir "$cache/bin.new"
}

[ $# -gt 0 ] || read -ra everything <<<"$all"
set -- "$@" "${everything[@]}"
for program; do
	case " $all " in
	*" $program "*) ;;
	*)
		echo "build.sh: no program '$program'; there are: $all" >&2
		exit 2
		;;
	esac
done
if [ -n "$(wanted "$@")" ]; then
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock 9 # another run may be building the same
	find_go
	export CGO_ENABLED=0
	mapfile -t left < <(wanted "$@")
	[ ${#left[@]} -eq 0 ] || build "${left[@]}"
fi
echo "$cache/bin"
