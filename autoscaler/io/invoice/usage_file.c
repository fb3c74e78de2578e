#include "billing.h"

#include "../text/csv.h"
#include "../text/decimal.h"
#include "../text/grown.h"
#include "../text/instant.h"
#include "nearest.h"
#include "visible.h"

#include <stdlib.h>

#define QUANTITY_MAX ((int64_t)1000000000 * 1000) /* thousandths */
#define LABELS_MAX   1024

enum column { RESOURCE, SKU, START, END, QUANTITY, LABELS, SPOT, INTERRUPTED, COLUMNS };
static const char *const column_names[COLUMNS] = {"resource", "sku",    "start", "end",
						  "quantity", "labels", "spot",  "interrupted"};
enum { REQUIRED = END + 1 };

struct reader {
	struct csv *csv;
	const struct price_list *list;
	struct arena *arena;
	int places[COLUMNS];      /* -1: not there */
	struct usage_item *items; /* malloc'd while it grows */
	size_t n, room;
	const char *labels; /* of the row before */
	struct err *err;
};

static int unknown_column(struct reader *reader, const struct csv_field *field)
{
	return csv_fail(reader->csv, reader->err, "unknown column '%s'; did you mean '%s'?",
			visible(field->text, field->length, 40).text, nearest(field->text, column_names, COLUMNS));
}

static int read_header(struct reader *reader)
{
	const struct csv_field *header;
	int got = csv_next(reader->csv, &header, &reader->csv->width, reader->err);
	if (got < 0)
		return -1;
	if (got == 0)
		return csv_fail(
		    reader->csv, reader->err,
		    "empty; its first line must name the columns: resource,sku,start,end[,quantity][,labels]"
		    "[,spot][,interrupted]");
	size_t width = reader->csv->width, known = 0;
	for (size_t i = 0; i < COLUMNS; i++) {
		reader->places[i] = csv_column(header, width, column_names[i]);
		if (i < REQUIRED && reader->places[i] < 0)
			return csv_fail(reader->csv, reader->err, "no column '%s'", column_names[i]);
		known += reader->places[i] >= 0;
	}
	for (size_t i = 0; i < width && known < width; i++) {
		int64_t c = name_index(header[i].text, column_names, COLUMNS);
		if (c < 0)
			return unknown_column(reader, &header[i]);
		if (reader->places[c] != (int)i)
			return csv_fail(reader->csv, reader->err, "column '%s' is there twice", column_names[c]);
	}
	return 0;
}

static const struct csv_field *cell(const struct reader *reader, const struct csv_field *fields, enum column column)
{
	static const struct csv_field nothing = {"", 0};
	return reader->places[column] < 0 ? &nothing : &fields[reader->places[column]];
}

static int bad_cell(struct reader *reader, const struct csv_field *fields, enum column column, const char *allowed)
{
	const struct csv_field *field = cell(reader, fields, column);
	return csv_fail(reader->csv, reader->err, "%s is '%s'; allowed: %s", column_names[column],
			visible(field->text, field->length, 40).text, allowed);
}

static int read_time(struct reader *reader, const struct csv_field *fields, enum column column, ms_t *time)
{
	struct err inner;
	const struct csv_field *field = cell(reader, fields, column);
	if (instant_parse(field->text, field->length, 0, time, &inner) < 0)
		return csv_fail(reader->csv, reader->err, "%s: %s", column_names[column], inner.message);
	return 0;
}

/* Thousandths, to the nearest. Instances and things by the hour are one each unless said otherwise. */
static int read_quantity(struct reader *reader, const struct csv_field *fields, struct usage_item *item)
{
	const struct csv_field *field = cell(reader, fields, QUANTITY);
	const struct sku *sku = &reader->list->skus[item->sku];
	item->quantity = 1000;
	if (field->length == 0) {
		if (sku->rule == SKU_INSTANCE || sku->rule == SKU_HOUR)
			return 0;
		return csv_fail(reader->csv, reader->err, "'%s' needs a quantity, in %ss", sku->id,
				sku->rule == SKU_QUANTITY   ? sku->unit
				: sku->rule == SKU_POD_VCPU ? "vCPU"
							    : "GiB");
	}
	if (decimal_parse(field->text, field->length, 3, &item->quantity) != DECIMAL_OK ||
	    item->quantity > QUANTITY_MAX)
		return bad_cell(reader, fields, QUANTITY, "a number from 0 to 1000000000");
	return 0;
}

