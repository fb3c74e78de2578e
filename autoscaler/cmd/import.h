/* What the verbs under `plimsoll import` share. Private to cmd. */
#ifndef PLIMSOLL_IMPORT_H
#define PLIMSOLL_IMPORT_H

#include "../io/history/trace.h"
#include "cmd.h"
#include "scenario.h"

extern const struct verb verb_import_prometheus, verb_import_csv, verb_import_metrics_json, verb_import_record;

/* clang-format off */
#define IMPORT_OUTPUT {"output", 'o', "FILE.csv[.gz]|-", "the load to write, for --load; - is standard output"}
#define IMPORT_STEP   {"step", 0, "TIME", "one row of a workload every so long (the usual spacing of what is there)"}
#define IMPORT_FROM   {"from", 0, "TIME", "the first row: RFC 3339, a date, epoch seconds, or -2d before the end"}
#define IMPORT_UNTIL  {"until", 0, "TIME", "the end"}
#define IMPORT_HOLD   {"hold", 0, "TIME", "a value holds until the next one, at most so long (3 times the usual spacing)"}
#define IMPORT_GAPS(usual) {"gaps", 0, "auto|zero|hold", "a time without a value is no demand (zero), or keeps the value before it (hold); auto: it does for 5m at most, and while nothing at all was measured (" usual ")"}
#define IMPORT_ONLY   {"only", 0, "[NAMESPACE/]NAME", "only this workload; * and ? stand for others; may be repeated"}
#define IMPORT_LABEL  {"label", 0, "NAME", "the label that names the workload; may be repeated, the first a series has counts (workload, deployment, statefulset, daemonset, pod)"}
#define IMPORT_NAMESPACE {"namespace-label", 0, "NAME", "the label that names its namespace (namespace)"}
#define IMPORT_MAP    {"map", 0, "LABEL:VALUE=WORKLOAD|FILE", "whose load a series with that label is (* and ? in VALUE; WORKLOAD -: left out), or a CSV file of label,value,workload; may be repeated"}
/* clang-format on */

struct import {
	const char *output, *from, *until, *step_text, *gaps_text, *hold_text;
	struct repeated only, labels, maps;
	struct mapping mapping;
	enum history_gaps gaps;
	bool bridge; /* as long as --gaps says nothing else: auto */
	uint64_t bridged;
	ms_t step, hold; /* 0: not given */
	struct history *history;
};

/* Takes one of the options above, by its name: 1; 0: it is none of them. */
int import_take(struct import *, const char *option, const char *value, struct err *);
/* Checks what was taken, and opens the history. */
int import_begin(struct import *, struct err *);
/* What the trace has seen becomes points, on the grid of --from, --until and --step. */
int import_trace(struct import *, struct trace *, struct err *);
/* Writes the load and says so on stderr. */
int import_write(struct import *, struct err *);
void import_free(struct import *);

/* A duration of an option, within bounds. */
int import_duration(const char *option, const char *text, ms_t least, ms_t most, ms_t *, struct err *);

#endif
