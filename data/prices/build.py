#!/usr/bin/env python3
"""Writes the price lists of this folder.

usage: build.py TABLES [OUT]

TABLES holds instances.csv (provider, region, instance_type, vcpu, memory_gib, gpu, arch, on_demand_usd_per_hour,
spot_usd_per_hour, source, as_of) and gcp_unit_rates.csv (provider, region, family, kind, usd_per_vcpu_hour,
usd_per_gib_hour, max_error_percent, source, as_of), aws_reserved.csv (provider, region, instance_type, offering_class,
term_years, upfront, effective_usd_per_hour, discount_fraction, source, as_of) and azure_reserved.csv (provider, region,
instance_type, term, effective_usd_per_hour, discount_fraction, source, as_of). OUT is this folder unless given.
fees.csv, skus.csv and gcp_commitments.csv are kept by hand.
"""
import csv
import math
import os
import re
import sys
from decimal import Decimal

SIZES = {
    "e2": [2, 4, 8, 16, 32],
    "n1": [1, 2, 4, 8, 16, 32, 64, 96],
    "n2": [2, 4, 8, 16, 32, 48, 64, 80, 96],
    "n2d": [2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224],
    "n4": [2, 4, 8, 16, 32, 48, 64, 80],
    "c2d": [2, 4, 8, 16, 32, 56, 112],
    "c3": [4, 8, 22, 44, 88, 176],
    "c3d": [4, 8, 16, 30, 60, 90, 180, 360],
    "c4": [2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288],
}
GENERAL = "cloud.google.com/compute/docs/general-purpose-machines"
COMPUTE = "cloud.google.com/compute/docs/compute-optimized-machines"
SHAPES_AS_OF = "2026-11-24"


def google_shapes():
    """(type, family, vcpu, charged_vcpu, memory_gib, class)"""
    for name, charged, memory in (("micro", "0.25", 1), ("small", "0.5", 2), ("medium", "1", 4)):
        yield "e2-" + name, "e2", 2, charged, memory, "burstable"
    ratios = {"e2": (4, 8, 1), "n1": (3.75, 6.5, 0.9), "n2": (4, 8, 1), "n2d": (4, 8, 1), "n4": (4, 8, 2),
              "c2d": (4, 8, 2), "c3": (4, 8, 2), "c3d": (4, 8, 2), "c4": (3.75, 7.75, 2)}
    for family, (standard, highmem, highcpu) in ratios.items():
        for kind, ratio in (("standard", standard), ("highmem", highmem), ("highcpu", highcpu)):
            sizes = list(SIZES[family])
            if family == "e2" and kind == "highmem":
                sizes.remove(32)
            if family == "n1" and kind != "standard":
                sizes.remove(1)
            if family == "n2" and kind == "standard":
                sizes.append(128)
            if family == "n2d" and kind == "highmem":
                sizes = sizes[:-2]
            for n in sizes:
                memory = n * ratio
                if family == "c3d" and kind == "highcpu" and n >= 30:
                    memory = n * 59 // 30
                if family == "c4" and kind != "highcpu":
                    memory = math.floor(memory)
                group = {"standard": "general", "highmem": "memory", "highcpu": "compute"}[kind]
                if family == "c2d":
                    group = "compute" if kind != "highmem" else "memory"
                yield f"{family}-{kind}-{n}", family, n, str(n), memory, group
    yield "n2-highmem-128", "n2", 128, "128", 864, "memory"


def plain(number):
    text = f"{Decimal(str(number)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def gpus(text):
    """A share of a device (0.1667) still shows up as one device in the node."""
    return str(math.ceil(Decimal(text)))


def by_ratio(vcpu, memory_gib):
    ratio = Decimal(memory_gib) / Decimal(vcpu)
    return "compute" if ratio < 3 else "memory" if ratio > 6 else "other"


def about_four(vcpu, memory_gib):
    return Decimal("3.5") <= Decimal(memory_gib) / Decimal(vcpu) <= Decimal("4.5")


def class_of(row, family):
    vcpu, memory = row["vcpu"], row["memory_gib"]
    name = row["instance_type"]
    if row["gpu"] != "0":
        return "gpu"
    if row["provider"] == "aws":
        if re.match(r"t\d|.*-flex$", family):
            return "burstable"
        # m1, m2 and m3 are the old generations that managed node groups no longer offer.
        if re.fullmatch(r"m([4-9]|\d\d)[a-z]*", family) and about_four(vcpu, memory):
            return "general"
        return by_ratio(vcpu, memory)
    if re.match(r"Standard_B|Basic_", name):
        return "burstable"
    if re.fullmatch(r"Standard_D\d+[a-z]*_v\d", name) and about_four(vcpu, memory):
        return "general"
    return by_ratio(vcpu, memory)


