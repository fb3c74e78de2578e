#!/bin/bash
# The driver for EC2 Auto Scaling groups against moto, which plays AWS and looks at every signature. Without moto it is
# skipped, or with CI=true, has failed (`make deps-dev` installs it).
. tests/lib.sh
driver=$BUILD/cloud_driver
pids=()
stop_all() {
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	rm -rf "$scratch"
}
trap stop_all EXIT
trap 'exit 1' INT TERM

python=$(.ci/moto.sh --there)
if [ -z "$python" ]; then
	if [ "${CI-}" = true ]; then fail "moto is installed"; else pass "nothing to try" && skip "Auto Scaling groups: no moto"; fi
	finish
fi

# ---- AWS, and the driver, each with its own pipe for commands and for answers ----

mkfifo "$scratch/aws.in" "$scratch/aws.out" "$scratch/driver.in" "$scratch/driver.out"
"$python" tests/cloud/aws.py "$scratch/aws" <"$scratch/aws.in" >"$scratch/aws.out" 2>"$scratch/aws.err" &
pids+=($!)
exec 3>"$scratch/aws.in" 4<"$scratch/aws.out"
for ((tries = 0; tries < 600; tries++)); do
	if [ -s "$scratch/aws" ] || ! kill -0 "${pids[0]}" 2>/dev/null; then break; fi
	sleep 0.1
done
if ! read -r port key secret <"$scratch/aws"; then
	fail "moto starts" "$scratch/aws.err"
	finish
fi

aws() {
	echo "$*" >&3
	read -r -t 30 answer <&4 && echo "$answer"
}

# clean: no credentials but those that follow
clean=(env -u AWS_PROFILE -u AWS_SESSION_TOKEN -u AWS_ROLE_ARN -u AWS_WEB_IDENTITY_TOKEN_FILE -u AWS_ACCESS_KEY_ID
	-u AWS_SECRET_ACCESS_KEY HOME="$scratch")
keys=("AWS_ACCESS_KEY_ID=$key" "AWS_SECRET_ACCESS_KEY=$secret")
here=aws-asg:region=us-east-1,endpoint=http://127.0.0.1:$port,data=data

# open_driver CONFIG [VARIABLE=VALUE ...]: one that takes commands.
open_driver() {
	local config=$1
	shift
	"${clean[@]}" "$@" "$driver" - "$config" <"$scratch/driver.in" >"$scratch/driver.out" 2>"$scratch/driver.err" &
	pids+=($!)
	exec 5>"$scratch/driver.in" 6<"$scratch/driver.out"
	hear
}
close_driver() {
	exec 5>&- 6<&-
	wait "${pids[-1]}" 2>/dev/null
}
# The answer so far as "ok" or "error", into $scratch/heard.
hear() {
	: >"$scratch/heard"
	while read -r -t 30 line <&6; do
		echo "$line" >>"$scratch/heard"
		case $line in ok | error:*) return ;; esac
	done
}
ask() {
	echo "$*" >&5
	hear
}

# once CONFIG COMMAND [VARIABLE=VALUE ...]: a driver for that command only; everything it said is in $scratch/heard.
once() {
	local config=$1 command=$2
	shift 2
	echo "$command" | "${clean[@]}" "$@" "$driver" - "$config" 2>&1 | sed 's/^ *//' >"$scratch/heard"
}

heard() {
	grep -qxF -- "$1" "$scratch/heard"
}
# says NAME LINE...: each is a line of what was heard.
says() {
	local name=$1 line
	shift
	for line; do
		if ! heard "$line"; then
			echo "wanted: $line" >>"$scratch/heard"
			fail "$name" "$scratch/heard" "$scratch/driver.err"
			return
		fi
	done
	pass "$name"
}
matches() {
	if grep -qE -- "$2" "$scratch/heard"; then pass "$1"; else fail "$1" "$scratch/heard" "$scratch/driver.err"; fi
}
is() {
	if [ "$2" = "$3" ]; then pass "$1"; else echo "found '$2', wanted '$3'" >"$scratch/odd" && fail "$1" "$scratch/odd"; fi
}
enabled=k8s.io/cluster-autoscaler/enabled=true
template=k8s.io/cluster-autoscaler/node-template
aws group web 1 4 2 template "$enabled" team=shop "$template/label/pool=web" "$template/taint/dedicated=web:NoSchedule" >/dev/null
aws group batch 0 10 0 template "$enabled" "$template/resources/memory=6Gi" >/dev/null
aws group mixed 0 3 0 mixed team=shop >/dev/null
aws group other 0 3 1 template >/dev/null

# ---- found ----

open_driver "$here" "${keys[@]}"
says "it opens with keys of the environment" ok
ask groups
says "groups are found by the tag of cluster-autoscaler" "group 0 web asg/web 1 4 2" "group 1 batch asg/batch 0 10 0" ok
if grep -qE '^group [0-9]+ (other|mixed) ' "$scratch/heard"; then fail "and others are left alone" "$scratch/heard"; else pass "and others are left alone"; fi
says "a node of it is like those it has, and as its tags say" "type m5.large" "zone us-east-1a" "label pool=web" \
	"taint dedicated=web:NoSchedule" "label topology.kubernetes.io/zone=us-east-1a" "label kubernetes.io/arch=amd64"
matches "its size is that of the price list, less what is reserved" '^fresh 19[0-9]0 [67][0-9]{9} 29$'
matches "without a node, by its launch template, and tags go before" '^fresh 19[0-9]0 6442450944 29$'
read -r first second <<<"$(aws instances web)"
ask of "aws:///us-east-1a/$first" node-1
says "an instance is of its group" 0 ok
ask of "aws:///us-east-1a/i-0123456789" node-1
says "one that is not known is of none" -1 ok
ask of "gce://project/zone/$first" node-1
says "nor is one of another cloud" -1 ok

