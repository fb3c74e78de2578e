#!/bin/bash
# run.sh BUILD: how fast, and in how much memory, beside what was aimed at and what others take.
set -eu
build=$1
folder=$build/bench
[ -e "$folder/many/apps.yaml" ] || tests/bench/loads.sh "$folder"

# replay DAYS ARGUMENT...: wall seconds, times real time, peak memory, pods on average, most nodes.
replay() {
	local days=$1 wall memory
	shift
	read -r wall memory < <("$build/bench/measure" "$build/plimsoll" sim --price aws/us-east-1 -o json "$@" 2>"$folder/out")
	grep -vE '^(skipped|nodes|simulated|note)[: ]' "$folder/out" >"$folder/result.json"
	[ -s "$folder/result.json" ] && [ "$(head -c 1 "$folder/result.json")" = '{' ] || { cat "$folder/out"; return 1; }
	simulated=$(sed -nE 's/^simulated .* in ([0-9.]+) s.*/\1/p' "$folder/out")
	awk -v days="$days" -v wall="$wall" -v memory="$memory" -v sim="$simulated" 'BEGIN {
		printf "  %.2f s in all, of it %.2f s the policy itself (the rest: reading, rating, yardsticks)\n", wall, sim
		if (sim > 0) printf "  %.1e times real time (%.1e in all), %.0f MB\n", days * 86400 / sim, days * 86400 / wall, memory
	}'
	tr -d '\n\t' <"$folder/result.json" | sed 's/"total":{.*"nodes":/"nodes":/; s/"cost":.*//; s/"pod_hours":/\n&/g; s/"peak":/\n&/g' |
		awk -F '[:,]' -v days="$days" '/^"pod_hours"/ {hours += $2} /^"peak"/ {nodes += $2}
			END {printf "  %.0f pods on average, %d nodes at most\n", hours / days / 24, nodes}'
}

echo "(a) One year of one Deployment, an autoscaler, nodes, a bill. Aim: 1 s, 3e7 times real time."
replay 365 -f "$folder/one" --load "$folder/one.csv" --node m5.xlarge:1:50
echo "    kubernetriks, measured: 5.6e3 to 6.9e3 times real time for such a load, with"
echo "    neither nodes nor bill; 9e2 with 200 pods."
echo "(b) One day of 200 Deployments, 100,000 pods, 1,000 nodes. Aim: 10 s, 500 MB."
replay 1 -f "$folder/many" --load "$folder/many.csv" --node m5.4xlarge:1:1200 --set node.max_pods=105
echo "(c) Decisions alone."
"$build/bench/hpa_step"
echo "(d) Live: a pod as the API server sends it. Aim: 15 us, 20,000 in 20 MB."
"$build/bench/pods"
