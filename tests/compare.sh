#!/bin/bash
# plimsoll compare, as a user meets it: five days of the shipped shop.
. tests/lib.sh

common=(-f data/examples/shop --load data/loads/online_retail.csv.gz --from 365d --until 370d)
clouds=aws/us-east-1,azure/eastus,gcp/us-central1
nodes=aws/us-east-1=m5.xlarge:1:20,azure/eastus=Standard_D4s_v5,gcp/us-central1=n2-standard-4
three=("${common[@]}" --price "$clouds" --node "$nodes" --plan on-demand,spot,1y,3y)

# compare NAME ARGUMENT...: output in $scratch/NAME, messages in $scratch/NAME.err
compare() {
	local name=$1
	shift
	"$plimsoll" compare "$@" >"$scratch/$name" 2>"$scratch/$name.err"
}
# column FILE KEY: that column of a CSV file without quotes in it
column() {
	awk -F, -v key="$2" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == key) at = i; next} {print $at}' "$1"
}
# near A B: equal to a millionth
near() {
	awk -v a="$1" -v b="$2" 'BEGIN {d = a - b; exit !(a != "" && b != "" && (d < 0 ? -d : d) <= 1e-6 * (b > 1 ? b : 1))}'
}

# ---- the table ----

check "three clouds under four plans" compare all.csv "${three[@]}" -o csv
check "a row for each cloud and plan" test "$(column "$scratch/all.csv" plan | wc -l)" -eq 12
check "the cheapest is first" eval 'column "$scratch/all.csv" cost_per_30_days | sort -cg'
check "differences are to the first" test "$(column "$scratch/all.csv" against_first_percent | head -n 1)" = 0.000000
check "each is simulated once, rated under every plan" grep -q '^3 simulations in .*, 12 bills' "$scratch/all.csv.err"
check "spot is cheaper than on demand, three years than one" awk -F, '
	NR > 1 {cost[$2, $4] = $5}
	END {for (key in cost) {split(key, at, SUBSEP); p = at[1]
		if (!(cost[p, "spot"] < cost[p, "on-demand"] && cost[p, "3y"] <= cost[p, "1y"] && cost[p, "1y"] <= cost[p, "on-demand"])) exit 1}}' \
	"$scratch/all.csv"
check "a commitment never costs more than none" eval '! column "$scratch/all.csv" commitment | sort -u | grep -q "^0 "'
check "what was bought is named, and how it is paid" grep -q 'm5.xlarge, all upfront' <(grep ',3y,' "$scratch/all.csv" | grep aws)

"$plimsoll" sim "${common[@]}" --price aws/us-east-1 --node m5.xlarge:1:20 -o json >"$scratch/sim.json" 2>/dev/null
sim_cost=$(sed -n 's/^\t\t"per_30_days":\t\([0-9.]*\).*/\1/p' "$scratch/sim.json")
check "on demand it costs what sim says" near "$(grep ',on-demand,' "$scratch/all.csv" | grep aws | cut -d, -f5)" "$sim_cost"

compare table "${three[@]}"
check "the table says that spot nodes are not taken back" grep -q '^Spot: ' "$scratch/table"
check "the table names the currency" grep -q 'USD' "$scratch/table"
compare risk.csv "${three[@]}" -o csv --sort risk
check "sorted by risk" eval 'column "$scratch/risk.csv" under_percent | sort -cg'
compare name.csv "${three[@]}" -o csv --sort name
check "sorted by name" eval 'column "$scratch/name.csv" price | LC_ALL=C sort -c'
check "the order changes no figure" cmp <(LC_ALL=C cut -d, -f2,4,5 "$scratch/all.csv" | sort) <(cut -d, -f2,4,5 "$scratch/name.csv" | LC_ALL=C sort)

# ---- whatever the number of threads, the same bytes ----

several=("${common[@]}" -f 'again=data/examples/shop' --price aws/us-east-1,gcp/us-central1 --plan on-demand,3y --seeds 3)
for form in table csv json; do
	compare "one.$form" "${several[@]}" -o "$form" --jobs 1
	for jobs in 2 5; do
		compare "many.$form" "${several[@]}" -o "$form" --jobs "$jobs"
		check "$form: the same from $jobs threads as from one" cmp "$scratch/one.$form" "$scratch/many.$form"
	done
done
check "it is not empty" test "$(column "$scratch/one.csv" plan | wc -l)" -eq 8
check "equal policies meet equal luck" test "$(column "$scratch/one.csv" cost_per_30_days | sort | uniq -c | awk '$1 != 2' | wc -l)" -eq 0
check "seeds give an interval" eval 'column "$scratch/one.csv" under_95 | awk "\$1 > 0 {n++} END {exit n == 0}"'
check "the difference is taken seed by seed" eval \
	'[ "$(column "$scratch/one.csv" against_first_95 | sed -n 1,2p | sort -u)" = 0.000000 ]'
check "without more seeds there is none" eval '! head -n 1 "$scratch/all.csv" | grep -q _95'
if command -v python3 >/dev/null; then check "the JSON is JSON" python3 -m json.tool "$scratch/one.json"; fi

# ---- what does not fit ----

