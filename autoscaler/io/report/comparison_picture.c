#include "../text/label.h"
#include "../text/path.h"
#include "calendar.h"
#include "comparison.h"
#include "gnuplot.h"

#include <math.h>
#include <stdlib.h>

/* plots/compare.gp draws on 1000 x 700; its field is this large. */
#define FIELD_WIDTH  880.0
#define FIELD_HEIGHT 510.0
#define COLOURS_MAX  7 /* of Okabe and Ito's, without yellow on white, with black */
#define NAME_SIZE    96

struct range {
	double from, to;
};

struct picture {
	const struct comparison *comparison;
	int colour_trait; /* -1: one colour for all */
	const char *colours[COLOURS_MAX];
	uint32_t n_colours;
	struct range x, y;
	struct label *labels;
	char (*names)[NAME_SIZE];
};

/* ---- what tells the points apart ---- */

static const char *trait(const struct comparison *comparison, uint32_t row, int which)
{
	return comparison->rows[row].traits[which];
}

/* Distinct values of a trait; up to COLOURS_MAX of them are kept. */
static uint32_t values_of(const struct comparison *comparison, int which, const char *values[COLOURS_MAX])
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		bool seen = false;
		for (uint32_t k = 0; k < i && !seen; k++)
			seen = strcmp(trait(comparison, k, which), trait(comparison, i, which)) == 0;
		if (!seen && n < COLOURS_MAX)
			values[n] = trait(comparison, i, which);
		n += !seen;
	}
	return n;
}

static void choose_colours(struct picture *picture)
{
	static const int order[] = {TRAIT_PRICE, TRAIT_POLICY, TRAIT_NODES, TRAIT_PLAN};
	picture->colour_trait = -1;
	for (size_t i = 0; i < COUNT(order) && picture->colour_trait < 0; i++) {
		uint32_t n = values_of(picture->comparison, order[i], picture->colours);
		if (n < 2 || n > COLOURS_MAX)
			continue;
		picture->colour_trait = order[i];
		picture->n_colours = n;
	}
}

static uint32_t colour_of(const struct picture *picture, uint32_t row)
{
	for (uint32_t c = 0; picture->colour_trait >= 0 && c < picture->n_colours; c++)
		if (strcmp(trait(picture->comparison, row, picture->colour_trait), picture->colours[c]) == 0)
			return c + 1;
	return 1;
}

/* Whether rows of one colour differ in it: what is named beside the point. */
static bool worth_naming(const struct picture *picture, int which)
{
	const struct comparison *comparison = picture->comparison;
	if (which == picture->colour_trait)
		return false;
	for (uint32_t i = 0; i < comparison->n_rows; i++)
		for (uint32_t k = 0; k < i; k++)
			if (colour_of(picture, i) == colour_of(picture, k) &&
			    strcmp(trait(comparison, i, which), trait(comparison, k, which)) != 0)
				return true;
	return false;
}

static void name_rows(struct picture *picture)
{
	const struct comparison *comparison = picture->comparison;
	bool named[TRAITS];
	for (int t = 0; t < TRAITS; t++)
		named[t] = worth_naming(picture, t);
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		char text[NAME_SIZE] = "";
		size_t used = 0;
		for (int t = 0; t < TRAITS; t++)
			if (named[t] && used < sizeof text)
				used += (size_t)snprintf(text + used, sizeof text - used, "%s%.40s", used ? ", " : "",
							 trait(comparison, i, t));
		gnuplot_text(text, picture->names[i], NAME_SIZE);
		for (char *at = picture->names[i]; *at; at++)
			if (*at == '"' || *at == '\\')
				*at = '\'';
	}
}

/* ---- where they are ---- */

/* A little more than what is there; from 0 when that is not far. What is nearly equal is not torn apart. */
static struct range range_of(const struct comparison *comparison, enum figure figure)
{
	double low = INFINITY, high = 0;
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		const struct spread *spread = &comparison->rows[i].figures[figure];
		low = fmin(low, spread->mean - spread->half_width);
		high = fmax(high, spread->mean + spread->half_width);
	}
	if (!(high > 0))
		return (struct range){0, 1};
	double middle = (low + high) / 2, half = fmax(high - low, 0.3 * high) * 0.65;
	double from = middle - half < 0.3 * high ? 0 : middle - half;
	return (struct range){from, fmax(middle + half, high + 0.12 * (high - from))};
}

static double share_of(struct range range, double value)
{
	return (value - range.from) / (range.to - range.from);
}

static double value_at(struct range range, double share)
{
	return range.from + share * (range.to - range.from);
}

static void place_names(struct picture *picture)
{
	const struct comparison *comparison = picture->comparison;
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		const struct comparison_row *row = &comparison->rows[i];
		picture->labels[i] = (struct label){
		    .text = picture->names[i],
		    .x = FIELD_WIDTH * share_of(picture->x, row->figures[FIGURE_UNDER].mean),
		    .y = FIELD_HEIGHT * share_of(picture->y, row->figures[FIGURE_COST].mean),
		    .dx = FIELD_WIDTH * row->figures[FIGURE_UNDER].half_width / (picture->x.to - picture->x.from),
		    .dy = FIELD_HEIGHT * row->figures[FIGURE_COST].half_width / (picture->y.to - picture->y.from),
		    .important = row->frontier};
	}
	labels_place(picture->labels, comparison->n_rows, FIELD_WIDTH, FIELD_HEIGHT);
}

