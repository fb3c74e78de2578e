#!/bin/bash
# plimsoll commit, as a user meets it: a month of the shipped shop.
. tests/lib.sh

common=(-f data/examples/shop --load data/loads/online_retail.csv.gz --from 365d --until 395d)
aws=("${common[@]}" --price aws/us-east-1 --node m5.xlarge:1:20)

# commit NAME ARGUMENT...: output in $scratch/NAME, messages in $scratch/NAME.err
commit() {
	local name=$1
	shift
	"$plimsoll" commit "$@" >"$scratch/$name" 2>"$scratch/$name.err"
}
column() {
	awk -F, -v key="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == key) at = i; next} {print $at}' "$1"
}

check "what to commit to on AWS" commit aws.csv "${aws[@]}" -o csv
check "the cheapest is first" eval 'column "$scratch/aws.csv" cost_per_30_days | sort -cg'
check "nothing that is bought costs more than none" eval 'column "$scratch/aws.csv" against_none_percent | awk "\$1 > 0 {bad = 1} END {exit bad}"'
for kind in reserved 'savings plan' 'instance savings plan'; do
	check "AWS sells: $kind" grep -q "^$kind," "$scratch/aws.csv"
done
check "a savings plan is not of one family" eval 'grep "^savings plan," "$scratch/aws.csv" | grep -q "on any type"'
check "three years save more than one" awk -F, '
	NR > 1 && $3 == 12 {one[$1, $2, $4] = $11}
	NR > 1 && $3 == 36 {three[$1, $2, $4] = $11}
	END {for (key in one) {n++; if (!(three[key] < one[key])) exit 1}; exit n == 0}' "$scratch/aws.csv"
check "shares are percent" eval 'cut -d, -f13,14 "$scratch/aws.csv" | awk -F, "NR > 1 && (\$1 < 0 || \$1 > 100 || \$2 < 0 || \$2 > 100) {bad = 1} END {exit bad}"'
check "the smaller the load, the more is regretted" awk -F, 'NR > 1 && $15 > $16 {bad = 1} END {exit bad}' "$scratch/aws.csv"

commit year.csv "${aws[@]}" -o csv --term 1y
check "one term is half of two" test "$(($(wc -l <"$scratch/year.csv") * 2 - 1))" -eq "$(wc -l <"$scratch/aws.csv")"
check "and only that" test "$(column "$scratch/year.csv" term_months | sort -u)" = 12

for cloud in azure/eastus:Standard_D4s_v5:reserved gcp/us-central1:n2-standard-4:'committed resources'; do
	IFS=: read -r region type kind <<<"$cloud"
	check "what to commit to on $region" commit other.csv "${common[@]}" --price "$region" --node "$type" -o csv
	check "$region sells: $kind" grep -q "^$kind," "$scratch/other.csv"
done

commit aws.json "${aws[@]}" -o json
if command -v python3 >/dev/null; then
	# The purchase is the lowest point of its own curve: the curve is rated bill by bill, the purchase found by sorting.
	check "no point of a curve is cheaper than its purchase" python3 - "$scratch/aws.json" <<-'END'
		import json, sys
		said = json.load(open(sys.argv[1]))
		assert len(said["rows"]) == len(said["curves"]) > 0
		for row, curve in zip(said["rows"], said["curves"]):
		    assert len(curve) > 5, curve
		    assert min(cost for _, cost in curve) > row["cost_per_30_days"] - 1e-3, row
		    assert abs(curve[0][0]) < 1e-9 and abs(curve[0][1] - said["cost_per_30_days"]) < 1e-3, curve[0]
		    assert curve == sorted(curve, key=lambda point: point[0]), curve
	END
else
	skip "curves: python3 is not here"
fi

# The same as compare finds for that term.
"$plimsoll" compare "${aws[@]}" --plan 3y -o csv >"$scratch/compare.csv" 2>/dev/null
check "compare buys the same" test "$(column "$scratch/aws.csv" cost_per_30_days | head -n 1)" = "$(column "$scratch/compare.csv" cost_per_30_days)"

commit again.json "${aws[@]}" -o json
check "the same again" cmp "$scratch/aws.json" "$scratch/again.json"
commit table "${aws[@]}"
check "the table says what it would be without" grep -q 'in 30 days without a commitment' "$scratch/table"

refuse "a term nobody sells" commit refused "${aws[@]}" --term 5y
check "is said" grep -q "found '5y', allowed is 1y, 3y" "$scratch/refused.err"
refuse "no price list" commit refused "${common[@]}"
check "and that" grep -q 'no price list' "$scratch/refused.err"

if command -v gnuplot >/dev/null; then
	check "a picture" commit plotted "${aws[@]}" --plot "$scratch/picture.svg"
	for text in 'no commitment' 'best purchase' 'reserved, 3 y' 'Cost of 30 days, USD'; do
		check "the picture says $text" grep -q "$text" "$scratch/picture.svg"
	done
else
	skip "pictures: gnuplot is not here"
fi
finish
