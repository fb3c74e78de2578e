#!/bin/bash
# What is meant for people fits a terminal of 80 columns, whichever verb prints it.
. tests/lib.sh
export LC_ALL=C.UTF-8

shop=(-f data/examples/shop --load data/loads/online_retail.csv.gz)
aws=(--price aws/us-east-1 --node m5.xlarge:1:20)
week=("${shop[@]}" --from 365d --until 370d)
usage=tests/bill/usage.csv
journal=$scratch/run.db

# fits NAME ARGUMENT...: the verb is done, or says that something differs, and no line of it is wider.
fits() {
	local name=$1
	shift
	"$plimsoll" "$@" >"$scratch/out" 2>"$scratch/err"
	if [ $? -gt 1 ] || [ ! -s "$scratch/out" ]; then
		fail "$name: it prints" "$scratch/err"
	elif grep -nE '^.{81}' "$scratch/out" >"$scratch/wide"; then
		fail "$name: within 80 columns" "$scratch/wide"
	elif grep -n ' $' "$scratch/out" >"$scratch/wide"; then
		fail "$name: no blanks at the end of a line" "$scratch/wide"
	else
		pass "$name"
	fi
}

fits "sim" sim "${week[@]}" "${aws[@]}" --journal "$journal"
fits "sim of two groups" sim "${week[@]}" --price aws/us-east-1 --node m5.xlarge:1:20 --node r5.24xlarge:0:1000
fits "sim, shared out by label" sim "${week[@]}" "${aws[@]}" --label app --idle share
fits "sim from a journal" sim --from-journal "$journal" "${aws[@]}"
fits "sim elsewhere" sim "${week[@]}" --price gcp/europe-west4 --node n2-standard-4:1:40
for at in "" "--at 10:15"; do
	fits "explain $at" explain web $at --journal "$journal"
	fits "explain nodes $at" explain nodes $at --journal "$journal"
done
fits "explain a span" explain web --since 2010-12-02T08:00:00Z --until 2010-12-02T16:00:00Z --journal "$journal"
fits "explain nodes in a span" explain nodes --since 2010-12-02T08:00:00Z --until 2010-12-02T16:00:00Z --journal "$journal"
fits "replay" replay "$journal"

clouds=(--price aws/us-east-1,azure/eastus,gcp/us-central1
	--node aws/us-east-1=m5.xlarge:1:20,azure/eastus=Standard_D4s_v5,gcp/us-central1=n2-standard-4)
fits "compare" compare "${week[@]}" "${aws[@]}"
fits "compare of plans" compare "${week[@]}" "${aws[@]}" --plan on-demand,spot,1y,3y,aws-compute-savings-3y
fits "compare of clouds" compare "${week[@]}" "${clouds[@]}" --plan on-demand,spot,1y,3y
fits "compare of policies over seeds" compare "${week[@]}" -f again=data/examples/shop "${clouds[@]}" --plan on-demand,3y --seeds 3
fits "compare of node types" compare "${week[@]}" --price aws/us-east-1 --node m5.xlarge:1:20 --node c5.4xlarge:1:20 --plan on-demand,1y
for cloud in aws/us-east-1=m5.xlarge azure/eastus=Standard_D4s_v5 gcp/us-central1=n2-standard-4; do
	fits "commit on ${cloud%=*}" commit "${week[@]}" --price "${cloud%=*}" --node "${cloud#*=}"
done

"$plimsoll" sim "${week[@]}" "${aws[@]}" --usage "$scratch/usage.csv" >"$scratch/out" 2>&1
for plan in on-demand spot aws-reserved-1y aws-instance-savings-3y aws-compute-savings-1y tests/bill/plan.yaml; do
	fits "bill under $plan" bill --usage "$usage" --price aws/us-east-1 --plan "$plan"
	fits "bill of a run under $plan" bill --usage "$scratch/usage.csv" --price aws/us-east-1 --plan "$plan"
done
fits "bills under several plans" bill --usage "$usage" --price aws/us-east-1 --plan on-demand --plan spot --plan aws-reserved-3y
cp tests/bill/google.csv "$scratch/google.csv"
fits "an invoice checked" bill --check "$scratch/google.csv"
sed '/Core running/s/1.015708/1.100000/' "$scratch/google.csv" >"$scratch/dear.csv"
fits "an invoice that differs" bill --check "$scratch/dear.csv"
"$plimsoll" bill --usage "$usage" --price aws/us-east-1 -o focus >"$scratch/focus.csv"
fits "our own invoice" bill --check "$scratch/focus.csv"

fits "price" price
"$plimsoll" price -o csv | tail -n +2 | cut -d, -f1 >"$scratch/regions"
check "there are regions" test -s "$scratch/regions"
while read -r region; do
	fits "price $region" price "$region" --gpu 0
done <"$scratch/regions"
sed 's/0\.192,/0.384,/' data/prices/aws_instances.csv >"$scratch/changed.csv"
mkdir -p "$scratch/book" && cp data/prices/* "$scratch/book" 2>/dev/null
cp "$scratch/changed.csv" "$scratch/book/aws_instances.csv"
sed -i '/^gcp/d' "$scratch/book/gcp_machine_types.csv"
fits "price diff" price diff "$scratch/book" data/prices
finish
