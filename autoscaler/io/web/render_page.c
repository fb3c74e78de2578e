#include "page.h"
#include "words.h"

/* The Plimsoll line: a disc with a line across. */
#define ICON                                                                                                           \
	"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='none' "                \
	"stroke='%232a6f97' stroke-width='3'%3E%3Ccircle cx='16' cy='16' r='9'/%3E%3Cpath d='M1 16h30'/%3E%3C/svg%3E"
#define MARK                                                                                                           \
	"<svg class=mark viewBox=\"0 0 32 32\" aria-hidden=true><circle cx=16 cy=16 r=9 /><path d=\"M1 "               \
	"16h30\"/></svg>"

static uint32_t count_trouble(const struct status *s)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < s->n_autoscalers; i++)
		n += s->autoscalers[i].in_trouble;
	return n;
}

static void put_head(struct body *out, const struct status *s)
{
	uint32_t trouble = count_trouble(s);
	body_put(out, "<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>");
	if (s->stuck)
		body_put(out, "stuck · ");
	else if (trouble)
		body_format(out, "%u in trouble · ", trouble);
	body_put(out, "Plimsoll</title>\n<meta name=viewport content=\"width=device-width,initial-scale=1\">"
		      "<meta http-equiv=refresh content=15><meta name=color-scheme content=\"light dark\">"
		      "<link rel=icon href=\"" ICON "\">\n<style>");
	body_put(out, page_style);
	body_put(out, "</style></head>\n<body>\n");
}

static void put_role(struct body *out, const struct status *s)
{
	body_put(out, "<span class=mode>");
	body_html(out, s->mode);
	body_put(out, "</span> · ");
	if (s->leader)
		body_put(out, "leading");
	else if (*s->holder) {
		body_put(out, "standing by, ");
		body_html(out, s->holder);
		body_put(out, " leads");
	} else
		body_put(out, "standing by, nobody leads");
}

static void put_money(struct body *out, const struct status *s)
{
	body_put(out, "<div class=money>");
	if (s->cost_nano_per_hour >= 0)
		body_format(out, "<p class=big>%s<small>/h</small></p><p>%s a month</p>",
			    words_money(s->cost_nano_per_hour, s->currency).text,
			    words_month(s->cost_nano_per_hour, s->currency).text);
	else
		body_put(out, "<p class=\"big dim\">–</p><p>no price list is loaded</p>");
	if (s->n_unpriced && s->cost_nano_per_hour >= 0)
		body_format(out, "<p class=differs>and %s without a price</p>",
			    words_counted(s->n_unpriced, "node", "nodes").text);
	body_put(out, "</div>");
}

static void put_figures(struct body *out, const struct status *s)
{
	uint32_t unready = s->n_nodes > s->n_nodes_ready ? s->n_nodes - s->n_nodes_ready : 0;
	body_format(out, "<div><p class=big>%s</p><p>%s", words_count(s->n_nodes).text,
		    s->n_nodes == 1 ? "node" : "nodes");
	if (unready)
		body_format(out, "</p><p class=differs>%s not ready", words_count(unready).text);
	body_format(out, "</p></div><div><p class=big>%s</p><p>%s</p></div>", words_count(s->n_pods).text,
		    s->n_pods == 1 ? "pod" : "pods");
	body_format(out, "<div%s><p class=big>%s</p><p>pending</p></div>", s->n_pending ? " class=some" : "",
		    words_count(s->n_pending).text);
}

static void put_alert(struct body *out, const char *before, const char *text)
{
	body_format(out, "<p class=\"alert bad\" role=alert>%s", before);
	body_html(out, text);
	body_put(out, "</p>\n");
}

static void put_header(struct body *out, const struct status *s)
{
	body_put(out, "<header><h1>" MARK "Plimsoll</h1><p class=role>");
	put_role(out, s);
	body_format(out, "</p><p class=clock>as of %s</p></header>\n<section class=figures>", words_clock(s->now).text);
	put_money(out, s);
	put_figures(out, s);
	body_put(out, "</section>\n");
	if (s->stuck)
		put_alert(out, "Stuck: nothing is decided any more; last heard of at ", words_clock(s->now).text);
	if (!s->synced)
		body_put(out, "<p class=alert role=status>Starting: the cluster is still being read</p>\n");
	if (*s->trouble)
		put_alert(out, "", s->trouble);
}

static void put_autoscalers(struct body *out, const struct status *s)
{
	uint32_t trouble = count_trouble(s);
	body_format(out, "<main><section><h2>Autoscalers <span class=dim>%s</span>",
		    words_count(s->n_autoscalers).text);
	if (trouble)
		body_format(out, " <span class=bad>%s in trouble</span>", words_count(trouble).text);
	body_put(out, "</h2>\n");
	page_autoscalers(out, s);
	body_put(out, "</section>\n");
}

static void put_groups(struct body *out, const struct status *s)
{
	if (s->n_groups == 0) {
		body_put(out, "</main>\n");
		return;
	}
	body_format(out, "<section><h2>Node groups <span class=dim>%s</span></h2>\n<p class=dim>",
		    words_count(s->n_groups).text);
	if (s->nodes.unneeded)
		body_format(out, "%s unneeded; ", words_counted(s->nodes.unneeded, "node", "nodes").text);
	body_format(out, "%s</p>\n", words_nodes(s->nodes.reason));
	page_groups(out, s);
	body_put(out, "</section></main>\n");
}

static void put_footer(struct body *out, const struct status *s)
{
	body_format(out, "<footer><p>up %s, %s", words_span(s->now - s->started_at).text,
		    words_counted(s->ticks, "tick", "ticks").text);
	if (s->failed_ticks)
		body_format(out, ", %s failed", words_count(s->failed_ticks).text);
	if (s->tick.count)
		body_format(out, ", %lld ms each", (long long)(s->tick.sum_ms / (int64_t)s->tick.count));
	body_format(out, "</p><p>journal %s</p><p>version ", words_bytes(s->journal_bytes).text);
	body_html(out, s->version);
	body_put(out, "</p><p><a href=\"/status.json\">status.json</a> <a href=\"/metrics\">metrics</a></p></footer>\n"
		      "</body></html>\n");
}

void render_page(struct body *out, const struct status *s)
{
	put_head(out, s);
	put_header(out, s);
	put_autoscalers(out, s);
	put_groups(out, s);
	put_footer(out, s);
}
