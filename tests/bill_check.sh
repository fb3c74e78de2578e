#!/bin/bash
# `plimsoll bill --check`: invoices of three clouds against the price lists, to the last digit printed.
. tests/lib.sh

prices=data/prices/invoice_skus.csv
every_row_has_a_source() {
	awk -F, 'NR > 1 && ($0 !~ /,20[0-9][0-9]-[01][0-9]-[0-3][0-9]$/ || NF < 9) { print; bad = 1 } END { exit bad }' "$prices"
}
check 'every price of invoice_skus.csv has a source and a date' every_row_has_a_source
every_sku_is_listed() {
	awk -F, 'FILENAME != "'"$prices"'" { for (i = 3; i <= 4; i++) known[$1 "," $i] = 1; next }
		$6 ~ /^sku / && !known[$1 "," substr($6, 5)] { print; bad = 1 } END { exit bad }' \
		data/prices/skus.csv data/prices/fees.csv "$prices"
}
check 'every SKU it refers to is in skus.csv or fees.csv' every_sku_is_listed
check 'no place has two regions' bash -c '[ -z "$(cut -d, -f1 data/prices/gcp_places.csv | sort | uniq -d)" ]'

if ! "$plimsoll" help bill 2>/dev/null | grep -q -- --check; then
	skip 'bill --check: no such verb yet'
	finish
fi

cp tests/bill/google.csv "$scratch/google.csv"
sed '/Core running/s/1.015708/1.100000/' "$scratch/google.csv" >"$scratch/dear.csv"
gzip -k "$scratch/google.csv"

# exits CODE COMMAND...
exits() {
	local want=$1
	shift
	"$@" >"$scratch/out" 2>"$scratch/err"
	local got=$?
	cat "$scratch/out" "$scratch/err"
	[ "$got" -eq "$want" ]
}
says() {
	grep -q -- "$1" "$scratch/out" || { cat "$scratch/out"; return 1; }
}

check 'an invoice that agrees: exit 0' exits 0 "$plimsoll" bill --check "$scratch/google.csv"
check 'the rate is found, and said to be inferred' says 'Exchange rate: 0.8812 CHF for 1 USD. The invoice does not say'
check 'three lines agree to the last digit' says '3 lines have a price: 3 agree to the last digit, 0 within rounding, 0 differ'
check 'what has no price is listed' says 'Unheard of .*no public price known'
check 'compressed: the same' exits 0 "$plimsoll" bill --check "$scratch/google.csv.gz"
check 'an invoice that differs: exit 1' exits 1 "$plimsoll" bill --check "$scratch/dear.csv"
check 'it says where and why' says 'E2 Instance Core .*price: 8.299 % above'
check 'JSON of every line' bash -c "'$plimsoll' bill --check '$scratch/google.csv' -o json | python3 -c '
import json, sys
bill = json.load(sys.stdin)
assert len(bill[\"lines\"]) == 4 and bill[\"agree\"] == 3 and bill[\"difference\"] == 0, bill
assert bill[\"lines\"][3][\"by_list\"] is None'"
printf 'resource,sku,start,end,quantity\nn,m5.xlarge,2026-07-01,2026-07-02,3\nd,EBS gp3,2026-07-01,2026-07-11,100\nt,egress internet,2026-07-01,2026-07-31,11000.5\n' >"$scratch/usage.csv"
our_own_invoice_agrees() {
	"$plimsoll" bill --usage "$scratch/usage.csv" --price aws/us-east-1 -o focus |
		"$plimsoll" bill --check - | grep 'agree to the last digit' | grep '^3 lines have a price: 3 agree'
}
check 'an invoice of our own, as FOCUS, agrees' our_own_invoice_agrees
check 'no invoice: exit 2' exits 2 "$plimsoll" bill --check "$scratch/absent.csv"
echo 'a,b' >"$scratch/other.csv"
check 'not an invoice: exit 2' exits 2 "$plimsoll" bill --check "$scratch/other.csv"
check 'and nothing on standard output' bash -c "! [ -s '$scratch/out' ]"
finish
