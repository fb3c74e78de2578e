#!/usr/bin/env python3
"""A loopback server that speaks as the price interfaces of AWS, Azure and Google are documented to, and as badly as a
network can. The first folder of the path says how: /good, /throttle, /cut ... (see the methods named so).

usage: price_server.py BOOK PORT_FILE LOG [CERTIFICATE]
BOOK is a folder of price lists: what is served is made from it. Each request is a line of LOG. With a certificate (and its
key, one file) it speaks TLS.
"""
import csv
import json
import os
import ssl
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

BOOK, PORT_FILE, LOG = sys.argv[1:4]
KEY = "s3cr3t-k3y"
seen = {}


def rows(name, region):
    with open(f"{BOOK}/{name}") as f:
        return [row for row in csv.DictReader(f) if row["region"] == region]


def aws_offer(region, change=lambda row: row, date="2026-11-20T10:00:00Z"):
    """index.json of the bulk offer: the book's types as Linux on shared hardware, each beside some that do not count."""
    products, on_demand = {}, {}
    for i, row in enumerate(rows("aws_instances.csv", region)):
        row = change(dict(row))
        if row is None:
            continue
        for system, tenancy, factor in (("Linux", "Shared", 1), ("Windows", "Shared", 2), ("Linux", "Dedicated", 3)):
            sku = f"SKU{i:05d}{system[0]}{tenancy[0]}"
            products[sku] = {"sku": sku, "productFamily": "Compute Instance", "attributes": {
                "servicecode": "AmazonEC2", "locationType": "AWS Region", "regionCode": region,
                "instanceType": row["type"], "vcpu": row["vcpu"], "memory": f"{float(row['memory_gib']):,g} GiB",
                "physicalProcessor": "AWS Graviton Processor" if row["arch"] == "arm64" else "Intel Xeon",
                **({"gpu": row["gpus"]} if row["gpus"] != "0" else {}),
                "tenancy": tenancy, "operatingSystem": system, "licenseModel": "No License required",
                "capacitystatus": "Used", "marketoption": "OnDemand", "preInstalledSw": "NA"}}
            price = row["usd_per_hour"] if factor == 1 else str(float(row["usd_per_hour"]) * factor)
            rate = f"{sku}.JRTCKXETXF.6YS6EN2CT7"
            on_demand[sku] = {f"{sku}.JRTCKXETXF": {
                "offerTermCode": "JRTCKXETXF", "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z",
                "priceDimensions": {rate: {
                    "rateCode": rate, "description": f"${price} per On Demand {system} {row['type']} Instance Hour",
                    "beginRange": "0", "endRange": "Inf", "unit": "Hrs", "pricePerUnit": {"USD": price},
                    "appliesTo": []}},
                "termAttributes": {}}}
    products["SKUSTORAGE"] = {"sku": "SKUSTORAGE", "productFamily": "Storage",
                              "attributes": {"volumeApiName": "gp3", "regionCode": region}}
    return json.dumps({"formatVersion": "v1.0", "disclaimer": "No warranty.", "offerCode": "AmazonEC2",
                       "version": date[:10].replace("-", "") + "100000", "publicationDate": date,
                       "products": products, "terms": {"OnDemand": on_demand, "Reserved": {}},
                       "attributesList": {}}, indent=1).encode()


def dearer(row):
    if row["type"] == "m5.xlarge":
        row["usd_per_hour"] = "0.2000000000"
    if row["type"] == "t1.micro":
        return None
    if row["type"] == "m5.large":
        row["type"] = "m99.large"
        row["usd_per_hour"] = "0.0000000015"
    return row


def azure_page(region, base, page, pages, following):
    items = []
    every = rows("azure_instances.csv", region)
    for row in every[page::pages]:
        for suffix, product, price in (("", "", row["usd_per_hour"]), (" Spot", "", row["spot_usd_per_hour"]),
                                       ("", " Windows", "9.99"), (" Low Priority", "", "0.01")):
            if not price:
                continue
            items.append({
                "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": float(price), "unitPrice": float(price),
                "armRegionName": region, "location": "Somewhere", "effectiveStartDate": "2024-01-01T00:00:00Z",
                "meterId": "m", "meterName": row["type"][9:] + suffix, "productId": "p", "skuId": "s",
                "productName": "Virtual Machines Series" + product, "skuName": row["type"][9:] + suffix,
                "serviceName": "Virtual Machines", "serviceId": "DZH313Z7MMC8", "serviceFamily": "Compute",
                "unitOfMeasure": "1 Hour", "type": "Consumption", "isPrimaryMeterRegion": True,
                "armSkuName": row["type"],
                "savingsPlan": [{"unitPrice": 0.1, "retailPrice": 0.1, "term": "3 Years"}]})
    return json.dumps({"BillingCurrency": "USD", "CustomerEntityId": "Default", "CustomerEntityType": "Retail",
                       "Items": items, "NextPageLink": following, "Count": len(items)}).encode()


