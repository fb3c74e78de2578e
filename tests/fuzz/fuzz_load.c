/* Whatever is accepted keeps the promises of load.h. */
#include "load.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_series(const struct load_series *s)
{
	check(s->n > 0);
	for (uint32_t i = 0; i < s->n; i++) {
		check(s->time[i] >= 0 && (i == 0 || s->time[i] > s->time[i - 1]));
		check(s->cpu_nano[i] >= 0 && s->cpu_nano[i] <= LOAD_MAX_CORES * INT64_C(1000000000));
		check(!s->memory_bytes || (s->memory_bytes[i] >= 0 && s->memory_bytes[i] <= LOAD_MAX_BYTES));
		check(!s->requests_milli ||
		      (s->requests_milli[i] >= -1 && s->requests_milli[i] <= LOAD_MAX_REQUESTS * INT64_C(1000)));
		for (uint32_t m = 0; m < s->n_metrics; m++)
			check(s->metrics[m].name[0] && s->metrics[m].milli[i] >= -1);
	}
}

static void check_load(const char *text, size_t size, double scale, double cpu_per_request)
{
	struct load load;
	struct err err = {""};
	if (load_parse("fuzz", text, size, scale, cpu_per_request, &load, &err) < 0) {
		check(strncmp(err.message, "fuzz:", 5) == 0 && strlen(err.message) > 8 && !load.arena.blocks);
		return;
	}
	check(load.step > 0 && load.until > load.from);
	for (uint32_t i = 0; i < load.n_series; i++)
		check_series(&load.series[i]);
	load_free(&load);
}

static void check_time(const char *text, size_t size)
{
	char copy[64];
	if (size >= sizeof copy)
		return;
	memcpy(copy, text, size);
	copy[size] = 0;
	ms_t ms, again;
	struct err err;
	if (time_parse(copy, 0, &ms, &err) == 0)
		check(ms >= 0 && ms < INT64_C(253402300800000));
	if (time_parse(copy, INT64_MAX - 5, &again, &err) == 0)
		check(again == ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	check_load(text, size, 1, 0);
	check_load(text, size, 2.5, 0.05);
	check_time(text, size);
	return 0;
}
