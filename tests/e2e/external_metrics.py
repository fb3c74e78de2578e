"""external_metrics.py DIR PORT FILE: external.metrics.k8s.io for the test cluster in DIR, over TLS.

FILE has lines "METRIC VALUE [LABEL=VALUE]", read at each request; a metric that it does not name has no items."""
import http.server
import json
import re
import ssl
import sys
import time
import urllib.parse

GROUP = "external.metrics.k8s.io/v1beta1"
folder, port, path = sys.argv[1:4]


def items(metric, selector):
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    wanted = dict(pair.split("=", 1) for pair in selector.split(",") if pair)
    with open(path, encoding="utf-8") as file:
        for name, value, *labels in (line.split() for line in file):
            has = dict(pair.split("=", 1) for pair in labels)
            if name == metric and wanted.items() <= has.items():
                yield {"metricName": name, "metricLabels": has, "timestamp": now, "value": value}


def answer(url):
    at = urllib.parse.urlsplit(url)
    if at.path in ("/apis", "/apis/"):
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": []}
    if at.path == f"/apis/{GROUP}":
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": GROUP, "resources": [
            {"name": "queue", "singularName": "", "namespaced": True, "kind": "ExternalMetricValueList", "verbs": ["get"]}]}
    found = re.fullmatch(f"/apis/{GROUP}/namespaces/[^/]+/([^/]+)", at.path)
    if not found:
        return None
    selector = urllib.parse.parse_qs(at.query).get("labelSelector", [""])[0]
    return {"kind": "ExternalMetricValueList", "apiVersion": GROUP, "metadata": {}, "items": list(items(found.group(1), selector))}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        said = answer(self.path)
        body = json.dumps(said).encode() if said else b"{}"
        self.send_response(200 if said else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
server.daemon_threads = True
tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
tls.load_cert_chain(f"{folder}/serving.crt", f"{folder}/serving.key")
server.socket = tls.wrap_socket(server.socket, server_side=True)
server.serve_forever()