def gcp_skus():
    with open(f"{BOOK}/gcp_unit_rates.csv") as f:
        book = list(csv.DictReader(f))
    skus = []
    for row in book:
        maker = {"n2d": " AMD", "c2d": " AMD", "n1": " Predefined"}.get(row["family"], "")
        for kind, unit, on_demand, spot in (("Core", "h", "usd_per_vcpu_hour", "spot_usd_per_vcpu_hour"),
                                            ("Ram", "GiBy.h", "usd_per_gib_hour", "spot_usd_per_gib_hour")):
            text = f"{row['family'].upper()}{maker} Instance {kind} running in Place"
            for description, usage, price in ((text, "OnDemand", row[on_demand]),
                                              ("Spot Preemptible " + text, "Preemptible", row[spot])):
                if not price:
                    continue
                nanos = round(float(price) * 1e9)
                skus.append({
                    "name": "services/6F81-5844-456A/skus/X", "skuId": f"{len(skus):04X}-0000-0000",
                    "description": description,
                    "category": {"serviceDisplayName": "Compute Engine", "resourceFamily": "Compute",
                                 "resourceGroup": "CPU" if kind == "Core" else "RAM", "usageType": usage},
                    "serviceRegions": [row["region"]],
                    "pricingInfo": [{"summary": "", "pricingExpression": {
                        "usageUnit": unit, "displayQuantity": 1,
                        "tieredRates": [{"startUsageAmount": 0, "unitPrice": {
                            "currencyCode": "USD", "units": str(nanos // 10**9), "nanos": nanos % 10**9}}]},
                        "currencyConversionRate": 1, "effectiveTime": "2026-11-23T09:00:00.123456Z"}],
                    "serviceProviderName": "Google"})
    skus.append({"skuId": "COMMIT", "description": "Commitment v1: N2 Cpu in Americas for 1 Year",
                 "category": {"usageType": "Commit1Yr"}, "serviceRegions": ["us-central1"], "pricingInfo": []})
    return skus


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def log(self, what):
        with open(LOG, "a") as f:
            f.write(f"{self.path} {what} range={self.headers.get('Range', '-')} "
                    f"none-match={self.headers.get('If-None-Match', '-')} key={self.headers.get('X-Goog-Api-Key', '-')}\n")

    def times(self):
        """How often this path was asked for before."""
        seen[self.path] = seen.get(self.path, 0) + 1
        return seen[self.path] - 1

    def answer(self, body=b"", status=200, **headers):
        self.log(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def document(self, body, tag='"v1"', stop=None):
        """A document with its ETag: whole, from a Range on, or cut off after `stop` bytes."""
        start, status = 0, 200
        if self.headers.get("If-None-Match") == tag:
            return self.answer(status=304, ETag=tag)
        if self.headers.get("Range") and self.headers.get("If-Range") == tag:
            start, status = int(self.headers["Range"][6:-1]), 206
        self.log(status)
        self.send_response(status)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(body) - start))
        if status == 206:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        self.wfile.write(body[start:] if stop is None else body[start:start + stop])
        if stop is not None:
            self.close_connection = True

    def do_GET(self):
        parts = urlparse(self.path)
        how, self.rest = parts.path[1:].split("/", 1)
        self.query = parse_qs(parts.query)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/{how}"
        try:
            getattr(self, how.replace("-", "_"))()
        except (BrokenPipeError, ConnectionResetError):
            pass

    def region(self):
        return self.rest.split("/")[-2]

    # ---- AWS ----

    def good(self):
        self.document(aws_offer(self.region()))

    def dearer(self):
        self.document(aws_offer(self.region(), dearer, "2026-11-22T00:00:00Z"), '"v2"')

    def tenfold(self):
        self.document(aws_offer(self.region(), lambda r: {**r, "usd_per_hour": str(11 * float(r["usd_per_hour"]))}))

    def half(self):
        keep = iter(range(10**9))
        self.document(aws_offer(self.region(), lambda r: r if next(keep) % 3 == 0 else None))

    def throttle(self):
        if self.times() < 2:
            return self.answer(b"slow down", 429, Retry_After="1")
        self.good()

    def later(self):
        self.answer(status=429, Retry_After="100000")

    def flaky(self):
        if self.times() == 0:
            return self.answer(b"oops", 503)
        self.good()

    def broken(self):
        self.answer(b'{"products": {}}', 500)

    def absent(self):
        self.answer(status=404)

    def cut(self):
        body = aws_offer(self.region())
        self.document(body, stop=len(body) // 3 if self.times() < 2 else None)

    def cut_changed(self):
        if self.times() == 0:
            body = aws_offer(self.region(), lambda r: {**r, "usd_per_hour": "77"}, "2026-11-01T00:00:00Z")
            return self.document(body, '"old"', len(body) // 2)
        self.document(aws_offer(self.region()), '"new"')

    def cut_untold(self):
        """No ETag, and half of the document."""
        body = aws_offer(self.region())
        self.log(200)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.times() else body[:len(body) // 2])
        self.close_connection = True

    def liar(self):
        """Answers a Range with another part, and once only."""
        body = aws_offer(self.region())
        if self.times() == 0:
            return self.document(body, stop=1000)
        if self.headers.get("Range"):
            return self.answer(body[500:], 206, ETag='"v1"', Content_Range=f"bytes 500-{len(body) - 1}/{len(body)}")
        self.document(body)

    def slow(self):
        self.log(200)
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.5)

    def silent(self):
        time.sleep(30)

    def loop(self):
        self.answer(status=302, Location=self.path)

    def moved(self):
        self.answer(status=302, Location=self.path.replace("/moved/", "/good/"))

    def to_file(self):
        self.answer(status=302, Location="file:///etc/hostname")

    def enormous(self):
        self.log(200)
        self.send_response(200)
        self.send_header("Content-Length", str(10**13))
        self.end_headers()
        self.close_connection = True

    def html(self):
        self.answer(b"<!DOCTYPE html><html><body>Please log in</body></html>", Content_Type="text/html")

    def truncated(self):
        body = aws_offer(self.region())
        self.answer(body[:len(body) // 2])

    def empty(self):
        self.answer()

    def elsewhere_region(self):
        self.document(aws_offer("eu-west-1"))

    # ---- Azure ----

    def azure(self, pages=3, link=None):
        page = int(self.query.get("$skip", ["0"])[0])
        region = self.query["$filter"][0].split("armRegionName eq '")[1].split("'")[0]
        following = f"{self.base}/api/retail/prices?$filter=armRegionName%20eq%20'{region}'&$skip={page + 1}"
        if page + 1 == pages:
            following = None
        self.answer(azure_page(region, self.base, page, pages, link or following))

    def azure_throttle(self):
        if self.times() == 0:
            return self.answer(status=429, Retry_After="1")
        self.azure()

    def azure_stops(self):
        if self.query.get("$skip") == ["1"] and self.times() == 0:
            return self.answer(status=500)
        self.azure()

    def azure_forgets(self):
        """Page 2 fails once, then its link is no longer known."""
        if self.query.get("$skip") == ["1"] and self.times() < 2:
            return self.answer(status=500 if seen[self.path] == 1 else 400)
        self.azure()

    def azure_endless(self):
        page = int(self.query.get("$skip", ["0"])[0])
        self.answer(json.dumps({"BillingCurrency": "USD", "Items": [],
                                "NextPageLink": f"{self.base}/p?$skip={page + 1}"}).encode())

    def azure_cycle(self):
        self.azure(link=f"{self.base}/api/retail/prices?{urlparse(self.path).query}")

    def azure_away(self):
        self.azure(link="http://127.0.0.1:1/api/retail/prices?$skip=1&key=hidden")

    # ---- Google ----

    def gcp(self):
        if self.headers.get("X-Goog-Api-Key") != KEY:
            return self.answer(b'{"error": {"code": 403}}', 403)
        skus = gcp_skus()
        start = int(self.query.get("pageToken", ["at/0"])[0][3:])
        token = f"at/{start + 100}" if start + 100 < len(skus) else ""
        self.answer(json.dumps({"skus": skus[start:start + 100], "nextPageToken": token}).encode())

    def gcp_moved(self):
        self.answer(status=302, Location=self.path.replace("/gcp-moved/", "/gcp/"))


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if len(sys.argv) > 4:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[4])
    server.socket = context.wrap_socket(server.socket, server_side=True)
with open(PORT_FILE + ".part", "w") as f:
    f.write(str(server.server_address[1]))
os.rename(PORT_FILE + ".part", PORT_FILE)
server.serve_forever()
