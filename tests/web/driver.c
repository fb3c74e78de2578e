/* driver CASE: serves an example status on a free port of 127.0.0.1, says where, and ends with its input. */
#include "example.h"

#include <stdlib.h>

#define MANY 1000

static struct status_autoscaler many[MANY];
static char many_names[MANY][32];

#define HOSTILE                                                                                                        \
	"</p></li></style></title><script>document.title='taken'</script><img src=x onerror=alert(1)>\"'&amp;"         \
	"\x1b[31m\xe2\x80\xae\xff\n\tend"
#define LONG_NAME                                                                                                      \
	"a-name-as-long-as-an-api-server-lets-it-be-which-is-two-hundred-and-fifty-three-characters-and-that-is-what-" \
	"this.is-more-or-less.without-a-single-space."                                                                 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void make_many(struct status *s)
{
	for (uint32_t i = 0; i < MANY; i++) {
		many[i] = example_autoscalers[i % COUNT(example_autoscalers)];
		snprintf(many_names[i], sizeof many_names[i], "%.20s-%03u", many[i].name, i);
		many[i].name = many_names[i];
	}
	s->autoscalers = many;
	s->n_autoscalers = MANY;
}

static void make_hostile(struct status *s)
{
	static struct status_autoscaler autoscalers[COUNT(example_autoscalers)];
	static const struct status_kept kept[] = {{HOSTILE, HOSTILE, HOSTILE, HOSTILE},
						  {LONG_NAME, LONG_NAME, LONG_NAME, LONG_NAME}};
	static struct status_group groups[] = {{.name = HOSTILE,
						.max = INT32_MAX,
						.size = INT32_MAX,
						.upcoming = INT32_MAX,
						.leaving = INT32_MAX,
						.price_nano_per_hour = INT64_MAX,
						.n_kept = STATUS_KEPT,
						.nodes_kept = UINT32_MAX},
					       {.name = LONG_NAME, .min = INT32_MIN, .size = -1, .ready = 5}};
	for (uint32_t i = 0; i < STATUS_KEPT; i++)
		groups[0].kept[i] = kept[i % COUNT(kept)];
	memcpy(autoscalers, example_autoscalers, sizeof autoscalers);
	autoscalers[0].name = autoscalers[0].demand = autoscalers[0].reason = autoscalers[0].explained = HOSTILE;
	autoscalers[1].name = autoscalers[1].demand = autoscalers[1].reason = autoscalers[1].explained = LONG_NAME;
	autoscalers[1].namespace_ = LONG_NAME;
	autoscalers[2].min = autoscalers[2].max = autoscalers[2].current = autoscalers[2].desired = INT32_MAX;
	autoscalers[3].current = 2000000000;
	autoscalers[3].desired = 2100000000;
	autoscalers[3].cost_nano_per_hour = INT64_MAX;
	autoscalers[4].scaled_at = autoscalers[4].sampled_at = s->now + DAY_MS;
	autoscalers[5].hpa_desired = 3;
	*s = (struct status){.version = HOSTILE,
			     .mode = HOSTILE,
			     .now = s->now,
			     .holder = HOSTILE,
			     .trouble = HOSTILE,
			     .stuck = true,
			     .autoscalers = autoscalers,
			     .n_autoscalers = COUNT(autoscalers),
			     .groups = groups,
			     .n_groups = COUNT(groups),
			     .currency = HOSTILE,
			     .cost_nano_per_hour = INT64_MAX,
			     .n_unpriced = UINT32_MAX,
			     .n_nodes = UINT32_MAX,
			     .n_pods = UINT32_MAX,
			     .n_pending = UINT32_MAX,
			     .ticks = UINT64_MAX,
			     .journal_bytes = INT64_MAX};
}

static void make_empty(struct status *s)
{
	*s = (struct status){.version = "0.3.0",
			     .mode = "shadow",
			     .now = s->now,
			     .started_at = s->now,
			     .holder = "",
			     .trouble = "",
			     .currency = "USD",
			     .cost_nano_per_hour = -1};
}

static void make_example(struct status *s)
{
	(void)s;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*make)(struct status *);
	} cases[] = {{"example", make_example}, {"many", make_many}, {"hostile", make_hostile}, {"empty", make_empty}};
	struct status status = example;
	struct err err;
	for (size_t i = 0; argc == 2 && i < COUNT(cases); i++)
		if (strcmp(argv[1], cases[i].name) == 0)
			cases[i].make(&status);
	struct web *web = web_open("127.0.0.1:0", NULL, &err);
	if (!web || web_publish(web, &status, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		return 1;
	}
	printf("http://%s\n", web_address(web));
	fflush(stdout);
	while (getchar() != EOF)
		;
	web_close(web);
	return 0;
}
