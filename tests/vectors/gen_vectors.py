#!/usr/bin/env python3
"""Writes ours_replicas.jsonl and ours_behavior.jsonl beside this file: cases and answers for the horizontal
autoscaler, from a plain statement of the published algorithm (Kubernetes documentation "Horizontal Pod Autoscaling",
"Algorithm details"; KEP-853, KEP-4951). Nothing here is fast; everything is meant to be checked by reading.
Same seed, same bytes."""

import json
import math
import os
import random

SEED = 20240229
KINDS = {
    "resource_utilization": 8, "container_resource_utilization": 4, "resource_average_value": 3,
    "pods_average_value": 3, "object_value": 3, "object_average_value": 3, "external_value": 3,
    "external_average_value": 3,
}
NO_METRICS = "did not receive metrics for targeted pods (pods might be unready)"
NO_PODS = "no pods returned by selector while calculating replica count"
INT32_MAX = 2**31 - 1


class Refused(Exception):
    """The calculator's error, in upstream's words."""


def quotient(a, b):
    """Integer division towards zero; all operands here are non-negative."""
    return a // b


# ---- the replica calculator ----

def group(case, pod):
    """ignored: counts for nothing. unready: 0 on the way up. missing: cautious both ways. ready: counts as measured."""
    if pod["deleted"] or pod["phase"] == "Failed":
        return "ignored"
    if pod["phase"] == "Pending":
        return "unready"
    if pod["metric_milli"] is None:
        return "missing"
    readiness_matters = "resource" in case and case["resource"] == "cpu"
    if not readiness_matters:
        return "ready"
    if pod["ready"] is None or pod["start_ago_s"] is None:
        return "unready"
    now = 0
    start, transition = now - pod["start_ago_s"], now - pod["ready_transition_ago_s"]
    sampled = now - pod["metric_ago_s"]
    if start + case["cpu_initialization_period_s"] > now:
        whole_window_since = sampled >= transition + pod["metric_window_s"]
        return "ready" if pod["ready"] and whole_window_since else "unready"
    never_ready = start + case["initial_readiness_delay_s"] > transition
    return "unready" if not pod["ready"] and never_ready else "ready"


def request_of(case, pod):
    total = 0
    wanted = case.get("container")
    names = [c["name"] for c in pod["containers"]]
    if wanted is not None and wanted not in names:
        raise Refused(f"container {wanted} not found in Pod {pod['name']}")
    for container in pod["containers"]:
        if wanted is not None and container["name"] != wanted:
            continue
        if container["request_milli"] is None:
            raise Refused(
                f"missing request for {case['resource']} in container {container['name']} of Pod {pod['name']}")
        total += container["request_milli"]
    return total


def within_tolerance(case, ratio):
    return 1.0 - case["tolerance_down"] <= ratio <= 1.0 + case["tolerance_up"]


def utilization(case, usages, requests):
    if sum(requests) == 0:
        raise Refused("no metrics returned matched known pods")
    return quotient(sum(usages) * 100, sum(requests))


def per_pod(case):
    """Kinds that measure pods: answer and usage."""
    pods = case["pods"]
    if not pods:
        raise Refused(NO_PODS)
    groups = {"ready": [], "unready": [], "missing": [], "ignored": []}
    for pod in pods:
        groups[group(case, pod)].append(pod)
    ready, unready, missing = groups["ready"], groups["unready"], groups["missing"]
    if not ready:
        raise Refused(NO_METRICS)
    of_request = case["kind"].endswith("utilization")
    requests = {p["name"]: request_of(case, p) for p in pods} if of_request else {}
    target, current = case["target"], case["current_replicas"]

    def level(usage_by_name):
        if of_request:
            return utilization(case, usage_by_name.values(), [requests[name] for name in usage_by_name])
        return quotient(sum(usage_by_name.values()), len(usage_by_name))

    usages = {p["name"]: p["metric_milli"] for p in ready}
    usage = level(usages)
    ratio = usage / target
    unready_matter = bool(unready) and ratio > 1.0
    if not unready_matter and not missing:
        if within_tolerance(case, ratio):
            return current, usage
        return math.ceil(ratio * len(ready)), usage

    for pod in missing:
        name = pod["name"]
        if ratio < 1.0:
            usages[name] = quotient(requests[name] * max(100, target), 100) if of_request else target
        elif ratio > 1.0:
            usages[name] = 0
    if unready_matter:
        for pod in unready:
            usages[pod["name"]] = 0
    cautious = level(usages) / target
    turned = (ratio < 1.0 < cautious) or (ratio > 1.0 > cautious)
    if within_tolerance(case, cautious) or turned:
        return current, usage
    replicas = math.ceil(cautious * len(usages))
    against = (cautious < 1.0 and replicas > current) or (cautious > 1.0 and replicas < current)
    return (current if against else replicas), usage


