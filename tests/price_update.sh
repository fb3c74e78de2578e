#!/bin/bash
# `plimsoll price update` and `price diff`, against a server on this machine that speaks the providers' formats, well and
# badly. Nothing else is contacted.
. tests/lib.sh

if ! command -v python3 >/dev/null; then
	skip "price updates: python3 is not here"
	pass "nothing to test with"
	finish
fi
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY GOOGLE_API_KEY
log=$scratch/requests
python3 tests/price_server.py data/prices "$scratch/port" "$log" 2>"$scratch/server" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do
	[ -s "$scratch/port" ] && break
	sleep 0.1
done
url=http://127.0.0.1:$(cat "$scratch/port")
book=$scratch/book

fresh() {
	rm -rf "$book"
	mkdir "$book"
	cp -r data/prices "$book/prices"
	: >"$log"
}

# update PROVIDER ARGUMENT...: what it says goes to $scratch/out and $scratch/err, its exit status to $status.
update() {
	"$plimsoll" price update "$@" --data "$book" >"$scratch/out" 2>"$scratch/err"
	status=$?
}

untouched() {
	diff -r data/prices "$book/prices" >"$scratch/differs" && [ -z "$(find "$book" -maxdepth 1 -name 'prices.*')" ]
}

# takes NAME PROVIDER ARGUMENT...: the update is made.
takes() {
	name=$1
	shift
	update "$@"
	if [ "$status" -eq 0 ]; then pass "$name"; else fail "$name: exit $status" "$scratch/out" "$scratch/err"; fi
}

# refuses NAME PATTERN PROVIDER ARGUMENT...: exit 2, one message (the last line) that matches, the book as it was.
refuses() {
	name=$1 pattern=$2
	shift 2
	update "$@"
	if [ "$status" -ne 2 ] || [ -s "$scratch/out" ] || ! tail -n 1 "$scratch/err" | grep -qE "^plimsoll price update: .*$pattern"; then
		fail "$name: exit $status" "$scratch/out" "$scratch/err"
	elif [ "$(grep -c '^plimsoll' "$scratch/err")" -ne 1 ]; then
		fail "$name: more than one message" "$scratch/err"
	elif ! untouched; then
		fail "$name: the book was changed" "$scratch/differs"
	else
		pass "$name"
	fi
}

price_of() {
	"$plimsoll" price "$1" --data "$book" -o csv | awk -F, -v type="$2" '$1 == type {print $7}'
}

# ---- AWS ----

fresh
takes "an offer file is taken" aws --region us-east-1 --url "$url/good"
check "it says what it did" grep -q '20261120100000 of 2026-11-20; 1 region' "$scratch/out"
cut -d, -f1-10 data/prices/aws_instances.csv >"$scratch/before"
cut -d, -f1-10 "$book/prices/aws_instances.csv" >"$scratch/after"
check "the same prices give the same list, shapes, classes and families included" diff "$scratch/before" "$scratch/after"
check "the rows name their source" grep -q '^us-east-1,m5.xlarge,.*,pricing.us-east-1.amazonaws.com AmazonEC2 20261120100000 (spot: .*),2026-11-20$' \
	"$book/prices/aws_instances.csv"
today=$(date -u +%F)
check "the old book is kept under its date" diff -r data/prices "$book/prices.$today"
check "nothing of the download is left" test ! -e "$book/.update/aws-us-east-1"
takes "the same again" aws --region us-east-1 --url "$url/good"
check "changes nothing" grep -q 'nothing was changed' "$scratch/out"
check "and keeps nothing" test ! -e "$book/prices.$today.2"
mkdir "$scratch/home"
cp -r data "$scratch/home/data"
check "without --data the program's own lists are brought up to date" env PLIMSOLL_HOME="$scratch/home" \
	"$plimsoll" price update aws --region us-east-1 --url "$url/dearer"
check "and the old ones kept beside them" test -d "$scratch/home/data/prices.$today"
takes "dearer prices are taken" aws --region us-east-1 --url "$url/dearer"
check "a price is what the file says" test "$(price_of aws/us-east-1 m5.xlarge)" = 0.2
check "what the file no longer names is gone" test -z "$(price_of aws/us-east-1 t1.micro)"
check "a new type is there, its price rounded to a billionth" test "$(price_of aws/us-east-1 m99.large)" = 0.000000002
check "other regions are as they were" test "$(grep -c ^eu-west-1 "$book/prices/aws_instances.csv")" = "$(grep -c ^eu-west-1 data/prices/aws_instances.csv)"
check "a second state of the day has a number" test -d "$book/prices.$today.2"

