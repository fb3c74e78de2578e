#!/bin/bash
# Real containers, real cgroups: a load step up and down, followed by plimsoll, and beside it by the HPA.
. tests/e2e/lib.sh
if [ "$(id -u)" -ne 0 ]; then
	skip "real kubelet: it takes root"
	pass "nothing to test with"
	finish
fi
own_cluster real
namespace real
install_plimsoll
share=("$cluster/real/share")
for name in hpa plimsoll; do
	k apply -f - >/dev/null <<-END
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: $name}
		spec:
		  replicas: 2
		  selector: {matchLabels: {app: $name}}
		  template:
		    metadata: {labels: {app: $name}}
		    spec:
		      hostNetwork: true
		      automountServiceAccountToken: false
		      enableServiceLinks: false
		      terminationGracePeriodSeconds: 1
		      containers:
		      - {name: burn, image: "plimsoll.test/burn:1", imagePullPolicy: Never, args: [/share/$name], resources: {requests: {cpu: 50m, memory: 4Mi}}, volumeMounts: [{name: share, mountPath: /share, readOnly: true}]}
		      volumes: [{name: share, hostPath: {path: $share}}]
	END
done
load hpa 60 plimsoll 60
reaches "containers run" 60 ready hpa 2
reaches "cgroups' numbers come through the metrics API" 60 metered plimsoll
record
scaler HorizontalPodAutoscaler hpa 2 10
scaler Autoscaler plimsoll 2 10
plimsoll_run plimsoll
sleep 20
load hpa 240 plimsoll 240
# Real usage is not exact to the milli: one pod more or less is within the tolerance.
reaches "the HPA follows a step up" 150 replicas hpa 7 9
reaches "plimsoll follows a step up" 60 replicas plimsoll 7 9
reaches "its containers run" 30 ready plimsoll "$(wanted plimsoll)"
load hpa 60 plimsoll 60
reaches "the HPA follows a step down" 150 replicas hpa 2
reaches "plimsoll follows a step down" 60 replicas plimsoll 2
sleep 2
bounded plimsoll 2 10
echo "measured: $(python3 "$e2e/series.py" "$series" lag hpa plimsoll 7-9 2)"
mine stop plimsoll
replays plimsoll
finish
