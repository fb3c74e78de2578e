#include "progress.h"

#include <time.h>

double seconds_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void progress_start(struct progress *progress)
{
	*progress = (struct progress){.started = seconds_now()};
}

bool progress_due(struct progress *progress)
{
	double now = seconds_now();
	if (now - progress->started < 1 || now - progress->shown < 0.2)
		return false;
	progress->shown = now;
	return true;
}

void progress_end(const struct progress *progress)
{
	if (progress->shown > 0)
		fprintf(stderr, "\r%40s\r", "");
}
