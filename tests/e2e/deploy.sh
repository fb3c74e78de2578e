#!/bin/bash
# deploy/: what it says is what an API server takes; its pods are let into a namespace of the level "restricted"; and the
# program is kubectl's, as a plugin.
. tests/e2e/lib.sh
cluster kwok
install_plimsoll
for folder in deploy/*/; do
	how=-f
	[ ! -e "$folder/kustomization.yaml" ] || how=-k
	check "the API server takes $folder" k apply --dry-run=server "$how" "$folder"
done
check "the namespace is restricted" test "$(k get namespace plimsoll -o 'jsonpath={.metadata.labels.pod-security\.kubernetes\.io/enforce}')" = restricted

# pod_of DEPLOYMENT [FIELD VALUE]: the pod that it makes; with another value of a container's field.
pod_of() {
	k create --dry-run=client -o json -f "$1" | python3 -c '
import json, sys
pod = json.load(sys.stdin)["spec"]["template"]
pod.update({"apiVersion": "v1", "kind": "Pod"})
pod["metadata"]["name"] = "try"
if sys.argv[1:]:
    pod["spec"]["containers"][0]["securityContext"][sys.argv[1]] = json.loads(sys.argv[2])
json.dump(pod, sys.stdout)' "${@:2}" >"$scratch/pod.json"
	k create --dry-run=server -n plimsoll -f "$scratch/pod.json"
}
check "its pods satisfy that" pod_of deploy/controller/deployment.yaml
refuse "one with more privileges does not" pod_of deploy/controller/deployment.yaml allowPrivilegeEscalation true

mkdir "$scratch/plugins"
ln -s "$plimsoll" "$scratch/plugins/kubectl-plimsoll"
check "it is a plugin of kubectl" env PATH="$scratch/plugins:$PATH" "$bin/kubectl" plimsoll --help
check "its version is the program's" test "$(PATH=$scratch/plugins:$PATH "$bin/kubectl" plimsoll --version)" = "$("$plimsoll" --version)"
finish
