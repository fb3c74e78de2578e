# Programs in the background, each by its pid in NAME.pid of the folder one is in. Sourced.

# start NAME COMMAND...
start() {
	local name=$1
	shift
	printf '%q ' "$@" >"$name.command"
	setsid "$@" >>"$name.log" 2>&1 </dev/null &
	echo $! >"$name.pid"
}

# restart NAME: as it was started.
restart() {
	local words
	eval "words=($(cat "$1.command"))"
	start "$1" "${words[@]}"
}

running() {
	[ -s "$1.pid" ] && kill -0 "$(cat "$1.pid")" 2>/dev/null
}

# await NAME COMMAND...: until the command passes, for at most two minutes, and only while NAME runs.
await() {
	local name=$1 deadline=$((SECONDS + 120))
	shift
	until "$@" >/dev/null 2>&1; do
		if ! running "$name" || [ "$SECONDS" -ge "$deadline" ]; then
			echo "$name did not come up; the end of $PWD/$name.log:" >&2
			tail -n 5 "$name.log" >&2
			return 1
		fi
		sleep 0.1
	done
}

# stop NAME...: asked to end, all at once; after ten seconds, made to, one after the other.
stop() {
	local name deadline
	for name; do
		[ "$name" = apiserver ] || [ "$name" = etcd ] || ask "$name" TERM
	done
	for name; do
		deadline=$((SECONDS + 10))
		ask "$name" TERM
		while running "$name" && [ "$SECONDS" -lt "$deadline" ]; do sleep 0.1; done
		slay "$name"
	done
}

slay() {
	local name
	for name; do
		ask "$name" KILL
		while running "$name"; do sleep 0.05; done
		rm -f "$name.pid"
	done
}

ask() {
	! running "$1" || kill -s "$2" "$(cat "$1.pid")" 2>/dev/null || true
}
