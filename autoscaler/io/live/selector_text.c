#include "selector.h"

/* Text that grows at its end and is cut off at its size. */
struct text {
	char *out;
	size_t size, length; /* length: as if nothing had been cut off */
};

static void add(struct text *text, const char *piece)
{
	for (; *piece; piece++, text->length++)
		if (text->length + 1 < text->size)
			text->out[text->length] = *piece;
}

static void add_requirement(struct text *text, const struct requirement *one)
{
	static const char *const single[] = {[LABEL_IN] = "=", [LABEL_NOT_IN] = "!="};
	static const char *const several[] = {[LABEL_IN] = " in (", [LABEL_NOT_IN] = " notin ("};
	if (one->kind == LABEL_ABSENT)
		add(text, "!");
	add(text, one->key);
	if (one->kind == LABEL_ABSENT || one->kind == LABEL_EXISTS)
		return;
	add(text, one->n_values == 1 ? single[one->kind] : several[one->kind]);
	for (size_t i = 0; i < one->n_values; i++) {
		add(text, i ? "," : "");
		add(text, one->values[i]);
	}
	add(text, one->n_values == 1 ? "" : ")");
}

int live_selector_text(const struct live_selector *selector, char *out, size_t size)
{
	struct text text = {out, size, 0};
	if (selector->nothing)
		return -1;
	for (size_t i = 0; i < selector->n && text.length < INT32_MAX / 2; i++) {
		add(&text, i ? "," : "");
		add_requirement(&text, &selector->requirements[i]);
	}
	if (size)
		out[text.length < size ? text.length : size - 1] = 0;
	return (int)text.length;
}
