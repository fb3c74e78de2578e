#!/bin/bash
# The bill verb: known amounts, exact sums, forms that agree, and refusals that write nothing.
. tests/lib.sh
usage=tests/bill/usage.csv
region=aws/us-east-1
bill=("$plimsoll" bill --usage "$usage" --price "$region")

command -v python3 >/dev/null || {
	skip "bills: python3 is not here to add them up"
	check "a bill is printed" "${bill[@]}"
	finish
}

# sums TEXT COLUMN FILE: of a column of the CSV's rows of that text (of all, when it is empty), in billionths.
cat >"$scratch/sums.py" <<'EOF'
import csv, sys
from decimal import Decimal
text, column, path = sys.argv[1:]
print(int(sum(Decimal(r[column]) for r in csv.DictReader(open(path)) if text in ("", r["text"])) * 10**9))
EOF
sums() {
	python3 "$scratch/sums.py" "$@"
}

"${bill[@]}" -o csv >"$scratch/lines.csv"
# m5.large: 3 x 25.5 h and one start of a minute: 76.516667 h at 0.096.
check "hours, per second, with a minimum a start" test "$(sums m5.large amount "$scratch/lines.csv")" = 7345600000
check "a disk by the month's own length" test "$(sums "EBS gp3" amount "$scratch/lines.csv")" = 2400000000
# 10240 at 0.09, 760.5 at 0.085
check "traffic in tiers" test "$(sums "egress internet" amount "$scratch/lines.csv")" = 986242500000
check "a control plane by the hour" test "$(sums "EKS control plane" amount "$scratch/lines.csv")" = 108000000000
"$plimsoll" price "$region" -o csv | awk -F, '$1 == "c5.large" {printf "%.0f\n", 2 * $8 * 1e9}' >"$scratch/spot"
check "spot taken back in the first hour is free" test "$(sums "c5.large, spot" amount "$scratch/lines.csv")" = \
	"$(cat "$scratch/spot")"

for plan in on-demand spot aws-reserved-1y aws-instance-savings-3y aws-compute-savings-1y tests/bill/plan.yaml; do
	"${bill[@]}" --plan "$plan" -o csv >"$scratch/lines.csv"
	"${bill[@]}" --plan "$plan" -o json >"$scratch/lines.json"
	total=$(sed -n 's/.*"total": \([-0-9.]*\),.*/\1/p' "$scratch/lines.json" | awk '{split($1, p, "."); printf "%.0f", p[1] * 1e9 + substr(p[2] "000000000", 1, 9)}')
	check "$plan: lines add up to the total, exactly" test "$(sums "" amount "$scratch/lines.csv")" = "$total"
	check "$plan: the json is json" python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$scratch/lines.json"
	check "$plan: the table is printed" "${bill[@]}" --plan "$plan"
done

"${bill[@]}" --plan tests/bill/plan.yaml >"$scratch/table"
for word in covered unused "negotiated discount 10 %" "tax 7.7 %" "1 USD = 0.88 CHF on 2026-01-31"; do
	check "the table says: $word" grep -qF "$word" "$scratch/table"
done
"${bill[@]}" --plan on-demand --plan spot -o csv | cut -d, -f1 | sort -u >"$scratch/plans"
check "two plans are two bills" test "$(grep -cxE 'on-demand|spot' "$scratch/plans")" = 2

# Row order does not matter; a split of an instance into two hours of use does not either.
{ head -1 $usage; tail -n +2 $usage | tac; } >"$scratch/turned.csv"
"$plimsoll" bill --usage "$scratch/turned.csv" --price $region -o csv >"$scratch/turned"
"${bill[@]}" -o csv >"$scratch/lines.csv"
check "the order of rows does not matter" cmp "$scratch/lines.csv" "$scratch/turned"
gzip -c $usage >"$scratch/usage.csv.gz"
"$plimsoll" bill --usage "$scratch/usage.csv.gz" --price $region -o csv >"$scratch/zipped"
check "gzip is read" cmp "$scratch/lines.csv" "$scratch/zipped"

# What the simulator used, rated from its file, is what the simulator printed.
"$plimsoll" sim -f data/examples/shop --load data/loads/online_retail.csv.gz --price $region --node m5.xlarge:1:20 --until 30d \
	-o json --usage "$scratch/sim.csv" >"$scratch/sim.json" 2>/dev/null
"$plimsoll" bill --usage "$scratch/sim.csv" --price $region -o json >"$scratch/bill.json"
python3 - "$scratch/sim.json" "$scratch/bill.json" >"$scratch/same" 2>&1 <<'EOF'
import json, sys
from decimal import Decimal
sim, bill = (json.load(open(f), parse_float=Decimal) for f in sys.argv[1:])
lines = {}
for line in bill["bills"][0]["lines"]:
    lines[line["sku"]] = lines.get(line["sku"], 0) + line["amount"]
for line in sim["cost"]["lines"]:
    difference = abs(lines[line["sku"]] - line["amount"])
    assert difference < Decimal("0.00000001"), (line, lines)
EOF
if [ -s "$scratch/same" ]; then fail "sim --usage, rated, is the simulator's own bill" "$scratch/same"; else pass "sim --usage, rated, is the simulator's own bill"; fi

# refused NAME TEXT ARGUMENT...: exit 2, one message with the text, nothing on standard output.
refused() {
	name=$1 text=$2
	shift 2
	"$plimsoll" bill "$@" >"$scratch/out" 2>"$scratch/err"
	if [ $? -eq 2 ] && [ ! -s "$scratch/out" ] && [ "$(wc -l <"$scratch/err")" = 1 ] && grep -qF -- "$text" "$scratch/err"; then
		pass "$name"
	else
		fail "$name" "$scratch/out" "$scratch/err"
	fi
}
refused "no usage" "no usage: give --usage" --price $region
refused "no prices" "no price list" --usage $usage
refused "a plan unknown" "did you mean 'on-demand'?" --usage $usage --price $region --plan on-deman
refused "a region unknown" "did you mean 'aws/us-east-1'?" --usage $usage --price aws/us-east-11
printf 'resource,sku,start,end\nn,M5.LARGE,2026-01-01,2026-01-02\n' >"$scratch/case.csv"
refused "a SKU in another case" "did you mean 'm5.large'?" --usage "$scratch/case.csv" --price $region
refused "usage of another cloud" "unknown SKU" --usage $usage --price gcp/us-central1
refused "a plan of another cloud" "no price for" --usage $usage --price $region --plan gcp-committed-1y
refused "a format unknown" "allowed: table, csv, json, focus" --usage $usage --price $region -o xml
refused "focus of two plans" "focus is the form of one bill" --usage $usage --price $region --plan spot --plan on-demand -o focus
refused "a check with a plan" "no --usage, --price or --plan" --check x.csv --plan spot
refused "no such file" "No such file" --usage /nonexistent.csv --price $region
finish
