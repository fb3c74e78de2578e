#!/bin/bash
# Who may include, and call, whom. Layers are folders; an #include is followed to the file it names, and a public
# header of include/ may be included by all; who calls whom is read from the objects, so that a prototype in a public
# header lets nobody past. The objects of the core and the models may refer to a short list of the C library only.
. tests/lib.sh

# LAYER MAY-USE...; models and core may use no other libraries than are named in `foreign` and `libc`.
layers='
include
models      include
core        include models
loop        include models core
live        include models core loop
sim         include models core loop
io          include models core loop
cmd         include models core loop live sim io
'
# Headers from outside, by layer. What is not listed is refused.
standard='math.h|stdarg.h|stdbool.h|stddef.h|stdint.h|stdio.h|stdlib.h|string.h'
declare -A foreign=(
	[include]="$standard"
	[models]="$standard|gsl/[a-z_]*.h"
	[core]="$standard"
	[loop]="$standard|errno.h"
	[live]="$standard|time.h"
	[sim]="$standard|pthread.h"
	[io]="[a-z_0-9]*.h|(sys|arpa|netinet)/[a-z]*.h|cjson/cJSON.h|curl/curl.h"
	[cmd]="$standard|errno.h|fcntl.h|getopt.h|pthread.h|signal.h|stdatomic.h|time.h|unistd.h|cjson/cJSON.h"
)
# Of the C library, the models and the core may refer to: memory and text, formatting into a buffer, mathematics, exact
# numbers out of text, arithmetic the compiler leaves to its runtime, and the two that an arena is made of.
pure='mem(cpy|move|set|cmp|chr)|str(n?len|n?cmp|c?spn|r?chr|str|tod)|(__)?v?snprintf(_chk)?|(__)?mem(cpy|move|set)_chk'
pure+='|f?abs|floor|ceil|l?l?round|trunc|sqrt|cbrt|exp|exp2|expm1|log|log2|log10|log1p|pow|fmin|fmax|fmod|fma|hypot|erf|erfc|[lt]gamma'
pure+='|nextafter|ldexp|frexp|sin|cos|tan|atan|atan2|__(u?div|u?mod|u?divmod)ti[34]|__float(un)?tidf|__fixu?n?s?dfti|__stack_chk_fail'
pure+='|calloc|free|_GLOBAL_OFFSET_TABLE_'
declare -A libc=([core]="$pure" [models]="$pure|gsl_[a-z_A-Z0-9]*")
# The loop and the simulator may besides allocate and sort; they too have no clock, no files, no output.
libc[loop]="$pure|strtoll|__errno_location|malloc|realloc"
libc[live]="${libc[loop]}|clock_gettime" # alone reads a clock
libc[sim]="$pure|malloc|realloc|qsort|bsearch|pthread_[a-z_]*"

# Layer of a path below the root, an object or a source.
layer_of() {
	case $1 in
	include/*) echo include ;;
	models/*) echo models ;;
	autoscaler/core/*) echo core ;;
	autoscaler/io/*) echo io ;;
	autoscaler/cmd/*) echo cmd ;;
	autoscaler/*/*) echo unknown ;;
	autoscaler/live.*) echo live ;;
	autoscaler/*) echo loop ;;
	sim/*) echo sim ;;
	*) echo unknown ;;
	esac
}

# may LAYER OTHER
may() {
	[ "$1" = "$2" ] || grep -qE "^$1 .*\b$2\b" <<<"$layers"
}

# The file that #include "NAME" of FILE means, below the root: beside it, or in include/.
resolve() {
	local beside
	beside=$(realpath -m --relative-to=. "$(dirname "$1")/$2")
	if [ -e "$beside" ]; then echo "$beside"; elif [ -e "include/$2" ]; then echo "include/$2"; fi
}

# check_includes ROOT: one line for each #include that is against the rules.
check_includes() (
	cd "$1" || exit 1
	find include models autoscaler sim -name '*.[ch]' 2>/dev/null | sort | while read -r file; do
		layer=$(layer_of "$file")
		sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"])([^>"]+)[>"].*/\1\2/p' "$file" | while read -r name; do
			target=
			[ "${name:0:1}" = '<' ] || target=$(resolve "$file" "${name:1}")
			if [ -n "$target" ]; then
				may "$layer" "$(layer_of "$target")" || echo "$file includes $target"
			elif ! grep -qxE "${foreign[$layer]-}" <<<"${name:1}"; then
				echo "$file includes ${name:1}"
			fi
		done
	done
)

