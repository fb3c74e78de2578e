"""kept.py SCALES DECISIONS NAME: exit 1 and each write of a scale (lines of audit.py scales) that no decision kept in the
journal (plimsoll explain -o json) asked for in the ten seconds before it."""
import datetime
import json
import sys

scales, decisions, name = sys.argv[1:]
with open(decisions, encoding="utf-8") as file:
    kept = [(datetime.datetime.fromisoformat(row["time"].replace("Z", "+00:00")).timestamp(), row["to"])
            for row in json.load(file) if row["from"] != row["to"]]
with open(scales, encoding="utf-8") as file:
    written = [(float(when), int(replicas)) for when, _, target, replicas in map(str.split, file) if target == name]
lost = [(when, to) for when, to in written if not any(-1 <= when - at <= 10 and to == wanted for at, wanted in kept)]
if lost or not written:
    sys.exit("\n".join(f"{when:.3f}: to {to}, and no decision of it is kept" for when, to in lost) or "nothing was written")
print(len(written))
