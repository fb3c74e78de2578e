#include "replay_diff.h"

#include "calendar.h"

#define LINES_MAX 40

struct side_by_side {
	const struct journal_tick *tick;
	FILE *file;
	unsigned lines;
};

static void print_value(const struct field *field, int64_t value, FILE *file)
{
	double number;
	memcpy(&number, &value, sizeof number);
	if (field->kind == FIELD_F64)
		fprintf(file, "%.17g", number);
	else
		fprintf(file, "%lld", (long long)value);
}

static void compare_rows(struct side_by_side *pair, enum record_type type, const char *of, const void *recorded,
			 const void *now)
{
	const struct record_layout *layout = &pair->tick->head->layout;
	for (uint32_t c = 0; c < layout->types[type].n; c++) {
		const struct field *field = layout->types[type].columns[c];
		if (!field || field_get(field, recorded) == field_get(field, now) || pair->lines == LINES_MAX)
			continue;
		pair->lines++;
		fprintf(pair->file, "  %s%s%s: recorded ", of, *of ? " " : "", field->name);
		print_value(field, field_get(field, recorded), pair->file);
		fprintf(pair->file, ", now ");
		print_value(field, field_get(field, now), pair->file);
		fputc('\n', pair->file);
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

void replay_diff_print(const struct journal_tick *tick, const struct plan *now, FILE *file)
{
	struct side_by_side pair = {tick, file, 0};
	const struct plan *then = &tick->plan;
	const struct hpa_spec *specs = tick->head->config.autoscalers;
	char text[CALENDAR_TEXT], of[600];
	fprintf(file, "tick %lld of %s differs\n", (long long)tick->id, calendar_format(tick->wall, text));
	compare_rows(&pair, RECORD_PLAN, "", then, now);
	for (uint32_t i = 0; i < least(then->n_decisions, now->n_decisions); i++) {
		snprintf(of, sizeof of, "%.250s/%.250s", specs[i].namespace_, specs[i].name);
		compare_rows(&pair, RECORD_DECISION, of, &then->decisions[i], &now->decisions[i]);
	}
	for (uint32_t i = 0; i < least(then->n_actions, now->n_actions); i++) {
		snprintf(of, sizeof of, "action %u", i);
		compare_rows(&pair, RECORD_ACTION, of, &then->actions[i], &now->actions[i]);
	}
	if (pair.lines == LINES_MAX)
		fputs("  ...\n", file);
}
