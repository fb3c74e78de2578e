"""Prometheus as it should not be: import_server.py PORT_FILE UPSTREAM [CERT KEY]. The first part of the path says how;
what is left goes to UPSTREAM, a real one. Ends when its standard input does."""
import http.server
import os
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request

upstream = sys.argv[2]
counts = {}
lock = threading.Lock()


def count(name):
    with lock:
        counts[name] = counts.get(name, 0) + 1
        return counts[name]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, kind="application/json", length=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def real(self, path, body):
        try:
            with urllib.request.urlopen(urllib.request.Request(upstream + path, body)) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def do(self, body=None):
        _, how, rest = self.path.split("/", 2)
        path = "/" + rest
        n = count(how)
        if how == "post" and self.command != "POST":
            return self.answer(405, b"{}")
        if how == "busy" and n % 2:
            return self.answer(503, b"<html>busy</html>", "text/html")
        if how == "down":
            return self.answer(503, b"<html>down</html>", "text/html")
        if how == "hang":
            time.sleep(3)
            self.close_connection = True
            return None
        if how == "html":
            return self.answer(200, b"<html>a login page</html>", "text/html")
        if how == "auth" and self.headers.get("Authorization") not in ("Bearer s3cret-token", "Basic bWU6czNjcmV0"):
            shown = self.headers.get("Authorization", "")
            return self.answer(401, ('{"status":"error","error":"who is ' + shown + '?"}').encode())
        if how == "small" and "step=1&" in path + "&":
            start, end = (int(path.split(key + "=")[1].split("&")[0]) for key in ("start", "end"))
            if end - start > 3000:
                return self.answer(422, b'{"status":"error","errorType":"execution","error":"query processing would '
                                        b'load too many samples into memory in query execution"}')
        status, text = self.real(path, body)
        if how == "half" or (how == "halfonce" and n == 1):
            self.close_connection = True
            return self.answer(status, text[: len(text) // 2], length=len(text))
        if how == "other":
            text = text.replace(b"[17935", b"[17936")
        self.answer(status, text)

    def do_GET(self):
        self.do()

    def do_POST(self):
        self.do(self.rfile.read(int(self.headers["Content-Length"])))


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[3], sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(sys.argv[1] + ".part", "w") as file:
    file.write(str(server.server_port))
os.rename(sys.argv[1] + ".part", sys.argv[1])
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