check "a plan of another provider is left out" compare skip.csv "${common[@]}" --price aws/us-east-1,gcp/us-central1 --plan on-demand,resource-1y -o csv
check "and that is said" grep -q '^skipped: resource-1y on aws/us-east-1: ' "$scratch/skip.csv.err"
check "once" test "$(grep -c '^skipped: resource' "$scratch/skip.csv.err")" -eq 1
check "the others are there" test "$(column "$scratch/skip.csv" plan | sort | tr '\n' ' ')" = "on-demand on-demand resource-1y "
check "plans that come with the program" compare plans.csv "${common[@]}" --price aws/us-east-1,gcp/us-central1 \
	--node aws/us-east-1=m5.xlarge,gcp/us-central1=n2-standard-4 --plan on-demand,aws-reserved-1y,azure-savings-1y,gcp-committed-1y -o csv
check "each on its own cloud" test "$(column "$scratch/plans.csv" plan | sort | tr '\n' ' ')" = "aws-reserved-1y gcp-committed-1y on-demand on-demand "
check "a plan of another provider is said" grep -q '^skipped: azure-savings-1y on aws/us-east-1: a plan of another provider' "$scratch/plans.csv.err"
refuse "nothing left to compare" compare none "${common[@]}" --price aws/us-east-1 --plan resource-1y
check "is said" grep -q 'nothing is left to compare' "$scratch/none.err"
check "and prints nothing" test ! -s "$scratch/none"
check "a node type is compared where it is sold" compare types.csv "${common[@]}" --price aws/us-east-1,gcp/us-central1 --node m5.xlarge,n2-standard-4 -o csv
check "and left out elsewhere" test "$(grep -c '^skipped: .* is not sold in ' "$scratch/types.csv.err")" -eq 2
check "one row each" test "$(column "$scratch/types.csv" nodes | sort | tr '\n' ' ')" = "m5.xlarge n2-standard-4 "

# refused EXPECTED ARGUMENT...
refused() {
	local expected=$1
	shift
	refuse "$expected" compare refused "$@"
	check "is said: $expected" grep -q -- "$expected" "$scratch/refused.err"
}
refused 'none of the price lists has it' "${common[@]}" --price aws/us-east-1,gcp/us-central1 --node m5.xlrage
refused 'm5.xlarge' "${common[@]}" --price aws/us-east-1 --node m5.xlrage
refused 'is named twice' "${common[@]}" --price aws/us-east-1,aws/us-east-1
refused 'two policies are called shop' "${common[@]}" -f data/examples/shop/ --price aws/us-east-1
refused 'an empty name' "${common[@]}" --price aws/us-east-1, --plan on-demand
refused 'no price list' "${common[@]}"
refused 'no load' -f data/examples/shop --price aws/us-east-1
refused 'no manifests' --load data/loads/online_retail.csv.gz --price aws/us-east-1
refused '--seeds: found .0.' "${common[@]}" --price aws/us-east-1 --seeds 0
refused '--sort: found .size.' "${common[@]}" --price aws/us-east-1 --sort size
refused '--plan' "${common[@]}" --price aws/us-east-1 --plan no-such-plan

# ---- plans seen by node policies ----

by_price=("${common[@]}" --price aws/us-east-1 --plan on-demand,spot --node m5.large:1:20+c5.xlarge:0:20)
compare two.csv "${by_price[@]}" -o csv --set ca.expander=price
check "a node policy that looks at prices is simulated for each plan" grep -q '^2 simulations in .*, 2 bills' "$scratch/two.csv.err"
compare two.csv "${by_price[@]}" -o csv
check "another once for all" grep -q '^1 simulations in .*, 2 bills' "$scratch/two.csv.err"

# ---- files ----

check "kept in a file" compare kept "${three[@]}" --store "$scratch/kept.db"
check "and another beside it" compare kept "${several[@]}" --store "$scratch/kept.db"
if command -v sqlite3 >/dev/null; then
	check "with every row" test "$(sqlite3 "$scratch/kept.db" 'select count(*) from comparison_row')" = 20
	check "and every bill" test "$(sqlite3 "$scratch/kept.db" 'select count(*) from comparison_bill')" = 36
fi
echo 'no store' >"$scratch/other.db"
refuse "a file of something else is not written to" compare kept "${three[@]}" --store "$scratch/other.db"
check "and stays as it was" test "$(cat "$scratch/other.db")" = 'no store'

if command -v gnuplot >/dev/null; then
	check "a picture" compare plotted "${three[@]}" --plot "$scratch/picture.svg"
	for text in aws/us-east-1 azure/eastus gcp/us-central1 on-demand 'Cost of 30 days, USD'; do
		check "the picture says $text" grep -q "$text" "$scratch/picture.svg"
	done
	compare plotted "${three[@]}" --plot "$scratch/again.svg" --jobs 3
	check "the picture is the same, too" cmp "$scratch/picture.svg" "$scratch/again.svg"
	check "one point is a picture" compare plotted "${common[@]}" --price aws/us-east-1 --plot "$scratch/one.svg"
	check "no scraps are left" test "$(find "$scratch" -name '*.svg.*' | wc -l)" -eq 0
else
	skip "pictures: gnuplot is not here"
fi
finish
