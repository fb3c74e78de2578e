#include "invoice_internal.h"

#include "../text/grown.h"
#include "../text/instant.h"
#include "visible.h"

#include <strings.h>

/* The first whose required columns are all there: FOCUS before the providers' own, whose names it may carry as well. */
static const struct invoice_format *const formats[] = {&invoice_focus, &invoice_aws, &invoice_azure, &invoice_gcp};

#define AMOUNT_MOST INT64_C(1000000000000000000)

struct reader {
	struct csv csv;
	struct invoice_file *file;
	int at[INVOICE_FIELDS][FIELD_NAMES]; /* places of each field's names; -1: none */
	size_t n_fields;
	uint32_t *slots; /* hash of items: index + 1 */
	uint32_t n_slots;
	size_t items_room, charges_room;
};

const char *invoice_format_name(const struct invoice_file *file)
{
	return file->format->name;
}

enum charge_kind invoice_kind(const char *word, const struct kind_word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(word, words[i].word) == 0)
			return words[i].kind;
	return CHARGE_OTHER;
}

/* ---- the header ---- */

#define COLUMN_NAME_MAX 128

static void fold_header(struct csv_field field, char name[COLUMN_NAME_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i < field.length && n < COLUMN_NAME_MAX - 1; i++) {
		char c = field.text[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (letter)
			name[n++] = c;
		else if (n && name[n - 1] != '_')
			name[n++] = '_';
	}
	while (n && name[n - 1] == '_')
		n--;
	name[n] = 0;
}

/* Where a field's names are in the header. False: none of them is. */
static bool find_column(const struct invoice_column *column, const struct csv_field *header, size_t n,
			int at[FIELD_NAMES])
{
	char name[COLUMN_NAME_MAX];
	bool found = false;
	for (size_t k = 0; k < FIELD_NAMES; k++) {
		at[k] = -1;
		for (size_t i = 0; i < n && column->names[k] && at[k] < 0; i++) {
			fold_header(header[i], name);
			if (strcmp(name, column->names[k]) == 0)
				at[k] = (int)i;
		}
		found |= at[k] >= 0;
	}
	return found;
}

static size_t find_columns(const struct invoice_format *format, const struct csv_field *header, size_t n,
			   int at[INVOICE_FIELDS][FIELD_NAMES], const char **missing)
{
	size_t found = 0;
	*missing = NULL;
	for (size_t f = 0; f < INVOICE_FIELDS; f++) {
		bool here = find_column(&format->columns[f], header, n, at[f]);
		found += here;
		if (!here && format->columns[f].required && !*missing)
			*missing = format->columns[f].names[0];
	}
	return found;
}

static int read_header(struct reader *r, struct err *err)
{
	const struct csv_field *header;
	const char *missing, *nearest_missing = NULL;
	const struct invoice_format *nearest = NULL;
	size_t most = 2;
	int got = csv_next(&r->csv, &header, &r->n_fields, err);
	if (got < 0)
		return -1;
	if (got == 0)
		return err_set(err, "%.300s: is empty; an invoice has a line of column names", r->csv.name);
	for (size_t i = 0; i < COUNT(formats); i++) {
		size_t found = find_columns(formats[i], header, r->n_fields, r->at, &missing);
		if (!missing) {
			r->file->format = formats[i];
			return 0;
		}
		if (found > most) {
			most = found;
			nearest = formats[i];
			nearest_missing = missing;
		}
	}
	if (nearest)
		return csv_fail(&r->csv, err, "like %s, but without a column %s", nearest->name, nearest_missing);
	return csv_fail(&r->csv, err, "not the columns of %s, %s, %s or %s", formats[3]->name, formats[1]->name,
			formats[2]->name, formats[0]->name);
}

/* ---- items ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return mix64(hash);
}

static uint64_t hash_item(const struct invoice_item *item)
{
	uint64_t hash = hash_text(item->provider + 1, item->service);
	return hash_text(hash_text(hash_text(hash, item->sku), item->region), item->unit);
}

static bool same_item(const struct invoice_item *a, const struct invoice_item *b)
{
	return a->provider == b->provider && strcmp(a->sku, b->sku) == 0 && strcmp(a->region, b->region) == 0 &&
	       strcmp(a->service, b->service) == 0 && strcmp(a->unit, b->unit) == 0;
}

static uint32_t *find_slot(struct reader *r, const struct invoice_item *item)
{
	uint32_t slot = (uint32_t)hash_item(item) & (r->n_slots - 1);
	while (r->slots[slot] && !same_item(&r->file->items[r->slots[slot] - 1], item))
		slot = (slot + 1) & (r->n_slots - 1);
	return &r->slots[slot];
}

static int grow_slots(struct reader *r, struct err *err)
{
	uint32_t n = r->n_slots ? 2 * r->n_slots : 256;
	uint32_t *slots = calloc(n, sizeof *slots);
	if (!slots)
		return err_set(err, "out of memory");
	free(r->slots);
	r->slots = slots;
	r->n_slots = n;
	for (uint32_t i = 0; i < r->file->n_items; i++)
		*find_slot(r, &r->file->items[i]) = i + 1;
	return 0;
}

static int add_item(struct reader *r, const struct invoice_item *item, uint32_t *index, struct err *err)
{
	struct invoice_file *file = r->file;
	if (file->n_items == INVOICE_ITEMS_MAX)
		return csv_fail(&r->csv, err, "more than %d different SKUs", INVOICE_ITEMS_MAX);
	if (2 * file->n_items >= r->n_slots && grow_slots(r, err) < 0)
		return -1;
	uint32_t *slot = find_slot(r, item);
	if (*slot) {
		*index = *slot - 1;
		return 0;
	}
	struct invoice_item copy = {
	    .provider = item->provider,
	    .service = arena_strdup(&file->arena, item->service),
	    .sku = arena_strdup(&file->arena, item->sku),
	    .region = arena_strdup(&file->arena, item->region),
	    .unit = arena_strdup(&file->arena, item->unit),
	};
	if (!copy.service || !copy.sku || !copy.region || !copy.unit)
		return err_set(err, "out of memory");
	struct invoice_item *items = heap_grown(file->items, file->n_items, &r->items_room, sizeof *items);
	if (!items)
		return err_set(err, "out of memory");
	file->items = items;
	file->items[file->n_items] = copy;
	*index = file->n_items++;
	*slot = file->n_items;
	return 0;
}

/* ---- rows ---- */

static int refuse(const struct reader *r, enum invoice_field f, struct csv_field field, const char *allowed,
		  struct err *err)
{
	return csv_fail(&r->csv, err, "column %s: '%s'; allowed: %s", r->file->format->columns[f].names[0],
			visible(field.text, field.length, 40).text, allowed);
}

static int read_amount(const struct reader *r, const struct invoice_row *row, enum invoice_field f, bool may_lack,
		       struct amount *out, struct err *err)
{
	struct csv_field field = row->field[f];
	*out = (struct amount){0};
	if (field.length == 0 && may_lack)
		return 0;
	wide_t most = (wide_t)AMOUNT_MOST;
	if (amount_parse(field.text, field.length, out) < 0)
		return refuse(r, f, field, "a number", err);
	for (int32_t i = 0; i < out->places && most < (wide_t)1 << 96; i++)
		most *= 10;
	if (out->units > most || out->units < -most)
		return refuse(r, f, field, "a number up to 10^18", err);
	return 0;
}

/* Billionths; `none` where the line says nothing. */
static int read_nano(const struct reader *r, const struct invoice_row *row, enum invoice_field f, int64_t none,
		     int64_t *out, struct err *err)
{
	struct amount amount;
	*out = none;
	if (row->field[f].length == 0)
		return 0;
	if (read_amount(r, row, f, false, &amount, err) < 0)
		return -1;
	if (amount.units < 0 || !amount_scale(&amount, 9, out) || *out > 1000000000 * NANO)
		return refuse(r, f, row->field[f], "a number from 0 to 1000000000", err);
	return 0;
}

/* What takes back has a price below zero, as AWS's discounts and negations: it is no list price, and not kept. */
static int read_price(const struct reader *r, const struct invoice_row *row, int64_t *nano, struct err *err)
{
	if (*row->field[FIELD_PRICE].text != '-')
		return read_nano(r, row, FIELD_PRICE, -1, nano, err);
	struct amount amount;
	*nano = -1;
	return read_amount(r, row, FIELD_PRICE, false, &amount, err);
}

/* "07/10/2024", as Azure writes dates in some exports. */
static bool american_date(struct csv_field field, char text[16])
{
	if (field.length != 10 || field.text[2] != '/' || field.text[5] != '/')
		return false;
	snprintf(text, 16, "%.4s-%.2s-%.2s", field.text + 6, field.text, field.text + 3);
	return true;
}

static int read_start(const struct reader *r, const struct invoice_row *row, ms_t *start, struct err *err)
{
	struct csv_field field = row->field[FIELD_START];
	char text[16];
	struct err inner;
	if (american_date(field, text))
		field = (struct csv_field){text, strlen(text)};
	if (field.length >= 10 && instant_parse(field.text, field.length, 0, start, &inner) == 0)
		return 0;
	return refuse(r, FIELD_START, row->field[FIELD_START], "a date, or a date and time", err);
}

/* One currency a file: there is nothing to add up otherwise. */
static int read_currency(struct reader *r, const struct invoice_row *row, struct err *err)
{
	struct invoice_file *file = r->file;
	struct csv_field field = row->field[FIELD_CURRENCY];
	bool letters = field.length == 3;
	for (size_t i = 0; letters && i < 3; i++)
		letters = field.text[i] >= 'A' && field.text[i] <= 'Z';
	if (!letters)
		return refuse(r, FIELD_CURRENCY, field, "a currency of three letters", err);
	if (!file->currency && !(file->currency = arena_strdup(&file->arena, field.text)))
		return err_set(err, "out of memory");
	if (strcmp(file->currency, field.text) != 0)
		return csv_fail(&r->csv, err, "column %s: %s after %s; allowed: one currency a file",
				file->format->columns[FIELD_CURRENCY].names[0], field.text, file->currency);
	return 0;
}

static int read_names(struct reader *r, const struct invoice_row *row, struct charge *charge, struct err *err)
{
	struct invoice_reading reading = {
	    .provider = PROVIDER_COUNT,
	    .service = row->field[FIELD_SERVICE].text,
	    .sku = row->field[FIELD_SKU].text,
	    .region = row->field[FIELD_REGION].text,
	    .unit = row->field[FIELD_UNIT].text,
	};
	r->file->format->read(row, &reading);
	charge->kind = reading.kind;
	const struct invoice_item item = {reading.provider, reading.service, reading.sku, reading.region, reading.unit};
	return add_item(r, &item, &charge->item, err);
}

static int read_charge(struct reader *r, const struct invoice_row *row, struct charge *charge, struct err *err)
{
	if (r->csv.line > UINT32_MAX)
		return csv_fail(&r->csv, err, "too many lines");
	charge->line = (uint32_t)r->csv.line;
	if (read_names(r, row, charge, err) < 0 || read_currency(r, row, err) < 0 ||
	    read_start(r, row, &charge->start, err) < 0 ||
	    read_amount(r, row, FIELD_USAGE, charge->kind != CHARGE_USAGE, &charge->usage, err) < 0 ||
	    read_amount(r, row, FIELD_COST, charge->kind != CHARGE_USAGE, &charge->cost, err) < 0 ||
	    read_nano(r, row, FIELD_RATE, 0, &charge->rate_nano, err) < 0)
		return -1;
	return read_price(r, row, &charge->price_nano, err);
}

static struct csv_field trim(struct csv_field field)
{
	while (field.length && *field.text == ' ') {
		field.text++;
		field.length--;
	}
	return field;
}

/* The first of a field's columns that says something: a file of several clouds has columns of each. */
static void pick_fields(const struct reader *r, const struct csv_field *fields, struct invoice_row *row)
{
	for (size_t f = 0; f < INVOICE_FIELDS; f++) {
		row->field[f] = (struct csv_field){"", 0};
		for (size_t k = 0; k < FIELD_NAMES && row->field[f].length == 0; k++)
			if (r->at[f][k] >= 0)
				row->field[f] = trim(fields[r->at[f][k]]);
	}
}

static int read_row(struct reader *r, const struct csv_field *fields, size_t n, struct err *err)
{
	struct invoice_file *file = r->file;
	struct invoice_row row;
	if (n != r->n_fields)
		return csv_fail(&r->csv, err, "%zu fields; there are %zu in the first line", n, r->n_fields);
	if (file->n_charges == INVOICE_CHARGES_MAX)
		return csv_fail(&r->csv, err, "more than %d lines", INVOICE_CHARGES_MAX);
	struct charge *charges = heap_grown(file->charges, file->n_charges, &r->charges_room, sizeof *charges);
	if (!charges)
		return err_set(err, "out of memory");
	file->charges = charges;
	struct charge *charge = &file->charges[file->n_charges];
	*charge = (struct charge){0};
	pick_fields(r, fields, &row);
	if (read_charge(r, &row, charge, err) < 0)
		return -1;
	file->from = file->n_charges ? min64(file->from, charge->start) : charge->start;
	file->until = file->n_charges ? max64(file->until, charge->start) : charge->start;
	if (charge->cost.printed > file->places)
		file->places =
		    charge->cost.printed < file->format->places ? charge->cost.printed : file->format->places;
	file->n_charges++;
	return 0;
}

static int read_rows(struct reader *r, struct err *err)
{
	const struct csv_field *fields;
	size_t n;
	int got;
	if (read_header(r, err) < 0)
		return -1;
	while ((got = csv_next(&r->csv, &fields, &n, err)) > 0)
		if (read_row(r, fields, n, err) < 0)
			return -1;
	if (got == 0 && r->file->n_charges == 0)
		return csv_fail(&r->csv, err, "no lines after the column names");
	return got;
}

/* r->csv is open. */
static int read_all(struct reader *r, struct err *err)
{
	int status = read_rows(r, err);
	free(r->slots);
	csv_close(&r->csv);
	if (status < 0)
		invoice_free(r->file);
	return status;
}

int invoice_parse(const char *name, const char *text, size_t length, struct invoice_file *file, struct err *err)
{
	struct reader r = {.file = file};
	*file = (struct invoice_file){0};
	if (csv_open_memory(&r.csv, name, text, length, err) < 0)
		return -1;
	return read_all(&r, err);
}

int invoice_read(const char *path, struct invoice_file *file, struct err *err)
{
	struct reader r = {.file = file};
	const char *name;
	*file = (struct invoice_file){0};
	void *gzip = gzip_open(path, &name, err);
	if (!gzip)
		return -1;
	int status = csv_open(&r.csv, name, gzip_read, gzip, err);
	if (status == 0)
		status = read_all(&r, err);
	gzip_close(gzip);
	return status;
}

void invoice_free(struct invoice_file *file)
{
	free(file->items);
	free(file->charges);
	arena_free(&file->arena);
	*file = (struct invoice_file){0};
}
