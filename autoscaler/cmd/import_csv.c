#include "../io/history/csv_history.h"

#include "import.h"
#include "visible.h"

enum {
	TIME,
	WORKLOAD,
	NAMESPACE,
	POD,
	CPU,
	MEMORY,
	REQUESTS,
	METRIC,
	FORMAT,
	ZONE,
	DELIMITER,
	STEP,
	HOLD,
	FROM,
	UNTIL,
	MAP,
	ONLY,
	GAPS,
	OUTPUT,
	HELP
};

static const struct option_row options[] = {
    [TIME] = {"time", 0, "COLUMN", "when a row's values were seen (time)"},
    [WORKLOAD] = {"workload", 0, "COLUMN", "whose they are"},
    [NAMESPACE] = {"namespace", 0, "COLUMN", "the namespace of the workload or pod"},
    [POD] = {"pod", 0, "COLUMN", "rows are of pods; without --workload, names tell whose pods"},
    [CPU] = {"cpu", 0, "COLUMN[:UNIT]", "cores, millicores, nanocores or percent (of a core)"},
    [MEMORY] = {"memory", 0, "COLUMN[:UNIT]", "bytes, KiB, MiB, GiB, kB, MB or GB"},
    [REQUESTS] = {"requests", 0, "COLUMN[:UNIT]", "per-second, per-minute, per-hour or per-day"},
    [METRIC] = {"metric", 0, "NAME=COLUMN", "a metric of that name; may be repeated"},
    [FORMAT] = {"time-format", 0, "PATTERN",
		"times are written so: %Y %m %d %H %M %S, %y %b (Nov) %I %p %f (fraction) %z %s (epoch seconds)"},
    [ZONE] = {"zone", 0, "+HH:MM", "of times that say none (UTC)"},
    [DELIMITER] = {"delimiter", 0, "CHARACTER", "between fields (,); tab is a tab"},
    [STEP] = IMPORT_STEP,
    [HOLD] = IMPORT_HOLD,
    [FROM] = IMPORT_FROM,
    [UNTIL] = IMPORT_UNTIL,
    [MAP] = IMPORT_MAP,
    [ONLY] = IMPORT_ONLY,
    [GAPS] = IMPORT_GAPS("zero"),
    [OUTPUT] = IMPORT_OUTPUT,
    [HELP] = OPTION_HELP,
};

struct request {
	struct import import;
	struct csv_history csv;
	const char *cpu, *memory, *requests;
	struct repeated metrics;
	struct csv_value values[HISTORY_COLUMNS_MAX];
};

static int take_delimiter(struct request *request, const char *value, struct err *err)
{
	bool tab = strcmp(value, "tab") == 0;
	request->csv.delimiter = tab ? '\t' : value[0];
	return (tab || strlen(value) == 1) && !strchr("\"\r\n", request->csv.delimiter)
		   ? 0
		   : err_set(err, "--delimiter: found '%s', allowed is one character, or tab",
			     visible(value, strlen(value), 40).text);
}

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct request *request = self;
	const char **const single[] = {
	    [TIME] = &request->csv.time,
	    [WORKLOAD] = &request->csv.workload,
	    [NAMESPACE] = &request->csv.namespace_,
	    [POD] = &request->csv.pod,
	    [CPU] = &request->cpu,
	    [MEMORY] = &request->memory,
	    [REQUESTS] = &request->requests,
	    [FORMAT] = &request->csv.time_format,
	};
	switch (option) {
	case METRIC:
		return repeated_add(&request->metrics, "metric", value, err);
	case ZONE:
		return zone_parse(value, &request->csv.zone, err) < 0 ? err_wrap(err, "--zone") : 0;
	case DELIMITER:
		return take_delimiter(request, value, err);
	default:
		if (option <= FORMAT)
			*single[option] = value;
		else
			return import_take(&request->import, options[option].name, value, err) < 0 ? -1 : 0;
		return 0;
	}
}

static int add_value(struct request *request, const char *name, const char *from, struct err *err)
{
	struct csv_value *value = &request->values[request->csv.n_values];
	uint32_t before = history_columns(request->import.history);
	if (!from)
		return 0;
	if (history_column(request->import.history, name, &value->column, err) < 0)
		return -1;
	if (value->column < before)
		return err_set(err, "two columns for %s", name);
	value->from = from;
	request->csv.n_values++;
	return 0;
}

static int add_values(struct request *request, struct err *err)
{
	if (add_value(request, "cpu", request->cpu, err) < 0 ||
	    add_value(request, "memory", request->memory, err) < 0 ||
	    add_value(request, "requests", request->requests, err) < 0)
		return -1;
	for (size_t i = 0; i < request->metrics.n; i++) {
		const char *text = request->metrics.values[i], *equals = strchr(text, '=');
		char name[64];
		if (!equals || (size_t)(equals - text) >= sizeof name)
			return err_set(err, "--metric: found '%s', allowed is NAME=COLUMN",
				       visible(text, strlen(text), 60).text);
		snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
		if (add_value(request, name, equals + 1, err) < 0)
			return -1;
	}
	return request->cpu || request->requests ? 0
						 : err_set(err, "a load has cpu or requests: name a column of them");
}

static int parse(const struct verb *verb, int argc, char **argv, struct request *request, struct err *err)
{
	int rest, status = options_parse(verb, argc, argv, take_option, request, &rest, err);
	if (status)
		return status;
	if (rest == argc)
		return err_set(err, "say which file; - is standard input");
	request->csv.path = argv[rest++];
	if (rest < argc)
		return err_set(err, "one file at a time; what is '%s'?",
			       visible(argv[rest], strlen(argv[rest]), 40).text);
	request->csv.time = request->csv.time ? request->csv.time : "time";
	return import_begin(&request->import, err) < 0 ? -1 : add_values(request, err);
}

static int run(struct request *request, struct err *err)
{
	struct import *import = &request->import;
	request->csv.values = request->values;
	struct trace *trace = trace_open(import->history, &import->mapping, err);
	int status = trace ? csv_history_read(&request->csv, &import->mapping, trace, import->history, err) : -1;
	if (status == 0)
		status = import_trace(import, trace, err);
	trace_close(trace);
	return status < 0 ? -1 : import_write(import, err);
}

static int import_csv(const struct verb *verb, int argc, char **argv)
{
	struct request request = {.csv = {.path = NULL}};
	struct err err;
	int status = parse(verb, argc, argv, &request, &err);
	if (status == 0)
		status = run(&request, &err);
	import_free(&request.import);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

const struct verb verb_import_csv = {
    .name = "import csv",
    .summary = "from a CSV file with columns of any names and units",
    .synopsis = "FILE[.gz] -o LOAD.csv --time COLUMN [--workload COLUMN] --cpu COLUMN[:UNIT] [options]",
    .description =
	"A row's values hold until the next row of the same workload (or pod); a step (the usual spacing of the rows, "
	"or "
	"--step) gets the time-weighted mean. Rows may come in any order. Times are RFC 3339, dates, epoch seconds or "
	"milliseconds, unless --time-format says how they are written. An empty cell, NaN, null and - are no value.\n\n"
	"  plimsoll import csv vm.csv --time Timestamp --time-format '%d/%m/%Y %H:%M' \\\n"
	"      --zone +02:00 --workload App --cpu 'CPU Usage:percent' --memory RAM:MiB \\\n"
	"      -o load.csv",
    .options = options,
    .n_options = COUNT(options),
    .run = import_csv,
};
