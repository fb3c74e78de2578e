/* What was observed for each metric of each workload. Only what the core would look at is kept. */
#include "record_walk.h"

struct inputs {
	const struct record_walk *walk;
	const struct metric_input **given; /* when they are written */
	struct metric_input *made;         /* when they are read */
	struct stored_input *stored;
	struct record_span *spans;
	uint32_t n;
};

static bool has_pod_samples(const struct metric_spec *spec, const struct metric_input *input)
{
	return spec->type <= METRIC_PODS && !input->unavailable;
}

static bool has_requests(const struct metric_spec *spec, const struct metric_input *input)
{
	return spec->type <= METRIC_CONTAINER_RESOURCE && !input->unavailable && input->requests;
}

static uint32_t count_requests(uint32_t n_pods, uint32_t step)
{
	return step ? n_pods : n_pods > 0;
}

static struct stored_input stored_of(const struct metric_spec *spec, const struct metric_input *input, uint32_t n_pods)
{
	bool shared = spec->type > METRIC_PODS && !input->unavailable && input->values;
	return (struct stored_input){
	    .request_step = input->request_step != 0,
	    .n_samples = has_pod_samples(spec, input) && input->samples ? n_pods : 0,
	    .n_requests = has_requests(spec, input) ? count_requests(n_pods, input->request_step) : 0,
	    .n_values = shared ? input->n_values : 0,
	    .unavailable = input->unavailable,
	};
}

static int check_input(struct record_codec *codec, const struct metric_spec *spec, const struct stored_input *stored,
		       uint32_t n_pods)
{
	if ((stored->n_samples && stored->n_samples != n_pods) ||
	    (stored->n_requests && stored->n_requests != count_requests(n_pods, stored->request_step)))
		return err_set(codec->err, "damaged: metric %s has %u samples and %u requests for %u pods",
			       spec->name ? spec->name : "", stored->n_samples, stored->n_requests, n_pods);
	return 0;
}

static int walk_inputs(struct record_codec *codec, struct inputs *inputs)
{
	const struct record_walk *walk = inputs->walk;
	uint32_t at = 0;
	for (uint32_t w = 0; w < walk->n; w++) {
		inputs->spans[w] = (struct record_span){inputs->stored + at, walk->stored[w].n_metrics, NULL};
		for (uint32_t m = 0; m < walk->stored[w].n_metrics; m++, at++) {
			if (!codec->out)
				continue;
			inputs->given[at] = &walk->views[w].metrics[m];
			inputs->stored[at] =
			    stored_of(&walk->owners[w]->metrics[m], inputs->given[at], walk->stored[w].n_pods);
		}
	}
	if (record_rows(codec, RECORD_INPUT, inputs->spans, walk->n) < 0)
		return -1;
	at = 0;
	for (uint32_t w = 0; !codec->out && w < walk->n; w++) {
		walk->made[w].metrics = walk->stored[w].n_metrics ? inputs->made + at : NULL;
		for (uint32_t m = 0; m < walk->stored[w].n_metrics; m++, at++) {
			struct stored_input *stored = &inputs->stored[at];
			*stored = ((const struct stored_input *)inputs->spans[w].rows)[m];
			if (check_input(codec, &walk->owners[w]->metrics[m], stored, walk->stored[w].n_pods) < 0)
				return -1;
			inputs->made[at] = (struct metric_input){.request_step = stored->request_step,
								 .n_values = stored->n_values,
								 .unavailable = stored->unavailable};
		}
	}
	return 0;
}

/* One of the arrays that each input points to. */
#define WALK_INPUTS(type, member, count)                                                                               \
	do {                                                                                                           \
		for (uint32_t i = 0; i < inputs->n; i++)                                                               \
			inputs->spans[i] = (struct record_span){codec->out ? inputs->given[i]->member : NULL,          \
								inputs->stored[i].count, NULL};                        \
		if (record_rows(codec, type, inputs->spans, inputs->n) < 0)                                            \
			return -1;                                                                                     \
		for (uint32_t i = 0; !codec->out && i < inputs->n; i++)                                                \
			inputs->made[i].member = inputs->stored[i].count ? inputs->spans[i].rows : NULL;               \
	} while (0)

static int walk_arrays(struct record_codec *codec, struct inputs *inputs)
{
	WALK_INPUTS(RECORD_SAMPLE, samples, n_samples);
	WALK_INPUTS(RECORD_REQUEST, requests, n_requests);
	WALK_INPUTS(RECORD_VALUE, values, n_values);
	return 0;
}

int record_walk_metrics(struct record_codec *codec, const struct record_walk *walk)
{
	uint64_t n = 0;
	for (uint32_t w = 0; w < walk->n; w++)
		n += walk->stored[w].n_metrics;
	if (n > RECORD_MAX_ROWS)
		return err_set(codec->err, "%llu metrics; at most %u can be kept", (unsigned long long)n,
			       RECORD_MAX_ROWS);
	struct inputs inputs = {
	    .walk = walk,
	    .given = record_make(codec, n, sizeof(struct metric_input *)),
	    .made = record_make(codec, n, sizeof *inputs.made),
	    .stored = record_make(codec, n, sizeof *inputs.stored),
	    .spans = record_make(codec, n > walk->n ? n : walk->n, sizeof *inputs.spans),
	    .n = (uint32_t)n,
	};
	if (!inputs.given || !inputs.made || !inputs.stored || !inputs.spans)
		return -1;
	return walk_inputs(codec, &inputs) < 0 ? -1 : walk_arrays(codec, &inputs);
}
