#!/bin/bash
# The status page as it is seen: in a browser, on a phone and on a desktop, and /metrics through the format's own parser.
# What wants a tool that is not installed is skipped, or with CI=true, has failed (`make deps-dev` installs them).
. tests/lib.sh

declare -A urls
pids=()
stop_all() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	rm -rf "$scratch"
}
trap stop_all EXIT

# serve CASE: starts a server that shows it; it ends when its input does.
serve() {
	mkfifo "$scratch/$1.in"
	"$BUILD/web_driver" "$1" <"$scratch/$1.in" >"$scratch/$1.url" 2>"$scratch/$1.err" &
	pids+=($!)
	exec {held}>"$scratch/$1.in"
	for ((tries = 0; tries < 600; tries++)); do
		[ ! -s "$scratch/$1.url" ] || break
		sleep 0.05
	done
	urls[$1]=$(cat "$scratch/$1.url")
	[ -n "${urls[$1]}" ] || fail "the page of \"$1\" is served" "$scratch/$1.err"
}

# fetch CASE PATH: the body, by nothing but the shell
fetch() {
	local url=${urls[$1]#http://} line
	exec {socket}<>"/dev/tcp/${url%:*}/${url##*:}" || return 1
	printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&"$socket"
	while read -r line <&"$socket" && [ "$line" != $'\r' ]; do
		case $line in Content-Security-Policy:*) echo "$line" >"$scratch/policy" ;; esac
	done
	cat <&"$socket"
	exec {socket}>&-
}

# without TOOL: it is missing, which only CI minds.
without() {
	if [ "${CI-}" = true ]; then fail "$1 is installed"; else skip "what wants $1"; fi
}

cases=(example many hostile empty)
for shown in "${cases[@]}"; do
	serve "$shown"
	fetch "$shown" /metrics >"$scratch/$shown.metrics"
	fetch "$shown" / >"$scratch/$shown.html"
	check "$shown: /metrics ends as it should" test "$(tail -n 1 "$scratch/$shown.metrics")" = "# EOF"
	check "$shown: / is a whole page" test "$(tail -n 1 "$scratch/$shown.html")" = "</body></html>"
done
check "the page names the pods that keep nodes" grep -qF \
	'<summary>11 nodes kept by pods</summary><p>ip-10-0-3-17: shop/<wbr>db-0 has local storage</p>' "$scratch/example.html"
check "a page of 1,000 autoscalers is below a megabyte" test "$(stat -c %s "$scratch/many.html")" -lt 1000000

# ---- the metrics ----

python=
for candidate in python3 /usr/bin/python3; do
	"$candidate" -c 'import prometheus_client' 2>/dev/null && python=$candidate && break
done
if [ -n "$python" ]; then
	for shown in "${cases[@]}"; do
		check "$shown: OpenMetrics" "$python" tests/web/openmetrics.py <"$scratch/$shown.metrics"
	done
	sed '$d' "$scratch/example.metrics" >"$scratch/cut"
	refuse "notices a text that was cut" "$python" tests/web/openmetrics.py <"$scratch/cut"
else
	without python3-prometheus-client
fi

# ---- the page ----

wanted() {
	sed -n '/<style>/,/<\/style>/p' "$scratch/example.html" | tr -d '\n' | sed 's/.*<style>//; s/<\/style>.*//' |
		openssl dgst -sha256 -binary | base64
}
if command -v openssl >/dev/null; then
	echo "page_style_hash should be sha256-$(wanted)" >"$scratch/wanted"
	if grep -qF "'sha256-$(wanted)'" "$scratch/policy"; then
		pass "the policy lets the page's own style through"
	else
		fail "the policy lets the page's own style through" "$scratch/wanted"
	fi
else
	without openssl
fi

# What browser.py says of each thing it looked at.
count_lines() {
	local line
	while read -r line; do
		case $line in
		"ok - "*) pass "${line#ok - }" ;;
		*) fail "${line#FAILED - }" ;;
		esac
	done <"$scratch/browser"
}

if ! command -v chromium >/dev/null || ! command -v python3 >/dev/null; then
	without chromium
else
	pictures=${SCREENSHOTS:-$scratch/pictures}
	mkdir -p "$pictures"
	pages=()
	for shown in "${cases[@]}"; do pages+=("$shown=${urls[$shown]}"); done
	if HOME=$scratch python3 tests/web/browser.py "$pictures" "${pages[@]}" >"$scratch/browser" 2>"$scratch/browser.err"; then
		pass "the browser looked at every page"
	else
		fail "the browser looked at every page" "$scratch/browser.err" "$pictures/chromium.log"
	fi
	count_lines
fi
finish
