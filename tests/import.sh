#!/bin/bash
# `plimsoll import`: from a real Prometheus with two weeks in it, from one that behaves badly, from CSV, from snapshots of
# the metrics API. Without Prometheus, only the latter; with CI=true it must be there (`make deps-dev` installs it).
. tests/lib.sh
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY PROMETHEUS_TOKEN PROMETHEUS_PASSWORD
pids=()
stop_all() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
	rm -rf "$scratch"
}
trap stop_all EXIT
out=$scratch/load.csv

# import SOURCE ARGUMENT...: to $out; its messages to $scratch/err, its exit status to $status.
import() {
	rm -f "$out"
	"$plimsoll" import "$@" -o "$out" >"$scratch/out" 2>"$scratch/err"
	status=$?
}

# gives NAME FILE SOURCE ARGUMENT...: exactly the load in FILE.
gives() {
	name=$1 wanted=$2
	shift 2
	import "$@"
	if [ "$status" -eq 0 ] && cmp -s "$wanted" "$out"; then pass "$name"; else fail "$name: exit $status" "$scratch/err" "$out"; fi
}

# refuses NAME PATTERN SOURCE ARGUMENT...: exit 2, one message that matches, nothing written.
refuses() {
	name=$1 pattern=$2
	shift 2
	import "$@"
	if [ "$status" -eq 2 ] && [ ! -s "$scratch/out" ] && tail -n 1 "$scratch/err" | grep -qE "^plimsoll import.*: .*$pattern" &&
		[ "$(grep -c '^plimsoll' "$scratch/err")" -eq 1 ] && ! compgen -G "$out*" >/dev/null; then
		pass "$name"
	else
		fail "$name: exit $status" "$scratch/err" "$out"
	fi
}

# ---- CSV ----

cat >"$scratch/vm.csv" <<'END'
when;app;pod;cpu use;ram;hits;queue
01.11.2026 01:05;web;a;100;100;120;7
01.11.2026 01:00;web;a;50;100;60;
01.11.2026 01:00;web;b;50;50;0;5
01.11.2026 01:10;web;a;;100;120;1
01.11.2026 01:15;web;a;100;100;120;1
END
cat >"$scratch/wanted" <<'END'
time,workload,cpu,memory,requests,queue
2026-11-01T00:00:00Z,web,1,157286400,1,5
2026-11-01T00:05:00Z,web,1,104857600,2,7
2026-11-01T00:10:00Z,web,0,104857600,2,1
2026-11-01T00:15:00Z,web,1,104857600,2,1
END
vm=("$scratch/vm.csv" --delimiter ';' --time when --time-format '%d.%m.%Y %H:%M' --zone +01:00 --workload app
	--cpu 'cpu use:percent' --memory ram:MiB)
gives "CSV: columns, units, a zone, pods of a workload, a gap" "$scratch/wanted" \
	csv "${vm[@]}" --pod pod --requests hits:per-minute --metric queue=queue
gzip -k "$scratch/vm.csv"
gives "CSV: gzip" "$scratch/wanted" csv "$scratch/vm.csv.gz" "${vm[@]:1}" --pod pod --requests hits:per-minute --metric queue=queue
printf '%s\n' time,workload,cpu 2026-11-01T00:00:00Z,web,0.5 2026-11-01T00:01:00Z,web,1 >"$scratch/wanted"
printf '%s\n' t,c 2026-11-01T00:00:00Z,250m 2026-11-01T00:00:30Z,750m 2026-11-01T00:01:00Z,1 >"$scratch/small.csv"
sed -i 's/,web//; s/,workload//' "$scratch/wanted"
gives "CSV: a step has the mean over time" "$scratch/wanted" csv "$scratch/small.csv" --time t --cpu c --step 1m
refuses "CSV: two values at one time" "lines 3 and 4: 'web' has two values" csv "${vm[@]}"
refuses "CSV: no such column" "vm.csv:1: there is no column 'App'" csv "${vm[@]}" --workload App
refuses "CSV: no such unit" "allowed units: cores, millicores" csv "${vm[@]}" --cpu 'cpu use:horses'
refuses "CSV: a time of another form" "vm.csv:2: column when: '01.11.2026 01:05' is no time like" csv "${vm[@]}" --time-format %Y
refuses "CSV: a number that is none" "vm.csv:2: cpu: 'web' is no number" csv "${vm[@]}" --pod pod --cpu app
refuses "CSV: no file" "No such file" csv "$scratch/nothing" --cpu c
refuses "CSV: no load" "a load has cpu or requests" csv "$scratch/small.csv" --time t --memory c

# ---- snapshots of the metrics API ----

