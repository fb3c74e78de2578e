#!/bin/bash
# What writes, on a real API server, one part at a time and with no more rights than deploy/ gives: scales (conflict, lost
# answer, dry run), status and Events of an Autoscaler, and the lease, whose holders are killed, stopped and asked to go.
. tests/e2e/lib.sh
driver=$BUILD/e2e/act_driver
[ -x "$driver" ] || make --no-print-directory CC="${CC:-cc}" BUILD="$BUILD" "$driver" >"$scratch/make.log" 2>&1 || {
	fail "the driver is built" "$scratch/make.log"
	finish
}
cluster kwok
namespace act
k create deployment web --image=none --replicas=0 >/dev/null
fault_proxy
install_plimsoll

act() {
	"$driver" "$scratch/plimsoll.kubeconfig" "$@" 2>&1
}

# says TEXT COMMAND...: passes when the output of the command begins so.
says() {
	local text=$1
	shift
	"$@" >"$scratch/.said" 2>&1
	case $(cat "$scratch/.said") in
	"$text"*) pass "$text" ;;
	*) fail "says '$text'" "$scratch/.said" ;;
	esac
}

# ---- scales ----

says "1 of 1 accepted" act scale 0 act web 0 3 1 # 1: a version long past
check "in conflict, written again" replicas web 3
says "0 of 1 accepted" act scale 0 act web 0 5 1
check "in conflict, and another number by now: left alone" replicas web 3

# writes_meet FAULT...: the first writes of a scale meet with these.
writes_meet() {
	local fault rules=
	for fault; do rules+="${rules:+, }{\"path\": \"/scale\", \"method\": \"PUT\", \"count\": 1, $fault}"; done
	rules "[$rules]" 1
	sleep 0.3 # the rules are read each tenth of a second
}

lost='"fault": "reset"'
broken='"fault": "status", "code": 500'
writes_meet "$lost" "$lost" "$lost"
says "1 of 1 accepted" act scale 0 act web 3 4 ""
check "accepted, but the answer lost: asked after" replicas web 4
writes_meet "$broken" "$broken"
says "1 of 1 accepted" act scale 0 act web 4 3 ""
check "not accepted, without a word of it: written again" replicas web 3
writes_meet '"fault": "hang", "seconds": 20'
says "1 of 1 accepted" act scale 0 act web 3 4 ""
check "never answered: asked after, and written again" replicas web 4
rules '[]' 1
sleep 0.3
act scale 0 act web 4 3 "" >/dev/null
version=$(k get deployment web -o 'jsonpath={.metadata.resourceVersion}')
says "0 of 1 accepted" act scale 1 act web 3 9 "$version"
check "a dry run on the server changes nothing" replicas web 3
says "1 of 2 accepted" act scale 0 act web gone 3 2 ""
check "one that is gone does not hold up the other" replicas web 2

# ---- status and Events ----

k apply -f - >/dev/null <<-END
	apiVersion: plimsoll.dev/v1alpha1
	kind: Autoscaler
	metadata: {name: web}
	spec: {maxReplicas: 10, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
END
uid=$(k get autoscaler web -o 'jsonpath={.metadata.uid}')

condition() {
	k get autoscaler web -o "jsonpath={range .status.conditions[?(@.type==\"$1\")]}{.status} {.reason}{end}"
}

# events REASON: how often it came, by the count of each.
events() {
	k get events --field-selector "involvedObject.uid=$uid,reason=$1" -o 'jsonpath={.items[*].count}'
}

act say act web "$uid" up 1 >/dev/null
says "True SucceededRescale" condition AbleToScale
says "1 3 81" k get autoscaler web -o 'jsonpath={.status.currentReplicas} {.status.desiredReplicas} {.status.currentMetrics[0].resource.current.averageUtilization}'
check "an Event tells of the rescale" [ "$(events SuccessfulRescale)" = 1 ]
act say act web "$uid" failed 3 >/dev/null
says "False FailedGetResourceMetric" condition ScalingActive
says "True SucceededGetScale" condition AbleToScale
check "what stays bad is told once" [ "$(events FailedGetResourceMetric)" = 1 ]
act say act web "$uid" undecided 1 >/dev/null
says "False FailedGetScale" condition AbleToScale
k delete events --all >/dev/null
act say act web "$uid" up 30 >/dev/null
check "the same Event is counted, and not beyond the bound" [ "$(events SuccessfulRescale)" = 25 ]

# ---- the lease ----

marks=$scratch/marks
: >"$marks"
born=0

candidate() {
	born=$((born + 1))
	start "candidate-$born" "$driver" "$scratch/plimsoll.kubeconfig" lease plimsoll plimsoll "candidate-$born" "$marks"
}

holder() {
	tail -n 1 "$marks" | cut -d ' ' -f 1
}

taken_over() {
	[ "$(holder)" != "$1" ]
}

cd "$scratch" || exit 1
candidate
candidate
reaches "somebody leads" 20 test -s "$marks"
# Each twentieth answer is lost, each tenth comes late.
rules '[{"path": "/leases", "fault": "reset", "probability": 0.05}, {"path": "/leases", "fault": "delay", "seconds": 0.3, "probability": 0.1}]'
for how in KILL STOP KILL TERM KILL; do
	leader=$(holder)
	kill "-$how" "$(cat "$leader.pid")"
	reaches "after SIG$how of the leader the other one leads" 30 taken_over "$leader"
	if [ "$how" = STOP ]; then
		kill -CONT "$(cat "$leader.pid")"
	else
		rm -f "$leader.pid"
		candidate
	fi
	sleep 3 # the one that comes back has time to do wrong
done
sort -s -n -k 2 "$marks" | awk '$1 != who { who = $1; print $1, $2 }' >"$scratch/changes"
check "two never held it at once" [ "$(wc -l <"$scratch/changes")" = 6 ]
[ "$(wc -l <"$scratch/changes")" = 6 ] || cat "$scratch/changes"
cd - >/dev/null || exit 1
finish
