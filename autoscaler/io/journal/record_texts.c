/* Columns of texts: names mostly, which hardly change. */
#include "record_columns.h"

#include <stdlib.h>

/* How a text is told; from TEXT_SHARED on: how many of its first bytes are those of the text before it. */
enum { TEXT_AS_BEFORE, TEXT_NULL, TEXT_SHARED };

/* One text after the other, with what stood there in the tick before. */
struct text_walk {
	struct record_codec *codec;
	const struct record_column *column;
	const struct record_series *series;
	const char **texts; /* being collected */
	struct arena arena;
	const char *last; /* the text before this one, or "" */
	uint32_t span, old, row;
};

static const char *text_before(const struct text_walk *walk, uint32_t index)
{
	return walk->column->texts[walk->old + index];
}

static bool was_known(const struct text_walk *walk, uint32_t index)
{
	return walk->span < walk->series->n_spans && index < walk->series->counts[walk->span];
}

static int keep_text(struct text_walk *walk, const char *text, size_t length)
{
	char *copy = text ? arena_strndup(&walk->arena, text, length) : NULL;
	if (text && !copy)
		return err_set(walk->codec->err, "texts of more than %u bytes in one column, or out of memory",
			       RECORD_MAX_TEXTS);
	walk->texts[walk->row++] = copy;
	walk->last = copy ? copy : "";
	return 0;
}

/* ---- writing ---- */

static int write_text(struct text_walk *walk, const char *text, uint32_t index)
{
	struct record_bytes *out = walk->codec->out;
	size_t length = text ? strlen(text) : 0, shared = 0;
	if (length > RECORD_MAX_TEXT)
		return err_set(walk->codec->err, "a text of %zu bytes; at most %u can be kept", length,
			       RECORD_MAX_TEXT);
	if (record_bytes_reserve(out, length + 2 * VARINT_MAX, walk->codec->err) < 0)
		return -1;
	unsigned char *at = out->at + out->size;
	if (was_known(walk, index) && texts_equal(text, text_before(walk, index))) {
		at = varint_write(at, TEXT_AS_BEFORE);
	} else if (!text) {
		at = varint_write(at, TEXT_NULL);
	} else {
		while (shared < length && text[shared] == walk->last[shared])
			shared++;
		at = varint_write(at, TEXT_SHARED + shared);
		at = varint_write(at, length - shared);
		memcpy(at, text + shared, length - shared);
		at += length - shared;
	}
	out->size = (size_t)(at - out->at);
	return keep_text(walk, text, length);
}

/* ---- reading ---- */

static int read_text(struct text_walk *walk, uint32_t index)
{
	struct record_reader *in = &walk->codec->in;
	char text[256], *joined = text;
	uint64_t how = varint_read(in);
	if (how == TEXT_AS_BEFORE && !in->failed && was_known(walk, index)) {
		const char *before = text_before(walk, index);
		return keep_text(walk, before, before ? strlen(before) : 0);
	}
	if (how == TEXT_NULL)
		return keep_text(walk, NULL, 0);
	uint64_t shared = how - TEXT_SHARED, rest = varint_read(in);
	if (in->failed || how < TEXT_SHARED || shared > strlen(walk->last) || rest > (size_t)(in->end - in->at) ||
	    shared + rest > RECORD_MAX_TEXT || memchr(in->at, 0, rest))
		return err_set(walk->codec->err, "damaged: a text that cannot be");
	if (shared + rest > sizeof text && !(joined = malloc(shared + rest)))
		return err_set(walk->codec->err, "out of memory");
	memcpy(joined, walk->last, shared);
	memcpy(joined + shared, in->at, rest);
	in->at += rest;
	int status = keep_text(walk, joined, shared + rest);
	if (joined != text)
		free(joined);
	return status;
}

/* ---- a column ---- */

static const char *text_at(enum record_type type, const struct field *field, const struct record_span *span, uint32_t i)
{
	const char *text;
	memcpy(&text, (const char *)span->rows + i * record_types[type].size + field->offset, sizeof text);
	return text;
}