def shared(case):
    """Kinds that measure something all pods serve."""
    total, target = sum(case["values_milli"]), case["target"]
    if case["kind"].endswith("average_value"):
        status = case["status_replicas"]
        replicas = status
        if not within_tolerance(case, total / (target * status)):
            replicas = math.ceil(total / target)
        return replicas, math.ceil(total / status)
    ratio = total / target
    if case["current_replicas"] == 0:
        return math.ceil(ratio), total
    if within_tolerance(case, ratio):
        return case["current_replicas"], total
    if not case["pods"]:
        raise Refused("unable to calculate ready pods: " + NO_PODS)
    serving = sum(1 for p in case["pods"] if p["phase"] == "Running" and p["ready"])
    return min(math.ceil(ratio * serving), INT32_MAX), total


def answer_replicas(case):
    try:
        replicas, usage = shared(case) if "values_milli" in case else per_pod(case)
        return {"expect_replicas": replicas, "expect_usage": usage, "expect_error": False}
    except Refused as refusal:
        return {"expect_replicas": 0, "expect_usage": 0, "expect_error": True, "error_message": str(refusal)}


def make_pod(rng, index, style, scale, near):
    odd = style != "plain" and rng.random() < 0.35
    pod = {"name": f"p{index}", "phase": "Running", "ready": True, "ready_transition_ago_s": 3000,
           "start_ago_s": 3600, "deleted": False}
    if odd:
        pod["phase"] = rng.choice(["Running", "Running", "Running", "Pending", "Failed", "Succeeded"])
        pod["ready"] = rng.choice([True, False, False, None])
        pod["start_ago_s"] = rng.choice([None, 0, 5, 10, 30, 119, 120, 121, 299, 300, 301, 3600])
        pod["ready_transition_ago_s"] = rng.choice([0, 10, 29, 30, 31, 60, 110, 119, 120, 290, 300, 3570, 3600])
        pod["deleted"] = rng.random() < 0.15
    request = rng.choice([0, 1, 100, 250, 333, 500, 1000]) if style == "edges" else rng.choice([100, 250, 500, 1000])
    pod["containers"] = [{"name": "app", "request_milli": request * scale}]
    if rng.random() < 0.4:
        pod["containers"].append({"name": "sidecar", "request_milli": rng.choice([50, 100]) * scale})
    level = near * rng.choice([0.0, 0.2, 0.9, 0.95, 1.0, 1.0, 1.05, 1.1, 1.5, 4.0])
    pod["metric_milli"] = None if odd and rng.random() < 0.4 else int(level * max(request, 1) * scale)
    pod["metric_ago_s"] = rng.choice([0, 7, 15, 29, 30, 60])
    pod["metric_window_s"] = rng.choice([15, 30, 60])
    return pod


def make_replicas_case(rng, number):
    kind = rng.choices(list(KINDS), KINDS.values())[0]
    style = rng.choice(["plain", "odd", "odd", "edges"])
    case = {"id": number, "kind": kind}
    scale = 1
    if "resource" in kind:
        case["resource"] = rng.choice(["cpu", "cpu", "memory"])
        scale = 1 if case["resource"] == "cpu" else 1024 * 1024 * 1000
    n = rng.choice([0, 1, 1, 2, 3, 5, 8, 13, 40]) if style == "edges" else rng.randint(1, 12)
    case["current_replicas"] = max(1, n + rng.choice([0, 0, 0, -2, 1, 5]))
    case["status_replicas"] = case["current_replicas"]
    percent = rng.choice([1, 30, 50, 80, 100, 120, 200])
    case["target"] = percent if kind.endswith("utilization") else rng.choice([1, 100, 333, 500, 1000]) * scale
    case["tolerance_up"] = rng.choice([0, 0.05, 0.1, 0.5])
    case["tolerance_down"] = rng.choice([0, 0.03, 0.1, 0.3])
    case["cpu_initialization_period_s"] = rng.choice([0, 120, 300])
    case["initial_readiness_delay_s"] = rng.choice([0, 10, 30])
    if kind.startswith("container"):
        case["container"] = rng.choice(["app", "app", "app", "sidecar"])
    case["pods"] = [make_pod(rng, i, style, scale, percent / 100) for i in range(n)]
    if case["pods"] and rng.random() < 0.08:
        rng.choice(case["pods"])["containers"][0]["request_milli"] = None
    if kind.startswith(("object", "external")):
        case["current_replicas"] = rng.choice([0, case["current_replicas"], case["current_replicas"]])
        spread = case["target"] * (max(n, 1) if "average" in kind else 1)
        count = 1 if kind.startswith("object") else rng.randint(1, 4)
        case["values_milli"] = [int(spread / count * rng.choice([0, 0.5, 0.9, 0.97, 1, 1.1, 2, 20]))
                                for _ in range(count)]
    case.update(answer_replicas(case))
    return case


# ---- normalisation with behavior ----

def changes_since(events, now, period):
    return sum(change for at, change in events if at > now - period)


