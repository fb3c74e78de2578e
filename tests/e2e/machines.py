"""machines.py DIR NAMESPACE: the part of the Cluster API's controllers for the MachineDeployments of a namespace.

A Machine that is missing is made, and BOOT seconds (environment, 3) later its Node, which KWOK plays, with the capacity
and labels of the annotations that an autoscaler reads. Of Machines too many, those marked cluster.x-k8s.io/delete-machine
go first, then the newest. Each that goes is a line of standard output: "NAME marked|unmarked PODS", the pods that were
still on its node."""
import http.client
import os
import re
import sys
import time

import kube

GROUP = "cluster.x-k8s.io"
CAPACITY = "capacity.cluster-autoscaler.kubernetes.io/"
folder, namespace = sys.argv[1:3]
boot = float(os.environ.get("BOOT", "3"))
api = kube.Api(folder)
base = f"/apis/{GROUP}/v1beta1/namespaces/{namespace}"
born = {}  # Machine: when its Node is due


def make(path, body):
    status, answer = api.ask("POST", path, body)
    if status not in (201, 409):
        raise KeyError(f"{path}: {status} {answer}")
    return answer


def owner(kind, thing):
    return [{"apiVersion": f"{GROUP}/v1beta1", "kind": kind, "name": thing["metadata"]["name"],
             "uid": thing["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}]


def labels(group):
    name = group["metadata"]["name"]
    return {f"{GROUP}/cluster-name": "test", f"{GROUP}/deployment-name": name, f"{GROUP}/set-name": f"{name}-1"}


def machine_set(group):
    name = f"{group['metadata']['name']}-1"
    wanted = group["spec"].get("replicas", 0)
    try:
        found = api.get(f"{base}/machinesets/{name}")
    except KeyError:
        return make(f"{base}/machinesets", {
            "apiVersion": f"{GROUP}/v1beta1", "kind": "MachineSet", "metadata": {
                "name": name, "labels": labels(group), "ownerReferences": owner("MachineDeployment", group)},
            "spec": {"clusterName": "test", "replicas": wanted, "selector": {"matchLabels": labels(group)}}})
    if found["spec"].get("replicas") != wanted:
        api.ask("PATCH", f"{base}/machinesets/{name}", {"spec": {"replicas": wanted}})
    return found


def add(group, machines, number):
    taken = {m["metadata"]["name"] for m in machines}
    made_by = machine_set(group)
    names = (f"{group['metadata']['name']}-{i}" for i in range(1, 100000))
    for _, name in zip(range(number), (n for n in names if n not in taken)):
        make(f"{base}/machines", {
            "apiVersion": f"{GROUP}/v1beta1", "kind": "Machine", "metadata": {
                "name": name, "labels": labels(group), "ownerReferences": owner("MachineSet", made_by)},
            "spec": {"clusterName": "test", "providerID": f"test:///{name}"}})
        born[name] = time.monotonic() + boot


def node_of(group, name):
    said = group["metadata"].get("annotations", {})
    size = {"cpu": said[CAPACITY + "cpu"], "memory": said[CAPACITY + "memory"], "pods": said.get(CAPACITY + "maxPods", "110")}
    more = dict(pair.split("=", 1) for pair in re.split(",", said.get(CAPACITY + "labels", "")) if pair)
    return {"apiVersion": "v1", "kind": "Node", "metadata": {
        "name": name, "labels": {"kubernetes.io/hostname": name, **more}, "annotations": {
            f"{GROUP}/machine": name, "metrics.k8s.io/resource-metrics-path": f"/metrics/nodes/{name}/metrics/resource"}},
            "spec": {"providerID": f"test:///{name}"}, "status": {"capacity": size, "allocatable": size}}


def start_nodes(group, machines):
    for machine in machines:
        name = machine["metadata"]["name"]
        if "nodeRef" not in machine.get("status", {}) and time.monotonic() >= born.get(name, 0):
            make("/api/v1/nodes", node_of(group, name))
            api.ask("PATCH", f"{base}/machines/{name}/status", {"status": {
                "phase": "Running", "nodeRef": {"apiVersion": "v1", "kind": "Node", "name": name}}})


def remove(machines, number):
    def first(machine):
        about = machine["metadata"]
        return f"{GROUP}/delete-machine" not in about.get("annotations", {}), [-ord(c) for c in about["creationTimestamp"]]
    for machine in sorted(machines, key=first)[:number]:
        name = machine["metadata"]["name"]
        pods = len(api.get(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{name}")["items"])
        marked = "unmarked" if first(machine)[0] else "marked"
        api.ask("DELETE", f"{base}/machines/{name}")
        api.ask("DELETE", f"/api/v1/nodes/{name}")
        born.pop(name, None)
        print(name, marked, pods, flush=True)


def reconcile(group):
    name, wanted = group["metadata"]["name"], group["spec"].get("replicas", 0)
    selector = f"{GROUP}/deployment-name"
    machines = api.get(f"{base}/machines?labelSelector={selector}%3D{name}")["items"]
    machine_set(group)
    if len(machines) < wanted:
        add(group, machines, wanted - len(machines))
    elif len(machines) > wanted:
        remove(machines, len(machines) - wanted)
    start_nodes(group, machines)
    ready = sum("nodeRef" in m.get("status", {}) for m in machines)
    status = {"replicas": len(machines), "readyReplicas": ready, "availableReplicas": ready, "selector": f"{selector}={name}",
              "observedGeneration": group["metadata"]["generation"], "phase": "Running"}
    if group.get("status") != status:
        api.ask("PATCH", f"{base}/machinedeployments/{name}/status", {"status": status})


while True:
    try:
        for one in api.get(f"{base}/machinedeployments")["items"]:
            reconcile(one)
    except (OSError, KeyError, ValueError, http.client.HTTPException) as error:
        print(f"machines.py: {error}", file=sys.stderr, flush=True)
    time.sleep(0.5)
