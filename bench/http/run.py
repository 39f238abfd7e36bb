"""Starts a synthetic county, serves it, and measures start-up, memory, reads and events with wrk.

    apt-get install wrk
    cargo build --release --package xinqiao
    python3 bench/http/run.py target/release/xinqiao [--people 3000] [--seconds 10]

Prints one table. Every event is on disk before it is answered; every read of a case is in the log before it
is answered. wrk runs on the same machine, so the server has less than all of its cores.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 32
ATTEMPT = {
    "name": "record_contact_attempt",
    "data": {"on": time.strftime("%Y-%m-%d"), "way": "phone", "reached": False},
}


def answered(address, path="/healthz"):
    try:
        with urllib.request.urlopen(address + path, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def get(address, path, token):
    request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def make_county(program, folder, people):
    """The demonstration makes the county; it is stopped as soon as it serves."""
    command = [program, "demo", "--data", folder, "--people", str(people), "--listen", "127.0.0.1:8099", "--json"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=log, text=True)
    accounts = {}
    for line in process.stdout:
        record = json.loads(line)
        if "username" in record:
            accounts[record["username"]] = record
        else:
            break
    while not answered("http://127.0.0.1:8099"):
        if process.poll() is not None:
            sys.exit((folder / "log").read_text())
        time.sleep(0.1)
    process.terminate()
    process.wait()
    return accounts


def serve(program, folder, address):
    """Starts the server; returns it and the seconds to its first page."""
    begun = time.perf_counter()
    command = [program, "serve", "--database", f"sqlite:{folder}/xinqiao.sqlite", "--keys", f"{folder}/xinqiao.keys"]
    # One token asks for all: the bounds of an account would be what is measured.
    command += ["--limits", "off", "--listen", address.removeprefix("http://")]
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not answered(address, "/sign-in"):
        if process.poll() is not None:
            sys.exit("the server ended")
        time.sleep(0.005)
    return process, time.perf_counter() - begun


def resident(process, what="VmRSS"):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024


def cookie_of(address, account):
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    form = urllib.parse.urlencode({"username": account["username"], "password": account["password"]}).encode()
    request = urllib.request.Request(address + "/sign-in", data=form, headers={"Origin": address})
    try:
        answer = urllib.request.build_opener(Stay).open(request)
    except urllib.error.HTTPError as redirect:
        answer = redirect
    return answer.headers["Set-Cookie"].split(";")[0]


def wrk(seconds, url, headers=(), script=None, arguments=()):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}", "--latency"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", str(HERE / script)]
    command += [url, *(["--", *map(str, arguments)] if arguments else [])]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    latency = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
    p99 = float(latency[1]) * {"us": 0.001, "ms": 1, "s": 1000}[latency[2]]
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    return rate, p99, int(failed[1]) if failed else 0


def application(division):
    """An application and its consent, as an officer of the county enters them; marks stand for the person."""
    today = time.strftime("%Y-%m-%d")
    f1 = {
        "channel": "personal", "on": today, "applicant_name": "合成申请人", "applicant_relation": "parent",
        "applicant_phone": "13800000000", "name": "合成某", "sex": "male", "birth_date": "@BORN@",
        "identity_kind": "resident", "identity_number": "@NUMBER@", "address": "合成路1号", "division": division,
        "disorder_group": "01", "in_severe_register": "yes", "has_certificate": False, "capacity": "full",
        "needs": ["S2", "S3"], "consent_given": True, "signature": "合成某",
    }
    f12 = {
        "controller": "合成县民政局", "data_kinds": ["identity", "health"], "retention": "五年", "rights_told": True,
        "withdrawal_way": "随时口头或书面撤回", "registration": True, "departments": True, "institution": True,
        "file_transfer": True, "contact": True, "research": False, "publicity": False, "capacity": "full",
        "on": today, "signature": "合成某",
    }
    return json.dumps({"forms": {"F1": f1, "F12": f12}, "submit": True}, ensure_ascii=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--people", type=int, default=3000)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    address = "http://127.0.0.1:8098"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        accounts = make_county(options.program, folder, options.people)
        worker = accounts["referral"]
        token = worker["api_token"]
        server, start = serve(options.program, folder, address)
        try:
            time.sleep(2)
            print("| what | figure |\n|---|---|", flush=True)
            print(f"| start to first page | {start:.2f} s |")
            print(f"| resident memory at rest | {resident(server):.0f} MB |", flush=True)
            found = get(address, "/api/v1/cases?limit=50&state=submitted", token)["cases"]
            found = found or get(address, "/api/v1/cases?limit=50", token)["cases"]
            bearer = f"Authorization: Bearer {token}"
            session = f"Cookie: {cookie_of(address, worker)}"
            (folder / "cases").write_text("".join(case["id"] + "\n" for case in found))
            (folder / "command").write_text(json.dumps(ATTEMPT))
            body = folder / "application"
            body.write_text(application(str(found[0]["division"])))
            one = f"{address}/api/v1/cases/{found[0]['id']}"
            for what, arguments in [
                ("`GET /api/v1/cases/{id}`", (one, [bearer])),
                ("work list page", (f"{address}/work-list", [session])),
                ("case page", (f"{address}/cases/{found[0]['id']}", [session])),
                ("`GET /api/v1/cases`", (f"{address}/api/v1/cases", [bearer])),
                ("event on a case", (address, (), "command.lua", (token, folder / "cases", folder / "command"))),
                ("application filed and submitted", (address, (), "apply.lua", (token, body))),
            ]:
                rate, p99, failed = wrk(options.seconds, *arguments)
                fault = f", {failed} FAILED" if failed else ""
                print(f"| {what}, {CONNECTIONS} at once | {rate:,.0f}/s, p99 {p99:.1f} ms{fault} |", flush=True)
            print(f"| resident memory after that | {resident(server):.0f} MB |")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
