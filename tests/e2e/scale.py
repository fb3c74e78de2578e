"""scale.py DIR COMMAND ...: the objects and the measures of scale.sh.

deployments NAMESPACE COUNT REPLICAS     COUNT Deployments, and waits until all their pods are ready
replicas NAMESPACE COUNT REPLICAS        those that have others are given so many, and it waits in the same way
scalers NAMESPACE COUNT KIND MAX         an HPA or an Autoscaler for each
delays NAMESPACE COUNT SINCE             of the first write of each scale since then: how many, first, median, 95th of 100, last
"""
import concurrent.futures
import statistics
import sys
import time

import audit
import kube

folder, command, namespace, count, *rest = sys.argv[1:]
count = int(count)
api = kube.Api(folder)
APPS = f"/apis/apps/v1/namespaces/{namespace}/deployments"


def deployment(i, replicas):
    labels = {"app": f"web-{i}"}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"web-{i}"}, "spec": {
        "replicas": replicas, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {
            "terminationGracePeriodSeconds": 0, "containers": [
                {"name": "c", "image": "none", "resources": {"requests": {"cpu": "500m", "memory": "16Mi"}}}]}}}}


def scaler(i, kind, most):
    group = "plimsoll.dev/v1alpha1" if kind == "Autoscaler" else "autoscaling/v2"
    return {"apiVersion": group, "kind": kind, "metadata": {"name": f"web-{i}"}, "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"web-{i}"}, "minReplicas": 1,
        "maxReplicas": most, "metrics": [{"type": "Resource", "resource": {
            "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}}]}}


def make(path, bodies):
    def one(body):
        status, answer = api.ask("POST", path, body)
        if status not in (201, 409):
            sys.exit(f"{path}: {status} {answer}")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, bodies))


def set_replicas(replicas):
    def one(name):
        api.ask("PATCH", f"{APPS}/{name}", {"spec": {"replicas": replicas}})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, [d["metadata"]["name"] for d in api.get(APPS)["items"] if d["spec"]["replicas"] != replicas]))


def ready_within(seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        items = api.get(APPS)["items"]
        if sum(d.get("status", {}).get("readyReplicas", 0) == d["spec"]["replicas"] for d in items) == count:
            return
        time.sleep(10)
    sys.exit(f"not all Deployments are ready within {seconds} s")


def delays(since):
    first = {}
    for when, _, name, _ in audit.scales(f"{folder}/audit.jsonl", namespace):
        if when >= since:
            first[name] = min(when, first.get(name, when))
    waits = sorted(when - since for when in first.values())
    if not waits:
        return "0 - - - -"
    return f"{len(waits)} {waits[0]:.1f} {statistics.median(waits):.1f} {waits[(len(waits) * 95 - 1) // 100]:.1f} {waits[-1]:.1f}"


if command == "deployments":
    make(APPS, [deployment(i, int(rest[0])) for i in range(count)])
    ready_within(1800)
elif command == "replicas":
    set_replicas(int(rest[0]))
    ready_within(1800)
elif command == "scalers":
    where = "plimsoll.dev/v1alpha1" if rest[0] == "Autoscaler" else "autoscaling/v2"
    plural = "autoscalers" if rest[0] == "Autoscaler" else "horizontalpodautoscalers"
    make(f"/apis/{where}/namespaces/{namespace}/{plural}", [scaler(i, rest[0], int(rest[1])) for i in range(count)])
elif command == "delays":
    print(delays(float(rest[0])))