static bool same_counts(const struct record_series *series, const struct record_span *spans, uint32_t n_spans)
{
	bool same = n_spans == series->n_spans;
	for (uint32_t s = 0; same && s < n_spans; s++)
		same = spans[s].n == series->counts[s];
	return same;
}

/* Nothing changed: not a row, not a text. */
static bool as_before(const struct record_codec *codec, enum record_type type, const struct field *field,
		      const struct record_column *column, const struct record_span *spans, uint32_t n_spans)
{
	const struct record_series *series = &codec->series[type];
	uint32_t row = 0;
	if (!same_counts(series, spans, n_spans))
		return false;
	for (uint32_t s = 0; s < n_spans; s++)
		for (uint32_t i = 0; i < spans[s].n; i++)
			if (!texts_equal(text_at(type, field, &spans[s], i), column->texts[row++]))
				return false;
	return true;
}

static int walk_texts(struct text_walk *walk, enum record_type type, const struct field *field,
		      const struct record_span *spans, uint32_t n_spans)
{
	const struct record_codec *codec = walk->codec;
	for (uint32_t s = 0; s < n_spans; s++) {
		walk->span = s;
		for (uint32_t i = 0; i < spans[s].n; i++)
			if ((codec->out ? write_text(walk, text_at(type, field, &spans[s], i), i)
					: read_text(walk, i)) < 0)
				return -1;
		walk->old += s < walk->series->n_spans ? walk->series->counts[s] : 0;
	}
	return 0;
}

/* All of them anew, in place of those of the tick before. */
static int change_texts(struct record_codec *codec, enum record_type type, const struct field *field,
			struct record_column *column, const struct record_span *spans, uint32_t n_spans, size_t total)
{
	struct text_walk walk = {.codec = codec, .column = column, .series = &codec->series[type], .last = ""};
	walk.arena.limit = RECORD_MAX_TEXTS;
	walk.texts = calloc(total + 1, sizeof *walk.texts);
	if (!walk.texts)
		return err_set(codec->err, "out of memory for %zu texts", total);
	int status = walk_texts(&walk, type, field, spans, n_spans);
	if (status < 0) {
		free(walk.texts);
		arena_free(&walk.arena);
		return -1;
	}
	free(column->texts);
	arena_free(&column->text_arena);
	column->texts = walk.texts;
	column->text_arena = walk.arena;
	return 0;
}

/* Which of the two it is stands in front. */
static int write_or_read_kind(struct record_codec *codec, bool *differs)
{
	if (codec->out) {
		if (record_bytes_reserve(codec->out, 1, codec->err) < 0)
			return -1;
		codec->out->at[codec->out->size++] = *differs ? COLUMN_DIFFERS : COLUMN_AS_EXPECTED;
		return 0;
	}
	uint64_t how = varint_read(&codec->in);
	*differs = how == COLUMN_DIFFERS;
	return codec->in.failed || how > COLUMN_DIFFERS ? err_set(codec->err, "damaged: a column of texts") : 0;
}

static int give_texts(struct record_codec *codec, enum record_type type, const struct field *field,
		      const struct record_column *column, const struct record_span *spans, uint32_t n_spans)
{
	uint32_t row = 0;
	for (uint32_t s = 0; s < n_spans; s++)
		for (uint32_t i = 0; i < spans[s].n; i++) {
			const char *text = column->texts[row++];
			if (text && codec->copies_texts && !(text = arena_strdup(codec->arena, text)))
				return err_set(codec->err, "out of memory");
			memcpy((char *)spans[s].made + i * record_types[type].size + field->offset, &text, sizeof text);
		}
	return 0;
}

int record_text_column(struct record_codec *codec, enum record_type type, const struct field *field,
		       struct record_column *column, struct record_span *spans, uint32_t n_spans, size_t total)
{
	bool differs = codec->out && !as_before(codec, type, field, column, spans, n_spans);
	if (write_or_read_kind(codec, &differs) < 0)
		return -1;
	if (differs && change_texts(codec, type, field, column, spans, n_spans, total) < 0)
		return -1;
	if (!differs && !same_counts(&codec->series[type], spans, n_spans))
		return err_set(codec->err, "damaged: a column of texts that is not as before");
	return codec->out || !field ? 0 : give_texts(codec, type, field, column, spans, n_spans);
}