"$plimsoll" price diff "$book/prices.$today.2" --data "$book" -o csv >"$scratch/diff"
check "price diff finds the change" grep -qx 'aws/us-east-1,m5.xlarge,on demand,0.192,0.2,4.2' "$scratch/diff"
check "and what is new" grep -qx 'aws/us-east-1,m99.large,on demand,,0.000000002,' "$scratch/diff"
check "and what is gone" grep -qx 'aws/us-east-1,t1.micro,on demand,0.02,,' "$scratch/diff"
"$plimsoll" price diff "$today" now --data "$book" -o csv >"$scratch/dates"
check "a date is the book as that day began" diff "$scratch/diff" "$scratch/dates"
check "a region without changes has none" grep -q 'No price changed' <("$plimsoll" price diff "$today" --region aws/eu-west-1 --data "$book")
check "a later day is the book in force" grep -q 'No price changed' <("$plimsoll" price diff 2999-01-01 --data "$book")
refuse "an unknown state is refused" "$plimsoll" price diff yesterday --data "$book"

fresh
takes "without --region all of the book's are updated" aws --url "$url/good"
check "both of them" grep -q '; 2 regions,' "$scratch/out"

fresh
takes "429 is waited out" aws --region us-east-1 --url "$url/throttle"
check "as long as asked for" test "$(grep -c 'too many requests); again in 1\.' "$scratch/err")" = 2
takes "503 is tried again" aws --region us-east-1 --url "$url/flaky"
fresh
takes "a cut connection is continued" aws --region us-east-1 --url "$url/cut"
check "from where it broke off" test "$(grep -c ' 206 range=bytes=[1-9]' "$log")" = 2
fresh
takes "a document that changed meanwhile is begun anew" aws --region us-east-1 --url "$url/cut-changed"
check "and none of the old one is in it" test "$(price_of aws/us-east-1 m5.xlarge)" = 0.192
fresh
takes "without an ETag it is begun anew" aws --region us-east-1 --url "$url/cut-untold"
check "without a Range" test -z "$(grep 'range=bytes' "$log")"
fresh
takes "a wrong part is not built upon" aws --region us-east-1 --url "$url/liar"
takes "a redirect is followed" aws --region us-east-1 --url "$url/moved"
fresh
takes "a document itself may be named" aws --region us-east-1 --url "$url/good/x/us-east-1/index.json"

fresh
url2=$url/cut/again
refuses "a download that breaks off" 'us-east-1/index.json: ' aws --region us-east-1 --url "$url2" --retries 0
check "and leaves its part" test -s "$book/.update/aws-us-east-1/page-0001.part"
takes "the next update continues it" aws --region us-east-1 --url "$url2"
check "with a Range" grep -q ' 206 range=bytes=[1-9]' "$log"

fresh
refuses "a lost half" 'of [0-9]+ types in us-east-1 would be gone: .*--force' aws --region us-east-1 --url "$url/half"
takes "is taken by --force" aws --region us-east-1 --url "$url/half" --force
check "without a second download" grep -q ' 304 ' "$log"
fresh
refuses "prices more than tenfold" 'prices would change more than tenfold: a1.2xlarge in us-east-1 0.204 -> 2.244, ' aws --region us-east-1 --url "$url/tenfold"

