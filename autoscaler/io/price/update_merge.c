#include "update_merge.h"

#define TENFOLD      10
#define EXAMPLES_MAX 3

/* ---- sources: "WHO", or "WHO (spot: WHO)" ---- */

static const char spot_mark[] = " (spot: ";

static const char *spot_source(const char *source)
{
	const char *at = strstr(source, spot_mark);
	return at ? at + sizeof spot_mark - 1 : NULL;
}

struct source_text {
	char text[400];
};

static struct source_text with_spot(const char *source, int length, const char *spot, const char *date)
{
	struct source_text out;
	size_t n = strlen(spot);
	if (n && spot[n - 1] == ')')
		n--;
	snprintf(out.text, sizeof out.text, "%.*s%s%.*s%s%s)", length > 160 ? 160 : length, source, spot_mark,
		 n > 160 ? 160 : (int)n, spot, date[0] ? " " : "", date);
	return out;
}

static bool has_spot(const struct sheet_form *form, const struct sheet_row *row)
{
	for (size_t p = form->n_on_demand; p < form->n_prices; p++)
		if (row->cell[form->first_price + p] && row->cell[form->first_price + p][0])
			return true;
	return false;
}

/* Says where a row's figures are from: those that are news, and the spot prices that were kept. */
static int set_source(const struct update_news *news, const struct sheet_row *old, const struct sheet_row *said,
		      struct sheet *out, struct sheet_row *row, struct err *err)
{
	const struct sheet_form *form = out->form;
	const char *before = old ? old->cell[form->source] : "";
	bool on_demand = said->cell[form->first_price] != NULL, spot = has_spot(form, said);
	struct source_text text;
	snprintf(text.text, sizeof text.text, "%s", news->source);
	if (!on_demand) {
		size_t length =
		    strstr(before, spot_mark) ? (size_t)(strstr(before, spot_mark) - before) : strlen(before);
		text = with_spot(before, (int)length, news->source, "");
		row->cell[form->as_of] = old ? old->cell[form->as_of] : news->as_of;
	} else if (!spot && old && has_spot(form, row)) {
		const char *kept = spot_source(before);
		text = with_spot(news->source, (int)strlen(news->source), kept ? kept : before,
				 kept ? "" : old->cell[form->as_of]);
	}
	row->cell[form->source] = arena_strdup(&out->arena, text.text);
	return row->cell[form->source] ? 0 : err_set(err, "out of memory");
}

/* ---- one row ---- */

/* What neither the news nor the old row says of a type's shape, another region may. */
static bool fill_shape(const struct sheet *old, struct sheet_row *row)
{
	const struct sheet_row *same = NULL;
	for (size_t i = SHEET_NAME + 1; i < old->form->first_price; i++) {
		if (row->cell[i])
			continue;
		if (!same)
			same = sheet_find(old, NULL, row->cell[SHEET_NAME]);
		if (!same)
			return false;
		row->cell[i] = same->cell[i];
	}
	return true;
}

static bool changed(const struct sheet_form *form, const struct sheet_row *a, const struct sheet_row *b)
{
	for (size_t p = 0; p < form->n_prices; p++)
		if (sheet_price(form, a, p) != sheet_price(form, b, p))
			return true;
	return false;
}

static bool complete(const struct sheet_form *form, const struct sheet_row *row)
{
	for (size_t p = 0; p < form->n_on_demand; p++)
		if (sheet_price(form, row, p) < 0)
			return false;
	return true;
}

/* A full document that names a type but not its price does not offer it: an old price is not carried on. */
static const struct sheet_row *offered(const struct update_news *news, const struct sheet_row *said)
{
	return said && (news->partial || complete(news->sheet.form, said)) ? said : NULL;
}

/* said: what the documents say; old: what the book says, or NULL. */
static int add_row(const struct sheet *book, const struct update_news *news, const struct sheet_row *old,
		   const struct sheet_row *said, struct sheet *out, struct update_outcome *outcome, struct err *err)
{
	const struct sheet_form *form = out->form;
	struct sheet_row row = *said;
	for (size_t p = form->n_on_demand; news->says_spot && !news->partial && p < form->n_prices; p++)
		if (!row.cell[form->first_price + p])
			row.cell[form->first_price + p] = "";
	for (size_t i = 0; old && i < form->source; i++)
		if (!row.cell[i])
			row.cell[i] = old->cell[i];
	row.cell[form->as_of] = news->as_of;
	if (form->n_on_demand == 2) /* unit rates of the provider itself: no fit, no error */
		row.cell[form->source - 1] = "0.0";
	if (!fill_shape(book, &row)) {
		outcome->n_without_shape++;
		return 0;
	}
	if (set_source(news, old, said, out, &row, err) < 0)
		return -1;
	struct sheet_row *place = sheet_add(out);
	if (!place)
		return err_set(err, "out of memory");
	*place = row;
	outcome->n_new += !old;
	outcome->n_changed += old && changed(form, old, &row);
	return 0;
}

static int keep_row(const struct sheet_row *row, struct sheet *out, struct err *err)
{
	struct sheet_row *place = sheet_add(out);
	if (!place)
		return err_set(err, "out of memory");
	*place = *row;
	return 0;
}

/* ---- all rows ---- */

