/* `plimsoll import metrics-json` and `import record`: snapshots of what pods use. */
#include "../io/history/tape.h"

#include "import.h"
#include "visible.h"

static const struct option_row json_options[] = {
    IMPORT_STEP, IMPORT_HOLD,         IMPORT_FROM,   IMPORT_UNTIL, IMPORT_MAP,
    IMPORT_ONLY, IMPORT_GAPS("zero"), IMPORT_OUTPUT, OPTION_HELP,
};

/* Whose pods they are is known. */
static const struct option_row record_options[] = {
    IMPORT_STEP, IMPORT_HOLD, IMPORT_FROM, IMPORT_UNTIL, IMPORT_ONLY, IMPORT_GAPS("zero"), IMPORT_OUTPUT, OPTION_HELP,
};

struct request {
	const struct option_row *options;
	struct import import;
	uint32_t cpu, memory;
};

static int take_option(void *self, int option, const char *value, struct err *err)
{
	struct request *request = self;
	return import_take(&request->import, request->options[option].name, value, err) < 0 ? -1 : 0;
}

/* The trace of all the files. */
static int read_files(struct request *request, char **files, struct trace *trace, struct err *err)
{
	for (; *files; files++)
		if (metrics_json_read(*files, &request->import.mapping, request->cpu, request->memory, trace, err) < 0)
			return -1;
	return 0;
}

static int read_tape(struct request *request, char **files, struct trace *trace, struct err *err)
{
	if (files[1])
		return err_set(err, "one recording at a time; what is '%s'?",
			       visible(files[1], strlen(files[1]), 40).text);
	return tape_read(files[0], &request->import.mapping, request->cpu, request->memory, MS_UNSET, MS_NEVER, trace,
			 err);
}

static int run(struct request *request, char **files,
	       int (*read)(struct request *, char **, struct trace *, struct err *), struct err *err)
{
	struct import *import = &request->import;
	if (!files[0])
		return err_set(err, "say which file");
	if (import_begin(import, err) < 0 || history_column(import->history, "cpu", &request->cpu, err) < 0 ||
	    history_column(import->history, "memory", &request->memory, err) < 0)
		return -1;
	struct trace *trace = trace_open(import->history, &import->mapping, err);
	int status = trace ? read(request, files, trace, err) : -1;
	if (status == 0)
		status = import_trace(import, trace, err);
	trace_close(trace);
	return status < 0 ? -1 : import_write(import, err);
}

static int import_snapshots(const struct verb *verb, int argc, char **argv,
			    int (*read)(struct request *, char **, struct trace *, struct err *))
{
	struct request request = {.options = verb->options};
	struct err err;
	int rest, status = options_parse(verb, argc, argv, take_option, &request, &rest, &err);
	if (status == 0)
		status = run(&request, argv + rest, read, &err);
	import_free(&request.import);
	return status < 0 ? verb_refuse(verb, &err) : EXIT_DONE;
}

static int import_metrics_json(const struct verb *verb, int argc, char **argv)
{
	return import_snapshots(verb, argc, argv, read_files);
}

static int import_record(const struct verb *verb, int argc, char **argv)
{
	return import_snapshots(verb, argc, argv, read_tape);
}

const struct verb verb_import_metrics_json = {
    .name = "import metrics-json",
    .summary = "from answers of the metrics API, kept in files",
    .synopsis = "FILE[.gz]... -o LOAD.csv [options]",
    .description = "Files hold what `kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods` printed, once or many times "
		   "one after the "
		   "other, in any order. Each counts at its newest timestamp. Pods go to the workload that their name "
		   "tells; CPU is in "
		   "whole millicores of each container, rounded up, as the API's own clients see it.\n\n"
		   "  while sleep 60; do\n"
		   "      kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods\n"
		   "  done >day.json\n"
		   "  plimsoll import metrics-json day.json -o load.csv",
    .options = json_options,
    .n_options = COUNT(json_options),
    .run = import_metrics_json,
};

const struct verb verb_import_record = {
    .name = "import record",
    .summary = "from what `plimsoll record` recorded",
    .synopsis = "FILE.db -o LOAD.csv [options]",
    .description =
	"Also while it is being recorded. A value holds until the next snapshot; where the recording was interrupted "
	"there is a gap.\n\n"
	"  plimsoll import record week.db --from -2d --step 1m -o load.csv",
    .options = record_options,
    .n_options = COUNT(record_options),
    .run = import_record,
};