refuses "500 for ever" 'after 2 tries: .* answered 500' aws --region us-east-1 --url "$url/broken" --retries 1
refuses "404" 'answered 404 \(there is no such document\)' aws --region us-east-1 --url "$url/absent"
refuses "a wait of a day" 'asks to come again in 100000 s' aws --region us-east-1 --url "$url/later"
refuses "a slow body" 'too slow' aws --region us-east-1 --url "$url/slow" --timeout 1s --retries 0
refuses "a silent server" 'too slow' aws --region us-east-1 --url "$url/silent" --timeout 1s --retries 0
refuses "a redirect loop" 'too many redirects' aws --region us-east-1 --url "$url/loop"
refuses "a redirect to a file" 'index.json: ' aws --region us-east-1 --url "$url/to-file"
refuses "an enormous document" 'more than 4294967296 bytes' aws --region us-east-1 --url "$url/enormous"
refuses "a login page" ":1: is not valid JSON: found '<" aws --region us-east-1 --url "$url/html"
refuses "truncated JSON" ':[0-9]+: terms.OnDemand.SKU.*: is not valid JSON: ends where' aws --region us-east-1 --url "$url/truncated"
check "it is not kept" test ! -e "$book/.update/aws-us-east-1"
refuses "an empty document" 'is empty' aws --region us-east-1 --url "$url/empty"
refuses "another region's document" 'no prices for us-east-1; there are some for eu-west-1' aws --region us-east-1 --url "$url/elsewhere-region"
refuses "a closed port" 'http://127.0.0.1:1/.*: .*onnect' aws --region us-east-1 --url http://127.0.0.1:1 --retries 0
refuses "another scheme" "is not a URL of http or https" aws --region us-east-1 --url file:///etc
refuses "a password in a URL is not shown" 'http://127.0.0.1:[0-9]+/absent/x.json: the server' aws --region us-east-1 --url "${url/127/user:hunter2@127}/absent/x.json?q=hunter2"
check "indeed" test -z "$(grep hunter2 "$scratch/err")"
refuses "a region that is no name" 'is not the name of a region' aws --region ../../x --url "$url/good"

if command -v openssl >/dev/null && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	-keyout "$scratch/key" -out "$scratch/certificate" 2>/dev/null; then
	cat "$scratch/key" >>"$scratch/certificate"
	python3 tests/price_server.py data/prices "$scratch/tls-port" "$scratch/tls-requests" "$scratch/certificate" 2>/dev/null &
	tls=$!
	for _ in $(seq 100); do
		[ -s "$scratch/tls-port" ] && break
		sleep 0.1
	done
	refuses "a certificate that nobody vouches for" 'https://localhost:.*certificate' aws --region us-east-1 \
		--url "https://localhost:$(cat "$scratch/tls-port")/good"
	check "before anything is asked" test ! -s "$scratch/tls-requests"
	kill $tls
else
	skip "certificates: openssl is not here"
fi

# ---- documents at hand ----

curl_free_get() {
	python3 -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' "$1"
}
curl_free_get "$url/good/us-east-1/index.json" >"$scratch/offer.json"
fresh
takes "a file is read" aws --file "$scratch/offer.json"
gzip -k "$scratch/offer.json"
fresh
takes "also when it is gzip" aws --file "$scratch/offer.json.gz"
head -c 5000 "$scratch/offer.json.gz" >"$scratch/short.gz"
fresh
refuses "half a gzip file" 'short.gz.*(gzip|JSON)' aws --file "$scratch/short.gz"
refuses "no file" 'none.json: No such file' aws --file "$scratch/none.json"
refuses "a folder" 'is no file' aws --file "$scratch"

# hostile NAME PATTERN SED-EXPRESSION: the good document with one thing changed.
hostile() {
	sed "$3" "$scratch/offer.json" >"$scratch/hostile.json"
	refuses "$1" "hostile.json.*$2" aws --region us-east-1 --file "$scratch/hostile.json"
}
hostile "a negative price" "terms.OnDemand.SKU.*pricePerUnit.USD is '-0.192'" 's/"USD": "0.192"/"USD": "-0.192"/'
hostile "a price beyond all money" "is '1e300'" 's/"USD": "0.192"/"USD": "1e300"/'
hostile "a price that is none" "is 'NaN'" 's/"USD": "0.192"/"USD": "NaN"/'
hostile "a price that is a list" 'is a list; allowed' 's/"USD": "0.192"/"USD": []/'
hostile "another unit" "unit is 'Quantity'" 's/"unit": "Hrs"/"unit": "Quantity"/'
hostile "another service" "offerCode is 'AmazonS3'" 's/"offerCode": "AmazonEC2"/"offerCode": "AmazonS3"/'
hostile "a date that is none" "publicationDate: is 'soon'" 's/"publicationDate": "[^"]*"/"publicationDate": "soon"/'
hostile "a type with a comma" "instanceType is 'm5,xlarge'" 's/"instanceType": "m5.xlarge"/"instanceType": "m5,xlarge"/'
hostile "memory without a unit" "memory of m5.xlarge is '16 potatoes'" '/"instanceType": "m5.xlarge"/,/memory/s/"memory": "[^"]*"/"memory": "16 potatoes"/'
hostile "two prices of one type" 'm5.xlarge in us-east-1 has two prices' 's/"instanceType": "m5.large"/"instanceType": "m5.xlarge"/'
hostile "a key twice" 'is given twice' 's/"tenancy": "Shared",/"tenancy": "Shared", "tenancy": "Shared",/'
hostile "no products" 'neither an offer file' 's/"products": {/"produces": {/'
python3 - "$scratch" <<'PY'
import json, sys
offer = json.load(open(sys.argv[1] + "/offer.json"))
json.dump({key: offer[key] for key in ("terms", "products", "publicationDate", "offerCode", "version")},
          open(sys.argv[1] + "/reversed.json", "w"))
