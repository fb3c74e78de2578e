#include "page.h"
#include "words.h"

#include <stdlib.h>

#define STALE_MS (2 * MINUTE_MS) /* metrics older than this are pointed at */

/* ---- a row of either kind ---- */

struct row {
	const char *class, *over, *name; /* over: what stands before the name, NULL nothing */
	struct page_bar bar;
};

static void row_begin(struct body *out, const struct row *row)
{
	char label[96];
	struct page_bar bar = row->bar;
	bar.label = label;
	snprintf(label, sizeof label, "%lld, going to %lld, between %lld and %lld", (long long)bar.from,
		 (long long)bar.to, (long long)bar.min, (long long)bar.max);
	body_format(out, "<li class=\"row %s\"><h3>", row->class);
	if (row->over) {
		body_put(out, "<span class=dim>");
		body_html(out, row->over);
		body_put(out, "/</span><wbr>");
	}
	body_html(out, row->name);
	body_put(out, "</h3><div class=size><p class=number>");
	if (bar.from != bar.to)
		body_format(out, "%lld<span class=arrow> → </span><b>%lld</b>", (long long)bar.from, (long long)bar.to);
	else
		body_format(out, "%lld", (long long)bar.from);
	body_put(out, "</p>");
	page_bar(out, &bar);
	body_format(out, "<p class=bounds><span>%lld</span><span>%lld</span></p></div>", (long long)bar.min,
		    (long long)bar.max);
}

/* ---- autoscalers ---- */

/* What a person should see first comes first; the class of its row is named by it. */
static int rank(const struct status_autoscaler *a)
{
	bool is_short = strcmp(a->reason, "TooManyReplicas") == 0;
	return a->in_trouble ? 0 : is_short ? 1 : a->current != a->desired ? 2 : 3;
}

static int compare_autoscalers(const void *left, const void *right)
{
	const struct status_autoscaler *a = *(const struct status_autoscaler *const *)left;
	const struct status_autoscaler *b = *(const struct status_autoscaler *const *)right;
	int by_rank = rank(a) - rank(b), by_namespace = strcmp(a->namespace_, b->namespace_);
	return by_rank ? by_rank : by_namespace ? by_namespace : strcmp(a->name, b->name);
}

static const struct status_autoscaler *const *sorted(const struct status *s)
{
	const struct status_autoscaler **list = calloc(s->n_autoscalers, sizeof *list);
	for (uint32_t i = 0; list && i < s->n_autoscalers; i++)
		list[i] = s->autoscalers + i;
	if (list)
		qsort(list, s->n_autoscalers, sizeof *list, compare_autoscalers);
	return list;
}

/* In words, with the sentence behind it: open when something is wrong, else a click away. */
static void put_reason(struct body *out, const struct status_autoscaler *a)
{
	const char *words = words_reason(a->reason);
	bool more = *a->explained && strcmp(a->explained, a->reason) != 0;
	if (!words && !*a->reason && !more)
		return;
	body_format(out, more ? "<details%s><summary>" : "<p class=reason>", a->in_trouble ? " open" : "");
	if (words)
		body_put(out, words);
	else
		body_html(out, *a->reason ? a->reason : "why");
	if (!more) {
		body_put(out, "</p>");
		return;
	}
	body_put(out, "</summary><p>");
	body_html(out, a->explained);
	body_put(out, "</p></details>");
}

static void put_when(struct body *out, const struct status *s, const struct status_autoscaler *a)
{
	if (a->cost_nano_per_hour >= 0)
		body_format(out, "<p>%s/h</p>", words_money(a->cost_nano_per_hour, s->currency).text);
	if (a->scaled_at == MS_UNSET)
		body_put(out, "<p class=dim>not scaled yet</p>");
	else
		body_format(out, "<p class=dim>scaled %s ago</p>", words_span(s->now - a->scaled_at).text);
	if (a->sampled_at != MS_UNSET && s->now - a->sampled_at > STALE_MS)
		body_format(out, "<p class=bad>metrics %s old</p>", words_span(s->now - a->sampled_at).text);
}

