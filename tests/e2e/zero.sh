#!/bin/bash
# To zero and back by the length of a queue, which external.metrics.k8s.io tells. That the API is gone, or says nothing
# of the queue, is not an empty queue.
. tests/e2e/lib.sh
cluster kwok
namespace zero
kwok_nodes zero 1 1
install_plimsoll
serve_metrics
deployment web 1
scaler Autoscaler web 0 8 "$queue_of_10" 5
record
plimsoll_run plimsoll --set hpa.sync_period=3s
reaches "forty wait: four work" 30 ready web 4
queue 0
reaches "none wait: none work" 30 replicas web 0
queue 15
reaches "some wait again: two work" 30 ready web 2
metrics
sleep 12
check "nothing is known of the queue: nothing is taken away" replicas web 2
mine stop metrics
sleep 12
check "the API is gone: nothing is taken away" replicas web 2
queue 75
mine restart metrics
reaches "it is back, with work for eight" 45 ready web 8
bounded web 0 8
mine stop plimsoll
replays plimsoll
finish
