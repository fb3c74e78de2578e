#!/bin/bash
# kill -9 at KILLS (200) random moments: the journal is whole after each, nothing that was acted upon is missing from it,
# the state goes on where it stopped, and replicas never leave their bounds. KILLS_SEED repeats a run.
. tests/e2e/lib.sh
cluster kwok
new_seed KILLS_SEED
fault_scene kills
broken=0
rows=0
# How many rows the journal has in all: none may go.
count_rows() {
	python3 "$e2e/journal.py" "$scratch/plimsoll.journal" rows
}
for i in $(seq "${KILLS:-200}"); do
	plimsoll_run plimsoll --set hpa.sync_period=1s
	[ $((i % 25)) -ne 1 ] || flip
	sleep "$(printf '0.%03d' $((RANDOM % 1000)))"
	[ $((RANDOM % 4)) -ne 0 ] || sleep 1
	mine slay plimsoll
	[ -e "$scratch/plimsoll.journal" ] || continue
	now=$(count_rows 2>>"$scratch/broken")
	if [ -z "$now" ] || [ "$now" -lt "$rows" ]; then
		broken=$((broken + 1))
		echo "kill $i: ${now:-no} rows, were $rows" >>"$scratch/broken"
	fi
	rows=${now:-$rows}
done
echo "  $rows rows kept"
if [ "$broken" -eq 0 ] && [ "$rows" -gt 0 ]; then pass "no kill breaks the journal"; else fail "no kill breaks the journal" "$scratch/broken"; fi
plimsoll_run plimsoll "${quick[@]}"
flip
follows "after the kills" $((follow_within + 20)) # the lease may have to run out
bounded web 2 20
bounded worker 2 20
mine stop plimsoll
replays plimsoll
finish
