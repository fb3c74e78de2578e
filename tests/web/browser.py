"""browser.py FOLDER NAME=URL...: opens each page in headless Chromium on a phone and on a desktop, in light and dark.

Prints "ok - ..." or "FAILED - ..." for each thing checked; screenshots are left in FOLDER. Speaks the DevTools protocol
over a pipe (one JSON text after another, each ended by a NUL).
"""
import base64
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile

PATIENCE_S = 60
VIEWS = {"phone": (360, 740), "desktop": (1280, 800)}

# What is looked at in the page, with all its details open: wider than the window, or anything that sticks out of it.
MEASURE = """(() => {
	document.querySelectorAll('details').forEach(d => { d.open = true; });
	const wide = document.documentElement.clientWidth;
	const out = [...document.querySelectorAll('body *')].filter(e => {
		const r = e.getBoundingClientRect();
		return r.width > 0 && (r.right > wide + 0.5 || r.left < -0.5);
	});
	const clipped = [...document.querySelectorAll('p,h1,h2,h3,summary,span')].filter(
		e => e.getClientRects().length && getComputedStyle(e).display !== 'inline' && e.scrollWidth > e.clientWidth + 1);
	const stray = document.querySelectorAll('.rows > :not(.row), main > :not(section), body > p:not(.alert)').length;
	return JSON.stringify({
		stray,
		wide: document.documentElement.scrollWidth, window: innerWidth, title: document.title,
		out: out.slice(0, 3).map(e => e.outerHTML.slice(0, 120)),
		clipped: clipped.slice(0, 3).map(e => e.outerHTML.slice(0, 120)),
		scripts: document.scripts.length + document.querySelectorAll('img').length,
		rows: document.querySelectorAll('.row').length,
		first: (document.querySelector('.row') || document.body).className,
		styled: getComputedStyle(document.body).maxWidth !== 'none',
		paper: getComputedStyle(document.body).backgroundColor,
	});
})()"""


class Browser:
	def __init__(self, folder):
		inward, outward = os.pipe(), os.pipe()
		self.profile = tempfile.mkdtemp(prefix="plimsoll-browser-")
		program = shutil.which("chromium") or shutil.which("chromium-browser")
		command = [program, "--headless=new", "--remote-debugging-pipe", "--no-first-run", "--disable-gpu",
			"--disable-dev-shm-usage", "--hide-scrollbars", "--disable-background-networking",
			"--user-data-dir=" + self.profile]
		if os.geteuid() == 0:
			command.append("--no-sandbox")
		# The protocol wants descriptors 3 and 4.
		self.process = subprocess.Popen(
			["bash", "-c", 'from=$1 to=$2; shift 2; exec "$@" 3<&"$from" 4>&"$to"', "-", str(inward[0]), str(outward[1])] + command,
			pass_fds=(inward[0], outward[1]), stderr=open(os.path.join(folder, "chromium.log"), "w"))
		os.close(inward[0])
		os.close(outward[1])
		self.to, self.of, self.rest = inward[1], outward[0], b""
		self.numbers, self.events = itertools.count(1), []

	def receive(self):
		while b"\0" not in self.rest:
			if not select.select([self.of], [], [], PATIENCE_S)[0]:
				raise TimeoutError("the browser says nothing")
			more = os.read(self.of, 1 << 16)
			if not more:
				raise EOFError("the browser has ended")
			self.rest += more
		text, self.rest = self.rest.split(b"\0", 1)
		return json.loads(text)

	def ask(self, method, session=None, **params):
		number = next(self.numbers)
		message = {"id": number, "method": method, "params": params}
		if session:
			message["sessionId"] = session
		os.write(self.to, json.dumps(message).encode() + b"\0")
		while True:
			answer = self.receive()
			if answer.get("id") == number:
				if "error" in answer:
					raise RuntimeError(f"{method}: {answer['error']}")
				return answer["result"]
			self.events.append(answer)

	def until(self, method, session):
		while True:
			for event in self.events:
				if event.get("method") == method and event.get("sessionId") == session:
					return
			self.events.append(self.receive())

	def close(self):
		try:
			self.ask("Browser.close")
		except (OSError, EOFError, TimeoutError):
			self.process.terminate()
		self.process.wait(PATIENCE_S)
		shutil.rmtree(self.profile, ignore_errors=True)


def check(name, holds, why=""):
	print(f"ok - {name}" if holds else f"FAILED - {name}: {why}", flush=True)


def look(browser, url, size, scheme):
	"""What MEASURE says of the page, what the browser complains of, and what it fetched."""
	target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
	session = browser.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
	browser.events = []
	for domain in ("Page", "Log", "Network", "Runtime"):
		browser.ask(domain + ".enable", session)
	browser.ask("Emulation.setDeviceMetricsOverride", session, width=size[0], height=size[1],
		deviceScaleFactor=2 if size[0] < 500 else 1, mobile=size[0] < 500)
	browser.ask("Emulation.setEmulatedMedia", session, features=[{"name": "prefers-color-scheme", "value": scheme}])
	browser.ask("Page.navigate", session, url=url)
	browser.until("Page.loadEventFired", session)
	found = json.loads(browser.ask("Runtime.evaluate", session, expression=MEASURE)["result"]["value"])
	found["complaints"] = [e["params"]["entry"]["text"] for e in browser.events if e.get("method") == "Log.entryAdded"]
	found["fetched"] = [e["params"]["request"]["url"] for e in browser.events
		if e.get("method") == "Network.requestWillBeSent" and not e["params"]["request"]["url"].startswith("data:")]
	picture = browser.ask("Page.captureScreenshot", session, captureBeyondViewport=found["rows"] < 50)["data"]
	browser.ask("Target.closeTarget", targetId=target)
	return found, base64.b64decode(picture)


def judge(name, url, found):
	check(f"{name}: no sideways scrolling", found["wide"] <= found["window"] and not found["out"], found)
	check(f"{name}: no text is cut off", not found["clipped"], found["clipped"])
	check(f"{name}: its style is let past the policy", found["styled"], found["complaints"])
	check(f"{name}: the browser complains of nothing", not found["complaints"], found["complaints"])
	check(f"{name}: nothing else is fetched", found["fetched"] == [url + "/"], found["fetched"])
	check(f"{name}: no foreign element", found["scripts"] == 0 and found["stray"] == 0 and "Plimsoll" in found["title"], found)
	check(f"{name}: trouble comes first", found["rows"] == 0 or "trouble" in found["first"], found["first"])


def main(folder, pages):
	browser = Browser(folder)
	try:
		for (name, url), (view, size) in itertools.product(pages, VIEWS.items()):
			papers = set()
			for scheme in ("light", "dark"):
				found, picture = look(browser, url, size, scheme)
				papers.add(found["paper"])
				with open(os.path.join(folder, f"{name}-{view}-{scheme}.png"), "wb") as file:
					file.write(picture)
				judge(f"{name}, {view}, {scheme}", url, found)
			check(f"{name}, {view}: dark is another paper than light", len(papers) == 2, papers)
	finally:
		browser.close()


main(sys.argv[1], [argument.split("=", 1) for argument in sys.argv[2:]])
