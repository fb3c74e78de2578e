#!/bin/bash
# A journal as a user meets it: explain, replay, and a load taken out of it. The journal is the simulator's own, whose
# loop is the live one's.
. tests/lib.sh

shop=data/examples/shop
load=data/loads/online_retail.csv.gz
market=(--price aws/us-east-1 --node m5.xlarge:1:20)
journal=$scratch/state/journal.db
export PLIMSOLL_JOURNAL=

sim() {
	"$plimsoll" sim "${market[@]}" "$@" 2>"$scratch/err"
}
sim -f $shop --load $load --from 700d --until 701d -o json >"$scratch/plain.json" || fail "a plain run" "$scratch/err"
sim -f $shop --load $load --from 700d --until 701d -o json --journal "$journal" >"$scratch/kept.json" ||
	fail "a run that is kept" "$scratch/err"
check "a journal changes nothing" cmp "$scratch/plain.json" "$scratch/kept.json"
refuse "a run's journal is a new file" sim -f $shop --load $load --from 700d --until 701d --journal "$journal"
check "for its owner only" test "$(stat -c %a "$journal")" = 600

# ---- replay ----

replayed() {
	"$plimsoll" replay "$@" >"$scratch/replay" 2>&1
}
says() {
	grep -qF -- "$1" "${2-$scratch/replay}"
}
check "replay gives the same plans" replayed "$journal"
check "and says so in two lines" test "$(wc -l <"$scratch/replay")" = 2
check "byte for byte" says 'give the same plans, byte for byte'
check "replay of the usual journal" env PLIMSOLL_JOURNAL="$journal" "$plimsoll" replay
check "replay of \$XDG_STATE_HOME" env XDG_STATE_HOME="$scratch/home" sh -c "mkdir -p '$scratch/home/plimsoll' &&
	cp '$journal' '$scratch/home/plimsoll/journal.db' && '$plimsoll' replay"
all=$(sed -n 's/^\([0-9]*\) ticks.*/\1/p' "$scratch/replay")
replayed "$journal" --from 09:00 --until 10:00
part=$(sed -n 's/^\([0-9]*\) ticks.*/\1/p' "$scratch/replay")
check "replay of an hour is a part of it" test "${part:-0}" -gt 100 -a "${part:-0}" -lt "${all:-0}"

# tampered NAME SQL: a copy of the journal, changed.
tampered() {
	cp "$journal" "$scratch/$1.db"
	python3 - "$scratch/$1.db" "$2" <<-'END'
		import sqlite3, sys, zlib
		db = sqlite3.connect(sys.argv[1])
		if sys.argv[2] == "plan":
		    # the last bytes of a tick are its actions: one more replica is one more in a number there
		    for id, record in db.execute("select tick.id, record from tick join outcome on tick = tick.id where due = 1 order by tick.id"):
		        at = 0
		        while record[at] & 0x80:
		            at += 1
		        plain = bytearray(zlib.decompress(record[at + 1:]))
		        plain[-3] ^= 4
		        db.execute("update tick set record = ? where id = ?", (record[:at + 1] + zlib.compress(bytes(plain), 1), id))
		        break
		else:
		    db.execute(sys.argv[2])
		db.commit()
	END
}
differs() {
	tampered "$1" "$2"
	replayed "$scratch/$1.db"
	[ $? -eq 1 ]
}
if command -v python3 >/dev/null; then
	check "a plan that was changed: exit 1" differs plan plan
	check "with the tick" grep -qE '^tick [0-9]+ of 2011-11-01T[0-9:]+Z differs$' "$scratch/replay"
	check "and what differs in it" grep -qE '^  action 0 [a-z]+: recorded -?[0-9]+, now [0-9]+$' "$scratch/replay"
	check "and how many do" grep -qE '^[0-9]+ of [0-9]+ ticks have another plan now\.$' "$scratch/replay"
	tampered cut "update tick set record = substr(record, 1, length(record) - 4) where id = 100"
	check "a damaged row: exit 2" sh -c "'$plimsoll' replay '$scratch/cut.db' 2>'$scratch/replay'; test \$? = 2"
	check "and which" says 'tick 100 of 2011-11-01T'
	tampered head "update segment set head = zeroblob(100)"
	refuse "a damaged segment" replayed "$scratch/head.db"
	check "is named" says 'segment 1: damaged'