head = ['"FormatVersion","v1.0"', '"Disclaimer","none"', '"Publication Date","%s"' % offer["publicationDate"],
        '"Version","%s"' % offer["version"], '"OfferCode","AmazonEC2"',
        '"SKU","OfferTermCode","RateCode","TermType","PriceDescription","EffectiveDate","StartingRange","EndingRange",'
        '"Unit","PricePerUnit","Currency","LeaseContractLength","Product Family","Location Type","Instance Type","vCPU",'
        '"Physical Processor","Memory","Tenancy","Operating System","License Model","GPU","CapacityStatus",'
        '"Pre Installed S/W","Region Code"']
for sku, product in offer["products"].items():
    if sku not in offer["terms"]["OnDemand"]:
        continue
    a = product["attributes"]
    dimension = list(list(offer["terms"]["OnDemand"][sku].values())[0]["priceDimensions"].values())[0]
    head.append(",".join('"%s"' % cell for cell in (
        sku, "T", "R", "OnDemand", "words, words", "2026-11-01", "0", "Inf", dimension["unit"],
        dimension["pricePerUnit"]["USD"], "USD", "", product["productFamily"], a["locationType"], a["instanceType"],
        a["vcpu"], a["physicalProcessor"], a["memory"], a["tenancy"], a["operatingSystem"], a["licenseModel"],
        a.get("gpu", ""), a["capacitystatus"], a["preInstalledSw"], a["regionCode"])))
open(sys.argv[1] + "/offer.csv", "w").write("\n".join(head) + "\n")
open(sys.argv[1] + "/deep.json", "w").write('{"disclaimer": ' + "[" * 100000)
PY
fresh
takes "terms may come before products" aws --file "$scratch/reversed.json"
check "and give the same list" diff <(cut -d, -f1-10 "$book/prices/aws_instances.csv") "$scratch/before"
fresh
takes "the CSV form is read" aws --file "$scratch/offer.csv"
check "and gives the same list" diff <(cut -d, -f1-10 "$book/prices/aws_instances.csv") "$scratch/before"
fresh
refuses "a deep document" 'nested deeper than 64' aws --file "$scratch/deep.json"
sed 's/"OnDemand","words, words","2026-11-01","0","Inf","Hrs","0.192"/"OnDemand","words, words","2026-11-01","0","Inf","Hrs","-0.192"/' \
	"$scratch/offer.csv" >"$scratch/hostile.csv"
refuses "a negative price in CSV" "hostile.csv:[0-9]+: PricePerUnit is '-0.192'" aws --file "$scratch/hostile.csv"

