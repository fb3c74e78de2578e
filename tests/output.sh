#!/bin/bash
# What a run writes: the same bytes for the same seed, forms that programs can read, stores that add up.
. tests/lib.sh

run() {
	local into=$1
	shift
	mkdir -p "$scratch/$into"
	for form in table json csv; do
		"$plimsoll" sim -f data/examples/shop --load data/loads/online_retail.csv.gz --price aws/us-east-1 \
			--node m5.xlarge:1:20 --from 700d --until 710d -o $form --timeline "$scratch/$into/timeline.csv" \
			--store "$scratch/$into/store.db" "$@" >"$scratch/$into/$form" 2>"$scratch/$into/notes" || return
	done
}

check "a run" run a
check "the same run" run b
check "a run of another seed" run c --seed 2
check "a run of the default seed" run d --seed 1
for file in table json csv timeline.csv; do
	check "same seed, same bytes: $file" cmp "$scratch/a/$file" "$scratch/b/$file"
	check "seed 1 is the default: $file" cmp "$scratch/a/$file" "$scratch/d/$file"
done
refuse "another seed, another timeline" cmp "$scratch/a/timeline.csv" "$scratch/c/timeline.csv"

notes_alone() {
	! grep -vE '^(skipped|nodes|simulated|note)[: ]' "$scratch/a/notes"
}
check "stderr has the fixed notes alone" notes_alone
check "the table fits 80 columns" test -z "$(grep -nE '^.{81}' "$scratch/a/table")"

timeline='time,workload,demand_cpu,usage_cpu,desired,replicas,ready,pending,nodes,cost_usd'
check "the timeline's columns" test "$(head -n 1 "$scratch/a/timeline.csv")" = "$timeline"
orderly() {
	awk -F, 'NR == 1 {next} NF != 10 {exit 1} $1 < last[$2] || $10 < cost {exit 1} {last[$2] = $1; cost = $10}
		$7 > $6 {exit 1} END {exit NR < 100}' "$scratch/a/timeline.csv"
}
check "the timeline goes forward, its cost never down, ready pods never above replicas" orderly

if command -v python3 >/dev/null; then
	cat >"$scratch/look.py" <<-'END'
		import csv, json, math, sqlite3, sys
		folder = sys.argv[1]
		result = json.load(open(folder + "/json"))
		rows = list(csv.DictReader(open(folder + "/timeline.csv")))
		cost = result["cost"]
		def near(a, b, part=1e-6): return math.isclose(a, b, rel_tol=part, abs_tol=0.005)
		def workload_keys():
		    keys = "name replicas pod_hours scale_ups scale_downs theta_u theta_o tau_u tau_o instability unserved_core_hours"
		    return all(k in w for w in result["workloads"] for k in keys.split())
		def lines_add_up(): return near(sum(line["amount"] for line in cost["lines"]), cost["total"])
		def per_30_days(): return near(cost["total"] / result["simulated_seconds"] * 86400 * 30, cost["per_30_days"])
		def timeline_cost(): return near(float(rows[-1]["cost_usd"]), cost["total"], 0.01)
		def node_hours_billed():
		    hours = sum(line["quantity"] for line in cost["lines"] if line["sku"] == "m5.xlarge")
		    return near(hours, sum(group["node_hours"] for group in result["nodes"]), 1e-3)
		def yardsticks():
		    cost_of = {y["name"]: y["cost"] for y in result["yardsticks"]}
		    return cost_of["never scaling"] > cost_of["this policy"] if "this policy" in cost_of else len(cost_of) >= 3
		def store():
		    db = sqlite3.connect(folder + "/store.db")
		    runs = db.execute("select total_nano, decisions, events from run").fetchall()
		    return len(runs) == 3 and len(set(runs)) == 1 and near(runs[0][0] / 1e9, cost["total"])
		def store_lines():
		    db = sqlite3.connect(folder + "/store.db")
		    return all(a == b for a, b in db.execute(
		        "select total_nano, (select sum(amount_nano) from invoice_line where run = run.id) from run"))
		def store_same():
		    dumps = [[line for line in sqlite3.connect(f + "/store.db").iterdump()] for f in (folder, sys.argv[2])]
		    return dumps[0] == dumps[1]
		sys.exit(0 if globals()[sys.argv[3]]() else 1)
	END
	for question in workload_keys lines_add_up per_30_days timeline_cost node_hours_billed yardsticks store store_lines store_same; do
		check "the result: $question" python3 "$scratch/look.py" "$scratch/a" "$scratch/b" $question
	done
else
	skip "what the JSON and the store hold: python3 is not here"
fi

for picture in svg png; do
	if [ -e plots/replay.gp ] && command -v gnuplot >/dev/null; then
		check "draws $picture" run "$picture" --plot "$scratch/picture.$picture"
		check "$picture is not empty" test "$(wc -c <"$scratch/picture.$picture")" -gt 5000
	else
		skip "draws $picture: no gnuplot, or no script"
	fi
done
if [ -e "$scratch/picture.svg" ]; then
	cp "$scratch/picture.svg" "$scratch/first.svg"
	check "draws again" run svg --plot "$scratch/picture.svg"
	check "same seed, same picture" cmp "$scratch/first.svg" "$scratch/picture.svg"
fi
check "no temporary file is left" test -z "$(find "$scratch" -name '*.points*' -o -name '*.csv.??????' -o -name '*-journal')"
finish
