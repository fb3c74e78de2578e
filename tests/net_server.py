#!/usr/bin/env python3
"""A small HTTPS server that misbehaves on request, for test_net and test_kube. It writes the ports it listens on: one
with the certificate server.crt, one with other.crt, and a proxy; and ends when its standard input does.

Usage: net_server.py FOLDER     FOLDER holds ca.crt, server.crt, server.key, other.crt, other.key, perhaps token
"""
import http.server
import json
import os
import socket
import socketserver
import ssl
import sys
import threading
import time

folder = sys.argv[1]
hits = {}
proxied = []  # what was sent to the proxy itself
lock = threading.Lock()
ports = []


def hit(key):
    with lock:
        hits[key] = hits.get(key, 0) + 1
        return hits[key]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=(), length=None, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def break_off(self):
        self.close_connection = True
        self.connection.shutdown(2)

    def status(self, code, message):
        body = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code}
        self.answer(code, json.dumps(body).encode())

    # /fail/CODE/TIMES/KEY[/RETRY_AFTER]
    def do_fail(self, code, times, key, after=None):
        n = hit(key)
        headers = [("Retry-After", after)] if after else []
        if n <= int(times):
            self.answer(int(code), b"no", headers, kind="text/plain")
        else:
            self.answer(200, str(n).encode())

    # /truncated/TIMES/KEY, /drop/TIMES/KEY
    def do_truncated(self, times, key):
        if hit(key) <= int(times):
            self.answer(200, b"half", length=1000)
            self.break_off()
        else:
            self.answer(200, b"whole")

    def do_drop(self, times, key):
        if hit(key) <= int(times):
            self.break_off()
        else:
            self.answer(200, b"whole")

    def do_hits(self, key):
        self.answer(200, str(hits.get(key, 0)).encode())

    def do_ok(self, *rest):
        self.answer(200, b"fine")

    def do_slow(self):
        self.answer(200, b"a", length=1000)
        time.sleep(20)

    def do_big(self, size):
        self.answer(200, b"x" * int(size))

    def do_stream(self, lines):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for i in range(int(lines)):
            self.wfile.write(b"8\r\nline %02d\n\r\n" % (i % 100))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def do_redirect(self):
        self.answer(302, headers=[("Location", "https://127.0.0.1:%d/hits-of-redirect" % ports[0])])

    def do_echo(self):
        self.status(403, "you sent " + self.headers.get("Authorization", "nothing") + " and " + "y" * 2000)

    def do_headers(self):
        self.answer(200, json.dumps({k: v for k, v in self.headers.items()}).encode())

    def do_auth(self):
        hit("auth")
        with open(os.path.join(folder, "token")) as file:
            token = file.read()
        if self.headers.get("Authorization") == "Bearer " + token:
            self.answer(200, b"known")
        else:
            self.status(401, "Unauthorized")

    def peer(self):
        subject = (self.connection.getpeercert() or {}).get("subject", ())
        return ",".join(value for part in subject for key, value in part if key == "commonName")

    def do_who(self):
        self.answer(200, self.peer().encode())

    def do_only(self, name):
        if self.peer() == name:
            self.answer(200, name.encode())
        else:
            self.status(401, "Unauthorized")

    # A group "hang" never answers, "broken" always does so with 503.
    def do_apis(self, group, version):
        hit("discovery" if group == "apps" else "discovery-of-" + group)
        if group == "hang":
            time.sleep(60)
        if group == "broken":
            self.status(503, "no endpoints")
            return
        kinds = [("deployments", "Deployment"), ("deployments/scale", "Scale"), ("daemonsets", "DaemonSet")]
        resources = [{"name": name, "namespaced": True, "kind": kind} for name, kind in kinds]
        body = {"kind": "APIResourceList", "groupVersion": group + "/" + version, "resources": resources}
        self.answer(200, json.dumps(body).encode())

    def do_proxied(self):
        self.answer(200, "".join(proxied).encode())

    def do_any(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length:
            self.rfile.read(length)
        name, *rest = self.path.split("?")[0].strip("/").split("/")
        method = getattr(self, "do_" + name, None)
        if method:
            method(*rest)
        else:
            hit(name)
            self.status(404, "no " + name)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, name):
        super().__init__(("127.0.0.1", 0), Handler)
        self.name = name

    # Of the files as they are now.
    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, self.name + ".crt"), os.path.join(folder, self.name + ".key"))
        context.load_verify_locations(os.path.join(folder, "ca.crt"))
        context.verify_mode = ssl.CERT_OPTIONAL
        return context

    # The handshake is made in the connection's own thread.
    def finish_request(self, request, address):
        try:
            request = self.context().wrap_socket(request, server_side=True)
            super().finish_request(request, address)
            request.unwrap()
        except OSError:
            pass

    def handle_error(self, *_):
        pass


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        head = ""
        while (line := self.rfile.readline().decode("latin-1")).strip():
            head += line
        proxied.append(head)
        host, port = head.split()[1].rsplit(":", 1)
        with socket.create_connection((host, int(port))) as server:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            threading.Thread(target=pump, args=(server, self.connection), daemon=True).start()
            pump(self.connection, server)


class ProxyServer(socketserver.ThreadingTCPServer):
    daemon_threads = True


servers = [Server(name) for name in ("server", "other")]
servers.append(ProxyServer(("127.0.0.1", 0), Proxy))
ports += [server.server_address[1] for server in servers]
for server in servers:
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(*ports, flush=True)
sys.stdin.read()