# snapshot TIME POD=CPU...: of namespace shop
snapshot() {
	printf '{"kind":"PodMetricsList","items":['
	comma=
	for pod in "${@:2}"; do
		printf '%s{"metadata":{"namespace":"shop","name":"%s"},"timestamp":"%s","window":"15s","containers":[{"name":"c","usage":{"cpu":"%s","memory":"1Mi"}}]}' \
			"$comma" "${pod%=*}" "$1" "${pod#*=}"
		comma=,
	done
	printf ']}\n'
}
{
	snapshot 2026-11-01T00:01:00Z web-7d4b9c6f8d-x2k9p=100m web-7d4b9c6f8d-bz5w7=200000000n db-0=1
	snapshot 2026-11-01T00:00:00Z web-7d4b9c6f8d-x2k9p=100m db-0=1
} >"$scratch/a.json"
{
	snapshot 2026-11-01T00:02:00Z web-7d4b9c6f8d-x2k9p=100m | python3 -m json.tool 2>/dev/null ||
		snapshot 2026-11-01T00:02:00Z web-7d4b9c6f8d-x2k9p=100m
} >"$scratch/b.json"
cat >"$scratch/wanted" <<'END'
time,workload,cpu,memory
2026-11-01T00:00:00Z,shop/db,1,1048576
2026-11-01T00:01:00Z,shop/db,1,1048576
2026-11-01T00:02:00Z,shop/db,0,0
2026-11-01T00:00:00Z,shop/web,0.1,1048576
2026-11-01T00:01:00Z,shop/web,0.3,2097152
2026-11-01T00:02:00Z,shop/web,0.1,1048576
END
gives "snapshots in several files and in any order" "$scratch/wanted" metrics-json "$scratch/a.json" "$scratch/b.json"
head -c 500 "$scratch/a.json" >"$scratch/cut.json"
refuses "a snapshot that is cut" "ends within document 1" metrics-json "$scratch/cut.json"
echo '{"kind":"PodList"}' >"$scratch/pods.json"
refuses "another list" "document 1: kind: PodList: must be PodMetricsList" metrics-json "$scratch/pods.json"
refuses "no recording" "is not a database" record "$scratch/vm.csv"
refuses "no file to record from" "unable to open" record "$scratch/nothing.db"
refuses "no source" "allowed is prometheus, csv, metrics-json or record" nothing
mapfile -t many < <(for i in $(seq 65); do printf '%s\n' --map "pod:web-$i=shop/web"; done)
refuses "more mappings than there is room for" "--map may be given 64 times" prometheus http://127.0.0.1:1 "${many[@]}"

# ---- Prometheus ----

if ! command -v prometheus >/dev/null || ! command -v promtool >/dev/null || ! command -v python3 >/dev/null; then
	if [ "${CI-}" = true ]; then fail "prometheus is installed"; else skip "what wants prometheus"; fi
	finish
fi
if ! python3 tests/import_data.py 1793491200 >"$scratch/metrics" ||
	! promtool tsdb create-blocks-from --max-block-duration=400h openmetrics "$scratch/metrics" "$scratch/data" >"$scratch/log" 2>&1; then
	fail "two weeks are backfilled" "$scratch/log"
	finish
fi

