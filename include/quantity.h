/* resource.Quantity, exactly: the number of a Kubernetes manifest or metric ("250m", "1.5Gi", "2e3").
 * Source: k8s.io/apimachinery/pkg/api/resource. */
#ifndef PLIMSOLL_QUANTITY_H
#define PLIMSOLL_QUANTITY_H

#include "base.h"

/* Parses text[0..length) into billionths. Finer fractions are rounded up (away from zero), magnitudes above
 * 2^63-1 are capped there, as Kubernetes does. Negative return with a message that names what is allowed. */
int quantity_parse(const char *text, size_t length, wide_t *nano, struct err *err);

/* Quantity.Value() and Quantity.MilliValue(): rounded up (away from zero), saturating at the ends of int64. */
int64_t quantity_value(wide_t nano);
int64_t quantity_milli(wide_t nano);

/* Quantity.AsApproximateFloat64() of the canonical form, which is what a controller reads back from the API:
 * 0.15 is stored as 150m, hence 150 * 1e-3. */
double quantity_approximate(wide_t nano);

#endif
