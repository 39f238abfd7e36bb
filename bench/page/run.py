"""How long a telephone on a slow line waits for the page of a visit: Chromium through chromedriver, with line and processor slowed down.

    cargo build --release --package xinqiao
    python3 bench/page/run.py target/release/xinqiao [--rounds 5] [--path /followup/records/…/visit]

Starts a demonstration, signs the township's doctor in, and opens the form of a visit with an empty cache (cold) and again (warm), each a
few times; prints the middle of each figure. *Seen* is the first contentful paint, after which the form, which the server draws, can be
read and filled in; *ready* when its scripts have run. Needs chromium and chromedriver.
"""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

SITE = "http://127.0.0.1:8095"
DRIVER = "http://127.0.0.1:9516"
#: Name, kbit/s, milliseconds of a round trip, slowdown of the processor. The second is what Lighthouse calls slow 4G.
LINES = [("400 kbit/s, 400 ms", 400, 400), ("1.6 Mbit/s, 150 ms (slow 4G)", 1600, 150)]
SLOWER = 4
PROBE = """
const page = performance.getEntriesByType('navigation')[0];
const files = performance.getEntriesByType('resource');
const paint = performance.getEntriesByName('first-contentful-paint')[0];
const bytes = (all) => all.reduce((sum, one) => sum + one.transferSize, 0);
return { answer: page.responseStart, seen: paint ? paint.startTime : null, ready: page.domContentLoadedEventEnd,
         whole: page.loadEventEnd, page: page.transferSize, files: bytes(files), asked: files.filter((one) => one.transferSize > 0).length };
"""


def driver(method, path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(DRIVER + path, data=data, method=method, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)["value"]
    except urllib.error.HTTPError as failed:
        sys.exit(failed.read().decode())


class Browser:
    def __init__(self):
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
                     "--disable-background-networking", "--disable-component-update", "--lang=zh-CN", "--window-size=390,844"]
        metrics = {"width": 390, "height": 844, "pixelRatio": 2.0, "mobile": True, "touch": True}
        options = {"args": arguments, "mobileEmulation": {"deviceMetrics": metrics}}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self.at = "/session/" + driver("POST", "/session", wanted)["sessionId"]

    def tools(self, command, **parameters):
        return driver("POST", self.at + "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def run(self, script):
        return driver("POST", self.at + "/execute/sync", {"script": script, "args": []})

    def open(self, path):
        driver("POST", self.at + "/url", {"url": SITE + path})

    def sign_in(self, account):
        self.open("/sign-in")
        self.run(f"""for (const [name, value] of {json.dumps([["username", account["username"]], ["password", account["password"]]])})
            document.querySelector(`[name=${{name}}]`).value = value; document.querySelector('form').submit();""")
        for _ in range(100):
            if "/sign-in" not in driver("GET", self.at + "/url"):
                return
            time.sleep(0.1)
        sys.exit("the doctor is not let in")

    def slow(self, kilobits, milliseconds):
        self.tools("Network.enable")
        self.tools("Network.emulateNetworkConditions", offline=False, latency=milliseconds, downloadThroughput=kilobits * 125,
                   uploadThroughput=kilobits * 125)
        self.tools("Emulation.setCPUThrottlingRate", rate=SLOWER)

    def measured(self, path, cold):
        if cold:
            self.tools("Network.clearBrowserCache")
        self.open("/healthz")
        self.open(path)
        for _ in range(300):
            found = self.run(PROBE)
            if found["whole"] and found["seen"]:
                return found
            time.sleep(0.1)
        sys.exit("the page does not come")


def demonstration(program, folder):
    command = [program, "demo", "--data", folder, "--people", "400", "--listen", SITE.removeprefix("http://"), "--json"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=log, text=True)
    accounts = {}
    for line in process.stdout:
        record = json.loads(line)
        if "username" not in record:
            break
        accounts[record["username"]] = record
    for _ in range(600):
        try:
            urllib.request.urlopen(SITE + "/healthz", timeout=5)
            return process, accounts
        except OSError:
            if process.poll() is not None:
                sys.exit((folder / "log").read_text())
            time.sleep(0.1)
    sys.exit("the demonstration does not answer")


def measure(options, accounts):
    browser = Browser()
    try:
        browser.sign_in(accounts["town.doctor"])
        path = options.path
        if not path:
            browser.open("/followup/records")
            records = re.findall(r"/followup/records/[0-9a-f-]{36}", browser.run("return document.body.innerHTML"))
            for record in dict.fromkeys(records):
                browser.open(record)
                if browser.run("return document.body.innerHTML").find(record + "/visit") >= 0:
                    path = record + "/visit"
                    break
        print(f"| {path.split('/')[-1]} page, processor {SLOWER} times slower | answer | seen | ready | whole | requests | bytes |")
        print("|---|---|---|---|---|---|---|")
        for name, kilobits, milliseconds in LINES:
            browser.slow(kilobits, milliseconds)
            for kind, cold in (("cold", True), ("warm", False)):
                found = [browser.measured(path, cold) for _ in range(options.rounds)]
                middle = lambda what: statistics.median(one[what] for one in found)
                seconds = " | ".join(f"{middle(what) / 1000:.2f} s" for what in ("answer", "seen", "ready", "whole"))
                size = middle("page") + middle("files")
                print(f"| {name}, {kind} | {seconds} | {1 + middle('asked'):.0f} | {size / 1024:.0f} KB |", flush=True)
    finally:
        driver("DELETE", browser.at)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--path", help="another page; without it the form of a visit to the first who may be visited")
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        process, accounts = demonstration(options.program, pathlib.Path(folder))
        browsers = subprocess.Popen(["chromedriver", "--port=9516", "--log-level=SEVERE"], stdout=subprocess.DEVNULL)
        try:
            time.sleep(1)
            measure(options, accounts)
        finally:
            browsers.terminate()
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
