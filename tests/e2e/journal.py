"""journal.py FILE: exit 1 and what is wrong, unless the SQLite file is whole."""
import sqlite3
import sys

with sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True) as journal:
    found = [row[0] for row in journal.execute("PRAGMA integrity_check")]
if found != ["ok"]:
    sys.exit("\n".join(found))
