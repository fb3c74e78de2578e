#include "import.h"

#include "calendar.h"
#include "duration.h"
#include "moment.h"
#include "visible.h"

#include <stdlib.h>

#define LONGEST (366 * DAY_MS)

int import_duration(const char *option, const char *text, ms_t least, ms_t most, ms_t *out, struct err *err)
{
	char from[64], until[64];
	if (duration_parse(text, strlen(text), out, err) < 0)
		return err_wrap(err, "--%s", option);
	if (*out >= least && *out <= most)
		return 0;
	duration_format(least, from, sizeof from);
	duration_format(most, until, sizeof until);
	return err_set(err, "--%s is '%s'; allowed: %s to %s", option, visible(text, strlen(text), 40).text, from,
		       until);
}

int import_take(struct import *import, const char *option, const char *value, struct err *err)
{
	const struct {
		const char *name, **single;
		struct repeated *repeated;
	} rows[] = {
	    {"output", &import->output, NULL},
	    {"step", &import->step_text, NULL},
	    {"from", &import->from, NULL},
	    {"until", &import->until, NULL},
	    {"hold", &import->hold_text, NULL},
	    {"gaps", &import->gaps_text, NULL},
	    {"namespace-label", &import->mapping.namespace_label, NULL},
	    {"only", NULL, &import->only},
	    {"label", NULL, &import->labels},
	    {"map", NULL, &import->maps},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (strcmp(rows[i].name, option) == 0) {
			if (rows[i].repeated)
				return repeated_add(rows[i].repeated, option, value, err) < 0 ? -1 : 1;
			*rows[i].single = value;
			return 1;
		}
	return 0;
}

static int take_list(const struct repeated *from, const char *option, const char *to[MAPPING_LABELS_MAX], size_t *n,
		     struct err *err)
{
	if (from->n > MAPPING_LABELS_MAX)
		return err_set(err, "--%s may be given %d times at most", option, MAPPING_LABELS_MAX);
	for (*n = 0; *n < from->n; ++*n)
		to[*n] = from->values[*n];
	return 0;
}

static int take_gaps(struct import *import, struct err *err)
{
	const char *text = import->gaps_text;
	if (!text)
		return 0;
	import->gaps = strcmp(text, "hold") == 0 ? GAPS_HOLD : GAPS_ZERO;
	import->bridge = strcmp(text, "auto") == 0;
	return import->gaps == GAPS_HOLD || import->bridge || strcmp(text, "zero") == 0
		   ? 0
		   : err_set(err, "--gaps: found '%s', allowed is auto, zero or hold",
			     visible(text, strlen(text), 40).text);
}

int import_begin(struct import *import, struct err *err)
{
	struct mapping *mapping = &import->mapping;
	if (!import->output)
		return err_set(err, "say where to write the load: -o FILE.csv");
	if (take_gaps(import, err) < 0 ||
	    (import->step_text &&
	     import_duration("step", import->step_text, SECOND_MS, LONGEST, &import->step, err) < 0) ||
	    (import->hold_text &&
	     import_duration("hold", import->hold_text, SECOND_MS, LONGEST, &import->hold, err) < 0) ||
	    take_list(&import->only, "only", mapping->only, &mapping->n_only, err) < 0 ||
	    take_list(&import->labels, "label", mapping->labels, &mapping->n_labels, err) < 0)
		return -1;
	for (size_t i = 0; i < import->maps.n; i++)
		if (mapping_add(mapping, import->maps.values[i], err) < 0)
			return err_wrap(err, "--map");
	import->history = history_open(err);
	return import->history ? 0 : -1;
}

static ms_t whole(ms_t at, ms_t step, bool up)
{
	return divide_down(at + (up ? step - 1 : 0), step) * step;
}

int import_trace(struct import *import, struct trace *trace, struct err *err)
{
	ms_t from, until, spacing = trace_spacing(trace);
	ms_t step = import->step ? import->step : min64(max64(whole(spacing, SECOND_MS, true), SECOND_MS), LONGEST);
	if (trace_spans(trace, import->hold, err) < 0)
		return -1;
	if (!history_extent(import->history, &from, &until))
		return err_set(err, "there is no value: nothing to write");
	struct history_grid grid = {whole(from, step, false), whole(until, step, true), step};
	if (import->until && moment_parse("until", import->until, from, until, &grid.until, err) < 0)
		return -1;
	if (import->from && moment_parse("from", import->from, from, grid.until, &grid.from, err) < 0)
		return -1;
	grid.from = whole(grid.from, SECOND_MS, false);
	return history_set_grid(import->history, &grid, err) < 0 ? -1 : history_settle(import->history, err);
}

static void tell_gaps(const struct import *import, const struct history_summary *summary)
{
	char gap[64], from[CALENDAR_TEXT];
	if (import->bridged)
		fprintf(stderr,
			"note: %llu gap%s without a value, of at most 5m or in which nothing was measured: the value "
			"before "
			"was kept (--gaps zero takes them as no demand)\n",
			(unsigned long long)import->bridged, import->bridged == 1 ? "" : "s");
	if (summary->gaps == 0)
		return;
	duration_format(summary->longest, gap, sizeof gap);
	fprintf(stderr, "note: %llu gap%s without a value, the longest %s from %s%s%s: %s\n",
		(unsigned long long)summary->gaps, summary->gaps == 1 ? "" : "s", gap,
		calendar_format(summary->longest_at, from), *summary->longest_of ? " of " : "",
		visible(summary->longest_of, strlen(summary->longest_of), 100).text,
		import->gaps == GAPS_HOLD ? "the value before was kept"
					  : "taken as no demand (--gaps hold keeps the value before)");
}

int import_write(struct import *import, struct err *err)
{
	struct history_summary summary;
	const struct history_grid *grid = history_grid(import->history);
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT], step[64];
	if (import->bridge && history_bridge(import->history, &import->bridged, err) < 0)
		return -1;
	if (history_write(import->history, import->output, import->gaps, &summary, err) < 0)
		return -1;
	duration_format(grid->step, step, sizeof step);
	fprintf(stderr, "wrote %s: %u workload%s, %llu rows, %s to %s, every %s\n", import->output, summary.workloads,
		summary.workloads == 1 ? "" : "s", (unsigned long long)summary.rows, calendar_format(grid->from, from),
		calendar_format(grid->until, until), step);
	tell_gaps(import, &summary);
	return 0;
}

