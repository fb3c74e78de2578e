#include "record_columns.h"

#include <stdlib.h>

struct record_codec *record_codec_new(struct err *err)
{
	struct record_codec *codec = calloc(1, sizeof *codec);
	if (!codec)
		err_set(err, "out of memory");
	return codec;
}

static void forget(struct record_codec *codec)
{
	for (int t = 0; t < RECORD_TYPES; t++)
		record_series_forget(&codec->series[t]);
}

void record_codec_free(struct record_codec *codec)
{
	if (!codec)
		return;
	forget(codec);
	arena_free(&codec->scratch);
	record_bytes_free(&codec->plain);
	free(codec);
}

void record_codec_begin(struct record_codec *codec, const struct core_config *config,
			const struct record_layout *layout)
{
	forget(codec);
	record_layout_own(&codec->own);
	codec->config = config;
	codec->layout = layout ? layout : &codec->own;
}

/* Each number in full, row by row. */
static int put_rows(enum record_type type, const void *rows, uint32_t n, const struct record_layout *layout,
		    struct record_bytes *out, struct err *err)
{
	uint32_t n_columns = layout->types[type].n;
	if (record_bytes_reserve(out, (size_t)n * n_columns * sizeof(int64_t), err) < 0)
		return -1;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t c = 0; c < n_columns; c++) {
			const struct field *field = layout->types[type].columns[c];
			if (!field)
				continue;
			int64_t value = field_get(field, (const char *)rows + i * record_types[type].size);
			memcpy(out->at + out->size, &value, sizeof value);
			out->size += sizeof value;
		}
	return 0;
}

int record_plan_encode(const struct record_layout *layout, const struct plan *plan, struct record_bytes *out,
		       struct err *err)
{
	out->size = 0;
	if (put_rows(RECORD_PLAN, plan, 1, layout, out, err) < 0 ||
	    put_rows(RECORD_DECISION, plan->decisions, plan->n_decisions, layout, out, err) < 0)
		return -1;
	return put_rows(RECORD_ACTION, plan->actions, plan->n_actions, layout, out, err);
}
