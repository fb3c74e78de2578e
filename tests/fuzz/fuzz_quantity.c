#include "quantity.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct err err;
	wide_t nano;
	if (quantity_parse((const char *)data, size, &nano, &err) < 0)
		return 0;
	/* The two roundings of one number agree. */
	int64_t value = quantity_value(nano), milli = quantity_milli(nano);
	if ((value > 0) != (milli > 0) || (value < 0) != (milli < 0) || quantity_approximate(nano) * (double)milli < 0)
		abort();
	return 0;
}
