"""journal.py FILE [rows]: exit 1 and what is wrong, unless the SQLite file is whole. rows: how many its tables have."""
import sqlite3
import sys

with sqlite3.connect(f"file:{sys.argv[1]}?mode=rw", uri=True) as journal:  # what is in the WAL counts
    found = [row[0] for row in journal.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        sys.exit("\n".join(found))
    if sys.argv[2:] == ["rows"]:
        tables = [row[0] for row in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        print(sum(journal.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables))
