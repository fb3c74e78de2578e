/* Whatever is accepted keeps the promises of invoice.h, and can be priced and compared. */
#include "../../autoscaler/io/invoice/invoice_price.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static struct invoice_prices *the_prices(void)
{
	static struct invoice_prices *prices;
	struct err err;
	if (!prices)
		prices = invoice_prices_read("data", &err);
	check(prices != NULL);
	return prices;
}

static void check_charge(const struct invoice_file *file, const struct charge *charge)
{
	const struct invoice_item *item = &file->items[charge->item];
	struct item_price price;
	struct err err;
	check(charge->item < file->n_items && charge->line > 1 && charge->kind < CHARGE_KINDS);
	check(charge->usage.places >= 0 && charge->usage.places <= AMOUNT_PLACES);
	check(charge->rate_nano >= 0 && charge->price_nano >= -1);
	check(invoice_price_find(the_prices(), item, &price, &err) == 0);
	struct charge_terms terms = {price.price.unit, charge->start, NANO, file->places, true};
	int64_t amount;
	if (price.unknown)
		return;
	check(price.price.n_tiers > 0 && price.source && price.as_of);
	unit_parse(item->unit, &terms.unit);
	if (charge_rate_tiers(&terms, &charge->usage, &price.price, 0, &amount))
		check(amount >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct invoice_file file;
	struct err err = {""};
	if (invoice_parse("fuzz", (const char *)data, size, &file, &err) < 0) {
		check(strncmp(err.message, "fuzz", 4) == 0 && !file.arena.blocks && !file.charges);
		return 0;
	}
	check(file.n_charges > 0 && file.currency && strlen(file.currency) == 3 && file.from <= file.until);
	for (uint32_t i = 0; i < file.n_charges; i++)
		check_charge(&file, &file.charges[i]);
	invoice_free(&file);
	return 0;
}
