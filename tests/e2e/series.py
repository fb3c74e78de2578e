"""series.py FILE lag A B COUNT...: of recorded replicas, when A and B first wanted each COUNT in turn, and how far apart
they were on average and at most. COUNT: a number, or two, "7-9". series.py FILE within A B SECONDS COUNT...: B reached each at most SECONDS after A, or exit 1."""
import csv
import sys


def read(path):
    series = {}
    with open(path, newline="", encoding="utf-8") as file:
        for when, name, wanted, _ in csv.reader(file):
            series.setdefault(name, []).append((float(when), int(wanted)))
    return series


def reached(points, counts):
    """The instants at which each count was first seen, each after the one before; None: never."""
    at, i = [], 0
    for count in counts:
        while i < len(points) and not count[0] <= points[i][1] <= count[-1]:
            i += 1
        at.append(points[i][0] if i < len(points) else None)
    return at


def main():
    path, command, a, b, *rest = sys.argv[1:]
    series = read(path)
    limit = float(rest.pop(0)) if command == "within" else 0
    counts = [[int(word) for word in words.split("-")] for words in rest]
    first, second = (reached(series.get(name, []), counts) for name in (a, b))
    if command == "within":
        sys.exit(not all(x is not None and y is not None and y - x <= limit for x, y in zip(first, second)))
    of_b = dict(series.get(b, []))
    gaps = [abs(n - of_b[t]) for t, n in series.get(a, []) if t in of_b]
    for count, x, y in zip(rest, first, second):
        print(f"{count} replicas: {b} " + ("never" if y is None else f"{y - x:+.0f} s after {a}" if x else f"before {a}"), end="; ")
    print(f"{sum(gaps) / max(1, len(gaps)):.2f} replicas apart on average, {max(gaps, default=0)} at most")


main()
