#!/bin/bash
# kill -9 at KILLS (200) random moments: the journal is whole after each, nothing that was acted upon is missing from it,
# the state goes on where it stopped, and replicas never leave their bounds. KILLS_SEED repeats a run.
. tests/e2e/lib.sh
cluster kwok
new_seed KILLS_SEED
fault_scene kills
lease=(--no-lease) # else each would have to wait for the lease of the one before
run_command plimsoll --set hpa.sync_period=1s
if rows=$(cd "$scratch" && python3 "$e2e/kills.py" "${KILLS:-200}" "$seed" plimsoll.journal metrics "${command[@]}" 2>"$scratch/broken"); then
	pass "no kill breaks the journal"
	echo "  $rows rows kept"
else
	fail "no kill breaks the journal" "$scratch/broken"
fi
queue 40
plimsoll_run plimsoll "${quick[@]}"
due=4 follows "after the kills"
flip
follows "and goes on"
bounded web 2 20
bounded worker 2 20
mine stop plimsoll
kept worker plimsoll
replays plimsoll
finish
