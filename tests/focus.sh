#!/bin/bash
# FOCUS rows: the published validator accepts them (focus-validator on PyPI, FOCUS 1.0), and their costs are the bill's.
. tests/lib.sh
plans='on-demand spot aws-reserved-1y aws-compute-savings-3y tests/bill/plan.yaml'
focus() {
	"$plimsoll" bill --usage tests/bill/usage.csv --price aws/us-east-1 --plan "$1" -o focus
}

command -v python3 >/dev/null || {
	skip "FOCUS rows: python3 is not here"
	check "FOCUS rows are printed" focus on-demand
	finish
}

# Billed and effective costs both add up to the bill; periods lie within the month.
cat >"$scratch/sums.py" <<'EOF'
import csv, json, sys
from decimal import Decimal
rows = list(csv.DictReader(open(sys.argv[1])))
bill = json.load(open(sys.argv[2]), parse_float=Decimal, parse_int=Decimal)["bills"][0]
for column in ("BilledCost", "EffectiveCost"):
    assert sum(Decimal(r[column]) for r in rows) == bill["total"], column
assert sum(Decimal(r["ListCost"]) for r in rows if r["ChargeCategory"] == "Usage") == bill["list"]
for r in rows:
    assert r["BillingPeriodStart"] <= r["ChargePeriodStart"] < r["ChargePeriodEnd"] <= r["BillingPeriodEnd"], r
EOF
n=0
for plan in $plans; do
	n=$((n + 1))
	focus "$plan" >"$scratch/$n.csv"
	"$plimsoll" bill --usage tests/bill/usage.csv --price aws/us-east-1 --plan "$plan" -o json >"$scratch/$n.json"
	check "$plan: costs are the bill's" python3 "$scratch/sums.py" "$scratch/$n.csv" "$scratch/$n.json"
done

# The validator in an environment of its own; multimethod 2 no longer has what its pandera imports.
venv=$BUILD/focus-validator
if [ ! -e "$venv/ready" ]; then
	python3 -m venv "$venv" >"$scratch/venv" 2>&1 &&
		timeout 300 "$venv/bin/pip" install -q 'focus-validator==1.0.0' 'multimethod<2' 'setuptools<81' >"$scratch/venv" 2>&1 &&
		touch "$venv/ready"
fi
if [ ! -e "$venv/ready" ]; then
	skip "FOCUS rows are valid: focus-validator cannot be installed ($(tail -n 1 "$scratch/venv" | cut -c 1-120))"
	finish
fi
# It looks for its table of currencies below the working directory.
validator=$(realpath "$venv")
packages=$("$validator/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
validate() {
	(cd "$packages" && "$validator/bin/focus-validator" --data-file "$1" --validate-version 1.0) >"$scratch/said" 2>&1
	grep -v "multimethod\|^$" "$scratch/said"
	grep -q 'Validation succeeded' "$scratch/said"
}
n=0
for plan in $plans; do
	n=$((n + 1))
	check "$plan: the published validator accepts it" validate "$scratch/$n.csv"
done
sed 's/,USD,/,USX,/' "$scratch/1.csv" >"$scratch/wrong.csv"
refuse "the validator can refuse" validate "$scratch/wrong.csv"
finish
