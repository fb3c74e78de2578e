"""record.py DIR PATH FILE: each second, a line "SECONDS,NAME,WANTED,READY" for each object in the list at PATH that has
spec.replicas. A second in which the API does not answer has no lines."""
import http.client
import sys
import time

import kube

folder, path, target = sys.argv[1:4]
api = kube.Api(folder)
with open(target, "w", encoding="utf-8") as out:
    due = time.monotonic()
    while True:
        try:
            now = time.time()
            for item in api.get(path)["items"]:
                if "replicas" in item.get("spec", {}):
                    status = item.get("status", {})
                    print(f"{now:.1f}", item["metadata"]["name"], item["spec"]["replicas"], status.get("readyReplicas", 0),
                          sep=",", file=out, flush=True)
        except (OSError, KeyError, ValueError, http.client.HTTPException) as error:
            print(f"record.py: {error}", file=sys.stderr, flush=True)
        due = max(due + 1, time.monotonic())
        time.sleep(max(0, due - time.monotonic()))
