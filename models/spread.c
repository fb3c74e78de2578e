#include "spread.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

struct spread spread_of(const double *values, size_t n)
{
	double sum = 0, squares = 0;
	if (n == 0)
		return (struct spread){0};
	for (size_t i = 0; i < n; i++)
		sum += values[i];
	double mean = sum / (double)n;
	if (n == 1)
		return (struct spread){mean, 0};
	for (size_t i = 0; i < n; i++)
		squares += (values[i] - mean) * (values[i] - mean);
	double error = sqrt(squares / (double)(n - 1) / (double)n);
	return (struct spread){mean, error > 0 ? gsl_cdf_tdist_Pinv(0.975, (double)(n - 1)) * error : 0};
}
