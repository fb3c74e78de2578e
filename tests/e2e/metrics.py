"""metrics.py DIR PORT PROMETHEUS-PORT FILE: external.metrics.k8s.io and custom.metrics.k8s.io for the test cluster in DIR,
over TLS on PORT; and on the other, as much of Prometheus as answers /api/v1/query?query=METRIC.

FILE has lines "METRIC VALUE [LABEL=VALUE]", read at each request; a metric that it does not name has no items, and no
series. Asked of pods, each that the selector selects has an equal share of VALUE; any other object has all of it."""
import http.server
import json
import re
import ssl
import sys
import threading
import time
import urllib.parse

import kube

EXTERNAL = "external.metrics.k8s.io/v1beta1"
CUSTOM = "custom.metrics.k8s.io/v1beta2"
folder, port, prometheus_port, path = sys.argv[1:5]
api = kube.Api(folder)


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def values(metric, selector=""):
    """Labels and value of each line of a metric that a selector of equalities selects."""
    wanted = dict(pair.split("=", 1) for pair in selector.split(",") if pair)
    with open(path, encoding="utf-8") as file:
        for name, value, *labels in (line.split() for line in file):
            has = dict(pair.split("=", 1) for pair in labels)
            if name == metric and wanted.items() <= has.items():
                yield has, int(value)


def group(name):
    group, version = name.split("/")
    served = {"groupVersion": name, "version": version}
    return {"kind": "APIGroup", "apiVersion": "v1", "name": group, "versions": [served], "preferredVersion": served}


def resources(name, kind):
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": [
        {"name": "queue", "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]}]}


def external(metric, selector):
    return {"kind": "ExternalMetricValueList", "apiVersion": EXTERNAL, "metadata": {}, "items": [
        {"metricName": metric, "metricLabels": labels, "timestamp": now(), "value": str(value)}
        for labels, value in values(metric, selector)]}


def custom(namespace, resource, name, metric, selector):
    names = [name]
    if name == "*":
        found = api.get(f"/api/v1/namespaces/{namespace}/{resource}?labelSelector={urllib.parse.quote(selector)}")
        names = [item["metadata"]["name"] for item in found["items"]]
    return {"kind": "MetricValueList", "apiVersion": CUSTOM, "metadata": {}, "items": [
        {"describedObject": {"kind": resource, "namespace": namespace, "name": each}, "metric": {"name": metric},
         "timestamp": now(), "value": f"{1000 * value // len(names)}m"}
        for each in names for _, value in values(metric)]}


def answer(url):
    at = urllib.parse.urlsplit(url)
    selector = urllib.parse.parse_qs(at.query).get("labelSelector", [""])[0]
    fixed = {"/apis": lambda: {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group(EXTERNAL), group(CUSTOM)]},
             f"/apis/{EXTERNAL}": lambda: resources(EXTERNAL, "ExternalMetricValueList"),
             f"/apis/{CUSTOM}": lambda: resources(CUSTOM, "MetricValueList")}
    if at.path.rstrip("/") in fixed:
        return fixed[at.path.rstrip("/")]()
    found = re.fullmatch(f"/apis/{EXTERNAL}/namespaces/[^/]+/([^/]+)", at.path)
    if found:
        return external(found.group(1), selector)
    found = re.fullmatch(f"/apis/{CUSTOM}/namespaces/([^/]+)/([^/]+)/([^/]+)/([^/]+)", at.path)
    return custom(*map(urllib.parse.unquote, found.groups()), selector) if found else None


def query(url):
    at = urllib.parse.urlsplit(url)
    if at.path != "/api/v1/query":
        return None
    metric = urllib.parse.parse_qs(at.query)["query"][0]
    return {"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {"__name__": metric, **labels}, "value": [time.time(), str(value)]} for labels, value in values(metric)]}}


def handler(says):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            said = says(self.path)
            body = json.dumps(said or {}).encode()
            self.send_response(200 if said else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass
    return Handler


def server(at, says):
    made = http.server.ThreadingHTTPServer(("127.0.0.1", int(at)), handler(says))
    made.daemon_threads = True
    return made


of_queries = server(prometheus_port, query)
of_metrics = server(port, answer)
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(f"{folder}/serving.crt", f"{folder}/serving.key")
of_metrics.socket = tls.wrap_socket(of_metrics.socket, server_side=True)
threading.Thread(target=of_queries.serve_forever, daemon=True).start()
of_metrics.serve_forever()
