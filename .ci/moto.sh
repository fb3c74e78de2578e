#!/bin/sh
# moto.sh: AWS's services played by moto, in a Python environment of its own, installed once. Prints its python; `moto.sh
# --there` does so only when it is installed. A python3 that has it already is taken as it is.
set -u
version=5.2.1
place=${PLIMSOLL_MOTO:-$HOME/.cache/plimsoll/moto-$version}

has_moto() {
	"$1" -c 'import boto3, moto.server' 2>/dev/null
}

for python in "$place/bin/python3" python3; do
	if has_moto "$python"; then
		echo "$python"
		exit 0
	fi
done
[ "${1-}" != --there ] || exit 1
rm -rf "$place.new"
python3 -m venv "$place.new" && "$place.new/bin/pip" install --quiet --disable-pip-version-check \
	"moto[server,autoscaling,ec2,iam,sts]==$version" >&2 || exit 1
rm -rf "$place" && mv "$place.new" "$place" && has_moto "$place/bin/python3" && echo "$place/bin/python3"
