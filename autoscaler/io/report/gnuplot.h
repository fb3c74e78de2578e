/* Pictures, drawn by gnuplot with a script of plots/. Private to io. */
#ifndef PLIMSOLL_GNUPLOT_H
#define PLIMSOLL_GNUPLOT_H

#include "../text/outfile.h"

#define GNUPLOT_ARGS_MAX 8

/* The script is given ARG1 the points, ARG2 the target, ARG3 svg or png, and args from ARG4 on. */
struct gnuplot {
	const char *script; /* "plots/replay.gp" */
	void (*write)(FILE *, const void *self);
	const void *self;
	const char *const *args;
	size_t n_args;
};

/* Whether a picture can have this name. */
int gnuplot_check(const char *path, struct err *);
/* Draws it beside its place: outfile_commit puts it there. On failure nothing is left. */
int gnuplot_prepare(const struct gnuplot *, const char *path, struct outfile *picture, struct err *);
/* Draws PATH, which ends in .svg or .png: all of it, or nothing. */
int gnuplot_draw(const struct gnuplot *, const char *path, struct err *);
/* Printable UTF-8 only: SVG is XML. */
void gnuplot_text(const char *plain, char *text, size_t size);

#endif
