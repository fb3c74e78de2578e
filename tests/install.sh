#!/bin/bash
# `make install` puts a program that works, with its data, where PREFIX and DESTDIR say.
. tests/lib.sh

root=$scratch/root
mkdir "$scratch/build"
cp -a "$BUILD/autoscaler" "$BUILD/models" "$BUILD/sim" "$BUILD/flags" "$scratch/build" # another PREFIX rebuilds one file
check "make install" make --no-print-directory BUILD="$scratch/build" install DESTDIR="$root" PREFIX=/opt/x
installed=$root/opt/x
for file in bin/plimsoll share/man/man1/plimsoll.1 share/bash-completion/completions/plimsoll \
	share/plimsoll/data/prices/aws_instances.csv share/plimsoll/data/loads/online_retail.csv.gz \
	share/plimsoll/data/examples/shop/web.yaml share/doc/plimsoll/LICENSE; do
	check "installs $file" test -s "$installed/$file"
done
for file in plots/*.gp; do
	[ ! -e "$file" ] || check "installs $file" test -s "$installed/share/plimsoll/$file"
done
check "nothing is installed elsewhere" test "$(ls "$root" "$root/opt" | tr '\n' ' ')" = "$root: opt  $root/opt: x "
check "the program finds its prices where it was moved to" env -C / "$installed/bin/plimsoll" price aws/us-east-1
check "and replays what was installed" env -C "$installed/share/plimsoll" "$installed/bin/plimsoll" sim \
	-f data/examples/shop --load data/loads/online_retail.csv.gz --price aws/us-east-1 --until 2d
check "make uninstall" make --no-print-directory uninstall DESTDIR="$root" PREFIX=/opt/x
check "and nothing is left" test -z "$(find "$root" -type f)"
finish
