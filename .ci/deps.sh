#!/bin/sh
# Installs the named Debian packages that are missing. Says nothing, and touches no network, when none is.
# `libclang-rt` stands for the runtime of the clang that is installed, where it is a package of its own.
set -u

missing() {
	for name; do
		dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null | grep -q '^ii' || printf ' %s' "$name"
	done
}

clang_runtime() {
	version=$(clang -dumpversion 2>/dev/null | cut -d. -f1)
	[ -n "$version" ] && apt-cache show "libclang-rt-$version-dev" >/dev/null 2>&1 && echo "libclang-rt-$version-dev"
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

apt() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@" \
		</dev/null >>"$log" 2>&1 && return
	echo "apt-get $1 failed:" >&2
	tail -n 20 "$log" >&2
	return 1
}

need() {
	wanted=$(missing "$@")
	[ -z "$wanted" ] && return
	if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
		echo "Missing packages; as root: apt-get install$wanted" >&2
		return 1
	fi
	echo "Installing$wanted"
	# shellcheck disable=SC2086
	{ [ -n "${updated-}" ] || apt update; } && updated=yes && apt install --no-install-recommends $wanted
}

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	pkg-config --exists gsl sqlite3 libcjson yaml-0.1 libcurl zlib libmicrohttpd expat 2>/dev/null && exit 0
	echo "Not a Debian or Ubuntu system. Install what these packages hold, then run make: $*" >&2
	exit 1
fi
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
packages=
runtime=
for name; do
	if [ "$name" = libclang-rt ]; then
		runtime=yes
	else
		packages="$packages $name"
	fi
done
# shellcheck disable=SC2086
need $packages || exit 1
[ -z "$runtime" ] || runtime=$(clang_runtime)
[ -z "$runtime" ] || need "$runtime"