def family_of(provider, name):
    if provider == "aws":
        return name.split(".")[0]
    # Standard_D4as_v5 -> Dasv5, Standard_E8-2ads_v5 -> Eadsv5, Basic_A1 -> BasicA
    tier, rest = name.split("_", 1)
    rest = re.sub(r"\d+(-\d+)?", "", rest, count=1)
    return ("Basic" if tier == "Basic" else "") + rest.replace("_", "")


def source_of(text):
    text = re.sub(r"gomod:", "", text)
    text = re.sub(r"\+spot:(.*)", r" (spot: \1)", text)
    return re.sub(r"@v0\.0\.0-\d+-([0-9a-f]{12})", r"@\1", text)


def write(path, header, rows):
    with open(path, "w", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header)
        out.writerows(rows)


def instances(tables, out):
    per = {"aws": [], "azure": []}
    for row in csv.DictReader(open(os.path.join(tables, "instances.csv"))):
        if row["provider"] not in per or not row["on_demand_usd_per_hour"]:
            continue
        family = family_of(row["provider"], row["instance_type"])
        per[row["provider"]].append([
            row["region"], row["instance_type"], family, class_of(row, family), row["arch"], row["vcpu"],
            plain(row["memory_gib"]), gpus(row["gpu"]), plain(row["on_demand_usd_per_hour"]),
            row["spot_usd_per_hour"] and plain(row["spot_usd_per_hour"]), source_of(row["source"]), row["as_of"]])
    header = ["region", "type", "family", "class", "arch", "vcpu", "memory_gib", "gpus", "usd_per_hour",
              "spot_usd_per_hour", "source", "as_of"]
    for provider, rows in per.items():
        write(os.path.join(out, provider + "_instances.csv"), header, sorted(rows))


def google(tables, out):
    rates = {}
    for row in csv.DictReader(open(os.path.join(tables, "gcp_unit_rates.csv"))):
        rates.setdefault((row["region"], row["family"]), {})[row["kind"]] = row
    rows = []
    for (region, family), kinds in rates.items():
        demand, spot = kinds["on-demand"], kinds.get("spot")
        source = re.sub(r"^Google Cloud list price \((.*); (.*)\)$", r"\1 (\2)", demand["source"])
        rows.append([region, family, demand["usd_per_vcpu_hour"], demand["usd_per_gib_hour"],
                     spot["usd_per_vcpu_hour"] if spot else "", spot["usd_per_gib_hour"] if spot else "",
                     demand["max_error_percent"], source, demand["as_of"]])
    write(os.path.join(out, "gcp_unit_rates.csv"),
          ["region", "family", "usd_per_vcpu_hour", "usd_per_gib_hour", "spot_usd_per_vcpu_hour",
           "spot_usd_per_gib_hour", "max_error_percent", "source", "as_of"], sorted(rows))
    shapes = [[name, family, group, "amd64", vcpu, charged, plain(memory), COMPUTE if family == "c2d" else GENERAL,
               SHAPES_AS_OF] for name, family, vcpu, charged, memory, group in google_shapes()]
    write(os.path.join(out, "gcp_machine_types.csv"),
          ["type", "family", "class", "arch", "vcpu", "charged_vcpu", "memory_gib", "source", "as_of"], sorted(shapes))


def wide(path, key, column_of, columns, out):
    """One row a key, one column a kind of commitment."""
    cells = {}
    for row in csv.DictReader(open(path)):
        cell = cells.setdefault(tuple(row[k] for k in key), {})
        cell[column_of(row)] = plain(row["effective_usd_per_hour"])
        cell["source"], cell["as_of"] = source_of(row["source"]), row["as_of"]
    write(out, ["region", "type", *(["offering"] if len(key) == 3 else []), *columns, "source", "as_of"],
          [[*key, *(cells[key].get(c, "") for c in columns), cells[key]["source"], cells[key]["as_of"]]
           for key in sorted(cells)])


def commitments(tables, out):
    """Prices of an hour, upfront payments spread over the term."""
    wide(os.path.join(tables, "aws_reserved.csv"), ("region", "instance_type", "offering_class"),
         lambda row: f"{row['upfront']}_upfront_{row['term_years']}y",
         [f"{upfront}_upfront_{years}y" for years in (1, 3) for upfront in ("no", "partial", "all")],
         os.path.join(out, "aws_reserved.csv"))
    names = {"yrTerm1Standard.allUpfront": "reserved_1y", "yrTerm3Standard.allUpfront": "reserved_3y",
             "yrTerm1Savings.allUpfront": "savings_1y", "yrTerm3Savings.allUpfront": "savings_3y"}
    wide(os.path.join(tables, "azure_reserved.csv"), ("region", "instance_type"), lambda row: names.get(row["term"]),
         list(names.values()), os.path.join(out, "azure_reserved.csv"))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__.strip().split("\n\n")[1])
    out = sys.argv[2] if len(sys.argv) == 3 else os.path.dirname(os.path.abspath(__file__))
    instances(sys.argv[1], out)
    google(sys.argv[1], out)
    commitments(sys.argv[1], out)


main()