def keep_event(events, now, change, rules):
    """The newest event takes the last place that is outdated, or a new one."""
    longest = max(p["period_s"] for p in rules["policies"])
    outdated = [i for i, (at, _) in enumerate(events) if at <= now - longest]
    if outdated:
        events[outdated[-1]] = (now, change)
    else:
        events.append((now, change))


def policy_limits(rules, current, added, removed, now, up):
    limits = []
    for policy in rules["policies"]:
        period = policy["period_s"]
        start = current - changes_since(added, now, period) + changes_since(removed, now, period)
        if policy["type"] == "Pods":
            limits.append(start + policy["value"] if up else start - policy["value"])
        elif up:
            limits.append(math.ceil(start * (1 + policy["value"] / 100)))
        else:
            limits.append(math.trunc(start * (1 - policy["value"] / 100)))
    return limits


def rate_limit(rules, current, added, removed, now, up):
    if rules["select_policy"] == "Disabled":
        return current
    limits = policy_limits(rules, current, added, removed, now, up)
    most_change, least_change = (max, min) if up else (min, max)
    return (least_change if rules["select_policy"] == "Min" else most_change)(limits)


def normalize(case, history, added, removed, now, current, raw):
    """Desired replicas, reason of AbleToScale, reason and status of ScalingLimited."""
    up_window = case["scale_up"]["stabilization_window_s"]
    down_window = case["scale_down"]["stabilization_window_s"]
    down_window = 300 if down_window is None else down_window
    least = min([raw] + [r for at, r in history if at > now - up_window])
    most = max([raw] + [r for at, r in history if at > now - down_window])
    history.append((now, raw))
    stable = min(max(current, least), most)
    able = "ReadyForNewScale"
    if stable != raw:
        able = "ScaleUpStabilized" if raw >= current else "ScaleDownStabilized"
    desired, reason = stable, "DesiredWithinRange"
    if stable > current:
        limit = max(rate_limit(case["scale_up"], current, added, removed, now, True), current)
        if stable > min(limit, case["max_replicas"]):
            desired = min(limit, case["max_replicas"])
            reason = "ScaleUpLimit" if limit < case["max_replicas"] else "TooManyReplicas"
    elif stable < current:
        limit = min(rate_limit(case["scale_down"], current, added, removed, now, False), current)
        if stable < max(limit, case["min_replicas"]):
            desired = max(limit, case["min_replicas"])
            reason = "ScaleDownLimit" if limit > case["min_replicas"] else "TooFewReplicas"
    return desired, able, reason, "True" if desired != stable else "False"


def make_rules(rng, windows):
    policies = [{"type": rng.choice(["Pods", "Percent"]), "value": 0, "period_s": 0} for _ in range(rng.randint(1, 3))]
    for policy in policies:
        policy["value"] = rng.choice([1, 2, 3, 5, 9] if policy["type"] == "Pods" else [1, 7, 10, 33, 50, 100, 300])
        policy["period_s"] = rng.choice([1, 15, 16, 30, 60, 120, 600, 1800])
    return {"stabilization_window_s": rng.choice(windows),
            "select_policy": rng.choice(["Max", "Max", "Max", "Min", "Disabled"]), "policies": policies}


def make_behavior_case(rng, number):
    low = rng.randint(0, 4)
    case = {"id": number, "min_replicas": low, "max_replicas": low + rng.choice([0, 1, 5, 20, 60, 1000]),
            "scale_up": make_rules(rng, [0, 0, 15, 60, 300, 3600]),
            "scale_down": make_rules(rng, [None, 0, 15, 60, 300, 3600])}
    history, added, removed, steps = [], [], [], []
    now, current = 0, rng.randint(max(low, 1), max(case["max_replicas"], 1))
    raw = current
    for _ in range(40):
        move = rng.random()
        raw = raw + rng.randint(-3, 3) if move < 0.6 else rng.randint(0, 2 * case["max_replicas"]) if move < 0.8 else raw
        raw = max(raw, 0)
        if not history:
            history.append((now, current))
        desired, able, reason, status = normalize(case, history, added, removed, now, current, raw)
        steps.append({"t_s": now, "current_replicas": current, "raw_desired": raw, "expect_desired": desired,
                      "expect_able_reason": able, "expect_limited_reason": reason, "expect_limited_status": status})
        if desired > current:
            keep_event(added, now, desired - current, case["scale_up"])
        elif desired < current:
            keep_event(removed, now, current - desired, case["scale_down"])
        current = desired
        now += rng.choice([0, 1, 7, 15, 15, 15, 15, 30, 60, 300, 900])
    case["steps"] = steps
    return case


def write(name, cases):
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    with open(path, "w", encoding="utf-8") as file:
        for case in cases:
            file.write(json.dumps(case, separators=(",", ":")) + "\n")


def main():
    rng = random.Random(SEED)
    write("ours_replicas.jsonl", [make_replicas_case(rng, i) for i in range(300)])
    write("ours_behavior.jsonl", [make_behavior_case(rng, i) for i in range(60)])


if __name__ == "__main__":
    main()
