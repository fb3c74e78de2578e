# For the shell tests: count what is tried, show what fails, end with "N passed, N failed".
# Sourced from the repository root; $BUILD is where the program was built, $scratch a folder of the test's own.
BUILD=${BUILD:-build}
plimsoll=$BUILD/plimsoll
passed=0
failed=0
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

pass() {
	passed=$((passed + 1))
	[ -z "${VERBOSE-}" ] || echo "ok - $1"
}

# fail NAME [FILE...]: what is in the files is shown.
fail() {
	failed=$((failed + 1))
	echo "FAILED - $1"
	shift
	for file; do
		[ ! -s "$file" ] || head -c 2000 "$file" | sed 's/^/    /'
	done
}

skip() {
	echo "skipped - $1"
}

# check NAME COMMAND...: passes when the command does.
check() {
	name=$1
	shift
	if "$@" >"$scratch/.log" 2>&1; then pass "$name"; else fail "$name" "$scratch/.log"; fi
}

# refuse NAME COMMAND...: passes when the command does not.
refuse() {
	name=$1
	shift
	if "$@" >"$scratch/.log" 2>&1; then fail "$name: was let through" "$scratch/.log"; else pass "$name"; fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
	exit
}
