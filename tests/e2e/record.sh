#!/bin/bash
# A recording of metrics.k8s.io, as somebody with the rights that its help names: killed in the middle it is whole, another
# goes on in the same file, asked to end it ends well; and what is in it can be simulated.
. tests/e2e/lib.sh
cluster kwok
namespace record
kwok_nodes record 1 2
k create role recorder --verb list,watch --resource pods >/dev/null
k create role metered --verb list --resource pods.metrics.k8s.io >/dev/null
k create serviceaccount recorder >/dev/null
for role in recorder metered; do k create rolebinding "$role" --role "$role" --serviceaccount record:recorder >/dev/null; done
cat >"$scratch/recorder.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "https://127.0.0.1:$api_port", certificate-authority: $cluster/ca.crt}}]
users: [{name: it, user: {token: "$(k create token recorder)"}}]
contexts: [{name: test, context: {cluster: test, user: it}}]
current-context: test
END
store=$scratch/store.db

# recording NAME: in the background, to the one store.
recording() {
	(cd "$scratch" && start "$1" "$plimsoll" record --kubeconfig recorder.kubeconfig --namespace record --store "$store" --interval 2s)
}

# snapshots N: so many are kept, and the file is whole.
snapshots() {
	python3 -c 'import sqlite3, sys
store = sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True)
whole = [row[0] for row in store.execute("PRAGMA integrity_check")]
count, = store.execute("SELECT count(*) FROM snapshot").fetchone()
lost, = store.execute("SELECT count(*) FROM snapshot LEFT JOIN used USING (time_ms) WHERE workload IS NULL").fetchone()
print(*whole, count, lost)
sys.exit(whole != ["ok"] or count < int(sys.argv[2]) or lost > 0)' "$store" "$1"
}

# used CPU FROM UNTIL: the load of "web" is that many cores in some row of these, counted from the first.
used() {
	awk -F, -v cpu="$1" -v from="$2" -v until="$3" '$2 == "record/web" && ++n >= from && n <= until && $3 > cpu * 0.9 && $3 < cpu * 1.1 {found = 1}
		END {exit !found}' "$scratch/load.csv"
}

# gone NAME: it has ended.
gone() {
	! mine running "$1"
}

deployment web 4
deployment idle 1
load web 1200 idle 0
reaches "pods have usage" 60 metered web
recording first
reaches "snapshots are kept" 120 snapshots 5
mine ask first KILL
reaches "killed, it is gone" 10 gone first
check "killed, the file is whole" snapshots 5
"$plimsoll" import record "$store" --step 10s -o "$scratch/load.csv" >"$scratch/import.log" 2>&1
check "killed, what was recorded can be read" used 1.2 1 1000
before=$(grep -c '^[^,]*,record/web,' "$scratch/load.csv")

load web 3000 idle 0
sleep 30 # a gap
recording second
reaches "another one goes on in the same file" 120 snapshots 12
"$plimsoll" record --kubeconfig "$scratch/recorder.kubeconfig" --namespace record --store "$store" --for 5s >"$scratch/third.log" 2>&1
check "a third one at the same time is refused" test $? -eq 2
check "because another process writes" grep -q 'another process' "$scratch/third.log"
mine ask second TERM
reaches "asked to end, it ends" 10 gone second
check "and says how much it has" grep -Eq 'recorded [0-9]+ snapshots; .* has [0-9]+' "$scratch/second.log"
check "the file is whole" snapshots 12
refuse "nothing went wrong" grep -E '"?(WARN|ERROR|warn|error)\b' "$scratch/first.log" "$scratch/second.log"

check "it is a load" "$plimsoll" import record "$store" --step 10s -o "$scratch/load.csv"
check "that begins with what was used first" used 1.2 1 "$before"
check "and ends with what was used then" used 3 "$((before + 1))" 1000
k get deployment web -o json >"$scratch/web.json"
cat >"$scratch/hpa.yaml" <<END
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: record}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 20
  metrics: $cpu_60
END
"$plimsoll" sim -f "$scratch/web.json" -f "$scratch/hpa.yaml" --load "$scratch/load.csv" --price aws/us-east-1 -o json \
	>"$scratch/sim.json" 2>"$scratch/sim.log" || cat "$scratch/sim.log"
check "it can be simulated" python3 -c 'import json, sys; print(json.load(open(sys.argv[1])))' "$scratch/sim.json"
k get role recorder metered -o json >"$scratch/roles.json"
check "each right that its help names is used, and no other is wanted" python3 "$e2e/audit.py" "$cluster/audit.jsonl" rights \
	system:serviceaccount:record:recorder "$scratch/roles.json"
finish
