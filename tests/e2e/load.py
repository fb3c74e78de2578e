"""load.py DIR NAMESPACE FILE [SHARE]: shares a load over the pods of a namespace, until it is ended.

FILE has lines "APP MILLI": what the pods labelled app=APP use together, in milli-CPU; it is read again each half second.
Each pod that is Ready takes an equal share, at most CAP milli (environment, 1000). KWOK counts CPU only when its metrics
are read, at the usage of that moment, for all the time since: so each node is read once just before a change. With
SHARE, the pods are real and read what they are to use in SHARE/APP."""
import http.client
import os
import ssl
import sys
import time

import kube

folder, namespace, loads, *share = sys.argv[1:]
cap = int(os.environ.get("CAP", "1000"))
api = kube.Api(folder)
pods = f"/api/v1/namespaces/{namespace}/pods"
annotation = "plimsoll.test/cpu"


def wanted():
    with open(loads, encoding="utf-8") as file:
        return {app: int(milli) for app, milli in (line.split() for line in file)}


def ready(pod):
    return "deletionTimestamp" not in pod["metadata"] and any(
        c["type"] == "Ready" and c["status"] == "True" for c in pod.get("status", {}).get("conditions", []))


def close_integrals():
    """Each node's metrics, read and thrown away."""
    tls = ssl._create_unverified_context()
    ports = {n["metadata"]["name"]: n["status"].get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port")
             for n in api.get("/api/v1/nodes")["items"]}
    for port in {p for p in ports.values() if p}:
        connection = http.client.HTTPSConnection("127.0.0.1", port, context=tls, timeout=20)
        for name in (n for n, p in ports.items() if p == port):
            connection.request("GET", f"/metrics/nodes/{name}/metrics/resource")
            connection.getresponse().read()
        connection.close()


def shares():
    """For each app, its pods that are Ready and what each of them uses."""
    of_app = {}
    for pod in api.get(pods)["items"]:
        if ready(pod):
            of_app.setdefault(pod["metadata"].get("labels", {}).get("app"), []).append(pod["metadata"])
    for app, milli in wanted().items():
        members = of_app.get(app, [])
        yield app, members, min(cap, milli // max(1, len(members)))


def annotate():
    todo = [(pod["name"], f"{milli}m") for _, members, milli in shares() for pod in members
            if pod.get("annotations", {}).get(annotation) != f"{milli}m"]
    if todo:
        close_integrals()
    for name, milli in todo:
        api.ask("PATCH", f"{pods}/{name}", {"metadata": {"annotations": {annotation: milli}}})


def write(place):
    for app, _, milli in shares():
        with open(f"{place}/{app}.new", "w", encoding="utf-8") as file:
            file.write(f"{milli}\n")
        os.rename(f"{place}/{app}.new", f"{place}/{app}")


while True:
    try:
        if share:
            write(share[0])
        else:
            annotate()
    except (OSError, KeyError, ValueError, http.client.HTTPException) as error:
        print(f"load.py: {error}", file=sys.stderr, flush=True)  # the API server may be meant to be away
    time.sleep(0.5)
