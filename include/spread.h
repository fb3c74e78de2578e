/* What several seeds say of one figure. */
#ifndef PLIMSOLL_SPREAD_H
#define PLIMSOLL_SPREAD_H

#include "base.h"

struct spread {
	double mean;
	double half_width; /* of the 95 % interval of the mean (Student's t); 0 for one value */
};

struct spread spread_of(const double *values, size_t n);

#endif
