#include "timeline.h"

#include "axis.h"
#include "calendar.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int timeline_open(struct timeline_sink *sink, const char *csv_path, bool want_picture, ms_t from, ms_t until,
		  ms_t report_step, uint32_t n_workloads, struct err *err)
{
	*sink = (struct timeline_sink){
	    .from = from, .until = until, .report_step = report_step, .n_workloads = n_workloads};
	if (want_picture) {
		sink->bucket_ms = axis_bucket(until - from, report_step, PICTURE_POINTS);
		sink->buckets = calloc(PICTURE_POINTS + 1, sizeof *sink->buckets);
		if (!sink->buckets)
			return err_set(err, "out of memory for the picture");
	}
	if (csv_path && outfile_open(&sink->csv, csv_path, err) < 0) {
		timeline_discard(sink);
		return -1;
	}
	if (csv_path)
		fprintf(sink->csv.file,
			"time,workload,demand_cpu,usage_cpu,desired,replicas,ready,pending,nodes,cost_usd\n");
	return 0;
}

static void write_row(FILE *out, const struct timeline_row *row)
{
	char time[CALENDAR_TEXT];
	fprintf(out, "%s,%s,%.6g,%.6g,%d,%d,%d,%d,%u,%.4f\n", calendar_format(row->time, time), row->workload,
		from_nano(row->demand_nano), from_nano(row->usage_nano), row->desired, row->replicas, row->ready,
		row->pending, row->nodes, row->cost);
}

static void add_workload(struct bucket *moment, const struct timeline_row *row)
{
	moment->demand += from_nano(row->demand_nano);
	moment->capacity += from_nano(row->capacity_nano);
	moment->desired += row->desired;
	moment->ready += row->ready;
	moment->shortage += from_nano(row->lost_nano);
}

static void add_moment(struct bucket *bucket, const struct bucket *moment)
{
	bucket->demand += moment->demand;
	bucket->capacity += moment->capacity;
	bucket->desired += moment->desired;
	bucket->ready += moment->ready;
	bucket->nodes += moment->nodes;
	bucket->shortage += moment->shortage;
	bucket->demand_most = fmax(bucket->demand_most, moment->demand);
	bucket->desired_most = fmax(bucket->desired_most, moment->desired);
	bucket->nodes_most = fmax(bucket->nodes_most, moment->nodes);
	bucket->shortage_most = fmax(bucket->shortage_most, moment->shortage);
	if (bucket->n++ == 0)
		bucket->cost = moment->cost;
}

ms_t timeline_bucket_start(const struct timeline_sink *sink, size_t index)
{
	return (divide_down(sink->from, sink->bucket_ms) + (ms_t)index) * sink->bucket_ms;
}

static void fill_bucket(struct timeline_sink *sink, const struct timeline_row *row)
{
	add_workload(&sink->now, row);
	if (++sink->at_workload < sink->n_workloads)
		return;
	sink->now.nodes = row->nodes;
	sink->now.cost = sink->cost = row->cost;
	ms_t time = min64(row->time, sink->until - 1);
	add_moment(&sink->buckets[divide_down(time, sink->bucket_ms) - divide_down(sink->from, sink->bucket_ms)],
		   &sink->now);
	sink->now = (struct bucket){0};
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
