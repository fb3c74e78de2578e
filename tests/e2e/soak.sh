#!/bin/bash
# Two replicas under faults at random for SOAK_MINUTES (60): servers killed and paused, answers broken, watches cut, a
# leader killed or stopped, tokens replaced. Every few faults all is quiet, and the load must be followed; in the end
# nothing was ever out of bounds, both journals give the same plans again, and memory has not grown. SOAK_SEED repeats one.
. tests/e2e/lib.sh
own_cluster kwok
new_seed SOAK_SEED
fault_proxy
fault_scene soak
end=$((SECONDS + ${SOAK_MINUTES:-60} * 60))
declare -A first_memory
replicas_of_us='a b'

run_both() {
	for one in $replicas_of_us; do mine running "$one" || plimsoll_run "$one" "${quick[@]}"; done
}

pick() {
	shift $((RANDOM % $#))
	echo "$1"
}

for_a_while() {
	sleep $((2 + RANDOM % 15))
}

fault_apiserver() {
	program kill apiserver
	for_a_while
	program start apiserver
}

fault_etcd() {
	kill -STOP "$(cat "$cluster/etcd.pid")"
	for_a_while
	kill -CONT "$(cat "$cluster/etcd.pid")"
}

fault_metrics() {
	program stop metrics-server
	for_a_while
	program start metrics-server
}

fault_answers() {
	rules "[{\"fault\": \"$(pick status truncate garbage reset slow delay)\", \"code\": $(pick 429 500 503), \"retry_after\": 1, \"probability\": 0.$((1 + RANDOM % 8))}]"
	for_a_while
	rules '[]'
}

fault_watches() {
	rules '[{"path": "watch=", "fault": "gone", "count": 8}]' 1
	for_a_while
	rules '[]'
}

fault_killed() {
	mine slay "$(pick a b)"
	for_a_while
}

fault_stopped() {
	local one
	one=$(pick a b)
	kill -STOP "$(cat "$scratch/$one.pid")"
	for_a_while
	kill -CONT "$(cat "$scratch/$one.pid")"
}

fault_token() {
	new_token "$(pick a b)"
}

for one in $replicas_of_us; do identity "$one"; done
run_both
faults=0
while [ "$SECONDS" -lt "$end" ]; do
	fault=$(pick apiserver etcd metrics answers watches killed stopped token)
	echo "  $SECONDS s: $fault"
	"fault_$fault" >"$scratch/fault.log" 2>&1
	for one in $replicas_of_us; do
		if [ "$fault" != killed ] && ! mine running "$one"; then fail "$one still runs after: $fault" "$scratch/$one.log"; fi
	done
	wait_until 60 k get --raw /readyz
	run_both
	faults=$((faults + 1))
	[ $((faults % 4)) -eq 0 ] || continue
	flip
	reaches "after $faults faults" $((follow_within + 20)) replicas worker "$due" # a lease may have to run out
	for one in $replicas_of_us; do
		now=$(awk '/^VmRSS/ {print $2}' "/proc/$(cat "$scratch/$one.pid")/status")
		[ -n "${first_memory[$one]-}" ] || first_memory[$one]=$now
		[ "$now" -le $((first_memory[$one] * 2 + 20000)) ] || fail "$one has grown from ${first_memory[$one]} to $now KiB"
	done
done
changes=$(audit writers)
transitions=$(k get lease plimsoll -n plimsoll -o 'jsonpath={.spec.leaseTransitions}')
if [ "$changes" -le "${transitions:-0}" ]; then pass "never two acted"; else fail "never two acted: $changes changes, $transitions transitions"; fi
bounded web 2 20
bounded worker 2 20
mine stop a b
replays a
replays b
finish
