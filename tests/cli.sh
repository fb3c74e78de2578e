#!/bin/bash
# The command line as a user meets it: help, versions, ways to give the same input.
. tests/lib.sh

shop=data/examples/shop
load=data/loads/online_retail.csv.gz
span=(--price aws/us-east-1 --node m5.xlarge:1:20 --from 700d --until 702d)

# ---- help ----

narrow() {
	"$plimsoll" "$@" >"$scratch/text" 2>"$scratch/err" && test -s "$scratch/text" -a ! -s "$scratch/err" || return
	if grep -nE '^.{81}' "$scratch/text"; then return 1; fi
	if grep -n $'[ \t]$' "$scratch/text"; then return 1; fi
}

check "plimsoll --help, within 80 columns" narrow --help
check "plimsoll -h" narrow -h
check "plimsoll help settings, within 80 columns" narrow help settings
verbs=$("$plimsoll" --help | sed -nE 's/^  ([a-z]+) +[a-z].*/\1/p' | grep -v plimsoll)
check "the overview names verbs" test "$(wc -w <<<"$verbs")" -ge 3
for verb in $verbs; do
	check "help $verb, within 80 columns" narrow help "$verb"
	check "$verb is in the manual" grep -q "^\.SS plimsoll $verb" <("$plimsoll" help man)
done
check "sim --help is help sim" cmp <("$plimsoll" sim --help) <("$plimsoll" help sim)
check "price -h is help price" cmp <("$plimsoll" price -h) <("$plimsoll" help price)
check "help help" narrow help --help
check "help price diff is price diff --help" cmp <("$plimsoll" help price diff) <("$plimsoll" price diff --help)
check "--version" test "$("$plimsoll" --version)" = "plimsoll $(cat VERSION)"

# Every setting of the list can be given the default that the list shows.
"$plimsoll" help settings | sed -nE 's/^  ([a-z_]+\.[a-z_]+)=(.*)  \(.*\)$/\1=\2/p' | sed 's/=""$/=/' >"$scratch/settings"
check "help settings lists settings" test "$(wc -l <"$scratch/settings")" -gt 40
while read -r setting; do
	settings+=(--set "$setting")
done <"$scratch/settings"
sim() {
	"$plimsoll" sim "${span[@]}" "$@" 2>"$scratch/err"
}
sim -f $shop --load $load -o json >"$scratch/plain.json" || fail "a plain run" "$scratch/err"
for ((i = 0; i < ${#settings[@]}; i += 50)); do
	sim -f $shop --load $load -o json "${settings[@]:i:50}" >"$scratch/set.json"
	check "every default can be given, and changes nothing" cmp "$scratch/plain.json" "$scratch/set.json"
done

# ---- the same input given otherwise ----

same() {
	local name=$1
	shift
	if "$@" >"$scratch/other.json" && cmp -s "$scratch/plain.json" "$scratch/other.json"; then
		pass "$name"
	else
		fail "$name" "$scratch/err"
	fi
}
files=($shop/*.yaml)
same "-f FILE, repeated, is -f DIR" sim "${files[@]/#/-f}" --load $load -o json
same "-f - reads standard input" sim -f - --load $load -o json < <(for file in "${files[@]}"; do echo ---; cat "$file"; done)
same "--filename=, --output=json" sim --filename=$shop --load=$load --output=json
# What names its load in the report must be called the same.
mkdir -p "$scratch/data/loads"
without_load() { sed -E 's/"load":\s*"[^"]*"//' "$1"; }
unzipped() {
	gzip -dc $load >"$scratch/plain.csv"
	sim -f $shop --load "$scratch/plain.csv" -o json >"$scratch/other.json" &&
		cmp <(without_load "$scratch/plain.json") <(without_load "$scratch/other.json")
}
check "a load with or without gzip" unzipped
piped() {
	gzip -dc $load | sim -f $shop --load - -o json >"$scratch/other.json" &&
		cmp <(without_load "$scratch/plain.json") <(without_load "$scratch/other.json")
}
check "--load - reads standard input" piped
same "carriage returns in manifests" sim -f - --load $load -o json < <(
	for file in "${files[@]}"; do echo ---; cat "$file"; done | sed 's/$/\r/')
if command -v python3 >/dev/null && python3 -c 'import yaml' 2>/dev/null; then
	python3 - "${files[@]}" >"$scratch/list.json" <<-'END'
		import json, sys, yaml
		items = [item for path in sys.argv[1:] for item in yaml.safe_load_all(open(path))]
		print(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
	END
	same "a List in JSON" sim -f "$scratch/list.json" --load $load -o json
else
	skip "a List in JSON: python3-yaml is not here"
fi

# ---- price ----

rows() {
	test "$("$plimsoll" price "$@" -o csv | wc -l)" -ge 2
}
check "price lists regions" rows
check "price lists types" rows azure/westeurope
check "price finds types" rows aws/us-east-1 --vcpu 4 --memory 16Gi --arch arm64 --general
enough() {
	"$plimsoll" price gcp/us-central1 --vcpu 8 -o csv | awk -F, 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "vcpu") c = i}
		NR > 1 && $c < 8 {bad = 1} END {exit bad || NR < 3}'
}
check "and only those asked for" enough
check "no type is found, and that is no error" "$plimsoll" price aws/us-east-1 --vcpu 100000
check "price stops with its reader" eval '"$plimsoll" price aws/us-east-1 | head -n 1'
finish
