"""What a copy of SQLite costs whoever writes meanwhile: none, rows read in one transaction, VACUUM INTO, the backup interface.

python3 bench/backup/writers.py [ROWS]
"""

import multiprocessing
import os
import sqlite3
import sys
import tempfile
import threading
import time

# A copy that is not done after so many seconds is given up.
LONGEST = 30
ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000


def connect(path):
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute("PRAGMA busy_timeout=10000")
    return db


def fill(path):
    db = connect(path)
    db.execute("CREATE TABLE person (home INTEGER, id BLOB, body TEXT, PRIMARY KEY (home, id)) STRICT, WITHOUT ROWID")
    db.execute("CREATE INDEX person_by_body ON person (body)")
    db.execute("BEGIN")
    rows = ((i % 16, os.urandom(16), f"{i:0180d}") for i in range(ROWS))
    db.executemany("INSERT INTO person VALUES (?, ?, ?)", rows)
    db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def pages(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    read, last = 0, (-1, b"")
    while True:
        rows = db.execute(
            "SELECT home, id, body FROM person WHERE (home, id) > (?, ?) ORDER BY home, id LIMIT 4000", last
        ).fetchall()
        if not rows:
            break
        read, last = read + len(rows), rows[-1][:2]
    db.execute("COMMIT")
    return read


def vacuum(path):
    copy = path + ".copy"
    sqlite3.connect(path, timeout=10).execute("VACUUM INTO ?", (copy,))
    os.remove(copy)


def backup(path):
    copy = path + ".copy"
    to = sqlite3.connect(copy)
    sqlite3.connect(path, timeout=10).backup(to, pages=256, sleep=0.001)
    to.close()
    os.remove(copy)


def idle(_):
    time.sleep(5)


def measure(name, work, path):
    took, done = [], threading.Event()

    def write():
        db = connect(path)
        while not done.is_set():
            begun = time.perf_counter()
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO person VALUES (99, ?, ?)", (os.urandom(16), "new" * 60))
            db.execute("COMMIT")
            took.append(time.perf_counter() - begun)
        db.close()

    writer = threading.Thread(target=write)
    writer.start()
    begun = time.perf_counter()
    # A process of its own, as Python runs one thread at a time.
    limited = multiprocessing.Process(target=work, args=(path,))
    limited.start()
    limited.join(LONGEST)
    seconds = time.perf_counter() - begun
    journal = os.path.getsize(path + "-wal") / 2**20
    done.set()
    writer.join()
    took.sort()
    end = "" if not limited.is_alive() else " (not finished)"
    limited.kill()
    print(
        f"{name:<28}{seconds:6.1f} s{end}  {len(took) / seconds:7.0f} commits/s  "
        f"p50 {took[len(took) // 2] * 1e3:6.2f} ms  p99 {took[len(took) * 99 // 100] * 1e3:6.2f} ms  "
        f"longest {took[-1] * 1e3:7.1f} ms  journal {journal:6.1f} MiB",
        flush=True,
    )


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        path = os.path.join(folder, "rows.sqlite")
        fill(path)
        print(f"{ROWS} rows, {os.path.getsize(path) / 2**20:.0f} MiB")
        for _ in range(2):
            for name, work in [
                ("nothing", idle),
                ("rows in one transaction", pages),
                ("VACUUM INTO", vacuum),
                ("backup interface", backup),
            ]:
                measure(name, work, path)


if __name__ == "__main__":
    # A connection must not be carried into a process that is forked.
    multiprocessing.set_start_method("spawn")
    main()
