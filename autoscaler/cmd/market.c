#include "market.h"

int market_open(const char *data_directory, const char *region, struct market *market, struct err *err)
{
	*market = (struct market){.region = region};
	if (price_list_read(data_directory, region, &market->list, err) < 0)
		return err_wrap(err, "--price");
	const struct region_fees *fees = &market->list.book.fees;
	/* The newest price of each: a load of the past is priced as of today. */
	if (price_list_find(&market->list, fees->disk_name, MS_NEVER - 1, &market->disk_sku, err) < 0 ||
	    price_list_find(&market->list, fees->control_plane_name, MS_NEVER - 1, &market->control_plane_sku, err) < 0)
		return err_wrap(err, "--price %s", region);
	return 0;
}

void market_close(struct market *market)
{
	price_list_free(&market->list);
}

int market_skus(const struct market *market, const struct sim_group *groups, uint32_t n, struct arena *arena,
		uint32_t **skus, struct err *err)
{
	*skus = arena_alloc(arena, n, sizeof **skus);
	if (!*skus)
		return err_set(err, "out of memory");
	for (uint32_t g = 0; g < n; g++)
		if (price_list_find(&market->list, groups[g].type->name, MS_NEVER - 1, &(*skus)[g], err) < 0)
			return err_wrap(err, "%s", market->region);
	return 0;
}

static uint32_t sku_of(const struct market *market, const uint32_t *skus, const struct usage_record *record)
{
	if (record->kind == USAGE_INSTANCE)
		return skus[record->sku];
	return record->kind == USAGE_DISK ? market->disk_sku : market->control_plane_sku;
}

int market_items(const struct market *market, const uint32_t *skus, const struct sim_result *result,
		 struct arena *arena, struct usage_item **items, struct err *err)
{
	static const char *const names[] = {
	    [USAGE_INSTANCE] = "node", [USAGE_DISK] = "disk", [USAGE_CONTROL_PLANE] = "cluster"};
	size_t counts[COUNT(names)] = {0};
	*items = arena_alloc(arena, result->n_usage, sizeof **items);
	if (!*items)
		return err_set(err, "out of memory for %zu usage records", result->n_usage);
	for (size_t i = 0; i < result->n_usage; i++) {
		const struct usage_record *record = &result->usage[i];
		char name[40];
		snprintf(name, sizeof name, "%s-%zu", names[record->kind], ++counts[record->kind]);
		(*items)[i] = (struct usage_item){.resource = arena_strdup(arena, name),
						  .sku = sku_of(market, skus, record),
						  .start = record->start,
						  .end = record->end,
						  .quantity = record->quantity * 1000};
		if (!(*items)[i].resource)
			return err_set(err, "out of memory for %zu usage records", result->n_usage);
	}
	return 0;
}

int market_hours(const struct market *market, const uint32_t *skus, const struct price_plan *plan,
		 const struct sim_result *result, struct arena *arena, struct hourly_usage *hours, struct err *err)
{
	struct arena scratch = {0};
	struct usage_item *items;
	int status = market_items(market, skus, result, &scratch, &items, err);
	if (status == 0)
		status = usage_hours(&market->list, plan, items, result->n_usage, arena, hours, err);
	arena_free(&scratch);
	return status;
}