# check_symbols FOLDER: one line for each call against the rules, of the objects in FOLDER.
check_symbols() (
	cd "$1" || exit 1
	objects=$(find models autoscaler sim -name '*.o' 2>/dev/null | sort)
	for object in $objects; do
		nm -g --defined-only "$object" | awk -v layer="$(layer_of "$object")" -v object="$object" 'NF == 3 {print $3, layer, object}'
	done >"$scratch/defined"
	for object in $objects; do
		nm -u "$object" | awk -v layer="$(layer_of "$object")" -v object="$object" '{print $2, layer, object}'
	done >"$scratch/undefined"
	awk 'NR == FNR {layer[$1] = $2; next} {print $1, $2, ($1 in layer) ? layer[$1] : "-", $3}' \
		"$scratch/defined" "$scratch/undefined" | while read -r symbol layer owner object; do
		if [ "$owner" != - ]; then
			may "$layer" "$owner" || echo "$object calls $symbol of $owner"
		elif [ -n "${libc[$layer]-}" ] && ! grep -qxE "${libc[$layer]}" <<<"$symbol"; then
			echo "$object refers to $symbol"
		fi
	done
)

# twice_defined FILE...: names that a static library would silently take from one of two objects.
twice_defined() {
	nm --defined-only "$@" | awk '$2 ~ /^[TDRB]$/ {print $3}' | sort | uniq -d
}

# obeys NAME COMMAND...: passes when the command prints nothing.
obeys() {
	name=$1
	shift
	"$@" >"$scratch/found" 2>&1
	if [ -s "$scratch/found" ]; then fail "$name" "$scratch/found"; else pass "$name"; fi
}

# notices NAME LINE COMMAND...: passes when LINE is what the command prints.
notices() {
	name=$1 line=$2
	shift 2
	"$@" >"$scratch/found" 2>&1
	if [ "$(cat "$scratch/found")" = "$line" ]; then pass "$name"; else fail "$name" "$scratch/found"; fi
}

obeys "every #include keeps to its layer" check_includes .
obeys "every call keeps to its layer" check_symbols "$BUILD"
obeys "no two objects define the same name" twice_defined "$BUILD/libplimsoll.a"
check "there were objects to look at" test -s "$BUILD/autoscaler/core/core.o" -a -s "$BUILD/models/smooth.o"

# ---- can it fail? ----

tree() {
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree"/{include,models,sim,autoscaler/{core,io,cmd}}
	touch "$scratch/tree/include/base.h" "$scratch/tree/autoscaler/io/yaml.h" "$scratch/tree/autoscaler/core/nodes.h" \
		"$scratch/tree/sim/world.h"
}

# catches FILE INCLUDED FOUND: a tree with that one #include is refused.
catches() {
	tree
	echo "#include $2" >"$scratch/tree/$1"
	notices "notices that $1 includes $2" "$1 includes $3" check_includes "$scratch/tree"
}

catches autoscaler/core/hpa.c '"../io/yaml.h"' autoscaler/io/yaml.h
catches models/smooth.c '"../autoscaler/core/nodes.h"' autoscaler/core/nodes.h
catches sim/run.c '"../autoscaler/io/yaml.h"' autoscaler/io/yaml.h
catches autoscaler/loop.c '"../sim/world.h"' sim/world.h
catches autoscaler/io/kube.c '"../../sim/world.h"' sim/world.h
catches autoscaler/core/hpa.c '<time.h>' time.h
catches autoscaler/core/hpa.c '<gsl/gsl_math.h>' gsl/gsl_math.h
catches include/plan.h '<cjson/cJSON.h>' cjson/cJSON.h
tree
echo '#include "nodes.h"' >"$scratch/tree/autoscaler/core/nodes.c"
obeys "lets a file include what is beside it" check_includes "$scratch/tree"

# catches_call FILE CODE FOUND: an object of that code is refused.
catches_call() {
	tree
	printf '%s\n' "$2" >"$scratch/tree/code.c"
	echo 'int io_read(void); int io_read(void) { return 1; }' >"$scratch/tree/io.c"
	"${CC:-cc}" -w -fno-builtin -c -o "$scratch/tree/${1%.c}.o" "$scratch/tree/code.c" &&
		"${CC:-cc}" -w -fno-builtin -c -o "$scratch/tree/autoscaler/io/read.o" "$scratch/tree/io.c" &&
		notices "notices that $1 refers to ${3##* }" "${1%.c}.o $3" check_symbols "$scratch/tree"
}

for symbol in time clock_gettime getenv fopen rand random printf puts fwrite malloc; do
	catches_call autoscaler/core/hpa.c "void $symbol(void); void f(void); void f(void) { $symbol(); }" "refers to $symbol"
done
tree
for file in autoscaler/core/nodes models/smooth; do
	echo 'void draw(void); void draw(void) {}' | "${CC:-cc}" -xc -c -o "$scratch/tree/$file.o" -
done
notices "notices a name that is defined twice" draw twice_defined "$scratch"/tree/{autoscaler/core/nodes,models/smooth}.o
catches_call models/rating.c 'long time(long *); long f(void); long f(void) { return time(0); }' 'refers to time'
catches_call sim/run.c 'void clock_gettime(void); void f(void); void f(void) { clock_gettime(); }' 'refers to clock_gettime'
catches_call sim/run.c 'int io_read(void); int f(void); int f(void) { return io_read(); }' 'calls io_read of io'
finish
