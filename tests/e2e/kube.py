"""The API of a test cluster, as its administrator: kube.Api(DIR)."""
import http.client
import json
import re
import ssl
import threading


class Api:
    """JSON in and out, over one connection for each thread; it is made anew when it breaks."""

    def __init__(self, folder):
        with open(f"{folder}/kubeconfig", encoding="utf-8") as file:
            self.port = int(re.search(r"https://127\.0\.0\.1:(\d+)", file.read()).group(1))
        self.tls = ssl.create_default_context(cafile=f"{folder}/ca.crt")
        self.tls.load_cert_chain(f"{folder}/admin.crt", f"{folder}/admin.key")
        self.local = threading.local()

    def ask(self, method, path, body=None, kind="application/merge-patch+json"):
        """Status and decoded answer; of a connection that broke, one more try is made."""
        data = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": kind if method == "PATCH" else "application/json"}
        for last in (False, True):
            connection = getattr(self.local, "connection", None)
            try:
                if connection is None:
                    connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.tls, timeout=20)
                    self.local.connection = connection
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                text = answer.read()
                return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()
            except (OSError, http.client.HTTPException):
                self.local.connection = None
                if last:
                    raise

    def get(self, path):
        """What is there; KeyError when nothing is, or when it is refused."""
        status, answer = self.ask("GET", path)
        if status != 200:
            raise KeyError(f"{path}: {status} {answer}")
        return answer
