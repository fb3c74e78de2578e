"""fault_proxy.py DIR PORT RULES: a proxy before the API server of the test cluster in DIR, that does what RULES says.

It speaks TLS with the API server's own certificate, and HTTP/1.1 only. A client's bearer token is passed on; a client
without one is the administrator. RULES is a file of JSON, looked at each tenth of a second, to be replaced by a rename:

  {"cut": 1, "rules": [{"path": "/scale$", "method": "PUT|PATCH", "fault": "status", "code": 429, "retry_after": 1, "count": 3}]}

The first rule that matches path (a regular expression, searched in path and query) and method, whose probability (1)
comes up and whose count (no limit) is not used up, decides; seed makes the luck. Faults:

  status      code (500), and Retry-After when retry_after is given; the API server is not asked
  truncate    the answer's length is announced, half of it sent, the connection closed
  garbage     half of the answer, then letters
  slow        the answer in pieces of a tenth, each after seconds (0.2)
  delay       asked only after seconds (1)
  reset       asked, and the connection reset where the answer would begin
  hang        never answered; closed after seconds (60)
  gone        a watch that says it is too old: an ERROR event of code 410, and the end

When "cut" is another number than before, that happens at once to every watch that is open. Each fault is a line of
standard output: its name, method and path."""
import http.client
import http.server
import json
import os
import random
import re
import socket
import ssl
import struct
import sys
import threading
import time

HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length", "host"}
GONE = {"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 410,
                                    "reason": "Expired", "message": "too old resource version"}}


class Rules:
    def __init__(self, path):
        self.path, self.seen, self.rules, self.cut = path, None, [], None
        self.lock, self.luck, self.watches = threading.Lock(), random.Random(0), set()

    def look(self):
        """Reads the file again when it is another; cuts what is open when that is asked for."""
        try:
            now = os.stat(self.path)
            if self.seen == (now.st_mtime_ns, now.st_ino):
                return
            with open(self.path, encoding="utf-8") as file:
                said = json.load(file)
        except FileNotFoundError:
            return
        with self.lock:
            self.seen = (now.st_mtime_ns, now.st_ino)
            self.rules = said.get("rules", [])
            if "seed" in said:
                self.luck = random.Random(said["seed"])
            cut, self.cut = self.cut, said.get("cut")
            open_now = list(self.watches) if self.cut != cut and self.cut is not None else []
        for watch in open_now:
            watch.end()

    def choose(self, method, path):
        with self.lock:
            for rule in self.rules:
                if not re.search(rule.get("path", ""), path) or not re.fullmatch(rule.get("method", ".*"), method):
                    continue
                if rule.get("count", 1) <= 0 or self.luck.random() >= rule.get("probability", 1):
                    continue
                if "count" in rule:
                    rule["count"] -= 1
                say(rule["fault"], method, path)
                return rule
        return {"fault": "none"}


def say(*words):
    print(*words, flush=True)


class Watch:
    """An answer whose length is not known, passed on piece by piece; end() may come from another thread."""

    def __init__(self, handler, answer):
        self.handler, self.answer, self.lock, self.over = handler, answer, threading.Lock(), False

    def send(self, data):
        with self.lock:
            if self.over:
                return False
            self.handler.chunk(data)
            return True

    def end(self):
        with self.lock:
            if self.over:
                return
            self.over = True
            say("cut", self.handler.command, self.handler.path)
            try:
                self.handler.chunk(json.dumps(GONE).encode() + b"\n")
                self.handler.chunk(b"")
                self.handler.connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def run(self):
        rules.watches.add(self)
        try:
            while True:
                data = self.answer.read1(65536)
                if not data:
                    self.send(b"")
                    return
                if not self.send(data):
                    return
        finally:
            rules.watches.discard(self)
            self.over = True


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 300

    def setup(self):
        """The handshake is made here, in the connection's own thread."""
        self.request.settimeout(20)
        self.request = serving.wrap_socket(self.request, server_side=True)
        super().setup()
        self.upstream = {}

    def finish(self):
        super().finish()
        for connection in self.upstream.values():
            connection.close()

    def log_message(self, *_):
        pass

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def head(self, answer, length):
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def status(self, code, retry_after=None):
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": code,
                           "message": "by the fault proxy"}).encode()
        self.send_response_only(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if retry_after is not None:
            self.send_header("Retry-After", str(retry_after))
        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def ask(self, body):
        """The API server's answer, as the client itself or as the administrator. It may have closed a connection that
        was idle: then once more."""
        own = "Authorization" in self.headers
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        for last in (False, True):
            connection = self.upstream.pop(own, None)
            if connection is None:
                last = True
                connection = http.client.HTTPSConnection("127.0.0.1", api_port, context=plain if own else administrator)
            try:
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException):
                connection.close()
                if last:
                    raise
                continue
            self.upstream[own] = connection
            return answer
        raise AssertionError

    def handle_one(self):
        rule = rules.choose(self.command, self.path)
        fault = rule["fault"]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
        if fault == "status":
            return self.status(rule.get("code", 500), rule.get("retry_after"))
        if fault == "hang":
            time.sleep(rule.get("seconds", 60))
            return self.reset()
        if fault == "delay":
            time.sleep(rule.get("seconds", 1))
        try:
            answer = self.ask(body)
        except (OSError, http.client.HTTPException):
            return self.reset()  # as if there were no proxy: the client sees no answer
        if fault == "reset":
            return self.reset()
        if "watch=" in self.path and answer.status == 200:
            self.head(answer, None)
            watch = Watch(self, answer)
            if fault == "gone":
                watch.end()
            else:
                watch.run()
            self.upstream.popitem()[1].close()
            self.close_connection = True
            return None
        return self.pass_on(answer, rule)

    def pass_on(self, answer, rule):
        data, fault = answer.read(), rule["fault"]
        self.head(answer, len(data))
        if fault == "truncate":
            self.wfile.write(data[:len(data) // 2])
            self.close_connection = True
        elif fault == "garbage":
            self.wfile.write(data[:len(data) // 2] + b"x" * (len(data) - len(data) // 2))
        elif fault == "slow":
            piece = max(1, len(data) // 10)
            for at in range(0, len(data), piece):
                time.sleep(rule.get("seconds", 0.2))
                self.wfile.write(data[at:at + piece])
        else:
            self.wfile.write(data)

    def do_GET(self):
        try:
            self.handle_one()
        except (OSError, http.client.HTTPException):
            self.close_connection = True

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that goes away in the handshake or later is no trouble of ours."""


def look():
    while True:
        try:
            rules.look()
        except ValueError as error:
            say("fault_proxy.py:", rules.path, error)
        time.sleep(0.1)


folder, port = sys.argv[1], int(sys.argv[2])
rules = Rules(sys.argv[3])
with open(f"{folder}/kubeconfig", encoding="utf-8") as kubeconfig:
    api_port = int(re.search(r"https://127\.0\.0\.1:(\d+)", kubeconfig.read()).group(1))
serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
serving.load_cert_chain(f"{folder}/apiserver.crt", f"{folder}/apiserver.key")
serving.set_alpn_protocols(["http/1.1"])
plain = ssl.create_default_context(cafile=f"{folder}/ca.crt")
administrator = ssl.create_default_context(cafile=f"{folder}/ca.crt")
administrator.load_cert_chain(f"{folder}/admin.crt", f"{folder}/admin.key")
threading.Thread(target=look, daemon=True).start()
Server(("127.0.0.1", port), Handler).serve_forever()
