/* A sample that came just after a decision waits for nearly a whole period: half of one on average, when decisions and
 * scrapes know nothing of each other. The scrape itself cannot be seen, only whether a decision had new samples. */
#include "phase.h"

#define APPROACH 20   /* of a period, sooner each time, until the scrape is found */
#define CREEP    1000 /* of a period, sooner each time, once it is */
#define RETRY    10   /* of a period, after a decision that came too early */

void phase_keep(struct phase *phase, ms_t period, ms_t now)
{
	phase->due += ((now - phase->due) / period + 1) * period;
}

static const struct sample *newer(const struct sample *newest, const struct metric_input *metric, uint32_t n_pods,
				  ms_t now)
{
	for (uint32_t i = 0; metric->samples && i < n_pods; i++) {
		const struct sample *sample = &metric->samples[i];
		if (sample->value >= 0 && sample->at <= now && (!newest || sample->at > newest->at))
			newest = sample;
	}
	return newest;
}

/* The newest of metrics-server's samples, or NULL. */
static const struct sample *newest_sample(const struct core_config *config, const struct snapshot *snapshot)
{
	const struct sample *newest = NULL;
	for (uint32_t i = 0; i < config->n_autoscalers; i++) {
		const struct hpa_spec *spec = &config->autoscalers[i];
		const struct workload_view *workload = &snapshot->workloads[config->workload_of[i]];
		for (uint32_t j = 0; j < spec->n_metrics; j++)
			if (spec->metrics[j].type <= METRIC_CONTAINER_RESOURCE)
				newest = newer(newest, &workload->metrics[j], workload->n_pods, snapshot->time);
	}
	return newest;
}

void phase_follow(struct phase *phase, const struct core_config *config, const struct snapshot *snapshot)
{
	ms_t period = config->settings->hpa.sync_period, now = snapshot->time;
	const struct sample *newest = newest_sample(config, snapshot);
	if (!newest || newest->window < period / 2 || newest->window > period + period / 2) {
		phase->early = phase->close = false;
		phase_keep(phase, period, now);
		return;
	}
	bool news = newest->at > phase->newest;
	bool found = news && (phase->close || phase->early);
	bool again = !news && !phase->early;
	ms_t from =
	    now - phase->due < period / RETRY ? phase->due : now; /* being called late is no reason to be late */
	phase->newest = newest->at;
	phase->early = again;
	phase->close = found || (again && phase->close);
	if (again)
		phase->due = now + period / RETRY;
	else
		phase->due = from + period - (found ? period / CREEP : news ? period / APPROACH : 0);
}
