#!/bin/bash
# profile.sh BUILD: where the instructions of a month of the year's load go.
set -eu
build=$1
folder=$build/bench
command -v valgrind >/dev/null || { echo "needs valgrind: make deps-dev" >&2; exit 2; }
[ -e "$folder/many/apps.yaml" ] || tests/bench/loads.sh "$folder"
head -n 43202 "$folder/one.csv" >"$folder/month.csv"
valgrind --tool=callgrind --callgrind-out-file="$folder/callgrind.out" "$build/plimsoll" sim -f "$folder/one" \
	--load "$folder/month.csv" --price aws/us-east-1 --node m5.xlarge:1:50 >/dev/null 2>"$folder/callgrind.log"
callgrind_annotate "$folder/callgrind.out" 2>/dev/null | grep -E '^ *[0-9,]+ \(' | sed "s|$PWD/||" | sed -n 1,26p
echo "The whole: callgrind_annotate $folder/callgrind.out"