cat >"$scratch/spot.json" <<'JSON'
{"SpotPriceHistory": [
  {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": "0.080000", "Timestamp": "2026-11-23T04:32:53+00:00"},
  {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": "0.500000", "Timestamp": "2026-11-20T04:32:53+00:00"},
  {"AvailabilityZone": "us-east-1b", "InstanceType": "m5.xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": "0.070001", "Timestamp": "2026-11-22T04:32:53+00:00"},
  {"AvailabilityZone": "us-east-1b", "InstanceType": "m5.xlarge", "ProductDescription": "Windows", "SpotPrice": "0.9", "Timestamp": "2026-11-22T04:32:53+00:00"},
  {"AvailabilityZone": "us-west-2-lax-1a", "InstanceType": "m5.xlarge", "ProductDescription": "Linux/UNIX", "SpotPrice": "0.3", "Timestamp": "2026-11-22T04:32:53+00:00"}
]}
JSON
fresh
takes "a spot price history is taken" aws --file "$scratch/spot.json"
check "at the mean of the zones' newest prices" grep -q '^us-east-1,m5.xlarge,.*,0.192,0.0750005,.*(spot: ec2 describe-spot-price-history 2026-11-23),2026' "$book/prices/aws_instances.csv"
check "one row only" test "$(diff data/prices/aws_instances.csv "$book/prices/aws_instances.csv" | grep -c '^>')" = 1

cat >"$scratch/opencost.csv" <<'CSV'
EndTimestamp,InstanceID,Region,AssetClass,InstanceIDField,InstanceType,MarketPriceHourly,Version
2026-11-21 23:34:22 UTC,i-1,us-east-1,node,spec.providerID,m5.xlarge,0.15,
2026-11-21 23:34:22 UTC,i-2,us-east-1,node,spec.providerID,m5.xlarge,0.16,
2026-11-21 23:34:22 UTC,m5.large,us-east-1,node,metadata.labels.node.kubernetes.io/instance-type,,0.0701,v1
,gp3,,pv,spec.storageClassName,,0.0001,
CSV
fresh
takes "OpenCost's prices are taken" aws --file "$scratch/opencost.csv"
check "at the mean of a class" test "$(price_of aws/us-east-1 m5.xlarge)" = 0.155
check "by label, too" test "$(price_of aws/us-east-1 m5.large)" = 0.0701
fresh
refuses "but not for unit rates" 'OpenCost prices whole nodes' gcp --file "$scratch/opencost.csv"

# ---- Azure ----

fresh
takes "retail prices are taken page by page" azure --region eastus --url "$url/azure"
check "three pages" test "$(grep -c ' 200 ' "$log")" = 3
check "the list is the same" diff <(cut -d, -f1-10 "$book/prices/azure_instances.csv") <(cut -d, -f1-10 data/prices/azure_instances.csv)
check "the filter names service, region and kind of price" grep -q "serviceName%20eq%20%27Virtual%20Machines%27%20and%20armRegionName%20eq%20%27eastus%27" "$log"
fresh
takes "throttled pages are waited for" azure --region eastus --url "$url/azure-throttle"
fresh
refuses "a page that fails" 'answered 500' azure --region eastus --url "$url/azure-stops" --retries 0
: >"$log"
takes "is where the next update goes on" azure --region eastus --url "$url/azure-stops"
check "the first page is not asked for again" test "$(grep -c ' 200 ' "$log")" = 2
fresh
refuses "a page fails" 'answered 500' azure --region eastus --url "$url/azure-forgets" --retries 0
refuses "and cannot be continued" 'answered 400, continuing an earlier update, which is forgotten now: try again' azure --region eastus --url "$url/azure-forgets" --retries 0
takes "then all is fetched anew" azure --region eastus --url "$url/azure-forgets"
fresh
refuses "endless pages" 'more than 2000 pages' azure --region eastus --url "$url/azure-endless"
refuses "pages in a circle" 'page [12] refers back to page 1' azure --region eastus --url "$url/azure-cycle"
refuses "a next page elsewhere" 'the next page is at another server, http://127.0.0.1:1/api/retail/prices$' azure --region eastus --url "$url/azure-away"
item='"currencyCode":"USD","armRegionName":"eastus","armSkuName":"Standard_D2s_v3","skuName":"D2s v3","meterName":"D2s v3","productName":"Virtual Machines DSv3 Series","serviceName":"Virtual Machines","unitOfMeasure":"1 Hour","type":"Consumption","effectiveStartDate":"2024-01-01T00:00:00Z"'
page() {
	printf '{"BillingCurrency":"USD","Items":[{%s,"retailPrice":%s}],"NextPageLink":%s}\n' "$item" "$1" "${2-null}"
}
page -0.096 >"$scratch/page.json"
refuses "a negative price" "page.json:1: Items\[0\]: retailPrice is '-0.096'" azure --file "$scratch/page.json"
page 1e99 >"$scratch/page.json"
refuses "a huge price" "retailPrice is '1e99'" azure --file "$scratch/page.json"
{ page 0.096; page 0.097; } >"$scratch/page.json"
refuses "two prices of one size" 'Standard_D2s_v3 in eastus has two prices, 0.096 and 0.097' azure --file "$scratch/page.json"
page 0.096 '"http://x/2"' >"$scratch/page.json"
refuses "a file that is not the last page" 'its last page is not the last' azure --file "$scratch/page.json"
page 0.096 | sed 's/"BillingCurrency":"USD"/"BillingCurrency":"EUR"/' >"$scratch/page.json"
refuses "another currency" "the currency is 'EUR'" azure --file "$scratch/page.json"
echo '{"Error":{"Code":"BadRequest"}}' >"$scratch/page.json"
refuses "an error in place of a page" 'has Items; this has none' azure --file "$scratch/page.json"

# ---- Google ----

fresh
refuses "the catalog without a key" 'answered 403' gcp --url "$url/gcp"
export GOOGLE_API_KEY=s3cr3t-k3y
fresh
takes "the catalog is taken with a key" gcp --url "$url/gcp"
check "page by page" test "$(grep -c 'pageToken=at%2F[1-9]00 200 .*key=s3cr3t-k3y' "$log")" -ge 2
check "the rates are the same" diff <(cut -d, -f1-6 "$book/prices/gcp_unit_rates.csv") <(cut -d, -f1-6 data/prices/gcp_unit_rates.csv)
check "they are exact, and dated" grep -q ',0.0,cloudbilling.googleapis.com 6F81-5844-456A,2026-11-23$' "$book/prices/gcp_unit_rates.csv"
fresh
refuses "a key is not carried to where a redirect leads" 'answered 302 \(it refers to another place\)' gcp --url "$url/gcp-moved"
GOOGLE_API_KEY=wr0ng-k3y
refuses "a wrong key" 'answered 403 \(not allowed: is a key needed\?\)' gcp --url "$url/gcp"
check "is not shown" test -z "$(grep -r 'wr0ng-k3y' "$scratch/err" "$book")"
refuses "a key is not sent in the open" 'a key is only sent over https' gcp --url http://192.0.2.1
unset GOOGLE_API_KEY
refuses "no key" 'needs an API key: set GOOGLE_API_KEY' gcp
sku() {
	printf '{"skus":[{"skuId":"A-1","description":"N2 Instance Core running in Iowa","category":{"usageType":"OnDemand"},"serviceRegions":["us-central1"],"pricingInfo":[{"effectiveTime":"2026-11-01T00:00:00Z","pricingExpression":{"usageUnit":"h","tieredRates":[%s]}}]}],"nextPageToken":""}\n' "$1"
}
sku '{"startUsageAmount":0,"unitPrice":{"currencyCode":"USD","units":"0","nanos":-5}}' >"$scratch/skus.json"
refuses "negative nanos" "unitPrice.*nanos is '-5'" gcp --file "$scratch/skus.json"
sku '{"startUsageAmount":0,"unitPrice":{"currencyCode":"USD","units":"0","nanos":1000000000}}' >"$scratch/skus.json"
refuses "a billion nanos" "nanos is '1000000000'; allowed: 0 to 999999999" gcp --file "$scratch/skus.json"
sku '{"startUsageAmount":0,"unitPrice":{"units":"0","nanos":5}},{"startUsageAmount":9,"unitPrice":{"units":"0","nanos":4}}' >"$scratch/skus.json"
refuses "a price by tiers" 'A-1 has a price by tiers' gcp --file "$scratch/skus.json"
sku '{"startUsageAmount":0,"unitPrice":{"currencyCode":"CHF","units":"0","nanos":5}}' >"$scratch/skus.json"
refuses "another currency" "currencyCode is 'CHF'" gcp --file "$scratch/skus.json"

# ---- the folder ----

fresh
refuses "words that are not understood" 'unknown provider .awz.; did you mean aws' awz
refuses "--file and --url at once" 'exclude each other' aws --file x --url y
rm -rf "$book"
"$plimsoll" price update aws --data "$scratch/nowhere" --file "$scratch/offer.json" >"$scratch/out" 2>"$scratch/err"
check "a folder without lists is named" grep -q 'nowhere/prices: there are no price lists: No such file' "$scratch/err"
fresh
mkdir "$book/.update"
python3 - "$book/.update/lock" <<'PY' &
import fcntl, sys, time
f = open(sys.argv[1], "w")
fcntl.lockf(f, fcntl.LOCK_EX)
open(sys.argv[1] + ".held", "w").close()
time.sleep(30)
PY
holder=$!
for _ in $(seq 50); do
	[ -e "$book/.update/lock.held" ] && break
	sleep 0.1
done
refuses "two updates at once" 'another update is at work' aws --file "$scratch/offer.json"
kill $holder
fresh
sed -i 's/^aws,us-east-1,boot_disk,.*//' "$book/prices/fees.csv"
cp "$book/prices/fees.csv" "$scratch/fees"
update aws --file "$scratch/offer.json"
check "a book that would not read is not written" grep -q 'cannot be used: fees.csv: no boot_disk for aws/us-east-1' "$scratch/err"
finish