void import_free(struct import *import)
{
	history_close(import->history);
	mapping_free(&import->mapping);
}

/* ---- the verb ---- */

static const struct option_row options[] = {OPTION_HELP};
static const struct verb *const under[] = {&verb_import_prometheus, &verb_import_csv, &verb_import_metrics_json,
					   &verb_import_record, NULL};

static int take_nothing(void *self, int option, const char *value, struct err *err)
{
	(void)self, (void)option, (void)value, (void)err;
	return 0;
}

static int import(const struct verb *verb, int argc, char **argv)
{
	struct err err;
	int rest;
	for (size_t i = 0; argc > 1 && under[i]; i++)
		if (strcmp(strrchr(under[i]->name, ' ') + 1, argv[1]) == 0)
			return under[i]->run(under[i], argc - 1, argv + 1);
	int status =
	    options_parse(verb, argc > 1 && argv[1][0] == '-' ? argc : 1, argv, take_nothing, NULL, &rest, &err);
	if (status == 0 && argc > 1)
		status = err_set(&err, "found '%s', allowed is prometheus, csv, metrics-json or record",
				 visible(argv[1], strlen(argv[1]), 40).text);
	else if (status == 0)
		status = err_set(&err, "say from where: prometheus, csv, metrics-json or record");
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_import = {
    .name = "import",
    .summary = "make a load of what was measured: Prometheus, CSV, metrics-server, a recording",
    .synopsis = "prometheus URL | csv FILE | metrics-json FILE... | record FILE.db  -o LOAD.csv [options]",
    .description =
	"Writes a load for `plimsoll sim --load`: cpu, memory, requests and other metrics of each workload, in steps. "
	"Where nothing was measured there is no value, not the last one for ever (--gaps). A refused import writes "
	"nothing.\n\n"
	"  plimsoll import prometheus http://prometheus:9090 --from -14d -o load.csv\n"
	"  plimsoll import csv export.csv --time when --workload app \\\n"
	"      --cpu usage:millicores --step 5m -o load.csv.gz\n"
	"  plimsoll import metrics-json snapshots/*.json -o load.csv\n"
	"  plimsoll import record week.db -o load.csv",
    .options = options,
    .n_options = COUNT(options),
    .under = under,
    .run = import,
};
