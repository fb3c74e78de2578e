#!/bin/bash
# Files made by a program are what that program makes today.
. tests/lib.sh

if command -v python3 >/dev/null; then
	mkdir "$scratch/vectors"
	cp tests/vectors/gen_vectors.py "$scratch/vectors"
	check "the generator of vectors runs" python3 "$scratch/vectors/gen_vectors.py"
	for file in tests/vectors/ours_*.jsonl; do
		check "$file is what gen_vectors.py makes" cmp "$file" "$scratch/vectors/${file##*/}"
	done
else
	skip "vectors are current: python3 is not here"
fi

"$plimsoll" help man >"$scratch/plimsoll.1"
check "the manual page has a name section" grep -q '^\.SH NAME' "$scratch/plimsoll.1"
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wwarning "$scratch/plimsoll.1" | grep -v "missing date" >"$scratch/lint"
	if [ -s "$scratch/lint" ]; then fail "the manual page lints" "$scratch/lint"; else pass "the manual page lints"; fi
else
	skip "the manual page lints: mandoc is not here"
fi

# The report in the README is what `make demo` prints.
"$plimsoll" sim -f data/examples/shop --load data/loads/online_retail.csv.gz --price aws/us-east-1 --node m5.xlarge:1:20 \
	2>"$scratch/err" | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' >"$scratch/report"
sed -n '/^data\/loads\/online_retail.csv.gz$/,/^```$/p' README.md | sed '$d' >"$scratch/shown"
check "the report in the README is what make demo prints" cmp "$scratch/report" "$scratch/shown"

"$plimsoll" crd >"$scratch/crd.yaml"
check "the custom resource in deploy is what plimsoll crd prints" cmp deploy/controller/crd.yaml "$scratch/crd.yaml"

"$plimsoll" help completion >"$scratch/completion"
check "the completion is bash" bash -n "$scratch/completion"
# Completion of `plimsoll WORD...`, the last word unfinished.
complete_words() {
	bash -c '. "$1"; shift; COMP_WORDS=(plimsoll "$@"); COMP_CWORD=$(($# )); PATH='"$BUILD"':$PATH; compopt() { :; }
		_plimsoll; printf "%s\n" "${COMPREPLY[@]}"' - "$scratch/completion" "$@" >"$scratch/words"
}
complete_words si
check "verbs are completed" grep -qx sim "$scratch/words"
complete_words sim --tim
check "options are completed" grep -qx -- --timeline "$scratch/words"
complete_words sim --set hpa.tol
check "settings are completed" grep -qx hpa.tolerance= "$scratch/words"
complete_words sim --price aws/us-e
check "regions are completed" grep -qx aws/us-east-1 "$scratch/words"
complete_words help set
check "topics of help are completed" grep -qx settings "$scratch/words"
finish
