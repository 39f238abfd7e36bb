"""Fills a database with a whole country, serves it, and measures with wrk what is asked of it.

    apt-get install wrk
    cargo build --release --package xinqiao
    python3 bench/national/run.py target/release/xinqiao --people 200000
    python3 bench/national/run.py target/release/xinqiao --people 6600000 --folder /var/tmp/nation
    python3 bench/national/run.py target/release/xinqiao --people 200000 --postgres postgres://xinqiao@localhost/nation

Prints two tables: how the database was filled, and how it answers. With --folder the country is kept there and measured
again without being filled again. Words, persons and cases differ from request to request. wrk runs on the same machine,
so the server has less than all of its cores. A machine's disk stands still for a moment now and then: with --rounds 3 each
row is asked three times, with the others in between, and its medians are printed.
"""

import argparse
import importlib.util
import json
import os
import pathlib
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("http_bench", HERE.parent / "http" / "run.py")
http = importlib.util.module_from_spec(spec)
spec.loader.exec_module(http)

ADDRESS = "http://127.0.0.1:8097"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂文华建国志红玉春梅海燕"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"


def fill(program, folder, people, cases, postgres):
    """Fills the database; its accounts, and figures of the filling."""
    database = postgres or f"sqlite:{folder}/nation.sqlite"
    command = [program, "synth", "--people", people, "--direct", database, "--keys", folder / "nation.keys", "--json",
               "--cases-in-100", cases]
    begun = time.perf_counter()
    with open(folder / "fill.log", "w") as log:
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=log, text=True)
    if done.returncode:
        sys.exit((folder / "fill.log").read_text())
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    figures = lines.pop()
    figures["measured"] = time.perf_counter() - begun
    figures["memory"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    (folder / "accounts.json").write_text(json.dumps({"accounts": lines, "figures": figures}, ensure_ascii=False))


def ask(path, token=None, body=None, cookie=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if cookie:
        headers["Cookie"] = cookie
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(ADDRESS + path, data=data, headers=headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        text = answer.read()
        return json.loads(text) if text.startswith((b"{", b"[")) else text


def serve(program, folder, database):
    command = [program, "serve", "--database", database, "--keys", folder / "nation.keys"]
    # One token asks for all: the bounds of an account would be what is measured.
    command += ["--limits", "off", "--listen", ADDRESS.removeprefix("http://")]
    with open(folder / "serve.log", "w") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
    for _ in range(3000):
        try:
            urllib.request.urlopen(ADDRESS + "/healthz", timeout=5)
            return process
        except OSError:
            if process.poll() is not None:
                sys.exit((folder / "serve.log").read_text())
            time.sleep(0.1)
    sys.exit("the server does not answer")


def settle(process):
    """Waits until the server is idle: its clock first tells what became late since the country was made."""
    ticks = os.sysconf("SC_CLK_TCK")
    used = lambda: sum(map(int, pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]))
    begun, idle, last = time.perf_counter(), 0, used()
    while idle < 35:
        time.sleep(5)
        now = used()
        # Its clock looks every half minute what is due, which takes up to a second of a whole nation.
        idle = idle + 5 if (now - last) / ticks < 1.25 else 0
        last = now
        if time.perf_counter() - begun > 1800:
            sys.exit("the server does not come to rest")
    print(f"at rest after {time.perf_counter() - begun:.0f} s", file=sys.stderr)


def wrk(lines, headers, seconds, connections):
    """Rate, p50 and p99 in milliseconds, and how many answers were failures."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("".join(line + "\n" for line in lines))
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--timeout", "30s", "-s", str(HERE / "load.lua")]
        command += [ADDRESS, "--", file.name, *headers]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])
    p50, p99, failed = map(int, re.search(r"p50 (\d+) p99 (\d+) failed (\d+)", done.stdout).groups())
    return rate, p50 / 1000, p99 / 1000, failed


def person_words(token, seed):
    """Persons of the county with words by which they are searched."""
    chance = random.Random(seed)
    ids, names = [], []
    words = {surname + given for surname in SURNAMES for given in chance.sample(GIVEN, 6)}
    for word in sorted(words):
        for person in ask("/api/v1/persons/search", token, {"q": word})["persons"]:
            ids.append(person["id"])
            names.append(person["name"])
    return sorted(set(ids)), sorted(set(names))


def cases_of(token, **filters):
    """The first 500 cases of who has this token."""
    cases, after = [], None
    while len(cases) < 500:
        query = {"limit": 50} | filters | ({"after": after} if after else {})
        found = ask("/api/v1/cases?" + urllib.parse.urlencode(query), token)
        cases += found["cases"]
        after = found.get("next")
        if not after:
            break
    return cases


def accepted(line):
    _, token, _, path, body = line.split(" ", 4)
    try:
        ask(path, token, json.loads(body))
    except urllib.error.HTTPError:
        return False
    return True


def elsewhere(program, folder, database, watching):
    """Attempts to reach somebody, each by who works on the case, in the largest county of each province: many attempts in
    the few cases of one county would measure documents of a length that none has."""
    attempt = json.dumps({"name": "record_contact_attempt",
                          "data": {"on": time.strftime("%Y-%m-%d"), "way": "phone", "reached": False}})
    largest = lambda division: max(ask(f"/api/v1/counts?division={division}", watching)["parts"],
                                   key=lambda part: part["persons"])["division"]
    lines = []
    for province in ask("/api/v1/counts", watching)["parts"]:
        county = largest(largest(province["division"]))
        if county % 1_000_000:
            # A city without counties.
            continue
        made = subprocess.run(
            [program, "token", "new", f"referral.{county // 1_000_000}", "--database", database, "--keys",
             folder / "nation.keys", "--label", "bench", "--purpose", "referral", "--change", "--days", "1", "--json"],
            capture_output=True, text=True)
        if made.returncode:
            sys.exit(made.stderr)
        token = json.loads(made.stdout)["token"]
        for state in ("registered", "waiting"):
            lines += [f"as {token} POST /api/v1/cases/{case['id']}/events {attempt}"
                      for case in cases_of(token, state=state)]
    # A few wait for what another county decides; they are left out.
    lines = [line for line in lines if accepted(line)]
    random.Random(7).shuffle(lines)
    print(f"commands go to {len(lines)} cases", file=sys.stderr)
    return lines


def followed(cases, token, watching):
    """Seconds until the nation's need is one less after a person of a registered case took consent back."""
    consented = lambda: ask("/api/v1/counts", watching)["total"]["consented"]
    for case in cases:
        if case["state"] != "registered":
            continue
        before = consented()
        try:
            ask(f"/api/v1/cases/{case['id']}/events", token, {"name": "withdraw_consent", "data": {"purposes": []}})
        except urllib.error.HTTPError:
            continue
        begun = time.perf_counter()
        after = consented()
        if after == before - 1:
            return f"{time.perf_counter() - begun:.2f} s"
    return "nobody was counted before"


def measure(options, folder, database, process):
    known = json.loads((folder / "accounts.json").read_text())
    accounts = {account["username"]: account for account in known["accounts"]}
    of = lambda name: next(a for username, a in accounts.items() if username.startswith(name))
    worker, nation = of("referral."), accounts["nation.supervisor"]
    token, watching = worker["api_token"], nation["api_token"]
    county = worker["division"]
    page = f"Cookie: {http.cookie_of(ADDRESS, worker)}"
    nation_page = f"Cookie: {http.cookie_of(ADDRESS, nation)}"
    bearer = f"Authorization: Bearer {token}"
    watch = f"Authorization: Bearer {watching}"
    province = f"Authorization: Bearer {accounts['province.officer']['api_token']}"
    print(f"resident at rest {http.resident(process):.0f} MB", file=sys.stderr)
    cases = cases_of(token)
    persons, names = person_words(token, options.seed)
    chance = random.Random(options.seed)
    letters = "zwlcyhxgs"
    initials = ["".join(chance.choice(letters) for _ in range(3)) for _ in range(300)]
    pinyin = [s + g for s in ("wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou")
              for g in ("wei", "fang", "min", "jing", "qiang", "lei", "jun", "yan", "jie", "tao", "ming", "hua", "ping")]
    tails = [f"{chance.randrange(10_000):04d}" for _ in range(1000)]
    search = lambda words: ["POST /api/v1/persons/search " + json.dumps({"q": word}) for word in words]
    reads = [f"GET /api/v1/cases/{case['id']}" for case in cases]
    people = [f"GET /api/v1/persons/{person}" for person in persons]
    writes = elsewhere(options.program, folder, database, watching) or reads[:1]
    # What the commands wrote is on disk before others are measured.
    os.sync()
    mixed = []
    for turn in range(10_000):
        kind = turn % 10
        if kind in (4, 9):
            mixed.append(writes[turn // 5 % len(writes)])
        elif kind == 5:
            mixed.append(people[turn * 7 % len(people)])
        elif kind == 7:
            mixed.append(f"GET /api/v1/counts?division={county}")
        else:
            mixed.append(reads[turn * 13 % len(reads)])
    rows = [
        ("a case", reads, [bearer], "p99 < 10 ms", options.seconds),
        ("a person", people, [bearer], "p99 < 10 ms", options.seconds),
        ("persons by name", search(names), [bearer], "p99 < 30 ms", options.seconds),
        ("persons by pinyin", search(pinyin), [bearer], "p99 < 30 ms", options.seconds),
        ("persons by initials", search(initials), [bearer], "p99 < 30 ms", options.seconds),
        ("persons by the end of a number", search(tails), [bearer], "p99 < 30 ms", options.seconds),
        ("persons by name, of a province", search(names), [province], "p99 < 30 ms", options.seconds),
        ("persons by pinyin, of a province", search(pinyin), [province], "p99 < 30 ms", options.seconds),
        ("persons by initials, of a province", search(initials), [province], "p99 < 30 ms", options.seconds),
        ("persons by the end of a number, of a province", search(tails), [province], "p99 < 30 ms", options.seconds),
        ("work list page", ["GET /work-list"], [page], "p99 < 50 ms", options.seconds),
        ("need of the nation by province, API", ["GET /api/v1/counts"], [watch], "p99 < 100 ms", options.seconds),
        ("need of the nation, page", ["GET /need"], [nation_page], "p99 < 100 ms", options.seconds),
        ("need of a county by town, API", [f"GET /api/v1/counts?division={county}"], [bearer], "p99 < 100 ms",
         options.seconds),
        ("need of a county by village, API", [f"GET /api/v1/counts?division={county}&by=village"], [bearer],
         "p99 < 100 ms", options.seconds),
        ("need of a town by village, page", [f"GET /need?division={int(cases[0]['division']) // 1000 * 1000}"], [page],
         "p99 < 100 ms", options.seconds),
        ("mixed, 80 % reads", mixed, [bearer], "2,000/s, on PostgreSQL 1,500/s", options.mixed),
    ]
    rows = [row for row in rows if options.only in row[0]]
    seen = {row[0]: [] for row in rows}
    for turn in range(options.rounds):
        for what, lines, headers, _, seconds in rows:
            if lines:
                connections = 32 if what.startswith("mixed") else options.connections
                seen[what].append(wrk(lines, headers, seconds, connections))
        print(f"round {turn + 1} of {options.rounds}", file=sys.stderr, flush=True)
    print(f"\n| what, {options.connections} at once | rate | p50 | p99 (each round) | goal |\n|---|---|---|---|---|")
    for what, _, _, goal, _ in rows:
        if not seen[what]:
            print(f"| {what} | nothing to ask | | | {goal} |")
            continue
        rates, p50s, p99s, failures = zip(*seen[what])
        fault = f", {sum(failures)} FAILED" if sum(failures) else ""
        each = f" ({', '.join(f'{p99:.1f}' for p99 in p99s)})" if len(p99s) > 1 else ""
        middle = statistics.median
        print(f"| {what} | {middle(rates):,.0f}/s{fault} | {middle(p50s):.1f} ms | {middle(p99s):.1f} ms{each} | {goal} |")
    sys.stdout.flush()
    print(f"| need of the nation after somebody took consent back | {followed(cases, token, watching)} | | | 2 s |")
    print(f"| server's memory, at most | {http.resident(process, 'VmHWM'):.0f} MB | | | 500 MB |")


def scans(postgres):
    """How often PostgreSQL has read each large table from end to end: no request may. (A debug build refuses such a plan on
    SQLite; PostgreSQL plans by what the tables hold, so it is looked at where they hold a nation.)"""
    sql = "SELECT relname, seq_scan FROM pg_stat_user_tables WHERE n_live_tup > 100000"
    told = subprocess.run(["psql", postgres, "-AtF", "\t", "-c", sql], check=True, capture_output=True, text=True).stdout
    return {name: int(times) for name, times in (line.split("\t") for line in told.splitlines())}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--cases-in-100", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--mixed", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=1, help="ask all of it so often; the medians are printed")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="ask only what has this in its name")
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--postgres", help="an empty database; the data is kept there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = options.folder or pathlib.Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        database = options.postgres or f"sqlite:{folder}/nation.sqlite"
        if not (folder / "accounts.json").exists():
            fill(options.program, folder, options.people, options.cases_in_100, options.postgres)
        figures = json.loads((folder / "accounts.json").read_text())["figures"]
        print("| filled | figure |\n|---|---|")
        print(f"| persons, cases, events | {figures['people']:,}, {figures['cases']:,}, {figures['events']:,} |")
        print(f"| rows | {figures['rows']:,} |")
        if not options.postgres:
            print(f"| file | {os.path.getsize(folder / 'nation.sqlite') / 1e9:.1f} GB |")
        print(f"| time | {figures['measured']:.0f} s |\n| memory, at most | {figures['memory']:.0f} MB |", flush=True)
        process = serve(options.program, folder, database)
        try:
            settle(process)
            before = scans(options.postgres) if options.postgres else {}
            measure(options, folder, database, process)
            if options.postgres:
                # What the server counted is told a second later.
                time.sleep(2)
                read = [name for name, times in scans(options.postgres).items() if times > before.get(name, 0)]
                print(f"| large tables read from end to end meanwhile | {', '.join(read) or 'none'} | | | none |")
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
