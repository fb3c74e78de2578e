#!/bin/bash
# After the other scenarios of the lane: the rights of deploy/ are those that they took. Each verb of each resource was
# used, and nothing was refused.
. tests/e2e/lib.sh
if [ ! -e "${E2E_CLUSTERS-}/kwok/kubeconfig" ]; then
	skip "rights: they are looked at after the other scenarios, on their cluster"
	pass "nothing to test with"
	finish
fi
cluster kwok
k get clusterroles plimsoll plimsoll-nodes -o json >"$scratch/everywhere.json"
k get role plimsoll -n plimsoll -o json >"$scratch/at-home.json"
check "each right is used, and no other is wanted" python3 "$e2e/audit.py" "$cluster/audit.jsonl" rights \
	system:serviceaccount:plimsoll:plimsoll "$scratch/everywhere.json" "$scratch/at-home.json"
finish
