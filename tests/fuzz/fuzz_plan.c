/* Any bytes as a plan: one with sane values, or one message that names the file. */
#include "billing.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/plimsoll-fuzz-plan-XXXXXX";

static void clean_up(void)
{
	unlink(path);
}

static void put(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready) {
		int fd = mkstemp(path);
		if (fd < 0 || close(fd) != 0)
			abort();
		atexit(clean_up);
		ready = true;
	}
	FILE *file = fopen(path, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		abort();
}

static void check(const struct commitment *commitment)
{
	bool amount = commitment->count_milli || commitment->memory_bytes || commitment->nano_per_hour;
	if (commitment->count_milli < 0 || commitment->memory_bytes < 0 || commitment->nano_per_hour < 0 ||
	    commitment->end <= commitment->start || (amount && commitment->cover_ppm) || commitment->cover_ppm < 0)
		abort();
	if (commitment->kind == COMMIT_RESERVED ? !commitment->sku : commitment->sku != NULL)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct price_plan plan;
	struct err err = {""};
	put(data, size);
	if (price_plan_read(NULL, path, &arena, &plan, &err) == 0) {
		if (!plan.name || plan.discount_ppm < 0 || plan.discount_ppm > 1000000 || plan.tax_ppm < 0 ||
		    (plan.currency && (plan.rate_nano <= 0 || !plan.rate_date)))
			abort();
		for (uint32_t i = 0; i < plan.n_commitments; i++)
			check(&plan.commitments[i]);
	} else if (strncmp(err.message, path, sizeof path - 1) != 0) {
		abort();
	}
	arena_free(&arena);
	return 0;
}
