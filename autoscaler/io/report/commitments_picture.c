#include "../text/path.h"
#include "calendar.h"
#include "commitments.h"
#include "gnuplot.h"

/* Lines of the picture: the cheapest row of each kind and term. */
#define LINES_MAX 10

struct picture {
	const struct commitments *result;
	const struct commitment_row *lines[LINES_MAX];
	uint32_t n;
};

static void choose_lines(struct picture *picture)
{
	for (uint32_t i = 0; i < picture->result->n_rows; i++) {
		const struct commitment_row *row = &picture->result->rows[i];
		bool known = false;
		for (uint32_t k = 0; k < picture->n && !known; k++)
			known = picture->lines[k]->commitment.kind == row->commitment.kind &&
				picture->lines[k]->commitment.term_months == row->commitment.term_months;
		if (!known && picture->n < LINES_MAX)
			picture->lines[picture->n++] = row;
	}
}

/* A block a line: its points; then the best of each. */
static void write_points(FILE *out, const void *self)
{
	const struct picture *picture = self;
	fprintf(out, "# covered_percent cost\n");
	for (uint32_t i = 0; i < picture->n; i++) {
		const struct commitment_row *row = picture->lines[i];
		for (uint32_t k = 0; k < row->n_curve; k++)
			fprintf(out, "%.9g %.9g\n", row->curve[k].covered_percent, row->curve[k].cost);
		fprintf(out, "\n\n");
	}
	for (uint32_t i = 0; i < picture->n; i++)
		fprintf(out, "%.9g %.9g %d\n", picture->lines[i]->best.covered_percent, picture->lines[i]->best.cost,
			(int)picture->lines[i]->commitment.kind + 1);
}

/* Names, colours by kind, dashes by term. */
static void commands(const struct picture *picture, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "currency = '%s'; none = %.9g; lines = %u; ",
				       picture->result->currency, picture->result->cost, picture->n);
	used += (size_t)snprintf(text + used, size - used, "array name[%d]; array kind[%d]; array years[%d]; ",
				 LINES_MAX, LINES_MAX, LINES_MAX);
	for (uint32_t i = 0; i < picture->n && used < size; i++) {
		const struct commitment *bought = &picture->lines[i]->commitment;
		used += (size_t)snprintf(
		    text + used, size - used, "name[%u] = '%s, %d y, %s'; kind[%u] = %d; years[%u] = %d; ", i + 1,
		    commitment_names[bought->kind], bought->term_months / 12, payment_names[bought->payment], i + 1,
		    (int)bought->kind + 1, i + 1, bought->term_months / 12);
	}
}

int commitments_draw(const struct commitments *result, const char *path, struct err *err)
{
	struct picture picture = {.result = result};
	char heading[512], title[512], subtitle[256], from[CALENDAR_TEXT], until[CALENDAR_TEXT], told[2048];
	choose_lines(&picture);
	snprintf(heading, sizeof heading, "What to commit to: %.60s on %.40s, %.80s", path_base(result->load),
		 result->region, result->nodes);
	gnuplot_text(heading, title, sizeof title);
	snprintf(subtitle, sizeof subtitle, "%.10s to %.10s; the best purchase of each kind is marked",
		 calendar_format(result->from, from), calendar_format(result->until, until));
	commands(&picture, told, sizeof told);
	const char *args[] = {title, subtitle, told};
	const struct gnuplot job = {"plots/commit.gp", write_points, &picture, args, COUNT(args)};
	return gnuplot_draw(&job, path, err);
}
