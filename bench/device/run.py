"""The evening on which every phone comes back into the network: visits that waited on many phones, sent at once to a real server.

    cargo build --release --package xinqiao
    python3 bench/device/run.py target/release/xinqiao [--phones 500] [--visits 20]
    python3 bench/device/run.py target/release/xinqiao --postgres postgres://xinqiao@localhost/evening

Makes villages with a doctor, a registered phone and managed persons each, by command line and interface; then every phone sends what
waits, in batches as the page does, and afterwards the same again, as where the receipts were lost, and asks for its caseload. Prints one
table. Every visit is on disk before it is answered. The phones run on the same machine, so the server has less than all of its cores.
With --folder what was made stays there. An empty database is needed.
"""

import argparse
import concurrent.futures
import datetime
import http.client
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import uuid

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("http_bench", HERE.parent / "http" / "run.py")
http_bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(http_bench)

PORT = 8096
ADDRESS = f"http://127.0.0.1:{PORT}"
COUNTY = 310115000000
PASSWORD = "Synthetic-2026"
#: Visits that the page sends at once (data/device.toml).
BATCH = 20
own = threading.local()


def ask(path, body=None, token=None, cookie=None):
    """Status and answer over this thread's own connection."""
    headers = {"Content-Type": "application/json", "Host": f"127.0.0.1:{PORT}", "Origin": ADDRESS}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if cookie:
        headers["Cookie"] = cookie
    sent = json.dumps(body) if body is not None else None
    for attempt in (1, 2):
        if not getattr(own, "line", None):
            own.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        try:
            own.line.request("POST" if sent else "GET", path, sent, headers)
            answer = own.line.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text[:1] in (b"{", b"[") else text.decode()
        except (http.client.HTTPException, OSError):
            own.line = None
            if attempt == 2:
                raise


def wanted(status, answer, *good):
    if status not in good:
        sys.exit(f"{status}: {answer}")
    return answer


