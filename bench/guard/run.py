"""Measures what scope and log cost the readers: the program against the same program without them, in turn.

    apt-get install wrk
    cargo build --release --package xinqiao
    python3 bench/guard/run.py [--rounds 40] [--seconds 2] [--people 3000]

Copies the committed program, takes the scope out of the statements on cases and the log out of the reads
(unguarded.patch), builds the copy, and asks both the same on copies of one synthetic county, the other first in every
second round, since a machine's speed changes from one minute to the next. Prints the median of each, and the median of
what is lost within a round with the quarters around it. The copy is deleted; nothing but this benchmark builds it.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ADDRESS = "http://127.0.0.1:8098"

spec = importlib.util.spec_from_file_location("http_bench", ROOT / "bench" / "http" / "run.py")
http = importlib.util.module_from_spec(spec)
spec.loader.exec_module(http)


def target():
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def unguarded(folder):
    """Builds the program without scope and log; returns its path."""
    copy = folder / "copy"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(copy)], check=True)
    subprocess.run(["git", "apply", str(HERE / "unguarded.patch")], cwd=copy, check=True)
    # Beside the other builds: what both depend on is built once.
    place = target() / "unguarded"
    command = ["cargo", "build", "--quiet", "--release", "--package", "xinqiao"]
    subprocess.run(command, cwd=copy, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(place)})
    return place / "release" / "xinqiao"


def reads(worker, case, session):
    bearer = f"Authorization: Bearer {worker['api_token']}"
    return [
        ("`GET /api/v1/cases/{id}`", f"{ADDRESS}/api/v1/cases/{case}", [bearer]),
        ("`GET /api/v1/cases`", f"{ADDRESS}/api/v1/cases", [bearer]),
        ("work list page", f"{ADDRESS}/work-list", [session]),
        ("case page", f"{ADDRESS}/cases/{case}", [session]),
    ]


def measure(program, folder, worker, seconds, rates):
    server, _ = http.serve(program, folder, ADDRESS)
    try:
        time.sleep(1)
        token = worker["api_token"]
        case = http.get(ADDRESS, "/api/v1/cases?limit=50", token)["cases"][0]["id"]
        session = f"Cookie: {http.cookie_of(ADDRESS, worker)}"
        for what, url, headers in reads(worker, case, session):
            rate, _, failed = http.wrk(seconds, url, headers)
            if failed:
                raise SystemExit(f"{what}: {failed} requests failed")
            rates.setdefault(what, []).append(rate)
    finally:
        server.terminate()
        server.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--people", type=int, default=3000)
    options = parser.parse_args()
    guarded = target() / "release" / "xinqiao"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        without = unguarded(folder)
        (folder / "with").mkdir()
        worker = http.make_county(guarded, folder / "with", options.people)["referral"]
        shutil.copytree(folder / "with", folder / "without")
        kept, bare = {}, {}
        both = [(guarded, folder / "with", kept), (without, folder / "without", bare)]
        for number in range(options.rounds):
            for program, place, rates in both if number % 2 == 0 else reversed(both):
                measure(program, place, worker, options.seconds, rates)
        print("| read | with scope and log | without | cost |\n|---|---|---|---|")
        for what, rates in kept.items():
            lost = [100 * (1 - one / other) for one, other in zip(rates, bare[what])]
            low, middle, high = statistics.quantiles(lost, n=4)
            with_them, without_them = statistics.median(rates), statistics.median(bare[what])
            print(f"| {what} | {with_them:,.0f}/s | {without_them:,.0f}/s | {middle:.1f} % ({low:.1f} to {high:.1f} %) |")


if __name__ == "__main__":
    main()
