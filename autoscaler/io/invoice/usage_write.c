#include "billing.h"

#include "../report/table.h"
#include "../text/outfile.h"
#include "calendar.h"

static const struct table_column columns[] = {
    {"resource", NULL, false}, {"sku", NULL, false},    {"start", NULL, false}, {"end", NULL, false},
    {"quantity", NULL, true},  {"labels", NULL, false}, {"spot", NULL, false},  {"interrupted", NULL, false},
};

/* RFC 3339, with milliseconds where there are any. */
static void put_time(struct table *table, ms_t time)
{
	char text[CALENDAR_TEXT], whole[CALENDAR_TEXT];
	calendar_format(time, whole);
	int ms = (int)(((time % SECOND_MS) + SECOND_MS) % SECOND_MS);
	if (ms)
		snprintf(text, sizeof text, "%.19s.%03dZ", whole, ms);
	table_text(table, ms ? text : whole);
}

static void put_item(struct table *table, const struct price_list *list, const struct usage_item *item)
{
	table_text(table, item->resource);
	table_text(table, list->skus[item->sku].id);
	put_time(table, item->start);
	put_time(table, item->end);
	table_nano(table, item->quantity * (NANO / 1000), 3);
	table_text(table, item->labels ? item->labels : "");
	table_text(table, item->spot ? "true" : "");
	table_text(table, item->interrupted ? "true" : "");
}

int usage_write(const char *path, const struct price_list *list, const struct usage_item *items, size_t n,
		struct err *err)
{
	struct outfile out;
	struct table table;
	if (outfile_open(&out, path, err) < 0)
		return -1;
	table_init(&table, columns, COUNT(columns));
	for (size_t i = 0; i < n; i++)
		put_item(&table, list, &items[i]);
	int status = table_print(&table, TABLE_CSV, out.file, err);
	table_free(&table);
	if (status == 0)
		return outfile_commit(&out, err);
	outfile_discard(&out);
	return err_wrap(err, "%s", path);
}
