#!/bin/bash
# Every kind of target by another kind of metric: a StatefulSet by one of its pods', a ReplicaSet by one of an object, a
# custom resource by a Prometheus, which needs rights of its own. Each write is refused once, as in conflict. Then an HPA
# comes to a target that has an Autoscaler, and goes; and two targets have the same pods for a while.
. tests/e2e/lib.sh
cluster kwok
namespace targets
kwok_nodes targets 1 1
fault_proxy
install_plimsoll
serve_metrics

pod='{metadata: {labels: {app: NAME}}, spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: none}]}}'
k apply -f - >/dev/null <<END
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: rings.plimsoll.test}
spec:
  group: plimsoll.test
  scope: Namespaced
  names: {kind: Ring, plural: rings, singular: ring}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}, subresources: {status: {}, scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: .status.selector}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: plimsoll-rings}
rules: [{apiGroups: [plimsoll.test], resources: [rings/scale], verbs: [get, update]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: plimsoll-rings}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: plimsoll-rings}
subjects: [{kind: ServiceAccount, name: plimsoll, namespace: plimsoll}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {replicas: 2, serviceName: db, podManagementPolicy: Parallel, selector: {matchLabels: {app: db}}, template: ${pod/NAME/db}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: cache}
spec: {replicas: 2, selector: {matchLabels: {app: cache}}, template: ${pod/NAME/cache}}
---
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 80}]}
END
made() {
	k apply -f - <<-END
		apiVersion: plimsoll.test/v1
		kind: Ring
		metadata: {name: ring}
		spec: {replicas: 2}
	END
}
wait_until 30 made || fail "a custom resource is made"
# ring_has LABEL: of its pods, of which nobody makes any.
ring_has() {
	k patch rings.plimsoll.test ring --subresource status --type merge -p "{\"status\": {\"replicas\": 2, \"selector\": \"$1\"}}" >/dev/null
}
ring_has app=ring

# scaled NAME API KIND METRIC: from 2 to 8.
scaled() {
	k apply -f - >/dev/null <<-END
		apiVersion: plimsoll.dev/v1alpha1
		kind: Autoscaler
		metadata: {name: $1}
		spec:
		  scaleTargetRef: {apiVersion: $2, kind: $3, name: $1}
		  minReplicas: 2
		  maxReplicas: 8
		  metrics: [$4]
		  behavior: {scaleDown: {stabilizationWindowSeconds: 0}}
	END
}
ten='target: {type: AverageValue, averageValue: "10"}'
scaled db apps/v1 StatefulSet "{type: Pods, pods: {metric: {name: sessions}, $ten}}"
scaled cache apps/v1 ReplicaSet "{type: Object, object: {describedObject: {apiVersion: v1, kind: Service, name: front}, metric: {name: hits}, $ten}}"
scaled ring plimsoll.test/v1 Ring "{type: Prometheus, prometheus: {query: depth, $ten}}"

# wants KIND N: of the one of a kind.
wants() {
	[ "$(k get "$1" -o 'jsonpath={.items[0].spec.replicas}')" = "$2" ]
}
conflict='"method": "PUT", "fault": "status", "code": 409, "count": 1'
hpas_refused='{"path": "/horizontalpodautoscalers", "fault": "status", "code": 403}'
rules "[$hpas_refused, {\"path\": \"/statefulsets/\", $conflict}, {\"path\": \"/replicasets/\", $conflict}, {\"path\": \"/rings/\", $conflict}]"
metrics 'sessions 60' 'hits 50' 'depth 40'
plimsoll_run plimsoll --set hpa.sync_period=3s --prometheus "$prometheus"
reaches "a StatefulSet, by a metric of its pods" 45 wants statefulsets.apps 6
reaches "a ReplicaSet, by a metric of an object" 45 wants replicasets.apps 5
reaches "a custom resource, by Prometheus" 45 wants rings.plimsoll.test 4
check "each write was refused once" test "$(grep -c '^status PUT ' "$scratch/proxy.log")" = 3
metrics 'sessions 300' 'hits 300' 'depth 30'
reaches "a StatefulSet goes to its most" 45 wants statefulsets.apps 8
reaches "a ReplicaSet goes to its most" 45 wants replicasets.apps 8
reaches "a custom resource goes down" 45 wants rings.plimsoll.test 3

# held NAME REASON: the condition ScalingActive of an Autoscaler is False for that reason.
held() {
	[ "$(k get autoscaler "$1" -o 'jsonpath={.status.conditions[?(@.type=="ScalingActive")].status} {.status.conditions[?(@.type=="ScalingActive")].reason}')" = "False $2" ]
}
# told TEXT: an Event of that reason has it.
told() {
	k get events --field-selector reason=AmbiguousSelector -o 'jsonpath={.items[*].message}' | grep -q "$1"
}
# logged N TEXT: so many lines have it.
logged() {
	[ "$(grep -c "$2" "$scratch/plimsoll.log")" = "$1" ]
}
check "that HPAs may not be listed is told once" logged 1 'goes on without a list.*horizontalpodautoscalers.*not noticed'
rules '[]'
k apply -f - >/dev/null <<END
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: rival}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: StatefulSet, name: db}
  minReplicas: 2
  maxReplicas: 8
  metrics: $cpu_60
END
reaches "an HPA on its target holds an Autoscaler, once it may be seen" 90 held db AmbiguousSelector
check "which names it" grep -q 'StatefulSet db is scaled by HorizontalPodAutoscaler rival' <(k get autoscaler db -o yaml)
reaches "in an Event, too" 30 told 'HorizontalPodAutoscaler rival'
metrics 'sessions 30' 'hits 30' 'depth 20'
reaches "others go on" 30 wants replicasets.apps 3
sleep 7 # two periods
check "the held one does not" wants statefulsets.apps 8
check "that it is held is told once" logged 1 'an autoscaler is held'
k delete hpa rival >/dev/null
reaches "it goes on when the HPA has gone" 15 wants statefulsets.apps 3
reaches "and says so" 15 k wait --for condition=ScalingActive --timeout 1s autoscaler/db

ring_has app=cache
reaches "two that have the same pods are held" 30 held cache AmbiguousSelector
reaches "both" 30 held ring AmbiguousSelector
metrics 'sessions 30' 'hits 60' 'depth 50'
sleep 7 # two periods
check "neither scales" wants replicasets.apps 3
check "nor the other" wants rings.plimsoll.test 2
ring_has app=ring
reaches "each with its own pods goes on" 15 wants replicasets.apps 6
reaches "the other, too" 15 wants rings.plimsoll.test 5
mine stop plimsoll
replays plimsoll
finish
