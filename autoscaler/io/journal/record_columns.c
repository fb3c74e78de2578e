#include "record_columns.h"

#include <stdlib.h>

void record_series_forget(struct record_series *series)
{
	for (uint32_t i = 0; i < RECORD_MAX_FIELDS; i++) {
		struct record_column *column = &series->columns[i];
		free(column->values);
		free(column->before);
		free(column->texts);
		arena_free(&column->text_arena);
	}
	free(series->counts);
	*series = (struct record_series){0};
}

/* What it held is not needed. */
static bool fresh_room(void **array, size_t *room, size_t need, size_t size)
{
	if (need <= *room && *array)
		return true;
	free(*array);
	*room = need + need / 4 + 16;
	*array = malloc(*room * size);
	if (!*array)
		*room = 0;
	return *array;
}

/* ---- between rows and a column ---- */

#define GATHER(type)                                                                                                   \
	for (uint32_t i = 0; i < span->n; i++)                                                                         \
		out[i] = (int64_t) * (const type *)(const void *)(row + i * size);                                     \
	break

static void gather(const struct field *field, const struct record_span *span, size_t size, int64_t *out)
{
	if (span->n == 0)
		return;
	const char *row = (const char *)span->rows + field->offset;
	switch (field->kind) {
	case FIELD_BOOL:
		GATHER(bool);
	case FIELD_U8:
		GATHER(uint8_t);
	case FIELD_I32:
		GATHER(int32_t);
	case FIELD_U32:
		GATHER(uint32_t);
	case FIELD_I64:
	case FIELD_AMOUNT:
	case FIELD_TIME:
		GATHER(int64_t);
	default:
		for (uint32_t i = 0; i < span->n; i++)
			out[i] = field_get(field, (const char *)span->rows + i * size);
	}
}

/* The other way; refuses what cannot stand there. */
static int scatter(struct record_codec *codec, enum record_type type, const struct field *field,
		   const struct record_span *span, const int64_t *values)
{
	size_t size = record_types[type].size;
	for (uint32_t i = 0; i < span->n; i++)
		if (!field_put(field, (char *)span->made + i * size, values[i]))
			return err_set(codec->err, "damaged: %s.%s is %lld, which is not possible",
				       record_types[type].name, field->name, (long long)values[i]);
	return 0;
}

/* What is written can be read. */
static int check_values(struct record_codec *codec, enum record_type type, const struct field *field,
			const int64_t *values, size_t n)
{
	bool checked = field->kind == FIELD_AMOUNT || field->kind == FIELD_TIME || field->most;
	for (size_t i = 0; checked && i < n; i++)
		if (!field_holds(field, values[i]))
			return err_set(codec->err, "%s.%s is %lld, which is beyond what can be kept",
				       record_types[type].name, field->name, (long long)values[i]);
	return 0;
}

/* ---- a column of numbers ---- */

size_t record_known_rows(const struct record_series *series, const struct record_span *spans, uint32_t n_spans)
{
	size_t known = 0;
	for (uint32_t s = 0; s < n_spans && s < series->n_spans; s++)
		known += spans[s].n < series->counts[s] ? spans[s].n : series->counts[s];
	return known;
}

/* Calls step(value or what is expected) for each row in turn. Within a span the rows are compared with those of the
 * tick before at the same place; beyond, with the row before. An instant is expected to have moved as its neighbour
 * did. */
#define FOR_EACH_EXPECTED(column, series, spans, n_spans, moves, STEP)                                                 \
	do {                                                                                                           \
		uint64_t shift = 0, last = 0;                                                                          \
		uint32_t row = 0, old = 0;                                                                             \
		for (uint32_t s = 0; s < (n_spans); s++) {                                                             \
			uint32_t had = s < (series)->n_spans ? (series)->counts[s] : 0;                                \
			for (uint32_t i = 0; i < (spans)[s].n; i++, row++) {                                           \
				bool known = i < had;                                                                  \
				uint64_t base = known ? (uint64_t)(column)->before[old + i] : last;                    \
				uint64_t expected = known ? base + shift : last;                                       \
				uint64_t value;                                                                        \
				STEP;                                                                                  \
				(column)->values[row] = (int64_t)value;                                                \
				if (known && (moves))                                                                  \
					shift = value - base;                                                          \
				last = value;                                                                          \
			}                                                                                              \
			old += had;                                                                                    \
		}                                                                                                      \
	} while (0)

/* A column that has rows which are new is always written out: so nothing short stands for much. */
static int write_numbers(struct record_codec *codec, bool moves, struct record_column *column,
			 const struct record_series *series, const struct record_span *spans, uint32_t n_spans,
			 size_t total)
{
	struct record_bytes *out = codec->out;
	uint64_t any = record_known_rows(series, spans, n_spans) < total;
	if (record_bytes_reserve(out, 1 + total * VARINT_MAX, codec->err) < 0)
		return -1;
	unsigned char *start = out->at + out->size, *at = start;
	*at++ = COLUMN_DIFFERS;
	FOR_EACH_EXPECTED(column, series, spans, n_spans, moves, {
		value = (uint64_t)column->values[row];
		uint64_t folded = fold(value - expected);
		any |= folded;
		at = varint_write(at, folded);
	});
	if (!any) {
		*start = COLUMN_AS_EXPECTED;
		at = start + 1;
	}
	out->size = (size_t)(at - out->at);
	return 0;
}

