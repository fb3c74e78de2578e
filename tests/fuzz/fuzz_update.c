/* Any bytes as a provider's prices (the first byte says whose): rows with sane names and prices, or one message. */
#include "../../autoscaler/io/price/update.h"

#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char path[] = "/tmp/plimsoll-fuzz-XXXXXX";

static void clean_up(void)
{
	unlink(path);
}

static void put(const uint8_t *data, size_t size)
{
	static bool ready;
	if (!ready) {
		int fd = mkstemp(path);
		if (fd < 0)
			abort();
		close(fd);
		atexit(clean_up);
		ready = true;
	}
	FILE *file = fopen(path, "w");
	if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
		abort();
}

static void check(const struct update_news *news)
{
	for (size_t i = 0; i < news->sheet.n; i++) {
		const struct sheet_row *row = &news->sheet.rows[i];
		if (!news_name_ok(row->cell[SHEET_REGION]) || !news_name_ok(row->cell[SHEET_NAME]))
			abort();
		for (size_t p = 0; p < news->sheet.form->n_prices; p++)
			if (row->cell[news->sheet.form->first_price + p] && sheet_price(news->sheet.form, row, p) < 0)
				abort();
		for (size_t j = 0; j < i && i < 100; j++)
			if (sheet_row_order(row, &news->sheet.rows[j]) == 0)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	unsigned which = data[0] % (PROVIDER_COUNT + 1);
	const struct update_provider *provider = update_providers[which % PROVIDER_COUNT];
	struct update_news news = {.region = data[0] & 8 ? "us-east-1" : NULL, .now = (ms_t)1795000000 * SECOND_MS};
	struct document document;
	struct err err = {""};
	char next[HTTP_URL_MAX];
	put(data + 1, size - 1);
	sheet_init(&news.sheet, &sheet_forms[provider->provider]);
	if (document_open(&document, path, "fuzz", &err) < 0)
		abort();
	int status = which == PROVIDER_COUNT ? opencost_read(&document, &news, &err)
					     : provider->read(&document, &news, next, sizeof next, &err);
	document_close(&document);
	if (status < 0 && !err.message[0])
		abort();
	check(&news);
	free(news.places);
	sheet_free(&news.sheet);
	return 0;
}