/* ---- what the script reads: points, frontier, names, lines to names ---- */

static void write_frontier(FILE *out, const struct comparison *comparison)
{
	/* By rising risk; equal points once. */
	double last = -1;
	for (;;) {
		const struct comparison_row *next = NULL;
		for (uint32_t i = 0; i < comparison->n_rows; i++) {
			const struct comparison_row *row = &comparison->rows[i];
			double risk = row->figures[FIGURE_UNDER].mean;
			if (row->frontier && risk > last && (!next || risk < next->figures[FIGURE_UNDER].mean))
				next = row;
		}
		if (!next)
			break;
		last = next->figures[FIGURE_UNDER].mean;
		fprintf(out, "%.9g %.9g\n", last, next->figures[FIGURE_COST].mean);
	}
}

static void write_points(FILE *out, const void *self)
{
	const struct picture *picture = self;
	const struct comparison *comparison = picture->comparison;
	fprintf(out, "# risk cost risk_half_width cost_half_width colour\n");
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		const struct spread *risk = &comparison->rows[i].figures[FIGURE_UNDER];
		const struct spread *cost = &comparison->rows[i].figures[FIGURE_COST];
		fprintf(out, "%.9g %.9g %.9g %.9g %u\n", risk->mean, cost->mean, risk->half_width, cost->half_width,
			colour_of(picture, i));
	}
	fprintf(out, "\n\n");
	write_frontier(out, comparison);
	fprintf(out, "\n\n");
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		const struct label *label = &picture->labels[i];
		if (label->shown)
			fprintf(out, "%.9g %.9g \"%s\"\n", value_at(picture->x, label->left / FIELD_WIDTH),
				value_at(picture->y, label->base / FIELD_HEIGHT), label->text);
	}
	fprintf(out, "nan nan \"\"\n\n\n");
	for (uint32_t i = 0; i < comparison->n_rows; i++) {
		const struct label *label = &picture->labels[i];
		double edge = label->left > label->x ? label->left - 2 : label->right + 2;
		if (label->shown && label->line)
			fprintf(out, "%.9g %.9g %.9g %.9g\n", value_at(picture->x, label->x / FIELD_WIDTH),
				value_at(picture->y, label->y / FIELD_HEIGHT), value_at(picture->x, edge / FIELD_WIDTH),
				value_at(picture->y, label->base / FIELD_HEIGHT));
	}
	fprintf(out, "nan nan nan nan\n");
}

/* ---- what it is told ---- */

/* In single quotes for gnuplot, where a quote is doubled. */
static size_t quote(char *out, size_t size, const char *text)
{
	char plain[NAME_SIZE];
	size_t used = 0;
	gnuplot_text(text, plain, sizeof plain);
	for (const char *at = plain; *at && used + 3 < size; at++) {
		if (*at == '\'')
			out[used++] = '\'';
		out[used++] = *at;
	}
	out[used] = 0;
	return used;
}

static void commands(const struct picture *picture, char *text, size_t size)
{
	size_t used = (size_t)snprintf(
	    text, size,
	    "set xrange [%.9g:%.9g]; set yrange [%.9g:%.9g]; currency = '%s'; bars = %d; colours = %u; "
	    "name(i) = ",
	    picture->x.from, picture->x.to, picture->y.from, picture->y.to, picture->comparison->currency,
	    picture->comparison->n_seeds > 1, picture->n_colours ? picture->n_colours : 1);
	for (uint32_t c = 0; c < picture->n_colours && used < size; c++) {
		used += (size_t)snprintf(text + used, size - used, "i == %u ? '", c + 1);
		used += quote(text + used, size - used, picture->colours[c]);
		used += (size_t)snprintf(text + used, size - used, "' : ");
	}
	if (used < size)
		snprintf(text + used, size - used, "''");
}

int comparison_draw(const struct comparison *comparison, const char *path, struct err *err)
{
	struct picture picture = {.comparison = comparison};
	char title[512], subtitle[256], from[CALENDAR_TEXT], until[CALENDAR_TEXT], told[2048], heading[512];
	picture.labels = calloc(comparison->n_rows, sizeof *picture.labels);
	picture.names = calloc(comparison->n_rows, sizeof *picture.names);
	int status = picture.labels && picture.names ? 0 : err_set(err, "out of memory for the picture");
	if (status == 0) {
		choose_colours(&picture);
		name_rows(&picture);
		picture.x = range_of(comparison, FIGURE_UNDER);
		picture.y = range_of(comparison, FIGURE_COST);
		place_names(&picture);
		snprintf(heading, sizeof heading, "Cost against risk: %.80s", path_base(comparison->load));
		gnuplot_text(heading, title, sizeof title);
		snprintf(subtitle, sizeof subtitle, "%.10s to %.10s; ", calendar_format(comparison->from, from),
			 calendar_format(comparison->until, until));
		size_t used = strlen(subtitle);
		if (comparison->n_seeds > 1)
			snprintf(subtitle + used, sizeof subtitle - used,
				 "mean of %u seeds with its 95 %% interval; lower left is better", comparison->n_seeds);
		else
			snprintf(subtitle + used, sizeof subtitle - used, "lower left is better");
		commands(&picture, told, sizeof told);
		const char *args[] = {title, subtitle, told};
		const struct gnuplot job = {"plots/compare.gp", write_points, &picture, args, COUNT(args)};
		status = gnuplot_draw(&job, path, err);
	}
	free(picture.labels);
	free(picture.names);
	return status;
}
