#include "axis.h"
#include "calendar.h"
#include "duration.h"
#include "gnuplot.h"
#include "timeline.h"

#include <math.h>

static const char header[] = "# time until demand demand_most capacity shortage shortage_most desired desired_most "
			     "ready nodes nodes_most cost\n";

static void write_row(FILE *out, ms_t from, ms_t until, const struct bucket *b, double cost)
{
	double n = b->n;
	const double columns[] = {
	    b->demand / n,  b->demand_most,  b->capacity / n, b->shortage / n, b->shortage_most,
	    b->desired / n, b->desired_most, b->ready / n,    b->nodes / n,    b->nodes_most,
	    cost,
	};
	fprintf(out, "%.3f %.3f", (double)from / 1000, (double)until / 1000);
	for (size_t i = 0; i < COUNT(columns); i++)
		fprintf(out, " %.9g", columns[i]);
	fputc('\n', out);
}

/* Steps: the values at the start of the bucket and again at its end, bars once and only where they have a height. */
static void write_bucket(FILE *out, ms_t from, ms_t until, struct bucket bucket, double cost_after)
{
	if (bucket.shortage_most <= 0)
		bucket.shortage = bucket.shortage_most = (double)NAN;
	write_row(out, from, until, &bucket, bucket.cost);
	bucket.shortage = bucket.shortage_most = (double)NAN;
	write_row(out, until, until, &bucket, cost_after);
}

static size_t next_bucket(const struct timeline_sink *sink, size_t i)
{
	while (i <= PICTURE_POINTS && sink->buckets[i].n == 0)
		i++;
	return i;
}

static void write_points(FILE *out, const void *self)
{
	const struct timeline_sink *sink = self;
	fputs(header, out);
	for (size_t i = next_bucket(sink, 0), next; i <= PICTURE_POINTS; i = next) {
		next = next_bucket(sink, i + 1);
		bool last = next > PICTURE_POINTS;
		write_bucket(out, max64(timeline_bucket_start(sink, i), sink->from),
			     last ? sink->until : timeline_bucket_start(sink, next), sink->buckets[i],
			     last ? (double)NAN : sink->buckets[next].cost);
	}
}

/* ---- what the script is told ---- */

enum { DEMAND, SHORTAGE, REPLICAS, NODES, COST, PANELS };

static void panels_text(const struct timeline_sink *sink, char *text, size_t size)
{
	static const struct {
		const char *name;
		int labels;
		bool whole;
	} panels[PANELS] = {
	    [DEMAND] = {"demand_axis", 6, false},    [SHORTAGE] = {"shortage_axis", 2, false},
	    [REPLICAS] = {"replicas_axis", 4, true}, [NODES] = {"nodes_axis", 4, true},
	    [COST] = {"cost_axis", 5, false},
	};
	double most[PANELS] = {[COST] = sink->cost};
	size_t used = 0;
	for (size_t i = 0; i <= PICTURE_POINTS; i++) {
		const struct bucket *b = &sink->buckets[i];
		double n = b->n ? b->n : 1;
		most[DEMAND] = fmax(most[DEMAND], fmax(b->demand_most, b->capacity / n));
		most[SHORTAGE] = fmax(most[SHORTAGE], b->shortage_most);
		most[REPLICAS] = fmax(most[REPLICAS], fmax(b->desired_most, b->ready / n));
		most[NODES] = fmax(most[NODES], b->nodes_most);
	}
	for (size_t i = 0; i < PANELS && used < size; i++) {
		char axis[AXIS_TEXT];
		axis_value(most[i], panels[i].labels, panels[i].whole, axis);
		used += (size_t)snprintf(text + used, size - used, "%s='%s'; ", panels[i].name, axis);
	}
}

static void subtitle_text(const struct timeline_sink *sink, char *text, size_t size)
{
	char from[CALENDAR_TEXT], until[CALENDAR_TEXT], step[48], width[48], workloads[48] = "";
	calendar_format(sink->from, from);
	calendar_format(sink->until, until);
	from[10] = until[10] = ' ';
	duration_format(sink->report_step, step, sizeof step);
	duration_format(sink->bucket_ms, width, sizeof width);
	if (sink->n_workloads > 1)
		snprintf(workloads, sizeof workloads, "; %u workloads together", sink->n_workloads);
	snprintf(text, size, "%.16s to %.16s UTC; sampled every %s%s%s%s", from, until, step,
		 sink->bucket_ms > sink->report_step ? ", drawn per " : "",
		 sink->bucket_ms > sink->report_step ? width : "", workloads);
}

int picture_draw(const struct timeline_sink *sink, const char *path, const char *title, struct outfile *picture,
		 struct err *err)
{
	char heading[512], subtitle[320], times[AXIS_TEXT], panels[PANELS * AXIS_TEXT];
	gnuplot_text(title, heading, sizeof heading);
	subtitle_text(sink, subtitle, sizeof subtitle);
	axis_time(sink->from, sink->until, times);
	panels_text(sink, panels, sizeof panels);
	const char *args[] = {heading, subtitle, times, panels};
	const struct gnuplot job = {"plots/replay.gp", write_points, sink, args, COUNT(args)};
	return gnuplot_prepare(&job, path, picture, err);
}
