#include "label.h"

#include "visible.h"

#include <math.h>

/* One label after the other takes the first of the places around its point that is free, or else the least bad. */

#define CHARACTER 6.7 /* width of one at 12 points: a little more than the mean of a sans-serif font */
#define HEIGHT    14.0
#define POINT     7.0  /* half the side of the square that a point takes */
#define BAR       2.0  /* half the width of an error bar */
#define ENOUGH    0.15 /* a label of which more is hidden is left out */

struct box {
	double left, right, bottom, top;
};

/* dx: from the point to the near edge of the text, or to its middle (side 0); dy: to its middle. */
static const struct place {
	int side; /* 1: right of the point, -1: left, 0: over or under */
	double dx, dy;
	bool line;
} places[] = {
    {1, 9, 0, false},   {-1, 9, 0, false},   {0, 0, 15, false},   {0, 0, -15, false},  {1, 3, 11, false},
    {1, 3, -11, false}, {-1, 3, 11, false},  {-1, 3, -11, false}, {1, 24, 20, true},   {1, 24, -20, true},
    {-1, 24, 20, true}, {-1, 24, -20, true}, {1, 40, 0, true},    {-1, 40, 0, true},   {1, 32, 36, true},
    {1, 32, -36, true}, {-1, 32, 36, true},  {-1, 32, -36, true}, {1, 60, 18, true},   {1, 60, -18, true},
    {1, 44, 54, true},  {1, 44, -54, true},  {-1, 44, 54, true},  {-1, 44, -54, true},
};

static double text_width(const char *text)
{
	size_t left = strlen(text), n = 0;
	while (left > 0) {
		size_t length = visible_char(text, left);
		length = length ? length : 1;
		text += length;
		left -= length;
		n++;
	}
	return CHARACTER * (double)n;
}

static struct box box_at(const struct label *label, const struct place *place)
{
	double width = text_width(label->text), left = label->x - width / 2;
	if (place->side > 0)
		left = label->x + place->dx;
	else if (place->side < 0)
		left = label->x - place->dx - width;
	double middle = label->y + place->dy;
	return (struct box){left, left + width, middle - HEIGHT / 2, middle + HEIGHT / 2};
}

static double common(const struct box *a, const struct box *b)
{
	double width = fmin(a->right, b->right) - fmax(a->left, b->left);
	double height = fmin(a->top, b->top) - fmax(a->bottom, b->bottom);
	return width > 0 && height > 0 ? width * height : 0;
}

static double area(const struct box *box)
{
	return (box->right - box->left) * (box->top - box->bottom);
}

static struct box shown_box(const struct label *label)
{
	return (struct box){label->left, label->right, label->base - HEIGHT / 2, label->base + HEIGHT / 2};
}

/* The share of a label that would be hidden there, or hide a point. */
static double hidden(const struct label *labels, size_t n, const struct box *box, const struct box *field)
{
	double total = area(box) - common(box, field);
	for (size_t i = 0; i < n; i++) {
		const struct label *other = &labels[i];
		const struct box marks[] = {
		    {other->x - POINT, other->x + POINT, other->y - POINT, other->y + POINT},
		    {other->x - other->dx, other->x + other->dx, other->y - BAR, other->y + BAR},
		    {other->x - BAR, other->x + BAR, other->y - other->dy, other->y + other->dy},
		};
		for (size_t m = 0; m < COUNT(marks); m++)
			total += common(box, &marks[m]);
		if (other->shown) {
			const struct box text = shown_box(other);
			total += common(box, &text);
		}
	}
	return total / area(box);
}

static void place_one(struct label *labels, size_t n, struct label *label, const struct box *field)
{
	double least = INFINITY;
	for (size_t i = 0; i < COUNT(places) && least > 0; i++) {
		const struct box box = box_at(label, &places[i]);
		double lost = hidden(labels, n, &box, field);
		if (lost >= least)
			continue;
		least = lost;
		label->left = box.left;
		label->right = box.right;
		label->base = (box.bottom + box.top) / 2;
		label->line = places[i].line;
	}
	label->shown = label->important || least <= ENOUGH;
}

void labels_place(struct label *labels, size_t n, double width, double height)
{
	const struct box field = {0, width, 0, height};
	for (size_t i = 0; i < n; i++)
		labels[i].shown = false;
	for (int important = 1; important >= 0; important--)
		for (size_t i = 0; i < n; i++)
			if (labels[i].important == important && labels[i].text[0])
				place_one(labels, n, &labels[i], &field);
}
