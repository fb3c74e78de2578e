#!/bin/sh
# demo.sh BUILD: the shipped shop, two years of its load, on real prices.
set -eu
build=$1
replay() {
	"$build/plimsoll" sim -f data/examples/shop --load data/loads/online_retail.csv.gz --price aws/us-east-1 \
		--node m5.xlarge:1:20 "$@"
}

echo "plimsoll sim -f data/examples/shop --load data/loads/online_retail.csv.gz --price aws/us-east-1 --node m5.xlarge:1:20"
replay --plot "$build/demo.svg"
replay --plot "$build/demo.png" >/dev/null 2>"$build/demo.log" || { cat "$build/demo.log" >&2; exit 1; }
echo
echo "The same as pictures: $build/demo.svg, $build/demo.png"
