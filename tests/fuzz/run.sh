#!/bin/sh
# Runs each libFuzzer binary given, FUZZ_SECONDS each (60), from its seed corpus when there is one.
# A failing input is left in the working directory. Ends with "N passed, N failed".
seconds=${FUZZ_SECONDS:-60}
seeds=$(dirname "$0")/corpus
passed=0
failed=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
for binary in "$@"; do
	name=$(basename "$binary")
	mkdir -p "$scratch/$name"
	set --
	[ -d "$seeds/${name#fuzz_}" ] && set -- "$seeds/${name#fuzz_}"
	if "$binary" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
		-artifact_prefix="$name-" "$scratch/$name" "$@" >"$scratch/log" 2>&1; then
		passed=$((passed + 1))
		echo "$name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$scratch/log") inputs, no fault"
	else
		failed=$((failed + 1))
		echo "$name: FAILED"
		tail -n 40 "$scratch/log"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
