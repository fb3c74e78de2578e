/* Axes of pictures, as gnuplot commands: where the ticks are and what they say. Private to io. */
#ifndef PLIMSOLL_AXIS_H
#define PLIMSOLL_AXIS_H

#include "base.h"

#define AXIS_TEXT 6144

/* UTC; labels suit the span, and the day, month or year stands below the first tick and where it changes.
 * A label is written name("Jan"), so that a script can leave labels out by its function `name`. */
void axis_time(ms_t from, ms_t until, char text[AXIS_TEXT]);
/* From 0, labelled, to a little over most, with at most `labels` more; whole: nothing between whole numbers. */
void axis_value(double most, int labels, bool whole, char text[AXIS_TEXT]);
/* The shortest round width, of at least `least`, of which `most` cover the span. */
ms_t axis_bucket(ms_t span, ms_t least, ms_t most);

#endif