def command(options, *arguments, given=None):
    line = [options.program, *arguments, "--database", options.database, "--keys", options.folder / "evening.keys"]
    done = subprocess.run(list(map(str, line)), input=given, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def serve(options):
    line = [options.program, "serve", "--database", options.database, "--keys", options.folder / "evening.keys",
            "--limits", "off", "--listen", f"127.0.0.1:{PORT}"]
    with open(options.folder / "serve.log", "w") as log:
        process = subprocess.Popen(list(map(str, line)), stdout=log, stderr=log)
    while not http_bench.answered(ADDRESS):
        if process.poll() is not None:
            sys.exit((options.folder / "serve.log").read_text())
        time.sleep(0.05)
    return process


def number(sequence):
    """A number that belongs to nobody: no area begins with 990101."""
    day = datetime.date(1950, 1, 1) + datetime.timedelta(days=sequence // 900)
    body = f"990101{day:%Y%m%d}{sequence % 900 + 1:03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return body + "10X98765432"[sum(int(sign) * weight for sign, weight in zip(body, weights)) % 11]


def villages(token, count):
    """Villages of the county and its neighbours, as many as there are phones."""
    found = []
    for county in (COUNTY, 310114000000, 310117000000, 310116000000, 310120000000, 310112000000):
        towns = wanted(*ask(f"/api/v1/divisions/{county}", token=token), 200)["children"]
        for town in towns:
            found += [child["code"] for child in wanted(*ask(f"/api/v1/divisions/{town['code']}", token=token), 200)["children"]]
            if len(found) >= count:
                return found[:count]
    sys.exit("too few villages")


def add(options, username, role, organisation, kind, division):
    account = command(options, "user", "add", username, "--name", username, "--role", role, "--organisation", organisation,
                      "--kind", kind, "--division", str(division), "--json", given=PASSWORD + "\n")
    return account


def token_of(options, username):
    made = command(options, "token", "new", username, "--label", "bench", "--purpose", "care,supervision", "--change", "--days", "1", "--json")
    return made["token"]


def visit(record, version, doctor):
    """A visit at home at which nothing is out of order, as the page writes it."""
    today = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date()
    found = {
        "risk": 0, "symptoms": [1, 3], "symptom_level": 0, "insight": 1, "sleep": 1, "diet": 1, "function": [1, 1, 9, 1, 1],
        "danger": {"none": True, "minor": 0, "trouble": 0, "harm": 0, "other": 0, "self_harm": 0, "suicide_attempt": 0},
        "lock_up": 1, "hospitalisation": 0, "last_discharge": None, "laboratory": False, "physical": "stable",
        "other_abnormality": False, "adherence": 1, "adverse_reaction": 1, "adverse_severe": False, "effect": 2, "referral": None,
        "emergency_record": False, "drugs": [{"name": "奥氮平", "times_a_day": 1, "dose_micrograms": 10000}], "guidance": [],
        "rehabilitation": [1],
    }
    content = {"on": str(today), "interviewed": "", "mode": 2, "face_to_face": None, "lost": None, "death": None, "found": found,
               "class": 3, "override_reason": "", "next_on": str(today + datetime.timedelta(days=80)), "doctor": doctor}
    moment = time.time_ns() // 1_000_000
    home = record.split("-")[2]
    chance = uuid.uuid4().hex
    made = f"{moment:012x}"
    made = f"{made[:8]}-{made[8:]}-{home}-8{chance[:3]}-{chance[3:15]}"
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    return {"id": made, "record": record, "version": version, "written_at": now, "confirmed": False, "visit": content}


def signed_in(place, username):
    """The cookie of a doctor's phone, each at an address of its own: one address is let in a few times a minute only."""
    line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    form = urllib.parse.urlencode({"username": username, "password": PASSWORD})
    line.request("POST", "/sign-in", form, {"Content-Type": "application/x-www-form-urlencoded", "Origin": ADDRESS,
                                            "X-Forwarded-For": f"10.7.{place // 250}.{place % 250 + 1}"})
    answer = line.getresponse()
    answer.read()
    cookie = answer.headers["Set-Cookie"] or sys.exit(f"{username} is not let in: {answer.status}")
    return cookie.split(";")[0]


def phone(options, hospital, place, village):
    """A doctor of a village with a registered phone, and what waits on it."""
    username = f"doctor{place}"
    add(options, username, "doctor", f"卫生室{place}", "primary_care", village)
    token = token_of(options, username)
    cookie = signed_in(place, username)
    device = wanted(*ask("/devices", {"name": "随访手机"}, cookie=cookie), 201)["id"]
    today = str((datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8)).date())
    waiting = []
    for person in range(options.visits):
        sequence = place * options.visits + person
        card = {"source": "report_card", "on": today, "name": f"王小明{sequence}", "number": number(sequence),
                "division": str(village),
                "profile": {"disorder": "01", "diagnosed_on": today, "hospital": "示例医院"}}
        opened = wanted(*ask("/api/v1/smd-records", card, token=hospital), 200, 201)
        for step in ("receive", "agree"):
            told = wanted(*ask(f"/api/v1/smd-records/{opened['id']}/events", {"step": step}, token=token), 200)
        waiting.append(visit(opened["id"], told["version"], username))
    return {"device": device, "cookie": cookie, "waiting": waiting}


def send(of):
    """Sends what waits on a phone; the seconds of each answer, and what became of the visits."""
    times, outcomes, left = [], {}, len(of["waiting"])
    for first in range(0, len(of["waiting"]), BATCH):
        part = of["waiting"][first:first + BATCH]
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        begun = time.perf_counter()
        answer = wanted(*ask(f"/devices/{of['device']}/visits", {"contact": {"now": now, "waiting": left}, "visits": part},
                             cookie=of["cookie"]), 200)
        times.append(time.perf_counter() - begun)
        left -= len(part)
        for one in answer["answers"]:
            outcome = "repeated" if one.get("repeated") else one["outcome"]
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
            if one["outcome"] != "taken":
                print(one, file=sys.stderr)
    return times, outcomes


def caseload(of):
    begun = time.perf_counter()
    held = wanted(*ask(f"/devices/{of['device']}/caseload", {"known": {}}, cookie=of["cookie"]), 200)
    return time.perf_counter() - begun, len(held["all"])


def middle(times, part):
    times = sorted(times)
    return times[min(len(times) - 1, len(times) * part // 100)]


def all_at_once(phones, work):
    begun = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(len(phones)) as pool:
        done = list(pool.map(work, phones))
    return time.perf_counter() - begun, done


def evening(options, process):
    add(options, "hospital", "doctor", "示例医院", "hospital", COUNTY)
    hospital = token_of(options, "hospital")
    places = villages(hospital, options.phones)
    begun = time.perf_counter()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        phones = list(pool.map(lambda one: phone(options, hospital, *one), enumerate(places)))
    print(f"{len(phones)} phones with {options.visits} visits each were made in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
    print("| all phones at once | takes | a second | an answer, half of them | 99 of 100 | outcome |\n|---|---|---|---|---|---|")
    for name in ("visits sent", "the same again"):
        seconds, done = all_at_once(phones, send)
        times = [each for own_times, _ in done for each in own_times]
        outcomes = {}
        for _, own_outcomes in done:
            for outcome, count in own_outcomes.items():
                outcomes[outcome] = outcomes.get(outcome, 0) + count
        count = sum(outcomes.values())
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
        print(f"| {name} | {seconds:.1f} s | {count / seconds:.0f} | {middle(times, 50):.2f} s | {middle(times, 99):.2f} s | {told} |", flush=True)
    seconds, done = all_at_once(phones, caseload)
    times, persons = [each for each, _ in done], sum(count for _, count in done)
    print(f"| caseloads | {seconds:.1f} s | {len(done) / seconds:.0f} | {middle(times, 50):.2f} s | {middle(times, 99):.2f} s | {persons} persons |")
    print(f"resident {http_bench.resident(process):.0f} MB, at most {http_bench.resident(process, 'VmHWM'):.0f} MB", file=sys.stderr)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("program")
    options.add_argument("--phones", type=int, default=500)
    options.add_argument("--visits", type=int, default=20)
    options.add_argument("--postgres", help="address of an empty database; without it SQLite")
    options.add_argument("--folder", type=pathlib.Path)
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        options.folder = options.folder or pathlib.Path(temporary)
        os.makedirs(options.folder, exist_ok=True)
        options.database = options.postgres or f"sqlite:{options.folder}/evening.sqlite"
        process = serve(options)
        try:
            evening(options, process)
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
