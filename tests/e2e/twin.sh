#!/bin/bash
# The same load on twin Deployments, one scaled by the HPA and one by plimsoll: a step up, then one down. Both end where
# the arithmetic says, and plimsoll is not slower than the HPA by more than one period of its own and one of the metrics.
. tests/e2e/lib.sh
cluster kwok
namespace twin
kwok_nodes twin 1 4
install_plimsoll
for name in hpa plimsoll; do deployment "$name" 4; done
load hpa 1200 plimsoll 1200
reaches "pods have usage" 60 metered hpa
reaches "pods of both have usage" 30 metered plimsoll
record
scaler HorizontalPodAutoscaler hpa 2 20
scaler Autoscaler plimsoll 2 20
plimsoll_run plimsoll
sleep 20 # a period, in which nothing may happen: usage is at the target

if replicas plimsoll 4 && replicas hpa 4; then pass "at the target nothing changes"; else fail "at the target nothing changes" "$series"; fi
load hpa 4200 plimsoll 4200
reaches "the HPA follows a step up" 120 ready hpa 14
reaches "plimsoll follows a step up" 60 ready plimsoll 14
load hpa 900 plimsoll 900
reaches "the HPA follows a step down" 150 ready hpa 3
reaches "plimsoll follows a step down" 60 ready plimsoll 3
sleep 2 # the record's last line
bounded plimsoll 2 20
difference=$(python3 "$e2e/series.py" "$series" lag hpa plimsoll 14 3)
echo "measured: $difference"
# 15 s of period, 10 s of metrics, and a second for the record
if python3 "$e2e/series.py" "$series" within hpa plimsoll 26 14 3; then
	pass "plimsoll is not slower than the HPA"
else
	echo "$difference" >"$scratch/.log"
	fail "plimsoll is not slower than the HPA" "$scratch/.log"
fi
mine stop plimsoll
replays plimsoll
finish
