#include "node_picture.h"

#include <stdlib.h>

#define TOLD_AT_ONCE 20

void draw_kept(struct drawing *drawing, const struct live_kept *given)
{
	struct node_picture *picture = drawing->picture;
	struct arena *arena = &picture->arena;
	struct live_kept *grown =
	    arena_grown(arena, picture->kept, picture->n_kept, &picture->kept_room, sizeof *picture->kept);
	struct live_kept kept = {.node = given->node ? arena_strdup(arena, given->node) : NULL,
				 .namespace_ = arena_strdup(arena, given->namespace_),
				 .pod = arena_strdup(arena, given->pod),
				 .why = arena_strdup(arena, given->why),
				 .group = given->group};
	if (!grown || (given->node && !kept.node) || !kept.namespace_ || !kept.pod || !kept.why)
		return;
	picture->kept = grown;
	grown[picture->n_kept++] = kept;
}

/* ---- told once ---- */

static uint64_t hash_of(const struct live_kept *kept)
{
	const char *const texts[] = {kept->node ? kept->node : "", kept->namespace_, kept->pod, kept->why};
	uint64_t hash = 0;
	for (size_t i = 0; i < COUNT(texts); i++)
		hash = table_hash(hash, texts[i], strlen(texts[i]));
	return hash;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static void tell(struct log *log, const struct live_kept *kept)
{
	char pod[600];
	snprintf(pod, sizeof pod, "%.253s/%.253s", kept->namespace_, kept->pod);
	if (kept->node)
		log_line(log, LOG_INFO, "node is kept", "node", kept->node, "pod", pod, "reason", kept->why, NULL);
	else
		log_line(log, LOG_INFO, "no node is bought for it", "pod", pod, "reason", kept->why, NULL);
}

void kept_tell(struct live_nodes *nodes)
{
	const struct node_picture *picture = &nodes->picture;
	struct log_number more;
	uint32_t new = 0;
	uint64_t *told = malloc((picture->n_kept + 1) * sizeof *told);
	if (!told)
		return;
	for (size_t i = 0; i < picture->n_kept; i++) {
		told[i] = hash_of(&picture->kept[i]);
		if (nodes->n_told && bsearch(&told[i], nodes->told, nodes->n_told, sizeof *told, by_value))
			continue;
		if (new ++ < TOLD_AT_ONCE)
			tell(nodes->config.log, &picture->kept[i]);
	}
	if (new > TOLD_AT_ONCE)
		log_line(nodes->config.log, LOG_INFO, "more are kept", "count", log_int(&more, new - TOLD_AT_ONCE),
			 NULL);
	if (picture->n_kept)
		qsort(told, picture->n_kept, sizeof *told, by_value);
	free(nodes->told);
	nodes->told = told;
	nodes->n_told = picture->n_kept;
}
