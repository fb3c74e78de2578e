"""pod_metrics.py DIR PORT FILE: metrics.k8s.io for the pods of the test cluster in DIR, over TLS, from memory.

As a metrics-server that scrapes each PERIOD (environment, 15) seconds, at the cost of almost nothing: for tens of
thousands of pods on a small machine. Each container of a pod labelled app=... uses the milli-CPU that FILE says. Prints
"SECONDS MILLI PODS" when another usage is shown from then on."""
import http.client
import http.server
import json
import os
import ssl
import sys
import threading
import time
import urllib.parse

import kube

GROUP = "metrics.k8s.io/v1beta1"
META = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
folder, port, path = sys.argv[1:4]
period = float(os.environ.get("PERIOD", "15"))
api = kube.Api(folder)
pods = {}  # (namespace, name): labels
lock = threading.Lock()
shown = {None: b""}  # by (namespace, app), the items; None: all of them


def note(kind, metadata):
    key = metadata["namespace"], metadata["name"]
    with lock:
        if kind == "DELETED":
            pods.pop(key, None)
        else:
            pods[key] = metadata.get("labels", {})


def follow_once():
    connection = http.client.HTTPSConnection("127.0.0.1", api.port, context=api.tls, timeout=900)
    connection.request("GET", "/api/v1/pods", headers={"Accept": META.format("List")})
    listed = json.loads(connection.getresponse().read())
    with lock:
        pods.clear()
    for pod in listed["items"]:
        note("ADDED", pod["metadata"])
    version = listed["metadata"]["resourceVersion"]
    connection.request("GET", f"/api/v1/pods?watch=1&resourceVersion={version}", headers={"Accept": META.format("")})
    for line in connection.getresponse():
        event = json.loads(line)
        if event["type"] == "ERROR":
            return
        note(event["type"], event["object"]["metadata"])


def follow():
    while True:
        try:
            follow_once()
        except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
            print(f"pod_metrics.py: {error}", file=sys.stderr, flush=True)
            time.sleep(1)


def item(namespace, name, labels, milli, now):
    return json.dumps({
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": now, "labels": labels},
        "timestamp": now, "window": f"{period:.3f}s",
        "containers": [{"name": "c", "usage": {"cpu": f"{milli}000000n", "memory": "16384Ki"}}]}, separators=(",", ":"))


def scrape(milli):
    global shown
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with lock:
        seen = list(pods.items())
    groups = {None: []}
    for (namespace, name), labels in seen:
        text = item(namespace, name, labels, milli, now)
        groups[None].append(text)
        groups.setdefault((namespace, labels.get("app")), []).append(text)
    shown = {key: ",".join(texts).encode() for key, texts in groups.items()}
    return len(seen)


def scrapes():
    last = None
    while True:
        with open(path, encoding="utf-8") as file:
            milli = int(file.read())
        n = scrape(milli)
        if milli != last:
            print(f"{time.time():.3f} {milli} {n}", flush=True)
        last = milli
        time.sleep(period)


def answer(url):
    at = urllib.parse.urlsplit(url)
    if at.path == f"/apis/{GROUP}":
        return json.dumps({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP, "resources": [
            {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}]}).encode()
    if not at.path.endswith("/pods"):
        return b"{}"
    selector = urllib.parse.parse_qs(at.query).get("labelSelector", [""])[0]
    key = (at.path.split("/")[-2], selector.removeprefix("app=")) if selector else None
    head = f'{{"kind":"PodMetricsList","apiVersion":"{GROUP}","metadata":{{}},"items":['
    return b"".join((head.encode(), shown.get(key, b""), b"]}\n"))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = answer(self.path)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


threading.Thread(target=follow, daemon=True).start()
threading.Thread(target=scrapes, daemon=True).start()
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
server.daemon_threads = True
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(f"{folder}/serving.crt", f"{folder}/serving.key")
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
