#!/bin/sh
# loads.sh FOLDER: writes the loads and manifests that the bench replays. Same awk, same bytes.
set -eu
folder=$1
mkdir -p "$folder/one" "$folder/many"

# One Deployment of about 20 pods: 0.5 cores a pod at 60 % is 0.3; a day and a week, and noise.
awk 'BEGIN {
	srand(1); pi = atan2(0, -1); print "time,cpu"
	for (i = 0; i <= 365 * 1440; i++) {
		day = 1 + 0.5 * sin(2 * pi * (i / 1440 - 0.3)); week = i / 1440 % 7 < 5 ? 1.05 : 0.875
		printf "%d,%.3f\n", i * 60, 6 * day * week * (0.9 + 0.2 * rand())
	}
}' >"$folder/one.csv"

# 200 Deployments of 500 pods on average, from 300 to 700 each, at times of the day of their own.
awk 'BEGIN {
	srand(2); pi = atan2(0, -1); print "time,workload,cpu"
	for (w = 0; w < 200; w++) phase[w] = rand()
	for (i = 0; i <= 288; i++) for (w = 0; w < 200; w++)
		printf "%d,app-%03d,%.2f\n", i * 300, w, 500 * 0.06 * (1 + 0.4 * sin(2 * pi * (i / 288 + phase[w]))) * (0.98 + 0.04 * rand())
}' >"$folder/many.csv"

# application NAME CPU MEMORY REPLICAS MIN MAX
application() {
	cat <<-END
		---
		apiVersion: apps/v1
		kind: Deployment
		metadata: {name: $1}
		spec:
		  replicas: $4
		  selector: {matchLabels: {app: $1}}
		  template:
		    metadata: {labels: {app: $1}}
		    spec: {containers: [{name: app, image: registry.example.com/$1, resources: {requests: {cpu: $2, memory: $3}}}]}
		---
		apiVersion: autoscaling/v2
		kind: HorizontalPodAutoscaler
		metadata: {name: $1}
		spec:
		  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: $1}
		  minReplicas: $5
		  maxReplicas: $6
		  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]
	END
}

application web 500m 512Mi 20 2 100 >"$folder/one/web.yaml"
i=0
while [ $i -lt 200 ]; do
	application "$(printf 'app-%03d' $i)" 100m 128Mi 500 10 1000
	i=$((i + 1))
done >"$folder/many/apps.yaml"