static bool has_region(const struct sheet *sheet, const char *region)
{
	for (size_t i = 0; i < sheet->n; i++)
		if (strcmp(sheet->rows[i].cell[SHEET_REGION], region) == 0)
			return true;
	return false;
}

/* The sheets are sorted: is this the first row of a region? */
static bool begins_region(const struct sheet *sheet, size_t i)
{
	return i == 0 || strcmp(sheet->rows[i - 1].cell[SHEET_REGION], sheet->rows[i].cell[SHEET_REGION]) != 0;
}

static int merge_old(const struct sheet *old, const struct update_news *news, struct sheet *out,
		     struct update_outcome *outcome, struct err *err)
{
	bool replaced = false;
	for (size_t i = 0; i < old->n; i++) {
		const struct sheet_row *row = &old->rows[i];
		const struct sheet_row *said =
		    offered(news, sheet_find(&news->sheet, row->cell[SHEET_REGION], row->cell[SHEET_NAME]));
		if (begins_region(old, i))
			replaced = !news->partial && has_region(&news->sheet, row->cell[SHEET_REGION]);
		int status = said       ? add_row(old, news, row, said, out, outcome, err)
			     : replaced ? 0
					: keep_row(row, out, err);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int merge_new(const struct sheet *old, const struct update_news *news, struct sheet *out,
		     struct update_outcome *outcome, struct err *err)
{
	bool wanted = false;
	for (size_t i = 0; i < news->sheet.n; i++) {
		const struct sheet_row *said = &news->sheet.rows[i];
		const char *region = said->cell[SHEET_REGION];
		if (begins_region(&news->sheet, i)) {
			wanted = news->region || has_region(old, region);
			outcome->n_regions += wanted;
		}
		if (!wanted || sheet_find(old, region, said->cell[SHEET_NAME]))
			continue;
		if (news->partial || !offered(news, said))
			outcome->n_passed_over++;
		else if (add_row(old, news, NULL, said, out, outcome, err) < 0)
			return -1;
	}
	return 0;
}

int merge(const struct sheet *old, struct update_news *news, struct sheet *out, struct update_outcome *outcome,
	  struct err *err)
{
	sheet_init(out, old->form);
	sheet_sort(&news->sheet);
	if (merge_old(old, news, out, outcome, err) < 0 || merge_new(old, news, out, outcome, err) < 0)
		return -1;
	sheet_sort(out);
	for (size_t i = 0; i < old->n; i++)
		outcome->n_gone += !sheet_find(out, old->rows[i].cell[SHEET_REGION], old->rows[i].cell[SHEET_NAME]);
	outcome->n_rows = out->n;
	return 0;
}

/* ---- can it be believed? ---- */

struct examples {
	char text[300];
	size_t n;
};

static void add_example(struct examples *examples, const char *text)
{
	size_t used = examples->n ? strlen(examples->text) : 0;
	if (examples->n++ < EXAMPLES_MAX)
		snprintf(examples->text + used, sizeof examples->text - used, "%s%.90s", used ? ", " : "", text);
}

static int check_region(const struct sheet *old, size_t from, size_t until, const struct sheet *new, struct err *err)
{
	struct examples gone = {"", 0};
	const char *region = old->rows[from].cell[SHEET_REGION];
	for (size_t i = from; i < until; i++)
		if (!sheet_find(new, region, old->rows[i].cell[SHEET_NAME]))
			add_example(&gone, old->rows[i].cell[SHEET_NAME]);
	if (2 * gone.n <= until - from)
		return 0;
	return err_set(err, "%zu of %zu %s in %s would be gone: %s%s; --force takes it nevertheless", gone.n,
		       until - from, old->form->thing, region, gone.text, gone.n > EXAMPLES_MAX ? " ..." : "");
}

static void compare_prices(const struct sheet_form *form, const struct sheet_row *a, const struct sheet_row *b,
			   struct examples *leaps)
{
	for (size_t p = 0; p < form->n_prices; p++) {
		int64_t x = sheet_price(form, a, p), y = sheet_price(form, b, p);
		if (x < 0 || y < 0 || ((wide_t)x <= (wide_t)y * TENFOLD && (wide_t)y <= (wide_t)x * TENFOLD))
			continue;
		char text[200];
		snprintf(text, sizeof text, "%s in %s%s %s -> %s", b->cell[SHEET_NAME], b->cell[SHEET_REGION],
			 p >= form->n_on_demand ? " (spot)" : "", sheet_nano(x).text, sheet_nano(y).text);
		add_example(leaps, text);
	}
}

int merge_believable(const struct sheet *old, const struct sheet *new, struct err *err)
{
	struct examples leaps = {"", 0};
	for (size_t i = 0, from = 0; i < old->n; i++) {
		const struct sheet_row *row = &old->rows[i];
		const struct sheet_row *now = sheet_find(new, row->cell[SHEET_REGION], row->cell[SHEET_NAME]);
		if (begins_region(old, i))
			from = i;
		if ((i + 1 == old->n || begins_region(old, i + 1)) && check_region(old, from, i + 1, new, err) < 0)
			return -1;
		if (now)
			compare_prices(old->form, row, now, &leaps);
	}
	if (leaps.n == 0)
		return 0;
	return err_set(err, "%zu prices would change more than tenfold: %s%s; --force takes them nevertheless", leaps.n,
		       leaps.text, leaps.n > EXAMPLES_MAX ? " ..." : "");
}
