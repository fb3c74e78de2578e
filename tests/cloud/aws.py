"""aws.py PORT-FILE: a moto server on 127.0.0.1 that looks at signatures, and scripted Auto Scaling groups in it.

Writes "PORT KEY SECRET" to PORT-FILE when ready. Then commands, a line each, on standard input; each is answered by one line.
  group NAME MIN MAX SIZE TEMPLATE|mixed [KEY=VALUE ...]   an Auto Scaling group with these tags
  fail NAME MESSAGE            its launches have failed, and it has no instances; "fail NAME" alone: they have not
  instances NAME               of a group: "i-1 i-2"
  size NAME                    its desired capacity
  capacity NAME SIZE           set by another hand
  slow on|off                  every call is throttled
  signed on|off                signatures are looked at (on)"""
import json
import os
import sys

os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
import boto3
from moto import settings
from moto.autoscaling.models import autoscaling_backends
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.core.exceptions import ServiceException
from moto.server import ThreadedMotoServer

region = "us-east-1"
failed, state = {}, {"slow": False, "signed": True}


class Throttling(ServiceException):
    code = "Throttling"
    message = "Rate exceeded"


def activities(self):
    name = self._get_param("AutoScalingGroupName")
    told = [{"ActivityId": "1", "AutoScalingGroupName": name, "Description": "Launching a new EC2 instance",
             "Cause": "test", "StatusCode": "Failed", "StatusMessage": failed[name]}] if name in failed else []
    return ActionResult({"Activities": [{"ActivityId": "2", "AutoScalingGroupName": name, "Cause": "test",
                                         "Description": "Terminating EC2 instance", "StatusCode": "Successful"}] + told})


def describe(self, real=AutoScalingResponse.describe_auto_scaling_groups):
    if state["slow"]:
        raise Throttling()
    return real(self)


AutoScalingResponse.describe_scaling_activities = activities
AutoScalingResponse.describe_auto_scaling_groups = describe
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
who = {"region_name": region, "endpoint_url": f"http://127.0.0.1:{port}", "aws_access_key_id": "a", "aws_secret_access_key": "b"}
iam, ec2, asg = (boto3.client(name, **who) for name in ("iam", "ec2", "autoscaling"))
policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [
    "autoscaling:*", "ec2:*", "sts:*"], "Resource": "*"}]})
iam.create_user(UserName="plimsoll")
iam.put_user_policy(UserName="plimsoll", PolicyName="all", PolicyDocument=policy)
key = iam.create_access_key(UserName="plimsoll")["AccessKey"]
iam.create_role(RoleName="plimsoll", AssumeRolePolicyDocument="{}")
iam.put_role_policy(RoleName="plimsoll", PolicyName="all", PolicyDocument=policy)
image = ec2.describe_images()["Images"][0]["ImageId"]
template = ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={
    "ImageId": image, "InstanceType": "m5.large"})["LaunchTemplate"]["LaunchTemplateId"]


def group(name, least, most, size, kind, *tags):
    launch = {"LaunchTemplateId": template, "Version": "$Latest"}
    how = {"LaunchTemplate": launch} if kind == "template" else {"MixedInstancesPolicy": {"LaunchTemplate": {
        "LaunchTemplateSpecification": launch, "Overrides": [{"InstanceType": "c5.xlarge"}, {"InstanceType": "c5.2xlarge"}]}}}
    asg.create_auto_scaling_group(
        AutoScalingGroupName=name, MinSize=int(least), MaxSize=int(most), DesiredCapacity=int(size),
        AvailabilityZones=["us-east-1a"], Tags=[{"ResourceId": name, "ResourceType": "auto-scaling-group",
                                                "PropagateAtLaunch": False, "Key": k, "Value": v}
                                               for k, v in (tag.split("=", 1) for tag in tags)], **how)


def one(name):
    return asg.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"][0]


def obey(command, *args):
    if command == "group":
        group(*args)
    elif command == "fail":
        failed.pop(args[0], None)
        if args[1:]:
            failed[args[0]] = " ".join(args[1:])
            autoscaling_backends["123456789012"][region].autoscaling_groups[args[0]].instance_states = []
    elif command == "instances":
        return " ".join(i["InstanceId"] for i in one(args[0])["Instances"])
    elif command == "size":
        return one(args[0])["DesiredCapacity"]
    elif command == "capacity":
        asg.set_desired_capacity(AutoScalingGroupName=args[0], DesiredCapacity=int(args[1]))
    elif command in state:
        state[command] = args[0] == "on"
    return "ok"


with open(sys.argv[1] + ".new", "w", encoding="ascii") as file:
    file.write(f"{port} {key['AccessKeyId']} {key['SecretAccessKey']}\n")
os.rename(sys.argv[1] + ".new", sys.argv[1])
for line in sys.stdin:
    # What is done by this script is not looked at; what others do is.
    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    answer = obey(*line.split())
    if state["signed"]:
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    print(answer, flush=True)
server.stop()
