/* Any bytes as a usage file: items that can be rated, or one message that names the file. */
#include "billing.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/plimsoll-fuzz-usage-XXXXXX";
static struct price_list list;

static void clean_up(void)
{
	unlink(path);
	price_list_free(&list);
}

static void set_up(void)
{
	struct err err;
	int fd = mkstemp(path);
	if (fd < 0 || close(fd) != 0 || price_list_read("data", "gcp/us-central1", &list, &err) < 0)
		abort();
	atexit(clean_up);
}

static void put(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready)
		set_up();
	ready = true;
	FILE *file = fopen(path, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		abort();
}

static void rate(const struct usage_item *items, size_t n, struct arena *arena)
{
	static const struct price_plan plan = {.name = "on-demand", .free_tier = true, .min_charge_ms = -1};
	struct hourly_usage hours;
	struct bill bill;
	struct err err = {""};
	int64_t sum = 0;
	if (usage_hours(&list, &plan, items, n, arena, &hours, &err) < 0 ||
	    bill_rate(&list, &plan, &hours, arena, &bill, &err) < 0) {
		if (!err.message[0])
			abort();
		return;
	}
	for (uint32_t i = 0; i < bill.n_lines; i++)
		sum += bill.lines[i].amount_nano;
	if (sum != bill.total_nano || sum < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {.limit = (size_t)1 << 28};
	struct usage_item *items;
	struct err err = {""};
	size_t n;
	put(data, size);
	if (usage_read(path, &list, &arena, &items, &n, &err) < 0) {
		if (strncmp(err.message, path, sizeof path - 1) != 0)
			abort();
	} else {
		for (size_t i = 0; i < n; i++)
			if (items[i].sku >= list.n_skus || items[i].end < items[i].start || items[i].quantity < 0)
				abort();
		rate(items, n, &arena);
	}
	arena_free(&arena);
	return 0;
}