# ---- grown ----

ask resize web 2 3
says "it grows" ok
is "to the size that was asked for" "$(aws size web)" 3
ask resize web 2 3
says "twice is once" ok
ask resize web 2 4
says "not from a size that it no longer has" "error: its size is 3 by now, not 2"
ask resize web 3 5
says "not beyond its greatest size" "error: a size of 5: allowed is 1 to 4"
ask resize nowhere 0 1
says "not one that is gone" "error: there is no such group any more"
is "nothing of that was done" "$(aws size web)" 3

# ---- this very instance ----

ask remove web "aws:///us-east-1a/$second" node-2
says "an instance goes" ok
is "its group is one smaller" "$(aws size web)" 2
case " $(aws instances web) " in
*" $second "*) fail "it is this one" ;;
*" $first "*) pass "it is this one" ;;
*) fail "it is this one" ;;
esac
ask remove web "aws:///us-east-1a/$second" node-2
says "twice is once" ok
is "and the group has lost but one" "$(aws size web)" 2
aws capacity web 1 >/dev/null
read -r last _ <<<"$(aws instances web)"
ask remove web "aws:///us-east-1a/$last" node-1
says "not below its least size" "error: its group is at its least size, 1"
ask remove web "test:///$last" node-1
matches "nor what is no instance" '^error: .*names no instance of EC2$'

# ---- in trouble ----

aws capacity batch 2 >/dev/null
aws fail batch "We currently do not have sufficient m5.large capacity" >/dev/null
ask groups
says "a group whose launches fail says so" "trouble a launch failed: We currently do not have sufficient m5.large capacity"
aws fail batch >/dev/null
ask groups
if grep -q '^trouble' "$scratch/heard"; then fail "until they do not" "$scratch/heard"; else pass "until they do not"; fi
aws slow on >/dev/null
ask groups
says "being throttled is an error in words" "error: autoscaling DescribeAutoScalingGroups: 400 Throttling: Rate exceeded"
aws slow off >/dev/null
ask groups
says "and over when it is" ok
close_driver

# ---- chosen otherwise ----

once "$here,tag=team=shop" groups "${keys[@]}"
says "by other tags" "group 0 web asg/web 1 4 1" "group 1 mixed asg/mixed 0 3 0" ok
says "an override's type is what a mixed group has" "type c5.xlarge"
once "$here,name=other" groups "${keys[@]}"
says "by name" "group 0 other asg/other 0 3 1" ok
once "$here,name=othr" groups "${keys[@]}"
says "a slip of the pen is told" "error: there is no Auto Scaling group 'othr' in us-east-1"
for i in $(seq 105); do aws group "many-$i" 0 1 0 template many=yes >/dev/null; done
once "$here,tag=many" groups "${keys[@]}"
is "over several pages" "$(grep -c '^group' "$scratch/heard")" 105

# ---- who one is ----

mkdir "$scratch/.aws"
printf '[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n# a comment\n[test]\naws_access_key_id=%s\naws_secret_access_key = %s\n' \
	"$key" "$secret" >"$scratch/.aws/credentials"
once "$here" groups AWS_PROFILE=test
says "a profile of the shared file" "group 0 web asg/web 1 4 1" ok
once "$here" groups AWS_PROFILE=none
matches "one that is not in it" '^error: .*\[none\] has no aws_access_key_id'
wrong=SECRETSECRETSECRETSECRETSECRETSECRETSECR
once "$here" groups "AWS_ACCESS_KEY_ID=$key" "AWS_SECRET_ACCESS_KEY=$wrong"
matches "a wrong secret is refused, by its signature" '^error: autoscaling DescribeAutoScalingGroups: 403 SignatureDoesNotMatch'
refuse "and is not in the message" grep -q "$wrong" "$scratch/heard"
once "$here" groups AWS_ACCESS_KEY_ID=AKIAWRONGWRONGWRONG "AWS_SECRET_ACCESS_KEY=$wrong"
matches "a wrong key is refused" '^error: autoscaling DescribeAutoScalingGroups: 403 '
refuse "and neither is in the message" grep -qE "$wrong|AKIAWRONG" "$scratch/heard"
echo token-of-a-pod >"$scratch/token"
aws signed off >/dev/null # one who asks for a session has none yet
once "$here" groups AWS_ROLE_ARN=arn:aws:iam::123456789012:role/plimsoll "AWS_WEB_IDENTITY_TOKEN_FILE=$scratch/token"
says "a web identity" "group 0 web asg/web 1 4 1" ok
aws signed on >/dev/null
once "$here" groups AWS_ROLE_ARN=arn:aws:iam::123456789012:role/plimsoll "AWS_WEB_IDENTITY_TOKEN_FILE=$scratch/none"
matches "without its token" '^error: AWS_WEB_IDENTITY_TOKEN_FILE: .*none: No such file'
rm -r "$scratch/.aws"
once "$here" groups
matches "nobody at all" '^error: no credentials of AWS'

# ---- the configuration ----

for wrong in aws-asg aws-asg:region aws-asg:region=us/east aws-asg:region=us-east-1,colour=red "$here,name=a,tag=b"; do
	once "$wrong" groups "${keys[@]}"
	matches "refuses $wrong" '^error: '
done
once "aws-asg:region=us-east-1,endpoint=http://192.0.2.1:80" groups "${keys[@]}"
matches "keys go over https only" '^error: .*credentials are only sent over https'
finish
