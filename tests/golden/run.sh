#!/bin/bash
# A small run, whose report and timeline are kept: they must come out the same, byte for byte, from any build on any
# machine. After a change that is meant to alter them, look at the difference and keep the new ones:
#   tests/golden/run.sh --update && git diff tests/golden
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
here=tests/golden
new=$(mktemp -d) || exit 1
trap 'rm -rf "$new"' EXIT

"$build/plimsoll" sim -f $here/web.yaml --load $here/load.csv --price aws/us-east-1 --data data --node m5.large:1:6 \
	--node m5.xlarge:0:4 --set ca.expander=least-waste --set sim.report_step=5m --seed 7 \
	--timeline "$new/timeline.csv" -o json >"$new/report.json" 2>"$new/errors" || {
	cat "$new/errors"
	echo "0 passed, 1 failed"
	exit 1
}
if [ "${1-}" = --update ]; then
	cp "$new/report.json" "$new/timeline.csv" $here/
	exit
fi
passed=0
failed=0
for file in report.json timeline.csv; do
	if diff -u "$here/$file" "$new/$file" | head -n 40 && cmp -s "$here/$file" "$new/$file"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "$file has changed; see the head of this script"
	fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
