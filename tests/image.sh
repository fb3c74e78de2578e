#!/bin/bash
# deploy/Dockerfile, without an engine to build it: what it installs to build is what `make deps` says, and what it installs
# to run has each library that the program was linked with (on the release that the image is of).
. tests/lib.sh
dockerfile=deploy/Dockerfile
build=$(sed -n '/ AS build$/,/^WORKDIR/p' "$dockerfile")
run=$(sed '1,/^COPY/d' "$dockerfile")

for package in $(sed -n '/^DEB_BUILD/,/[^\\]$/p' Makefile | grep -oE '[a-z0-9.-]+-dev'); do
	[ "$package" != libcmocka-dev ] || continue # for tests
	check "the image is built with $package" grep -qw -- "$package" <<<"$build"
done

# owner LIBRARY: the package that a file is of. Debian knows some by where they were before /usr was merged.
owner() {
	local file
	file=$(realpath "$1")
	{ dpkg -S "$file" || dpkg -S "${file#/usr}"; } 2>/dev/null | sed 's/:.*//' | head -n 1
}

release=$(. /etc/os-release && echo "$ID:$VERSION_CODENAME-slim")
if ! grep -q "^FROM $release\$" "$dockerfile"; then
	skip "what the image runs with: this is not $release"
	finish
fi
ldd "$plimsoll" >"$scratch/linked"
readelf -d "$plimsoll" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]$/\1/p' >"$scratch/needed"
check "libraries are needed" test -s "$scratch/needed"
while read -r library; do
	package=$(owner "$(awk -v name="$library" '$1 == name {print $3}' "$scratch/linked")")
	[ "$package" != libc6 ] || continue
	check "the image has $package for $library" grep -qw -- "${package:-nothing}" <<<"$run"
done <"$scratch/needed"
finish
