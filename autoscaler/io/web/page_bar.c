#include "page.h"

/* Position on a bar of 1000 that is `full` long. */
static int place(int64_t value, int64_t full)
{
	return (int)(max64(0, min64(value, full)) * 1000 / full);
}

static void put_part(struct body *out, const char *class, int from, int to)
{
	if (to > from)
		body_format(out, "<rect class=%s x=%d width=%d height=8 />", class, from, to - from);
}

void page_bar(struct body *out, const struct page_bar *bar)
{
	int64_t full = max64(1, max64(bar->max, max64(bar->from, bar->to)));
	int from = place(bar->from, full), to = place(bar->to, full), min = place(bar->min, full);
	body_put(out, "<svg class=bar viewBox=\"0 0 1000 8\" preserveAspectRatio=none role=img aria-label=\"");
	body_html(out, bar->label);
	body_put(out, "\">");
	put_part(out, "have", 0, from < to ? from : to);
	put_part(out, "more", from, to);
	put_part(out, "less", to, from);
	if (min > 0 && min < 1000)
		body_format(out, "<path class=mark d=\"M%d 0v8\"/>", min);
	body_put(out, "</svg>");
}
