#!/bin/sh
# packages.sh COMMAND...: runs it (an installation of packages) with a policy that keeps Debian from starting services:
# its containerd is not ours. A policy that is there already is left in place.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] && [ -w /usr/sbin ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod +x "$policy"
fi
"$@"