else
	skip "tampered journals: no python3"
fi
refuse "no such journal" replayed "$scratch/none.db"
check "says which" says "$scratch/none.db"
refuse "a journal that is none" replayed $shop/web.yaml
refuse "two journals" replayed "$journal" "$journal"

# ---- explain ----

explain() {
	"$plimsoll" explain --journal "$journal" "$@" >"$scratch/text" 2>&1
}
check "explain the last decision" explain web
check "in the simulator's words" grep -qE '^shop/web at 2011-11-02T[0-9:]+Z: (stays at|from) ' "$scratch/text"
check "explain at a time of day" explain shop/web --at 10:15
check "is the one before it" grep -q '^shop/web at 2011-11-01T10:1[45]:' "$scratch/text"
cp "$scratch/text" "$scratch/at"
for word in metric ratio tolerance ready replicas policies window conditions outcome; do
	check "with its $word" grep -q "$word" "$scratch/text"
done
check "explain at an instant" explain web --at 2011-11-01T10:15:00Z
check "which is the same" cmp "$scratch/at" "$scratch/text"
check "explain before the end" explain web --at -5m
check "explain as JSON" explain web --at 10:15 -o json
check "which is JSON, with the same words" sh -c "why=\$(sed -n 's/.*\"why\":.*\"\\(.*\\)\",\$/\\1/p' '$scratch/text'); test -n \"\$why\" &&
	tr -s ' \n' ' ' <'$scratch/at' | grep -qF \"\$why\""
check "explain a span" explain web --since 09:00 --until 10:00
check "one after the other, below a head" test "$(grep -c '^[0-9]' "$scratch/text")" = 240
check "with changes and what became of them" grep -qE 'accepted +from [0-9]+ to [0-9]+: cpu is' "$scratch/text"
check "as CSV" explain web --since 09:00 --until 10:00 -o csv
check "with the same lines" test "$(wc -l <"$scratch/text")" = 241
check "explain nodes" explain nodes --at 10:15
check "in words" eval 'tr -s " \n" " " <"$scratch/text" | grep -q "^nodes at 2011-11-01T10:1[45].*pods wait"'
check "and groups" grep -q 'group        m5.xlarge: [0-9]* nodes; 1 to 20 allowed' "$scratch/text"
check "explain nodes in a span" explain nodes --since 09:00 --until 12:00
check "with what was added" grep -qE ' scales up \(' "$scratch/text"
refuse "an autoscaler that is not there" explain nothing
check "says so" says 'no decision about nothing at or before' "$scratch/text"
refuse "a span of what is not there" explain nothing --since 09:00
refuse "another namespace" explain other/web
refuse "a time before the journal" explain web --at 2001-01-01
refuse "a time that is none" explain web --at teatime
check "says what is allowed" says 'allowed is 10:15, -5m, a date or RFC 3339' "$scratch/text"
refuse "both a time and a span" explain web --at 10:15 --since 10:00
refuse "two names" explain web basket

# ---- a load out of it ----

check "sim --from-journal" sim --from-journal "$journal" -o json >"$scratch/again.json"
check "with the spec that it recorded" sim --from-journal "$journal" --workload shop/web --set hpa.tolerance=0.05
check "with manifests of one's own" sim --from-journal "$journal" -f $shop
refuse "a workload that is not there" sim --from-journal "$journal" --workload cart
check "is named" says 'it has no autoscaler of cart' "$scratch/err"
refuse "two loads" sim --from-journal "$journal" --load $load -f $shop
refuse "--workload without a journal" sim -f $shop --load $load --workload web
# What the pods used is the load again, but for what they could not serve at the moment, and the lag of the metrics.
near() {
	python3 - "$1" "$2" <<-'END'
		import json, sys
		a, b = (next(w for w in json.load(open(f))["workloads"] if w["name"] == "web")["demand_core_hours"] for f in sys.argv[1:])
		sys.exit(abs(a - b) > 0.05 * a)
	END
}
"$plimsoll" sim "${market[@]}" --from-journal "$journal" -o json >"$scratch/again.json" 2>"$scratch/err"
if command -v python3 >/dev/null; then
	check "the same demand comes out" near "$scratch/plain.json" "$scratch/again.json"
fi
finish
