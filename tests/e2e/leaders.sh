#!/bin/bash
# Two replicas, one lease. The leader killed in the middle of a step, then one stopped and woken again after it lost the
# lease: the other takes over within the lease's time, nothing is lost, and never do two act.
. tests/e2e/lib.sh
cluster kwok
namespace leaders
kwok_nodes leaders 1 2
install_plimsoll
identity a
identity b
deployment web 4
load web 1200
scaler Autoscaler web 2 20 "$cpu_60" 0
reaches "pods have usage" 60 metered web
record
plimsoll_run a
reaches "one alone leads" 30 holder a
plimsoll_run b
sleep 5
check "a second one waits" holder a

load web 4200
sleep $((RANDOM % 10))
mine slay a
reaches "the leader killed: the other takes over" 25 holder b
reaches "the step is not lost" 60 replicas web 13 15

plimsoll_run a
sleep 3
kill -STOP "$(cat "$scratch/b.pid")"
load web 900
reaches "the leader stopped: the other takes over" 25 holder a
reaches "the step down is not lost" 60 replicas web 3
kill -CONT "$(cat "$scratch/b.pid")"
load web 4200
reaches "the one that woke does no harm" 60 replicas web 13 15
check "the one that woke does not lead" holder a
sleep 20
audit scales >"$scratch/scales"
check "once is enough: replicas stay" replicas web 13 15
transitions=$(k get lease plimsoll -n plimsoll -o 'jsonpath={.spec.leaseTransitions}')
changes=$(audit writers)
if [ "$changes" -le "${transitions:-0}" ] && [ "$(cut -d' ' -f2 "$scratch/scales" | sort -u | wc -l)" -le 2 ]; then
	pass "who acts changes only with the lease"
else
	fail "who acts changes only with the lease: $changes changes, $transitions transitions" "$scratch/scales"
fi
bounded web 2 20
mine stop a b
replays a
replays b
finish
