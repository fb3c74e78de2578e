"""kills.py KILLS SEED JOURNAL METRICS COMMAND...: starts the command KILLS times, each time to be killed with SIGKILL within
a second, or up to two. Every fifth time another queue is written to METRICS. After each kill the journal has to be whole, and
to have no fewer rows than before; exit 1 and what is wrong if not, else the number of rows."""
import os
import random
import sqlite3
import subprocess
import sys
import time

import journal

kills, seed, path, metrics, *command = sys.argv[1:]
luck = random.Random(int(seed))


def queue(length):
    with open(f"{metrics}.new", "w", encoding="utf-8") as file:
        file.write(f"queue {length} name=work\n")
    os.rename(f"{metrics}.new", metrics)


def lives():
    """The command, until it is killed; false when it ended by itself."""
    with open("plimsoll.log", "a", encoding="utf-8") as log, subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
        time.sleep(luck.random() + luck.choice([0, 0, 0, 1]))
        ended = process.poll()
        process.kill()
    return ended is None


def main():
    rows, wrong = 0, []
    for i in range(int(kills)):
        if i % 5 == 0:
            queue(140 if i // 5 % 2 == 0 else 40)
        if not lives():
            wrong.append(f"run {i}: it ended by itself")
        if not os.path.exists(path):
            continue
        try:
            found = journal.rows(path)
        except (ValueError, sqlite3.Error) as error:
            wrong.append(f"kill {i}: {error}")
            continue
        if found < rows:
            wrong.append(f"kill {i}: {found} rows, there were {rows}")
        rows = found
    if wrong or rows == 0:
        sys.exit("\n".join(wrong or ["nothing was written"]))
    print(rows)


main()
