"""Two weeks of OpenMetrics, every minute, for tests/import.sh: import_data.py START."""
import sys

start, scrape = int(sys.argv[1]), 60
n = 14 * 86400 // scrape


def series(name, namespace, pod, value):
    for i in range(n):
        v = value(i)
        if v is not None:
            print(f'{name}{{namespace="{namespace}",pod="{pod}"}} {v} {start + i * scrape}')


first, second, late = "web-7d4b9c6f8d-x2k9p", "web-7d4b9c6f8d-bz5w7", "late-5f6c7d8b9-q4mzt"
print("# TYPE http_requests counter")
series("http_requests_total", "shop", first, lambda i: i * 600)
series("http_requests_total", "shop", second, lambda i: i % 1440 * 1200)  # starts again each day
series("http_requests_total", "shop", "db-0", lambda i: i * 300)
series("http_requests_total", "new", late, lambda i: (i - n // 2) * 150 if i >= n // 2 else None)
print("# TYPE cpu_cores gauge")
gap = range(3 * 1440, 3 * 1440 + 120)
series("cpu_cores", "shop", first, lambda i: None if i in gap else "0.1")
series("cpu_cores", "shop", second, lambda i: None if i in gap else "0.2")
series("cpu_cores", "shop", "db-0", lambda i: "1.5")
series("cpu_cores", "new", late, lambda i: "0.25" if i >= n // 2 else None)
print("# EOF")
