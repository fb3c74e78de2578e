/* burn FILE: uses as many thousandths of a core as the number in FILE says; it is read again ten times a second. No
 * file, or no number in it: nothing is used. Linked statically, it is all that its container holds. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define SLICE_NS 100000000LL

static long long clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long wanted_milli(const char *path)
{
	char text[32] = "";
	FILE *file = fopen(path, "r");
	if (!file)
		return 0;
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = 0;
	long milli = strtol(text, NULL, 10);
	return milli < 0 ? 0 : milli > 1000 ? 1000 : milli;
}

/* Works until the process has used so much CPU, or the slice is over. */
static void burn(long long cpu_ns, long long end_ns)
{
	static volatile unsigned long work;
	while (clock_ns(CLOCK_PROCESS_CPUTIME_ID) < cpu_ns && clock_ns(CLOCK_MONOTONIC) < end_ns)
		for (int i = 0; i < 10000; i++)
			work += (unsigned long)i;
}

static void leave(int signal_number)
{
	(void)signal_number;
	_exit(0);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	signal(SIGTERM, leave); /* the first process of a container has no default */
	signal(SIGINT, leave);
	long long due_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	for (;;) {
		long long start = clock_ns(CLOCK_MONOTONIC), used = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		if (due_ns < used - SLICE_NS)
			due_ns = used; /* what it could not use before is not made up for */
		due_ns += wanted_milli(argv[1]) * (SLICE_NS / 1000);
		burn(due_ns, start + SLICE_NS);
		long long rest = start + SLICE_NS - clock_ns(CLOCK_MONOTONIC);
		if (rest > 0)
			nanosleep(&(struct timespec){.tv_nsec = rest}, NULL);
	}
}
