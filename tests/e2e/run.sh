#!/bin/bash
# run.sh BUILD: every end-to-end scenario that CI runs, in two lanes side by side, and one line for all, "N passed, N failed".
# The first lane shares a cluster; the scenarios of the second have their own, to ill-treat. E2E_LOGS: a folder for the
# logs of scenarios that failed.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$1
shared='twin shadow record leaders zero targets nodes cluster_api act deploy rights' # rights: at the end, what they used
alone='kills faults real'
folder=$(mktemp -d) || exit 1
trap 'trap "" INT TERM; tests/e2e/cluster.sh down "$folder/kwok"; rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM

paths() {
	for name; do echo "tests/e2e/$name.sh"; done
}

tests/e2e/build.sh >/dev/null || exit 1
echo "starting a control plane"
if ! { tests/e2e/cluster.sh up "$folder/kwok" && tests/e2e/cluster.sh kwok "$folder/kwok"; } then
	echo "0 passed, 1 failed"
	exit 1
fi
# shellcheck disable=SC2046,SC2086
E2E_CLUSTERS=$folder tests/run.sh "$build" $(paths $shared) >"$folder/shared.out" 2>&1 &
first=$!
# shellcheck disable=SC2046,SC2086
tests/run.sh "$build" $(paths $alone) >"$folder/alone.out" 2>&1 &
wait "$first" "$!"
head -q -n -1 "$folder/shared.out" "$folder/alone.out"
tail -q -n 1 "$folder/shared.out" "$folder/alone.out" |
	awk '{good += $1; bad += $3} END {print good + 0 " passed, " bad + 0 " failed"; exit bad > 0 || good == 0}'