static int read_flag(struct reader *reader, const struct csv_field *fields, enum column column, bool *flag)
{
	static const struct {
		const char *word;
		bool flag;
	} words[] = {{"", false},    {"false", false}, {"no", false}, {"0", false},
		     {"true", true}, {"yes", true},    {"1", true}};
	for (size_t i = 0; i < COUNT(words); i++)
		if (strcmp(cell(reader, fields, column)->text, words[i].word) == 0) {
			*flag = words[i].flag;
			return 0;
		}
	return bad_cell(reader, fields, column, "true, false or nothing");
}

/* "namespace=shop;app=web": every part has a name. */
static bool well_formed(const char *labels)
{
	while (*labels) {
		size_t part = strcspn(labels, ";"), name = strcspn(labels, "=;");
		if (name == 0 || name == part)
			return false;
		labels += part + (labels[part] == ';');
	}
	return true;
}

static int read_labels(struct reader *reader, const struct csv_field *fields, struct usage_item *item)
{
	const struct csv_field *field = cell(reader, fields, LABELS);
	if (field->length == 0)
		return 0;
	if (field->length > LABELS_MAX || !well_formed(field->text))
		return bad_cell(reader, fields, LABELS, "name=value, separated by ';', up to 1024 bytes");
	if (!reader->labels || strcmp(reader->labels, field->text) != 0)
		reader->labels = arena_strndup(reader->arena, field->text, field->length);
	item->labels = reader->labels;
	return item->labels ? 0 : err_set(reader->err, "out of memory");
}

static int read_sku(struct reader *reader, const struct csv_field *fields, struct usage_item *item)
{
	struct err inner;
	if (price_list_find(reader->list, cell(reader, fields, SKU)->text, item->start, &item->sku, &inner) < 0)
		return csv_fail(reader->csv, reader->err, "%s", inner.message);
	return 0;
}

static int check_item(struct reader *reader, const struct usage_item *item)
{
	const struct sku *sku = &reader->list->skus[item->sku];
	if (item->end < item->start)
		return csv_fail(reader->csv, reader->err, "end is before start");
	if (item->spot && sku->spot_nano < 0)
		return csv_fail(reader->csv, reader->err, "'%s' has no spot price in %s", sku->id,
				reader->list->book.region);
	if (item->interrupted && sku->rule != SKU_INSTANCE)
		return csv_fail(reader->csv, reader->err, "interrupted is for instances; '%s' is none", sku->id);
	return 0;
}

static int read_item(struct reader *reader, const struct csv_field *fields, struct usage_item *item)
{
	const struct csv_field *resource = cell(reader, fields, RESOURCE);
	*item = (struct usage_item){.resource = arena_strndup(reader->arena, resource->text, resource->length)};
	if (!item->resource)
		return err_set(reader->err, "out of memory");
	if (read_time(reader, fields, START, &item->start) < 0 || read_time(reader, fields, END, &item->end) < 0 ||
	    read_sku(reader, fields, item) < 0 || read_quantity(reader, fields, item) < 0 ||
	    read_labels(reader, fields, item) < 0 || read_flag(reader, fields, SPOT, &item->spot) < 0 ||
	    read_flag(reader, fields, INTERRUPTED, &item->interrupted) < 0)
		return -1;
	return check_item(reader, item);
}

static int make_room(struct reader *reader)
{
	struct usage_item *items = heap_grown(reader->items, reader->n, &reader->room, sizeof *items);
	if (!items)
		return err_set(reader->err, "%.300s: out of memory", reader->csv->name);
	reader->items = items;
	return 0;
}

static int read_rows(struct reader *reader)
{
	const struct csv_field *fields;
	int got;
	if (read_header(reader) < 0)
		return -1;
	while ((got = csv_row(reader->csv, &fields, reader->err)) > 0) {
		if (make_room(reader) < 0 || read_item(reader, fields, &reader->items[reader->n]) < 0)
			return -1;
		reader->n++;
	}
	return got;
}

static int keep(struct reader *reader, struct usage_item **items, size_t *n)
{
	*items = arena_alloc(reader->arena, reader->n, sizeof **items);
	if (!*items)
		return err_set(reader->err, "out of memory");
	if (reader->n)
		memcpy(*items, reader->items, reader->n * sizeof **items);
	*n = reader->n;
	return 0;
}

int usage_read(const char *path, const struct price_list *list, struct arena *arena, struct usage_item **items,
	       size_t *n, struct err *err)
{
	struct csv csv;
	const char *name;
	void *file = gzip_open(path, &name, err);
	if (!file)
		return -1;
	struct reader reader = {.csv = &csv, .list = list, .arena = arena, .err = err};
	int status = csv_open(&csv, name, gzip_read, file, err);
	if (status == 0) {
		status = read_rows(&reader);
		csv_close(&csv);
	}
	if (status == 0)
		status = keep(&reader, items, n);
	free(reader.items);
	gzip_close(file);
	return status;
}
