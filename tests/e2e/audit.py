"""What the API server noted of its clients (audit.yaml).

audit.py FILE scales NAMESPACE [SINCE [OWNERS]]  "SECONDS WHO NAME REPLICAS", each write of a scale that was carried out
audit.py FILE writers NAMESPACE [SINCE [OWNERS]] how often the writer of scales was another than the one before
audit.py TOKEN owner NAME               "CREDENTIAL NAME", a line for a file of OWNERS: a process may have many tokens
audit.py FILE count USER [SINCE]        requests of a user by verb and resource, since an instant in seconds
audit.py FILE rights USER ROLE...       what the roles (files of JSON) allow that the user never asked for, and what it was
                                        refused; exit 1 when there is any
WHO is the owner of the token, its id when OWNERS does not tell, or the user."""
import base64
import collections
import datetime
import itertools
import json
import sys


def events(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)


def instant(event):
    return datetime.datetime.fromisoformat(event["requestReceivedTimestamp"].replace("Z", "+00:00")).timestamp()


def wanted(body):
    """spec.replicas of a Scale, of a merge patch, or of a JSON patch."""
    if isinstance(body, list):
        return next((step.get("value") for step in body if step.get("path") == "/spec/replicas"), None)
    return body.get("spec", {}).get("replicas", 0) if isinstance(body, dict) else None


def credential_of(path):
    """The id of a token, as the audit log has it."""
    with open(path, encoding="utf-8") as file:
        claims = file.read().split(".")[1]
    return "JTI=" + json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["jti"]


def owners(path):
    with open(path, encoding="utf-8") as file:
        return dict(line.split() for line in file)


def scales(path, namespace, owner=None):
    for event in events(path):
        about = event.get("objectRef", {})
        if (about.get("subresource") == "scale" and about.get("namespace") == namespace
                and event["verb"] in ("update", "patch") and event.get("responseStatus", {}).get("code") == 200
                and "dryRun=" not in event["requestURI"]):
            credential = event["user"].get("extra", {}).get("authentication.kubernetes.io/credential-id", [event["user"]["username"]])
            yield instant(event), (owner or {}).get(credential[0], credential[0]), about["name"], wanted(event.get("requestObject"))


def count(path, user, since):
    seen = collections.Counter()
    for event in events(path):
        if event["user"]["username"] == user and instant(event) >= since:
            about = event.get("objectRef", {})
            seen[event["verb"], "/".join(filter(None, (about.get("resource"), about.get("subresource"))))] += 1
    return seen


def asked(path, user):
    """What a user asked for and was let, and what not: sets of (verb, API group, resource)."""
    let, refused = set(), set()
    for event in events(path):
        about = event.get("objectRef")
        if event["user"]["username"] != user or not about:
            continue
        resource = "/".join(filter(None, (about.get("resource"), about.get("subresource"))))
        forbidden = event.get("annotations", {}).get("authorization.k8s.io/decision") == "forbid"
        (refused if forbidden else let).add((event["verb"], about.get("apiGroup", ""), resource))
    return let, refused


def allowed(path):
    with open(path, encoding="utf-8") as file:
        said = json.load(file)
    for role in said.get("items", [said]):
        for rule in role["rules"]:
            yield from itertools.product(rule["verbs"], rule["apiGroups"], rule["resources"])


def rights(path, user, roles):
    let, refused = asked(path, user)
    unused = [right for role in roles for right in allowed(role)
              if not any(right == one or right[2] == "*" and right[:2] == one[:2] for one in let)]
    for word, those in ("never used", unused), ("refused", sorted(refused)):
        for verb, group, resource in those:
            print(f"{word}: {verb} {resource}" + (f" of {group}" if group else ""))
    return not unused and not refused


def main():
    path, command, who, *rest = sys.argv[1:]
    if command == "rights":
        sys.exit(not rights(path, who, rest))
    if command == "owner":
        print(credential_of(path), who)
        return
    since = float(rest[0]) if rest else 0
    owner = owners(rest[1]) if len(rest) > 1 else None
    if command == "count":
        for (verb, what), n in sorted(count(path, who, since).items()):
            print(n, verb, what or "-")
        return
    found = sorted((row for row in scales(path, who, owner) if row[0] >= since), key=lambda row: row[0])
    if command == "scales":
        for when, credential, name, replicas in found:
            print(f"{when:.3f} {credential} {name} {replicas}")
    else:
        print(sum(a[1] != b[1] for a, b in zip(found, found[1:])))


if __name__ == "__main__":
    main()
