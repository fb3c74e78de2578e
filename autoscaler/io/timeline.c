#include "timeline.h"

#include "calendar.h"

#include <errno.h>
#include <stdlib.h>

int timeline_open(struct timeline_sink *sink, const char *csv_path, bool want_picture, ms_t from, ms_t until,
                  uint32_t n_workloads, struct err *err)
{
	*sink = (struct timeline_sink){.from = from, .until = until, .n_workloads = n_workloads};
	if (want_picture) {
		sink->buckets = calloc(PICTURE_POINTS, sizeof *sink->buckets);
		if (!sink->buckets)
			return err_set(err, "out of memory for the picture");
	}
	if (csv_path && outfile_open(&sink->csv, csv_path, err) < 0) {
		timeline_discard(sink);
		return -1;
	}
	if (csv_path)
		fprintf(sink->csv.file, "time,workload,demand_cpu,usage_cpu,desired,replicas,ready,pending,nodes,cost_usd\n");
	return 0;
}

static double cores(int64_t nano)
{
	return (double)nano / (double)NANO;
}

static void write_row(FILE *out, const struct timeline_row *row)
{
	char time[CALENDAR_TEXT];
	fprintf(out, "%s,%s,%.6g,%.6g,%d,%d,%d,%d,%u,%.4f\n", calendar_format(row->time, time), row->workload,
	        cores(row->demand_nano), cores(row->usage_nano), row->desired, row->replicas, row->ready, row->pending,
	        row->nodes, row->cost);
}

static void fill_bucket(struct timeline_sink *sink, const struct timeline_row *row)
{
	struct bucket *now = &sink->now;
	now->demand += cores(row->demand_nano);
	now->usage += cores(row->usage_nano);
	now->capacity += cores(row->capacity_nano);
	now->replicas += row->desired;
	now->ready += row->ready;
	if (++sink->at_workload < sink->n_workloads)
		return;
	size_t index = (size_t)((wide_t)(row->time - sink->from) * PICTURE_POINTS / (sink->until - sink->from));
	struct bucket *bucket = &sink->buckets[index < PICTURE_POINTS ? index : PICTURE_POINTS - 1];
	bucket->time = bucket->n ? bucket->time : row->time;
	bucket->demand += now->demand;
	bucket->demand_max = now->demand > bucket->demand_max ? now->demand : bucket->demand_max;
	bucket->usage += now->usage;
	bucket->capacity += now->capacity;
	bucket->replicas += now->replicas;
	bucket->ready += now->ready;
	bucket->nodes += row->nodes;
	bucket->cost = row->cost;
	bucket->n++;
	*now = (struct bucket){0};
	sink->at_workload = 0;
}

int timeline_take(void *self, const struct timeline_row *row, struct err *err)
{
	struct timeline_sink *sink = self;
	if (sink->buckets)
		fill_bucket(sink, row);
	if (sink->progress)
		sink->progress(sink->progress_self, row->time);
	if (!sink->csv.file)
		return 0;
	write_row(sink->csv.file, row);
	return ferror(sink->csv.file) ? err_set(err, "%s: cannot be written: %s", sink->csv.path, strerror(errno)) : 0;
}

int timeline_commit(struct timeline_sink *sink, struct err *err)
{
	return sink->csv.file ? outfile_commit(&sink->csv, err) : 0;
}

void timeline_discard(struct timeline_sink *sink)
{
	outfile_discard(&sink->csv);
	free(sink->buckets);
	sink->buckets = NULL;
}