static int too_short(struct record_codec *codec)
{
	return err_set(codec->err, "damaged: it ends too early");
}

static int read_numbers(struct record_codec *codec, bool moves, struct record_column *column,
			const struct record_series *series, const struct record_span *spans, uint32_t n_spans,
			size_t total)
{
	struct record_reader *in = &codec->in;
	uint64_t how = varint_read(in);
	if (in->failed || how > COLUMN_DIFFERS ||
	    (how == COLUMN_AS_EXPECTED && record_known_rows(series, spans, n_spans) < total))
		return err_set(codec->err, "damaged: a column that is not as expected");
	FOR_EACH_EXPECTED(column, series, spans, n_spans, moves,
			  value = expected + (how == COLUMN_DIFFERS ? unfold(varint_read(in)) : 0));
	return in->failed ? too_short(codec) : 0;
}

static void keep_numbers(struct record_column *column)
{
	struct record_column was = *column;
	column->before = was.values;
	column->before_room = was.values_room;
	column->values = was.before;
	column->values_room = was.before_room;
}

/* field NULL: a column that is not known here is read over. */
static int number_column(struct record_codec *codec, enum record_type type, const struct field *field, bool moves,
			 struct record_column *column, struct record_span *spans, uint32_t n_spans, size_t total)
{
	const struct record_series *series = &codec->series[type];
	size_t row = 0;
	if (!fresh_room((void **)&column->values, &column->values_room, total, sizeof *column->values))
		return err_set(codec->err, "out of memory for %zu rows of a record", total);
	if (codec->out) {
		for (uint32_t s = 0; s < n_spans; row += spans[s++].n)
			gather(field, &spans[s], record_types[type].size, column->values + row);
		if (check_values(codec, type, field, column->values, total) < 0 ||
		    write_numbers(codec, moves, column, series, spans, n_spans, total) < 0)
			return -1;
	} else {
		if (read_numbers(codec, moves, column, series, spans, n_spans, total) < 0)
			return -1;
		for (uint32_t s = 0; field && s < n_spans; row += spans[s++].n)
			if (scatter(codec, type, field, &spans[s], column->values + row) < 0)
				return -1;
	}
	keep_numbers(column);
	return 0;
}

/* ---- all columns of a type ---- */

static int count_rows(struct record_codec *codec, enum record_type type, const struct record_span *spans,
		      uint32_t n_spans, size_t *total)
{
	*total = 0;
	for (uint32_t s = 0; s < n_spans; s++)
		*total += spans[s].n;
	if (*total > RECORD_MAX_ROWS)
		return err_set(codec->err, "%zu rows of %s; at most %u can be kept", *total, record_types[type].name,
			       RECORD_MAX_ROWS);
	if (codec->out)
		return 0;
	size_t fresh = *total - record_known_rows(&codec->series[type], spans, n_spans);
	return fresh > (size_t)(codec->in.end - codec->in.at) ? too_short(codec) : 0;
}

static int make_rows(struct record_codec *codec, enum record_type type, struct record_span *spans, uint32_t n_spans,
		     size_t total)
{
	size_t size = record_types[type].size;
	char *rows = arena_alloc(codec->arena, total, size);
	if (!rows)
		return err_set(codec->err, "out of memory for %zu rows of a record", total);
	for (uint32_t s = 0; s < n_spans; s++) {
		spans[s].rows = spans[s].made = rows;
		rows += spans[s].n * size;
	}
	return 0;
}

static int keep_counts(struct record_codec *codec, struct record_series *series, const struct record_span *spans,
		       uint32_t n_spans)
{
	if (!fresh_room((void **)&series->counts, &series->counts_room, n_spans, sizeof *series->counts))
		return err_set(codec->err, "out of memory");
	for (uint32_t s = 0; s < n_spans; s++)
		series->counts[s] = spans[s].n;
	series->n_spans = n_spans;
	return 0;
}

int record_rows(struct record_codec *codec, enum record_type type, struct record_span *spans, uint32_t n_spans)
{
	struct record_series *series = &codec->series[type];
	size_t total;
	if (count_rows(codec, type, spans, n_spans, &total) < 0 ||
	    (!codec->out && make_rows(codec, type, spans, n_spans, total) < 0))
		return -1;
	for (uint32_t c = 0; c < codec->layout->types[type].n; c++) {
		const struct field *field = codec->layout->types[type].columns[c];
		enum column_shape shape = codec->layout->types[type].shapes[c];
		struct record_column *column = &series->columns[c];
		int status =
		    shape == COLUMN_TEXTS
			? record_text_column(codec, type, field, column, spans, n_spans, total)
			: number_column(codec, type, field, shape == COLUMN_INSTANTS, column, spans, n_spans, total);
		if (status < 0)
			return -1;
	}
	return keep_counts(codec, series, spans, n_spans);
}

int record_row(struct record_codec *codec, enum record_type type, void *row)
{
	struct record_span span = {row, 1, NULL};
	if (record_rows(codec, type, &span, 1) < 0)
		return -1;
	if (!codec->out)
		memcpy(row, span.rows, record_types[type].size);
	return 0;
}

void *record_make(struct record_codec *codec, size_t count, size_t size)
{
	void *memory = arena_alloc(codec->arena, count, size);
	if (!memory)
		err_set(codec->err, "out of memory for a record");
	return memory;
}