static void put_autoscaler(struct body *out, const struct status *s, const struct status_autoscaler *a)
{
	static const char *const classes[] = {"trouble", "short", "change", "calm"};
	row_begin(out, &(struct row){.class = classes[rank(a)],
				     .over = a->namespace_,
				     .name = a->name,
				     .bar = {.min = a->min, .max = a->max, .from = a->current, .to = a->desired}});
	body_put(out, "<div class=why>");
	if (*a->demand) {
		body_put(out, "<p class=demand>");
		body_html(out, a->demand);
		body_put(out, "</p>");
	}
	put_reason(out, a);
	if (a->hpa_desired >= 0)
		body_format(out, "<p class=\"%s\">the cluster&#39;s HPA wants %d</p>",
			    a->hpa_desired == a->desired ? "dim" : "differs", a->hpa_desired);
	body_put(out, "</div><div class=when>");
	put_when(out, s, a);
	body_put(out, "</div></li>\n");
}

void page_autoscalers(struct body *out, const struct status *s)
{
	if (s->n_autoscalers == 0) {
		body_put(out, "<p class=dim>None yet.</p>\n");
		return;
	}
	const struct status_autoscaler *const *list = sorted(s);
	if (!list) {
		out->failed = true;
		return;
	}
	body_put(out, "<ul class=rows>\n");
	for (uint32_t i = 0; i < s->n_autoscalers; i++)
		put_autoscaler(out, s, list[i]);
	body_put(out, "</ul>\n");
	free((void *)list);
}

/* ---- node groups ---- */

static int32_t lacking(const struct status_group *g)
{
	return (int32_t)max64(0, (int64_t)g->size - g->ready - g->upcoming - g->leaving);
}

static void put_part(struct body *out, int32_t n, const char *words, bool *any)
{
	if (n > 0)
		body_format(out, "%s%d %s", *any ? ", " : "", n, words);
	*any = *any || n > 0;
}

/* What would go, and stays because of a pod: a click away. */
static void put_kept(struct body *out, const struct status_group *g)
{
	if (g->nodes_kept == 0)
		return;
	body_format(out, "<details><summary>%s</summary>",
		    words_counted(g->nodes_kept, "node kept by a pod", "nodes kept by pods").text);
	for (uint32_t i = 0; i < g->n_kept; i++) {
		body_put(out, "<p>");
		body_html(out, g->kept[i].node);
		body_put(out, ": ");
		body_html(out, g->kept[i].namespace_);
		body_put(out, "/<wbr>");
		body_html(out, g->kept[i].pod);
		body_put(out, " ");
		body_html(out, g->kept[i].why);
		body_put(out, "</p>");
	}
	if (g->nodes_kept > g->n_kept)
		body_format(out, "<p>and %s more</p>", words_count(g->nodes_kept - g->n_kept).text);
	body_put(out, "</details>");
}

static void put_group(struct body *out, const struct status *s, const struct status_group *g)
{
	bool any = false;
	row_begin(out, &(struct row){.class = lacking(g)                  ? "trouble"
					      : g->upcoming || g->leaving ? "change"
									  : "calm",
				     .name = g->name,
				     .bar = {.min = g->min,
					     .max = g->max,
					     .from = (int64_t)g->size - g->upcoming,
					     .to = (int64_t)g->size - g->leaving}});
	body_put(out, "<div class=why><p class=demand>");
	put_part(out, g->ready, "ready", &any);
	put_part(out, g->upcoming, "on the way", &any);
	put_part(out, g->leaving, "leaving", &any);
	put_part(out, lacking(g), "not ready", &any);
	body_format(out, "%s</p>", any ? "" : "no nodes");
	put_kept(out, g);
	body_put(out, "</div><div class=when>");
	if (g->price_nano_per_hour >= 0)
		body_format(out, "<p>%s/h each</p>", words_money(g->price_nano_per_hour, s->currency).text);
	else
		body_put(out, "<p class=dim>no price</p>");
	body_put(out, "</div></li>\n");
}

void page_groups(struct body *out, const struct status *s)
{
	body_put(out, "<ul class=rows>\n");
	for (int calm = 0; calm < 2; calm++)
		for (uint32_t i = 0; i < s->n_groups; i++)
			if ((lacking(s->groups + i) == 0) == calm)
				put_group(out, s, s->groups + i);
	body_put(out, "</ul>\n");
}
