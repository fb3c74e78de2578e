"""journal.py FILE [rows]: exit 1 and what is wrong, unless the SQLite file is whole. rows: how many its tables have."""
import contextlib
import sqlite3
import sys


def rows(path):
    """How many there are in all tables; ValueError when the file is not whole."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=rw", uri=True)) as journal:  # what is in the WAL counts
        found = [row[0] for row in journal.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise ValueError("\n".join(found))
        tables = [row[0] for row in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(journal.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables)


if __name__ == "__main__":
    try:
        count = rows(sys.argv[1])
    except (ValueError, sqlite3.Error) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    if sys.argv[2:] == ["rows"]:
        print(count)
