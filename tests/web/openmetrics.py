"""openmetrics.py: fails unless its input is OpenMetrics, as the format's own parser reads it; prints the families."""
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

for family in text_string_to_metric_families(sys.stdin.buffer.read().decode()):
	if not family.documentation or not family.name.startswith("plimsoll_"):
		sys.exit(f"{family.name}: has no help, or another name")
	print(family.type, family.name, len(family.samples))
