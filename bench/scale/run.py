"""Measures how long `xinqiao score` takes for a file of forms.

    cargo build --release --package xinqiao
    python3 bench/scale/run.py target/release/xinqiao [--rows 1000000] [--rounds 5]

Writes a list of PHQ-9 forms (an identifier, nine answers of which a few are missing, a note), scores it, and prints the
seconds of each round and the rows of the result. Answers come from a fixed seed.
"""

import argparse
import pathlib
import random
import subprocess
import tempfile
import time


def write(path, rows):
    chance = random.Random(9)
    answers = ["0", "1", "2", "3"]
    with open(path, "w", encoding="utf-8") as file:
        file.write("编号," + ",".join(f"phq9-{item}" for item in range(1, 10)) + ",备注\n")
        for row in range(rows):
            cells = chance.choices(answers, weights=[5, 3, 2, 1], k=9)
            if row % 50 == 0:
                cells[row % 9] = ""
            file.write(f"R{row:08}," + ",".join(cells) + ",\n")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program")
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "forms.csv"), pathlib.Path(folder, "scored.csv")
        write(source, given.rows)
        command = [given.program, "score", "phq-9", "--csv", source, "--out", target]
        for _ in range(given.rounds):
            start = time.perf_counter()
            subprocess.run(command, check=True)
            seconds = time.perf_counter() - start
            print(f"{seconds:.2f} s, {given.rows / seconds:,.0f} rows/s")
        with open(target, "rb") as file:
            written = sum(1 for _ in file) - 1
        assert written == given.rows, f"{written} rows were written"


if __name__ == "__main__":
    main()
