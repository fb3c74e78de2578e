#!/usr/bin/env python3
"""Makes online_retail.csv.gz: build.py SOURCE.csv [OUT.csv.gz]

SOURCE.csv counts the rows of UCI's Online Retail II in bins of ten minutes: timestamp,order_lines,invoices
(order_lines: rows, invoices: different invoice numbers). What the factors mean and why: ../README.md.
"""

import csv
import gzip
import io
import os
import sys
from fractions import Fraction

BIN_SECONDS = 600
SHOP_SIZE = 20  # how many times larger than the recorded shop
VISITS_PER_ORDER = 40  # one visit in 40 ends in an order
REQUESTS_PER_VISIT = 20
REQUESTS_PER_ORDER_LINE = 20
BACKGROUND_REQUESTS = 20  # per second: crawlers, feeds, monitoring
CPU_SECONDS_PER_REQUEST = Fraction(30, 1000)


def requests_per_second(orders, order_lines):
    requests = orders * VISITS_PER_ORDER * REQUESTS_PER_VISIT + order_lines * REQUESTS_PER_ORDER_LINE
    return BACKGROUND_REQUESTS + Fraction(SHOP_SIZE * requests, BIN_SECONDS)


def decimal(value, places):
    """Half up, without trailing zeros."""
    units = int(value * 10**places + Fraction(1, 2))
    text = f"{units // 10**places}.{units % 10**places:0{places}d}"
    return text.rstrip("0").rstrip(".")


def rows(source):
    for row in csv.DictReader(source):
        orders, lines = int(row["invoices"]), int(row["order_lines"])
        requests = requests_per_second(orders, lines)
        time = row["timestamp"].replace(" ", "T") + "Z"
        yield time, decimal(requests * CPU_SECONDS_PER_REQUEST, 4), decimal(requests, 2), orders, lines


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    out = sys.argv[2] if len(sys.argv) == 3 else os.path.join(os.path.dirname(__file__), "online_retail.csv.gz")
    text = io.StringIO()
    with open(sys.argv[1], newline="", encoding="utf-8") as source:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(("time", "cpu", "requests", "orders", "order_lines"))
        writer.writerows(rows(source))
    with open(out, "wb") as file:  # no name, no time in the gzip header: the same bytes each time
        with gzip.GzipFile("", "wb", 9, file, 0) as packed:
            packed.write(text.getvalue().encode())


if __name__ == "__main__":
    main()