# await COMMAND...
await() {
	for ((tries = 0; tries < 600; tries++)); do
		"$@" 2>/dev/null && return
		sleep 0.05
	done
	return 1
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$scratch/key" -out "$scratch/cert" \
	-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
echo 'global: {scrape_interval: 1m}' >"$scratch/prometheus.yml"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/data" --storage.tsdb.retention.time=100y \
	--web.listen-address="127.0.0.1:$port" >"$scratch/prometheus.log" 2>&1 &
pids+=($!)
url=http://127.0.0.1:$port
mkfifo "$scratch/in"
python3 tests/import_server.py "$scratch/bad" "$url" <"$scratch/in" &
pids+=($!)
python3 tests/import_server.py "$scratch/tls" "$url" "$scratch/cert" "$scratch/key" <"$scratch/in" &
pids+=($!)
exec {held}>"$scratch/in"
if ! await grep -q "Server is ready" "$scratch/prometheus.log" || ! await test -s "$scratch/bad" || ! await test -s "$scratch/tls"; then
	fail "Prometheus starts" "$scratch/prometheus.log"
	finish
fi
bad=http://127.0.0.1:$(cat "$scratch/bad")
tls=https://127.0.0.1:$(cat "$scratch/tls")

# totals: workload, rows, and the sum of each further column.
totals() {
	awk -F, 'NR > 1 {rows[$2]++; for (c = 3; c <= NF; c++) sum[$2, c] += $c}
		END {for (w in rows) {printf "%s %d", w, rows[w]; for (c = 3; c <= NF; c++) printf " %.4f", sum[w, c]; print ""}}' "$out" | sort
}

# sums NAME LINES SOURCE ARGUMENT...: what totals tells of the load.
sums() {
	name=$1 wanted=$2
	shift 2
	import "$@"
	if [ "$status" -eq 0 ] && [ "$(totals)" = "$wanted" ]; then
		pass "$name"
	else
		{ [ "$status" -ne 0 ] || totals; } >"$scratch/totals"
		fail "$name: exit $status" "$scratch/err" "$scratch/totals"
	fi
}

weeks=(--from 2026-11-01 --until 2026-11-15)
gauge=(--cpu 'sum by (namespace, pod) (cpu_cores)')
# A rate of 4 minutes begins with its second point, at a quarter and a half of itself.
sums "two weeks: two pods of a Deployment, a StatefulSet, one that comes half-way; counters that start again" \
	"new/late 10080 2520.0000 25193.7500
shop/db 20160 30240.0000 100787.5000
shop/web 20160 6013.5000 604465.0000" prometheus "$url" "${weeks[@]}" "${gauge[@]}" --counter http_requests_total
check "the gap is told" grep -q "1 gap without a value, the longest 1h55m from 2026-11-04T00:05:00Z of shop/web" "$scratch/err"
check "the gap is no demand" test "$(grep -c '2026-11-04T0[01]:.*shop/web,0,30$' "$out")" -eq 115
sums "alone, a gap is one row" "shop/web 20046 6013.5000" prometheus "$url" "${weeks[@]}" "${gauge[@]}" --only web
sums "held, it is none" "shop/web 20045 6013.5000" prometheus "$url" "${weeks[@]}" "${gauge[@]}" --only 'shop/w*' --gaps hold
web=(--cpu 'sum by (namespace, pod) (cpu_cores{pod=~"web-.*"})')
sums "where the query found nothing at all, the value before is kept" "shop/web 20160 6048.0000" prometheus "$url" "${weeks[@]}" "${web[@]}"
check "that is told" grep -q '1 gap without a value, of at most 5m or in which nothing was measured: the value before was kept' "$scratch/err"
sums "or it is no demand" "shop/web 20046 6013.5000" prometheus "$url" "${weeks[@]}" "${web[@]}" --gaps zero
refuses "no such word for gaps" "allowed is auto, zero or hold" prometheus "$url" "${weeks[@]}" "${web[@]}" --gaps none
sums "21,600 points in pages of 11,000" "shop/db 21600 32400.0000
shop/web 21600 6480.0000" prometheus "$url" --from 2026-11-02 --until 2026-11-02T06:00 --step 1s "${gauge[@]}"
sums "pages that are too much for the server are made smaller" "shop/db 21600 32400.0000
shop/web 21600 6480.0000" prometheus "$bad/small" --from 2026-11-02 --until 2026-11-02T06:00 --step 1s "${gauge[@]}"
day=(--from 2026-11-02 --until 2026-11-03)
sums "a mapping" "a/b 1440 2592.0000" prometheus "$url" "${day[@]}" "${gauge[@]}" --map 'pod:*=a/b'
printf 'label,value,workload\npod,db-*,-\npod,web-*,x/y\n' >"$scratch/map.csv"
sums "a mapping in a file" "x/y 1440 432.0000" prometheus "$url" "${day[@]}" "${gauge[@]}" --map "$scratch/map.csv"
sums "a label" "db-0 1440 2160.0000" prometheus "$url" "${day[@]}" --label host \
	--cpu 'label_replace(cpu_cores{pod="db-0"}, "host", "$1", "pod", "(.*)")' --namespace-label nothing
import prometheus "$url" "${day[@]}" --cpu 'sum(cpu_cores)'
check "a plain sum has no workload" test "$(head -n 2 "$out" | tail -n 1)" = "2026-11-02T00:00:00Z,1.8"
import prometheus "$url" "${day[@]}" --cpu 'cpu_cores' --query 'queue=http_requests_total'
check "a metric of any name" test "$(head -n 1 "$out")" = "time,workload,cpu,queue"
"$plimsoll" import prometheus "$url" "${day[@]}" "${gauge[@]}" -o "$scratch/day.csv.gz" 2>/dev/null
"$plimsoll" import prometheus "$url" "${day[@]}" "${gauge[@]}" -o - >"$scratch/day.csv" 2>/dev/null
check "gzip and standard output hold the same" cmp <(gzip -dc "$scratch/day.csv.gz") "$scratch/day.csv"
check "the load can be simulated" "$plimsoll" sim -f tests/import.yaml --load "$scratch/day.csv.gz" --price aws/us-east-1
long=$(printf '+ 0 * cpu_cores %.0s' {1..300})
sums "a long query, by POST" "shop/db 1440 2160.0000
shop/web 1440 432.0000" prometheus "$bad/post" "${day[@]}" --cpu "cpu_cores $long"

# ---- a server that behaves badly ----

one="shop/db 1440 2160.0000
shop/web 1440 432.0000"
sums "503, then an answer" "$one" prometheus "$bad/busy" "${day[@]}" "${gauge[@]}"
sums "an answer that broke off, then a whole one" "$one" prometheus "$bad/halfonce" "${day[@]}" "${gauge[@]}"
refuses "503 all the time" "cpu: .*503 Service Unavailable" prometheus "$bad/down" "${day[@]}" "${gauge[@]}" --retries 1
refuses "half an answer all the time" "cpu: " prometheus "$bad/half" "${day[@]}" "${gauge[@]}" --retries 1
refuses "no answer in time" "cpu: " prometheus "$bad/hang" "${day[@]}" "${gauge[@]}" --timeout 1s
refuses "a login page" "is not valid JSON" prometheus "$bad/html" "${day[@]}" "${gauge[@]}"
refuses "times that were not asked for" "is of a time that was not asked for" prometheus "$bad/other" "${day[@]}" "${gauge[@]}"
refuses "nobody is there" "onnect" prometheus http://127.0.0.1:1 "${day[@]}" "${gauge[@]}" --retries 0
refuses "another server" "404 Not Found" prometheus "$url/elsewhere" "${day[@]}" "${gauge[@]}"
refuses "no URL" "is not a URL" prometheus nonsense "${day[@]}" "${gauge[@]}"

# ---- what is asked ----

refuses "a query that is none" "400 Bad Request: .*parse error" prometheus "$url" "${day[@]}" --cpu 'sum(('
refuses "a query that gives nothing" "cpu: the query gives nothing" prometheus "$url" "${day[@]}" --cpu nothing
refuses "a negative value" "'shop/web' at 2026-11-02T00:00:00Z: -0.8 is negative" prometheus "$url" "${day[@]}" --cpu 'cpu_cores - 1'
refuses "an infinite value" "is no finite number" prometheus "$url" "${day[@]}" --cpu 'cpu_cores / 0'
refuses "a window of one scrape" "a rate wants 4 scrape intervals" prometheus "$url" "${day[@]}" --counter http_requests_total --window 1m
refuses "series that nothing names" "has none of the labels host" prometheus "$url" "${day[@]}" --cpu cpu_cores --label host
refuses "an offset from nothing" "is long ago" prometheus "$url" --from 14d "${gauge[@]}"
refuses "an end before the start" "the end must come after the start" prometheus "$url" --from 2026-11-03 --until 2026-11-02 "${gauge[@]}"

# ---- who asks ----

echo s3cret-token >"$scratch/token"
echo s3cret >"$scratch/password"
sums "a token from a file" "$one" prometheus "$bad/auth" "${day[@]}" "${gauge[@]}" --token-file "$scratch/token"
PROMETHEUS_TOKEN=s3cret-token sums "a token from the environment" "$one" prometheus "$bad/auth" "${day[@]}" "${gauge[@]}"
sums "a password" "$one" prometheus "$bad/auth" "${day[@]}" "${gauge[@]}" --user me --password-file "$scratch/password"
refuses "no token" "401 Unauthorized" prometheus "$bad/auth" "${day[@]}" "${gauge[@]}"
echo wr0ng >"$scratch/token"
refuses "a wrong token" "401 Unauthorized" prometheus "$bad/auth" "${day[@]}" "${gauge[@]}" --token-file "$scratch/token"
check "which is in no message" test "$(grep -c wr0ng "$scratch/err")" -eq 0
refuses "a password in a URL" "must not hold a user or a password" prometheus "http://me:s3cret@127.0.0.1:1" "${day[@]}"
check "which is in no message, either" test "$(grep -c s3cret "$scratch/err")" -eq 0
refuses "a token over plain HTTP to elsewhere" "credentials are only sent over https" prometheus http://prometheus.invalid \
	"${day[@]}" "${gauge[@]}" --token-file "$scratch/token"

# ---- TLS ----

sums "TLS, with its authority" "$one" prometheus "$tls/x" "${day[@]}" "${gauge[@]}" --ca "$scratch/cert"
refuses "TLS, with an authority that nobody knows" "ertificate" prometheus "$tls/x" "${day[@]}" "${gauge[@]}" --retries 0
sums "TLS, unverified because it was said so" "$one" prometheus "$tls/x" "${day[@]}" "${gauge[@]}" --insecure
finish
