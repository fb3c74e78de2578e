#include "shadow.h"

#include <stdlib.h>

/* ---- what was had over time ---- */

static void add_span(const struct shadow_row *row, struct shadow_side *side, ms_t span)
{
	wide_t pod_ms = (wide_t)side->pods * span;
	side->pod_ms += pod_ms;
	side->nano_ms += pod_ms * max64(row->pod_nano_per_hour, 0);
}

static void have(struct shadow_side *side, int32_t pods)
{
	side->pods = pods;
	side->most = pods > side->most ? pods : side->most;
}

static void widen(struct shadow_waiting *waiting, int32_t pods)
{
	waiting->low = pods < waiting->low ? pods : waiting->low;
	waiting->high = pods > waiting->high ? pods : waiting->high;
}

static void note_change(struct shadow_row *row, ms_t now, int32_t pods)
{
	if (row->n_changes && row->changes[row->n_changes - 1].pods == pods)
		return;
	if (row->n_changes == SHADOW_CHANGES)
		memmove(&row->changes[0], &row->changes[1], --row->n_changes * sizeof row->changes[0]);
	row->changes[row->n_changes].at = now;
	row->changes[row->n_changes++].pods = pods;
	for (uint32_t i = 0; i < row->n_waiting; i++)
		widen(&row->waiting[i], pods);
}

void shadow_row_see(struct shadow_row *row, ms_t now, int32_t hpa, int32_t ours)
{
	if (row->last == MS_UNSET) {
		row->since = row->last = now;
	} else if (now > row->last) {
		add_span(row, &row->hpa, now - row->last);
		add_span(row, &row->ours, now - row->last);
		row->last = now;
	}
	have(&row->hpa, hpa);
	have(&row->ours, ours);
	note_change(row, now, hpa);
}

void shadow_side_measure(struct shadow_side *side, double ratio)
{
	side->measured++;
	side->over += ratio > SHADOW_OVER;
	side->peak = ratio > side->peak ? ratio : side->peak;
}

/* ---- decisions from the same state ---- */

void shadow_row_decide(struct shadow_row *row, ms_t now, ms_t window, int32_t ours, const char *why)
{
	if (row->n_waiting == SHADOW_WAITING) {
		memmove(&row->waiting[0], &row->waiting[1], --row->n_waiting * sizeof row->waiting[0]);
		row->not_compared++;
	}
	struct shadow_waiting *waiting = &row->waiting[row->n_waiting++];
	*waiting = (struct shadow_waiting){.at = now, .ours = ours, .low = row->hpa.pods, .high = row->hpa.pods};
	snprintf(waiting->why, sizeof waiting->why, "%s", why);
	/* What it had at the window's beginning is the last change before it. */
	for (uint32_t i = row->n_changes; i-- > 0;) {
		widen(waiting, row->changes[i].pods);
		if (row->changes[i].at <= now - window)
			break;
	}
}

static void compare(struct shadow_row *row, const struct shadow_waiting *waiting, ms_t wall_less)
{
	row->compared++;
	if (waiting->low <= waiting->ours && waiting->ours <= waiting->high)
		return;
	row->differed++;
	row->differed_at = waiting->at + wall_less;
	memcpy(row->why, waiting->why, sizeof row->why);
}

void shadow_row_compare(struct shadow_row *row, ms_t now, ms_t window, ms_t wall_less)
{
	uint32_t done = 0;
	while (done < row->n_waiting && now - row->waiting[done].at >= window)
		compare(row, &row->waiting[done++], wall_less);
	row->n_waiting -= done;
	if (done && row->n_waiting)
		memmove(&row->waiting[0], &row->waiting[done], row->n_waiting * sizeof row->waiting[0]);
}
