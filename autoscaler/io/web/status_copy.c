#include "status_copy.h"

/* No text is "": an invalid autoscaler has no target. One that could not be copied is NULL, and noted. */
static void keep(struct arena *arena, const char **text, bool *whole)
{
	*text = arena_strdup(arena, *text ? *text : "");
	*whole = *whole && *text;
}

static void *keep_array(struct arena *arena, const void *from, uint32_t n, size_t size)
{
	void *copy = arena_alloc(arena, n, size);
	if (copy && n)
		memcpy(copy, from, n * size);
	return copy;
}

static bool copy_autoscalers(struct arena *arena, struct status *s)
{
	struct status_autoscaler *rows = keep_array(arena, s->autoscalers, s->n_autoscalers, sizeof *rows);
	bool whole = rows;
	s->autoscalers = rows;
	for (uint32_t i = 0; whole && i < s->n_autoscalers; i++) {
		struct status_autoscaler *row = &rows[i];
		const char **const texts[] = {&row->namespace_, &row->name,   &row->target_kind, &row->target_name,
					      &row->demand,     &row->reason, &row->explained};
		for (size_t t = 0; t < COUNT(texts); t++)
			keep(arena, texts[t], &whole);
	}
	return whole;
}

static bool copy_group(struct arena *arena, struct status_group *group)
{
	bool whole = true;
	keep(arena, &group->name, &whole);
	for (uint32_t k = 0; k < group->n_kept; k++) {
		struct status_kept *kept = &group->kept[k];
		const char **const texts[] = {&kept->node, &kept->namespace_, &kept->pod, &kept->why};
		for (size_t t = 0; t < COUNT(texts); t++)
			keep(arena, texts[t], &whole);
	}
	return whole;
}

static bool copy_groups(struct arena *arena, struct status *s)
{
	struct status_group *groups = keep_array(arena, s->groups, s->n_groups, sizeof *groups);
	bool whole = groups;
	s->groups = groups;
	for (uint32_t i = 0; whole && i < s->n_groups; i++)
		whole = copy_group(arena, &groups[i]);
	return whole;
}

static bool copy_calls(struct arena *arena, struct status *s)
{
	struct call_count *calls = keep_array(arena, s->calls, s->n_calls, sizeof *calls);
	bool whole = calls;
	s->calls = calls;
	for (uint32_t i = 0; whole && i < s->n_calls; i++)
		keep(arena, &calls[i].method, &whole);
	return whole;
}

int status_copy(const struct status *s, struct arena *arena, struct status *copy)
{
	*copy = *s;
	const char **const texts[] = {&copy->version, &copy->mode, &copy->holder, &copy->trouble, &copy->currency};
	bool whole = copy_autoscalers(arena, copy) && copy_groups(arena, copy) && copy_calls(arena, copy);
	for (size_t i = 0; i < COUNT(texts); i++)
		keep(arena, texts[i], &whole);
	return whole ? 0 : -1;
}
