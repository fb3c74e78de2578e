#include "price_sheet.h"

#include "../text/csv.h"
#include "../text/decimal.h"
#include "../text/grown.h"
#include "../text/path.h"
#include "price_load.h"
#include "visible.h"

#include <stdlib.h>

#define INSTANCES(name)                                                                                                \
	{                                                                                                              \
		.file = name, .thing = "types",                                                                        \
		.columns = {"region", "type",       "family", "class",        "arch",                                  \
			    "vcpu",   "memory_gib", "gpus",   "usd_per_hour", "spot_usd_per_hour",                     \
			    "source", "as_of"},                                                                        \
		.n_columns = 12, .first_price = 8, .n_prices = 2, .n_on_demand = 1, .source = 10, .as_of = 11,         \
	}

const struct sheet_form sheet_forms[PROVIDER_COUNT] = {
    [PROVIDER_AWS] = INSTANCES("aws_instances.csv"),
    [PROVIDER_AZURE] = INSTANCES("azure_instances.csv"),
    [PROVIDER_GCP] =
	{
	    .file = "gcp_unit_rates.csv",
	    .thing = "families",
	    .columns = {"region", "family", "usd_per_vcpu_hour", "usd_per_gib_hour", "spot_usd_per_vcpu_hour",
			"spot_usd_per_gib_hour", "max_error_percent", "source", "as_of"},
	    .n_columns = 9,
	    .first_price = 2,
	    .n_prices = 4,
	    .n_on_demand = 2,
	    .source = 7,
	    .as_of = 8,
	},
};

void sheet_init(struct sheet *sheet, const struct sheet_form *form)
{
	*sheet = (struct sheet){.form = form};
}

void sheet_free(struct sheet *sheet)
{
	free(sheet->rows);
	arena_free(&sheet->arena);
	*sheet = (struct sheet){0};
}

struct sheet_row *sheet_add(struct sheet *sheet)
{
	struct sheet_row *rows = heap_grown(sheet->rows, sheet->n, &sheet->room, sizeof *rows);
	if (!rows)
		return NULL;
	sheet->rows = rows;
	struct sheet_row *row = &sheet->rows[sheet->n++];
	*row = (struct sheet_row){{NULL}};
	return row;
}

int sheet_row_order(const struct sheet_row *a, const struct sheet_row *b)
{
	int order = strcmp(a->cell[SHEET_REGION], b->cell[SHEET_REGION]);
	return order ? order : strcmp(a->cell[SHEET_NAME], b->cell[SHEET_NAME]);
}

static int order(const void *a, const void *b)
{
	return sheet_row_order(a, b);
}

void sheet_sort(struct sheet *sheet)
{
	if (sheet->n)
		qsort(sheet->rows, sheet->n, sizeof *sheet->rows, order);
}

const struct sheet_row *sheet_find(const struct sheet *sheet, const char *region, const char *name)
{
	if (region) {
		struct sheet_row key = {{region, name}};
		return sheet->n ? bsearch(&key, sheet->rows, sheet->n, sizeof key, order) : NULL;
	}
	for (size_t i = 0; i < sheet->n; i++)
		if (strcmp(sheet->rows[i].cell[SHEET_NAME], name) == 0)
			return &sheet->rows[i];
	return NULL;
}

/* ---- files ---- */

static int check_price(const struct csv *csv, const char *column, const struct csv_field *field, struct err *err)
{
	if (field->length == 0 || decimal_nano(field->text, field->length) >= 0)
		return 0;
	return csv_fail(csv, err, "%s is '%s'; allowed: US dollars with at most 9 decimals, or nothing", column,
			visible(field->text, field->length, 40).text);
}

static int read_row(struct sheet *sheet, const struct csv *csv, const int *places, const struct csv_field *fields,
		    struct err *err)
{
	const struct sheet_form *form = sheet->form;
	struct sheet_row *row = sheet_add(sheet);
	for (size_t i = 0; row && i < form->n_columns; i++) {
		const struct csv_field *field = &fields[places[i]];
		if (i >= form->first_price && i < form->first_price + form->n_prices &&
		    check_price(csv, form->columns[i], field, err) < 0)
			return -1;
		row->cell[i] = arena_strdup(&sheet->arena, field->text);
		if (!row->cell[i])
			row = NULL;
	}
	return row ? 0 : csv_fail(csv, err, "out of memory");
}

static int read_rows(void *self, struct csv *csv, struct err *err)
{
	struct sheet *sheet = self;
	const struct csv_field *fields;
	int places[SHEET_COLUMNS], got;
	if (csv_header(csv, sheet->form->columns, sheet->form->n_columns, places, err) < 0)
		return -1;
	while ((got = csv_row(csv, &fields, err)) > 0)
		if (read_row(sheet, csv, places, fields, err) < 0)
			return -1;
	return got;
}

int sheet_read(struct sheet *sheet, const struct sheet_form *form, const char *folder, struct err *err)
{
	char path[PATH_SIZE];
	sheet_init(sheet, form);
	if (path_format(path, sizeof path, err, "%s/%s", folder, form->file) < 0)
		return -1;
	int status = csv_read_path(path, PRICE_LIST_BYTES_MAX, read_rows, sheet, err);
	if (status < 0)
		sheet_free(sheet);
	else
		sheet_sort(sheet);
	return status;
}

void sheet_write(const struct sheet *sheet, FILE *file)
{
	const struct sheet_form *form = sheet->form;
	for (size_t i = 0; i < form->n_columns; i++)
		fprintf(file, "%s%s", i ? "," : "", form->columns[i]);
	fputc('\n', file);
	for (size_t r = 0; r < sheet->n; r++) {
		for (size_t i = 0; i < form->n_columns; i++) {
			if (i)
				fputc(',', file);
			csv_write_field(file, sheet->rows[r].cell[i] ? sheet->rows[r].cell[i] : "");
		}
		fputc('\n', file);
	}
}

/* ---- prices ---- */

int64_t sheet_price(const struct sheet_form *form, const struct sheet_row *row, size_t p)
{
	const char *text = row->cell[form->first_price + p];
	return text ? decimal_nano(text, strlen(text)) : -1;
}

struct sheet_nano sheet_nano(int64_t nano)
{
	struct sheet_nano out;
	decimal_text(nano, 9, 0, out.text);
	return out;
}
