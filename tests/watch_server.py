#!/usr/bin/env python3
"""An API server as far as lists and watches go, for test_watch: prints its port, then does for each request of a watch
what the next line of its script says, and for each list what the "list" lines say.

  watch_server.py OBJECTS STEP...    OBJECTS: how many there are at first, named o0, o1, ...

Steps of a watch (the last one is repeated):
  add=N[/B]   an event that adds object N, cut into pieces of B bytes
  drop=N      one that deletes it
  mark        a bookmark
  end         the stream ends well;  cut  in the middle of a line;  hang  nothing comes any more
  gone        HTTP 410;  goneevent  an ERROR event of 410;  error  one of 500;  status=N  that status
  junk        a line that is no JSON
Steps are separated by commas within one watch. "list410": the second page of the next list is answered with 410.
"lists=STATUS,...": what the lists are answered with, one after the other, the last for ever; 200: as they should be.
"""
import json
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

state = {"version": 100, "objects": {}, "steps": [], "list410": False, "lists": [200]}
lock = threading.Lock()


def thing(number):
    name = "o%d" % number
    return {"metadata": {"name": name, "uid": "uid-" + name, "resourceVersion": str(state["version"])}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def piece(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def list(self, query):
        with lock:
            status = state["lists"].pop(0) if len(state["lists"]) > 1 else state["lists"][0]
        if status != 200:
            return self.answer(status, {"kind": "Status", "message": "on purpose"})
        names = sorted(state["objects"], key=int)
        start, limit = int(query.get("continue", ["0"])[0].split("|")[0]), int(query["limit"][0])
        if start and state["list410"]:
            state["list410"] = False
            return self.answer(410, {"kind": "Status", "code": 410, "message": "the continue token is too old"})
        metadata = {"resourceVersion": str(state["version"])}
        if start + limit < len(names):
            metadata["continue"] = "%d|+/=&" % (start + limit)
        items = [state["objects"][name] for name in names[start:start + limit]]
        return self.answer(200, {"kind": "List", "metadata": metadata, "items": items})

    def event(self, kind, item, size=0):
        data = json.dumps({"type": kind, "object": item}).encode() + b"\n"
        for at in range(0, len(data), size or len(data)):
            self.piece(data[at:at + (size or len(data))])

    def step(self, step):
        """False: the stream is over."""
        name, _, argument = step.partition("=")
        if name == "add":
            number, _, size = argument.partition("/")
            state["version"] += 1
            state["objects"][number] = thing(int(number))
            self.event("ADDED", state["objects"][number], int(size or 0))
        elif name == "drop":
            state["version"] += 1
            gone = state["objects"].pop(argument)
            gone["metadata"]["resourceVersion"] = str(state["version"])
            self.event("DELETED", gone)
        elif name == "mark":
            state["version"] += 1
            self.event("BOOKMARK", {"metadata": {"resourceVersion": str(state["version"])}})
        elif name == "goneevent":
            self.event("ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})
        elif name == "error":
            self.event("ERROR", {"kind": "Status", "code": 500, "message": "etcd is away"})
        elif name == "junk":
            self.piece(b"{\"type\":\"ADDED\",]\n")
        elif name == "cut":
            self.piece(b"{\"type\":\"ADDED\",\"object\":{\"meta")
            self.connection.close()
            return False
        elif name == "hang":
            threading.Event().wait(60)
            return False
        return name != "end"

    def watch(self, query):
        with lock:
            steps = state["steps"].pop(0) if len(state["steps"]) > 1 else state["steps"][0]
        seconds = int(query["timeoutSeconds"][0])
        if query.get("allowWatchBookmarks") != ["true"] or not 300 <= seconds <= 600:
            return self.answer(400, {"kind": "Status", "message": "not asked as it should be"})
        if "fieldSelector" in query and query["fieldSelector"] != ["a=b"]:
            return self.answer(400, {"kind": "Status", "message": "not selected as it should be"})
        if steps == "gone" or int(query["resourceVersion"][0]) > state["version"]:
            return self.answer(410, {"kind": "Status", "code": 410, "message": "too old resource version"})
        if steps.startswith("status="):
            return self.answer(int(steps[7:]), {"kind": "Status", "message": "on purpose"})
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for step in steps.split(","):
            if not self.step(step):
                break
        self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
        try:
            if "watch" in query:
                self.watch(query)
            else:
                self.list(query)
        except (BrokenPipeError, ConnectionResetError, OSError, ValueError):
            self.close_connection = True


def main():
    for number in range(int(sys.argv[1])):
        state["objects"][str(number)] = thing(number)
    state["list410"] = "list410" in sys.argv[2:]
    for step in sys.argv[2:]:
        if step.startswith("lists="):
            state["lists"] = [int(status) for status in step[6:].split(",")]
    state["steps"] = [step for step in sys.argv[2:] if not step.startswith("list")]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()


main()
