#!/bin/bash
# run.sh BUILD RUNNER...: runs every test and ends with one line, "N passed, N failed", over all of them.
# A runner is a cmocka binary, a file of vectors (.jsonl), or a script whose last line is "N passed, N failed".
# A runner that crashes, or that tries nothing, is a failure.
set -u
export BUILD=$1
shift
passed=0
failed=0
output=$(mktemp) || exit 1
trap 'rm -f "$output"' EXIT
quiet_place=()
# The thread sanitizer of older compilers does not know the address spaces of newer kernels.
if [ "${SANITIZE-}" = thread ] && setarch -R true 2>/dev/null; then quiet_place=(setarch -R); fi

run() {
	case $1 in
	*.jsonl)
		"${quiet_place[@]}" "$BUILD/conformance" "$1" >"$output" 2>&1
		;;
	*.sh)
		bash "$1" >"$output" 2>&1
		;;
	*)
		CMOCKA_MESSAGE_OUTPUT=TAP "${quiet_place[@]}" "$1" >"$output" 2>&1
		;;
	esac
}

count() {
	case $1 in
	*.jsonl)
		cases=$(sed -n 's/.*: \([0-9]*\) cases, [0-9]* mismatches$/\1/p' "$output")
		bad=$(sed -n 's/.*: [0-9]* cases, \([0-9]*\) mismatches$/\1/p' "$output")
		good=$((${cases:-0} - ${bad:-0}))
		;;
	*.sh)
		good=$(tail -n 1 "$output" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p')
		bad=$(tail -n 1 "$output" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p')
		;;
	*)
		good=$(grep -c '^ok [0-9]' "$output")
		bad=$(grep '^not ok [0-9]' "$output" | grep -vc '# SKIP')
		;;
	esac
	good=${good:-0}
	bad=${bad:-0}
}

for runner; do
	run "$runner"
	status=$?
	count "$runner"
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; }; then
		bad=1
		echo "$runner: exit status $status after $good tests" >>"$output"
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	if [ "$bad" -ne 0 ]; then
		sed 's/^/    /' "$output"
		printf 'FAIL  %-38s %5d passed, %d failed\n' "$runner" "$good" "$bad"
	else
		grep -E '^(skipped|measured)' "$output"
		printf 'ok    %-38s %5d passed\n' "$runner" "$good"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
