#include "../text/decimal.h"
#include "calendar.h"
#include "render.h"

/* A member's name is written after a comma unless it is the first of its object. */
static void member(struct body *out, const char *name)
{
	bool first = out->size > 0 && !out->failed && out->bytes[out->size - 1] == '{';
	body_format(out, "%s\"%s\":", first ? "" : ",", name);
}

static void put_text(struct body *out, const char *name, const char *text)
{
	member(out, name);
	body_json(out, text);
}

static void put_integer(struct body *out, const char *name, int64_t value)
{
	member(out, name);
	body_format(out, "%lld", (long long)value);
}

static void put_count(struct body *out, const char *name, uint64_t value)
{
	member(out, name);
	body_format(out, "%llu", (unsigned long long)value);
}

static void put_flag(struct body *out, const char *name, bool value)
{
	member(out, name);
	body_put(out, value ? "true" : "false");
}

static void put_instant(struct body *out, const char *name, ms_t time)
{
	char text[CALENDAR_TEXT];
	member(out, name);
	if (time == MS_UNSET)
		body_put(out, "null");
	else
		body_format(out, "\"%s\"", calendar_format(time, text));
}

static void put_money(struct body *out, const char *name, int64_t nano)
{
	char text[DECIMAL_TEXT] = "null";
	member(out, name);
	if (nano >= 0)
		decimal_text(nano, 9, 9, text);
	body_put(out, text);
}

static void put_autoscaler(struct body *out, const struct status_autoscaler *a)
{
	body_put(out, "{");
	put_text(out, "namespace", a->namespace_);
	put_text(out, "name", a->name);
	put_text(out, "target_kind", a->target_kind);
	put_text(out, "target_name", a->target_name);
	put_integer(out, "min", a->min);
	put_integer(out, "max", a->max);
	put_integer(out, "current", a->current);
	put_integer(out, "desired", a->desired);
	if (a->hpa_desired >= 0)
		put_integer(out, "hpa_desired", a->hpa_desired);
	put_text(out, "demand", a->demand);
	put_text(out, "reason", a->reason);
	put_text(out, "explained", a->explained);
	put_flag(out, "in_trouble", a->in_trouble);
	put_instant(out, "sampled_at", a->sampled_at);
	put_instant(out, "scaled_at", a->scaled_at);
	put_money(out, "cost_per_hour", a->cost_nano_per_hour);
	body_put(out, "}");
}

static void put_kept(struct body *out, const struct status_kept *k)
{
	body_put(out, "{");
	put_text(out, "node", k->node);
	put_text(out, "namespace", k->namespace_);
	put_text(out, "pod", k->pod);
	put_text(out, "why", k->why);
	body_put(out, "}");
}

static void put_group(struct body *out, const struct status_group *g)
{
	body_put(out, "{");
	put_text(out, "name", g->name);
	put_integer(out, "min", g->min);
	put_integer(out, "max", g->max);
	put_integer(out, "size", g->size);
	put_integer(out, "ready", g->ready);
	put_integer(out, "upcoming", g->upcoming);
	put_integer(out, "leaving", g->leaving);
	put_money(out, "price_per_hour", g->price_nano_per_hour);
	put_integer(out, "nodes_kept", g->nodes_kept);
	member(out, "kept");
	body_put(out, "[");
	for (uint32_t i = 0; i < g->n_kept; i++) {
		body_put(out, i ? "," : "");
		put_kept(out, g->kept + i);
	}
	body_put(out, "]}");
}

static void put_counters(struct body *out, const struct status *s)
{
	member(out, "counters");
	body_put(out, "{");
	put_count(out, "ticks", s->ticks);
	put_count(out, "failed_ticks", s->failed_ticks);
	put_count(out, "decisions", s->decisions);
	put_count(out, "actions", s->actions);
	put_count(out, "failed_actions", s->failed_actions);
	put_count(out, "withheld_actions", s->withheld_actions);
	put_count(out, "scaled_up", s->scaled_up);
	put_count(out, "scaled_down", s->scaled_down);
	put_count(out, "nodes_added", s->nodes_added);
	put_count(out, "nodes_removed", s->nodes_removed);
	put_count(out, "watch_lists", s->watch_lists);
	put_count(out, "leader_transitions", s->leader_transitions);
	put_count(out, "log_errors", s->log_errors);
	put_count(out, "log_warnings", s->log_warnings);
	put_count(out, "clock_steps", s->clock_steps);
	body_put(out, "}");
}

static void put_process(struct body *out, const struct status *s)
{
	put_text(out, "version", s->version);
	put_text(out, "mode", s->mode);
	put_instant(out, "now", s->now);
	put_instant(out, "started_at", s->started_at);
	put_flag(out, "synced", s->synced);
	put_flag(out, "leader", s->leader);
	put_flag(out, "stuck", s->stuck);
	put_text(out, "holder", s->holder);
	put_text(out, "trouble", s->trouble);
	put_integer(out, "nodes", s->n_nodes);
	put_integer(out, "nodes_ready", s->n_nodes_ready);
	put_integer(out, "nodes_unneeded", s->nodes.unneeded);
	put_integer(out, "pods", s->n_pods);
	put_integer(out, "pods_pending", s->n_pending);
	put_money(out, "cost_per_hour", s->cost_nano_per_hour);
	put_integer(out, "nodes_unpriced", s->n_unpriced);
	put_text(out, "currency", s->currency);
	put_count(out, "journal_ticks", s->journal_ticks);
	put_integer(out, "journal_bytes", s->journal_bytes);
}

void render_json(struct body *out, const struct status *s)
{
	body_put(out, "{");
	put_process(out, s);
	put_counters(out, s);
	member(out, "autoscalers");
	body_put(out, "[");
	for (uint32_t i = 0; i < s->n_autoscalers; i++) {
		body_put(out, i ? ",\n" : "\n");
		put_autoscaler(out, s->autoscalers + i);
	}
	body_put(out, "]");
	member(out, "groups");
	body_put(out, "[");
	for (uint32_t i = 0; i < s->n_groups; i++) {
		body_put(out, i ? ",\n" : "\n");
		put_group(out, s->groups + i);
	}
	body_put(out, "]}\n");
}
