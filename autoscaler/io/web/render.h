/* What is served, made from a status. Private to this folder. */
#ifndef PLIMSOLL_WEB_RENDER_H
#define PLIMSOLL_WEB_RENDER_H

#include "body.h"
#include "status.h"

/* OpenMetrics 1.0: names plimsoll_*, in seconds, bytes and the currency; ends with # EOF. */
void render_metrics(struct body *, const struct status *);
/* One object. Money is a number with nine decimals, an instant RFC 3339, what is not known null. */
void render_json(struct body *, const struct status *);
/* A page that needs nothing else: no script, no other file. */
void render_page(struct body *, const struct status *);
/* The hash that lets the page's own style past its Content-Security-Policy: "sha256-...". */
extern const char page_style_hash[];
extern const char page_style[];

#endif
