/* Where the names of points in a picture go, so that they hide neither each other nor the points. Private to io. */
#ifndef PLIMSOLL_LABEL_H
#define PLIMSOLL_LABEL_H

#include "base.h"

struct label {
	const char *text;
	double x, y;              /* the point, in points of the picture, y upwards */
	double dx, dy;            /* half the length of its error bars */
	bool important;           /* placed first, and never left out */
	double left, right, base; /* where the text goes: its edges, and the middle of its height */
	bool shown, line;         /* line: far enough from its point to want a line to it */
};

/* The picture's field is width x height. Texts are measured by their number of characters. */
void labels_place(struct label *, size_t n, double width, double height);

#endif
