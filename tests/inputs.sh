#!/bin/bash
# Wrong input: exit status 2, one line on stderr that says why, nothing on stdout, no file left.
. tests/lib.sh

work=$scratch/work
given=$scratch/given
mkdir "$work" "$given"
shop=data/examples/shop
load=data/loads/online_retail.csv.gz
notes='^(skipped|nodes|simulated|note)[: ]'
quick=(-f $shop --load $load --price aws/us-east-1 --node m5.xlarge:1:20 --until 2h)

# refused NAME PATTERN ARGUMENT...: stdin is passed on.
refused() {
	local name=$1 pattern=$2 status faults=
	shift 2
	"$plimsoll" "$@" >"$scratch/out" 2>"$scratch/err"
	status=$?
	grep -vE "$notes" "$scratch/err" >"$scratch/message"
	[ "$status" -eq 2 ] || faults+=" exit status $status;"
	[ ! -s "$scratch/out" ] || faults+=" something on stdout;"
	[ "$(wc -l <"$scratch/message")" -eq 1 ] || faults+=" not one line;"
	grep -qE -- "$pattern" "$scratch/message" || faults+=" not /$pattern/;"
	! LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]' "$scratch/message" || faults+=" control characters;"
	[ "$(wc -c <"$scratch/message")" -lt 1100 ] || faults+=" a long message;"
	[ -z "$(ls -A "$work")" ] || faults+=" left $(ls -A "$work");"
	rm -rf "${work:?}"/*
	if [ -z "$faults" ]; then pass "$name"; else fail "$name:$faults" "$scratch/err"; fi
}

# Of sim, with a good shop but for the arguments.
refused_sim() {
	local name=$1 pattern=$2
	shift 2
	refused "$name" "$pattern" sim "${quick[@]}" "$@"
}

# ---- words ----

refused "no verb" 'plimsoll --help' </dev/null
refused "unknown verb" 'nearest is sim|did you mean sim|sim' simm
refused "unknown topic of help" settings help setings
refused "unknown option" -- '--load' sim --laod x
refused "unknown letter" 'unknown option' sim -z
refused "an option without its value" '--load' sim -f $shop --load
refused "a word too many" "extra" sim "${quick[@]}" extra
refused "no manifests" '-f ' sim --load $load --price aws/us-east-1
refused "no load" '--load' sim -f $shop --price aws/us-east-1
refused "no price list" '--price' sim -f $shop --load $load
refused_sim "unknown setting" 'hpa\.tolerance' --set hpa.tolerence=0.2
refused_sim "a setting without value" 'hpa\.tolerance|=' --set hpa.tolerance
refused_sim "a setting out of bounds" '-1' --set hpa.tolerance=-1
refused_sim "a setting that is not a number" 'nan' --set hpa.tolerance=nan
refused_sim "a duration without sense" '15x' --set hpa.sync_period=15x
refused_sim "an unknown choice" 'queue' --set load.overload=queu
refused_sim "an unknown smoothing" 'gaussian' --set hpa.smoothing=gausian
refused "an autoscaler without its workload, before prices are looked for" 'autoscaler web scales Deployment web' \
	sim -f $shop/hpa.yaml --load $load --price aws/nowhere
refused_sim "unknown type" 'm5\.xlarge' --node m5.xlrge
refused_sim "unknown region" 'aws/us-east-1' --price aws/us-est-1
refused_sim "unknown cloud" 'aws' --price awz/us-east-1
refused_sim "a node group upside down" 'MIN' --node m5.xlarge:5:2
refused_sim "a node group without end" '99999999999' --node m5.xlarge:1:99999999999
refused_sim "unknown format" 'table' -o tabel
refused_sim "a seed that is not a number" 'sim: --seed: .*abc' --seed abc
refused_sim "a seed too large" '99999999999999999999' --seed 99999999999999999999
refused_sim "a start that is no time" 'yesterday' --from yesterday
refused_sim "a start after the end" 'from 2009-12-01T.* to 2011-12-09T' --from 2h --until 1h
refused_sim "an end after the load" '--until' --until 2030-01-01
refused_sim "no price lists there" "$given" --data "$given"
refused "a price query that is not a quantity" '4x' price aws/us-east-1 --vcpu 4x
refused "a price query in an unknown region" 'azure/eastus' price azure/eastuss
refused_sim "terminal codes in a word" 'x1b|\\' --node $'\e[31mred'

# ---- loads ----

load_text() {
	printf "$2" >"$given/load.csv"
	refused "$1" "$3" sim -f $shop --load "$given/load.csv" --price aws/us-east-1 --node m5.xlarge:1:20
}

refused "a load that is not there" 'nothere' sim -f $shop --load nothere.csv --price aws/us-east-1
refused "a load that is a folder" "$given" sim -f $shop --load "$given" --price aws/us-east-1
refused "a load that is a program" 'text' sim -f $shop --load "$plimsoll" --price aws/us-east-1
load_text "an empty load" '' 'empty'
load_text "a load of a header" 'time,cpu\n' 'no |row'
load_text "a load without cpu" 'time,temperature,rain\n0,1,1\n60,2,1\n' 'cpu'
load_text "a load without time" 'cpu,memory\n1,1\n2,2\n' 'time'
load_text "requests without their cost" 'time,requests\n0,10\n60,20\n' 'cpu_per_request'
load_text "NaN" 'time,cpu\n0,1\n60,nan\n120,1\n' ':3'
load_text "infinity" 'time,cpu\n0,1\n60,inf\n120,1\n' ':3'
load_text "1e300 cores" 'time,cpu\n0,1\n60,1e300\n120,1\n' ':3'
load_text "less than no cores" 'time,cpu\n0,1\n60,-1\n120,1\n' ':3'
load_text "unsorted rows" 'time,cpu\n0,1\n120,1\n60,1\n' ':4'
load_text "a time twice" 'time,cpu\n0,1\n60,1\n60,1\n' ':4'
load_text "a row too short" 'time,cpu\n0,1\n60\n120,1\n' ':3'
load_text "a row too long" 'time,cpu\n0,1\n60,1,1\n120,1\n' ':3'
load_text "a quote without end" 'time,cpu\n0,"1\n60,1\n' 'quote'
load_text "a NUL byte" 'time,cpu\n0,1\n6\0000,1\n' ':3'
load_text "a workload not in the manifests" 'time,cpu,workload\n0,1,nobody\n60,1,nobody\n' 'nobody'
printf 'time,cpu\n0,1\n60,1\n' | gzip | head -c 30 >"$given/cut.csv.gz"
refused "a gzip file cut off" 'cut\.csv\.gz' sim -f $shop --load "$given/cut.csv.gz" --price aws/us-east-1

# A line of 2 GB, or 2 GB of zeros packed into 2 MB, must not be kept in memory.
bounded() {
	local name=$1 pattern=$2
	shift 2
	if [ -n "${SANITIZE-}" ]; then skip "$name: address space cannot be bounded here"; return; fi
	local unbounded=$plimsoll
	printf '#!/bin/bash\nulimit -v 400000\nexec "%s" "$@"\n' "$plimsoll" >"$scratch/bounded"
	chmod +x "$scratch/bounded"
	plimsoll=$scratch/bounded
	refused "$name" "$pattern" sim "$@" --price aws/us-east-1
	plimsoll=$unbounded
}
bounded "a load of one line of 2 GB" 'line' -f $shop --load - < <(head -c 2G /dev/zero | tr '\0' x)
bounded "manifests of one line of 2 GB" '' -f - --load $load < <(head -c 2G /dev/zero | tr '\0' x)
if [ -z "${SANITIZE-}" ]; then
	head -c 2G /dev/zero | tr '\0' 1 | gzip -1 >"$given/bomb.csv.gz"
	bounded "a load of 2 GB behind gzip" '' -f $shop --load "$given/bomb.csv.gz"
	rm "$given/bomb.csv.gz"
fi

# ---- manifests ----

# manifest NAME PATTERN: YAML on stdin.
manifest() {
	cat >"$given/m.yaml"
	refused "$1" "$2" sim -f "$given/m.yaml" --load $load --price aws/us-east-1 --node m5.xlarge:1:20
}
deployment='apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}'
# hpa NAME PATTERN FIELDS: a Deployment, and an autoscaler of these fields at line 10 and on.
hpa() {
	manifest "$1" "$2" <<<"$deployment
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
$3"
}
cpu='  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}]'

mkdir "$given/none"
refused "manifests that are not there" 'nothere' sim -f nothere --load $load --price aws/us-east-1
refused "a folder without manifests" 'none' sim -f "$given/none" --load $load --price aws/us-east-1
manifest "an empty manifest" '' </dev/null
manifest "a manifest that is a program" 'm\.yaml' <"$plimsoll"
manifest "YAML that is not" 'm\.yaml:2:[0-9]+' <<<$'kind: Deployment\nmetadata: {name: [}'
manifest "JSON that is not" 'm\.yaml:[12]:[0-9]+' <<<'{"kind": "Deployment", '
manifest "a key twice" 'm\.yaml:3:[0-9]+' <<<$'apiVersion: apps/v1\nkind: Deployment\nkind: Deployment\n'
manifest "an alias bomb" 'alias' <<<"$(
	echo 'a: &a [x, x, x, x, x, x, x, x, x]'
	last=a
	for name in b c d e f g h i j k l; do
		echo "$name: &$name [*$last, *$last, *$last, *$last, *$last, *$last, *$last, *$last, *$last]"
		last=$name
	done)"
manifest "YAML too deep" 'deep|nest' < <(for i in {1..100000}; do printf '['; done)
manifest "JSON too deep" 'deep|nest' < <(printf '{"a":'; for i in {1..100000}; do printf '{"a":'; done)
manifest "no workload" '' <<<$'apiVersion: v1\nkind: Service\nmetadata: {name: web}'
hpa "maxReplicas missing" 'm\.yaml:[0-9]+:[0-9]+: .*maxReplicas' "$cpu"
hpa "minReplicas above maxReplicas" 'm\.yaml:1[56]:[0-9]+: .*(min|max)Replicas' \
	$'  minReplicas: 9\n  maxReplicas: 3\n'"$cpu"
hpa "maxReplicas of text" 'm\.yaml:15:[0-9]+: .*maxReplicas' $'  maxReplicas: many\n'"$cpu"
hpa "maxReplicas beyond 32 bits" 'm\.yaml:15:[0-9]+: .*maxReplicas' $'  maxReplicas: 99999999999\n'"$cpu"
hpa "an unknown metric type" 'm\.yaml:16:[0-9]+: .*(Resource|type)' $'  maxReplicas: 3\n  metrics: [{type: Ressource}]'
hpa "a utilisation below one" 'm\.yaml:16:[0-9]+: .*averageUtilization' "  maxReplicas: 3
${cpu/60/0}"
hpa "a quantity that is none" 'm\.yaml:16:[0-9]+: .*averageValue' "  maxReplicas: 3
${cpu/type: Utilization, averageUtilization: 60/type: AverageValue, averageValue: 5 apples}"
hpa "a window over an hour" 'm\.yaml:17:[0-9]+: .*stabilizationWindowSeconds' "  maxReplicas: 3
$cpu
  behavior: {scaleDown: {stabilizationWindowSeconds: 4000}}"
hpa "a policy period over half an hour" 'm\.yaml:17:[0-9]+: .*periodSeconds' "  maxReplicas: 3
$cpu
  behavior: {scaleUp: {policies: [{type: Pods, value: 4, periodSeconds: 4000}]}}"

# ---- where results go ----

refused_sim "a picture that is no picture" 'svg' --plot "$work/a.pdf"
refused_sim "a picture into a folder that is not there" 'nothere' --plot "$work/nothere/a.svg"
refused_sim "a timeline into a folder that is not there" 'nothere' --timeline "$work/nothere/a.csv"
mkfifo "$scratch/pipe"
refused_sim "a store in a folder that is not there" 'nothere' --store "$work/nothere/a.db"
refused_sim "a timeline over a folder" 'given' --timeline "$given"
refused_sim "a store that is a pipe" 'not a file' --store "$scratch/pipe"
check "the pipe is still there" test -p "$scratch/pipe"
refused_sim "a store that is a text" 'm\.yaml' --store "$given/m.yaml"
check "and the text is as it was" grep -q '^kind: Deployment' "$given/m.yaml"
refused_sim "a full timeline" 'full|No space' --timeline /dev/full

# A standard output that takes nothing is told of too, in one line.
for format in table json csv; do
	"$plimsoll" sim "${quick[@]}" -o $format >/dev/full 2>"$scratch/err"
	check "a full standard output ($format)" test "$? $(grep -cE 'No space' "$scratch/err")" = '2 1'
	"$plimsoll" sim "${quick[@]}" -o $format >&- 2>"$scratch/err"
	check "a closed standard output ($format)" test "$? $(grep -cvE "$notes" "$scratch/err")" = '2 1'
done
"$plimsoll" help settings >/dev/full 2>"$scratch/err"
check "a full standard output (help)" test "$? $(wc -l <"$scratch/err")" = '2 1'
check "closed standard input and error" eval '"$plimsoll" price aws/us-east-1 >"$scratch/out" <&- 2>&-'
"$plimsoll" sim "${quick[@]}" --timeline "$scratch/timeline.1" >/dev/null 2>&1
"$plimsoll" sim "${quick[@]}" --timeline "$scratch/timeline.2" >&- 2>&- && :
check "no file takes the place of a closed stream" cmp "$scratch/timeline.1" "$scratch/timeline.2"
rm -rf "${work:?}"/*

# cramped NAME PATTERN BLOCKS OPTION FILE: files may have so many kilobytes.
cramped() {
	local unbounded=$plimsoll
	printf '#!/bin/bash\ntrap "" XFSZ\nulimit -f %s\nexec "%s" "$@"\n' "$3" "$plimsoll" >"$scratch/cramped"
	chmod +x "$scratch/cramped"
	plimsoll=$scratch/cramped
	refused_sim "$1" "$2" --until 30d "$4" "$5"
	plimsoll=$unbounded
}
cramped "a store that grows too large" 'store' 8 --store "$work/a.db"
cramped "a timeline that grows too large" 'a\.csv' 8 --timeline "$work/a.csv"
if mkdir "$scratch/small" && mount -t tmpfs -o size=16k none "$scratch/small" 2>/dev/null; then
	trap 'umount "$scratch/small"; rm -rf "$scratch"' EXIT
	refused_sim "a store on a full disk" 'full' --until 30d --store "$scratch/small/a.db"
	check "leaves nothing there" test -z "$(ls -A "$scratch/small")"
	refused_sim "a timeline on a full disk" 'No space' --until 30d --timeline "$scratch/small/a.csv"
	check "leaves nothing there either" test -z "$(ls -A "$scratch/small")"
else
	skip "a full disk: no right to mount one"
fi
finish
