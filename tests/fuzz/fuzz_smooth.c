/* Text: a spec, a line end, then samples as bytes. What parses can be built, and its three forms agree. */
#include "smooth.h"

#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

enum { TEXT_MAX = 200, SAMPLES_MAX = 64 };

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	gsl_set_error_handler_off();
	return 0;
}

static void check(bool holds)
{
	if (!holds)
		abort();
}

/* Spread over many magnitudes, both signs, with ties. */
static double sample(uint8_t byte)
{
	return (byte & 1 ? -1.0 : 1.0) * (double)(byte >> 5) * pow(10, (byte >> 1) & 15);
}

static void check_forms(const struct smooth_spec *spec, const double *values, size_t n)
{
	double batch[SAMPLES_MAX], reference[SAMPLES_MAX], scale = 0;
	struct arena arena = {0};
	struct err err;
	struct smoother *s = smoother_new(spec, 15 * SECOND_MS, &arena);
	check(s && smooth_batch(spec, 15 * SECOND_MS, values, batch, n, &err) == 0 &&
	      smooth_reference(spec, 15 * SECOND_MS, values, reference, n, &err) == 0);
	for (size_t i = 0; i < n; i++) {
		scale = fmax(scale, fabs(values[i]));
		double streamed = smoother_step(s, values[i]);
		check(fabs(streamed - reference[i]) <= 1e-12 * scale && fabs(batch[i] - reference[i]) <= 1e-12 * scale);
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	size_t length = end ? (size_t)(end - data) : size;
	char text[TEXT_MAX + 1];
	if (length > TEXT_MAX)
		return 0;
	memcpy(text, size ? (const char *)data : "", length);
	text[length] = 0;
	struct smooth_spec spec;
	struct err err = {""};
	if (smooth_parse(text, &spec, &err) < 0) {
		check(err.message[0]);
		return 0;
	}
	double values[SAMPLES_MAX];
	size_t n = 0;
	for (size_t i = length + 1; i < size && n < SAMPLES_MAX; i++)
		values[n++] = sample(data[i]);
	check_forms(&spec, values, n);
	return 0;
}
