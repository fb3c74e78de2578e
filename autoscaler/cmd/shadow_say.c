#include "run_shadow.h"
#include "visible.h"

#include <time.h>

#define PATIENCE (3 * SECOND_MS) /* before it is said what is waited for */
#define INDENT   10
#define RIGHTS   "deploy/shadow/rbac.yaml has the rights it takes; --namespace NAME asks for those of one namespace"

/* A line with the time before it; folded where people read it, one line where programs may. */
static void say(const struct run *run, const char *text)
{
	time_t seconds = (time_t)(live_wall() / SECOND_MS);
	struct tm tm;
	char at[16] = "";
	if (gmtime_r(&seconds, &tm))
		strftime(at, sizeof at, "%H:%M:%SZ ", &tm);
	fputs(at, stderr);
	if (run->shadow->on_terminal)
		fold(stderr, text, (int)strlen(at), INDENT);
	else
		fprintf(stderr, "%s\n", text);
}

/* Texts of the API may hold anything. */
static void say_of(struct run *run, const char *about, const char *text)
{
	char line[2 * SHADOW_WHY_SIZE];
	size_t n = (size_t)snprintf(line, SHADOW_WHY_SIZE, "%s%s", about, *about ? ": " : "");
	n = n < SHADOW_WHY_SIZE ? n : SHADOW_WHY_SIZE - 1;
	for (size_t at = 0, length = strlen(text); at < length && n + 8 < sizeof line;) {
		struct visible part = visible(text + at, length - at > 40 ? 40 : length - at, 40);
		n += (size_t)snprintf(line + n, sizeof line - n, "%s", part.text);
		n = n < sizeof line ? n : sizeof line - 1;
		at += 40;
	}
	line[n] = 0;
	say(run, line);
}

void shadow_say_change(struct run *run, struct shadow_one *one, const char *why)
{
	int32_t hpa = one->row.hpa.pods, ours = one->row.ours.pods;
	char line[2 * SHADOW_WHY_SIZE];
	struct log_number a, b;
	bool first = one->told_hpa < 0;
	if (one->told_hpa == hpa && one->told_ours == ours)
		return;
	one->told_hpa = hpa;
	one->told_ours = ours;
	if (run->options.log.json) {
		log_line(&run->options.log, LOG_INFO, "shadow", "autoscaler", one->row.name, "hpa", log_int(&a, hpa),
			 "plimsoll", log_int(&b, ours), "basis",
			 one->row.per_decision ? "per decision" : "had it acted", "reason", why, NULL);
		return;
	}
	if (first && hpa == ours)
		snprintf(line, sizeof line, "%s  %s", one->row.name, why);
	else
		snprintf(line, sizeof line, "%s  HPA %d, Plimsoll %s%d: %s", one->row.name, hpa,
			 one->row.per_decision ? "would " : "", ours, why);
	say(run, line);
}

static bool told_before(char told[SHADOW_WHY_SIZE], const char *text)
{
	if (strncmp(told, text, SHADOW_WHY_SIZE - 1) == 0)
		return true;
	snprintf(told, SHADOW_WHY_SIZE, "%s", text);
	return false;
}

void shadow_say_trouble(struct run *run, struct shadow_one *one, const char *trouble)
{
	bool told = told_before(run->shadow->told_trouble, trouble);
	if ((one && told_before(one->told_trouble, trouble)) || told)
		return; /* of a thousand that have the same trouble, the first tells it */
	if (run->options.log.json)
		log_line(&run->options.log, LOG_WARN, "nothing can be decided", "autoscaler", one ? one->row.name : "",
			 "reason", trouble, NULL);
	else
		say_of(run, one ? one->row.name : "", trouble);
	if (!run->options.log.json && strstr(trouble, "resource metrics API: 404"))
		say(run, "the cluster has no metrics.k8s.io: with metrics-server it would; HPAs do nothing, either");
}

/* What is watched and does not come, in the server's words. */
static const char *missing(const struct run *run, const char **what)
{
	const struct {
		const char *what, *trouble;
		bool synced;
	} all[] = {
	    {"HorizontalPodAutoscalers", watch_trouble(live_autoscalers_watch(run->autoscalers)),
	     live_autoscalers_synced(run->autoscalers)},
	    {"pods", watch_trouble(live_pods_watch(run->pods)), live_pods_synced(run->pods)},
	    {"the targets of the HPAs", live_targets_trouble(run->targets), live_targets_synced(run->targets)},
	};
	for (size_t i = 0; i < COUNT(all); i++)
		if (!all[i].synced) {
			*what = all[i].what;
			return all[i].trouble;
		}
	*what = NULL;
	return "";
}

static void say_missing(struct run *run, const char *what, const char *trouble)
{
	char line[SHADOW_WHY_SIZE];
	snprintf(line, sizeof line, "waiting for %.40s%s%.300s%s", what, *trouble ? ": " : "", trouble,
		 strstr(trouble, "403") ? "; " RIGHTS : "");
	if (!told_before(run->shadow->told_trouble, line))
		say_of(run, "", line);
}

static void say_none(struct run *run)
{
	char line[SHADOW_WHY_SIZE];
	const char *place = run->options.kube.namespace_;
	snprintf(line, sizeof line, "no %s in %s%.200s: waiting for one",
		 run->options.from_hpa ? "HorizontalPodAutoscaler" : "Autoscaler", place ? "namespace " : "the cluster",
		 place ? place : "");
	say(run, line);
}

void shadow_say_waiting(struct run *run, ms_t now)
{
	struct shadow *shadow = run->shadow;
	const char *what, *trouble = missing(run, &what);
	if (run->options.log.json || now - shadow->started < PATIENCE)
		return;
	if (what) {
		say_missing(run, what, trouble);
		return;
	}
	if (shadow->n_of == 0 && !shadow->told_none)
		say_none(run);
	shadow->told_none = shadow->n_of == 0;
	trouble = live_nodes_trouble(run->nodes);
	if (run->has_prices && *trouble && !shadow->told_nodes) {
		say_of(run, "nodes cannot be read, so that pods are priced on the list's general node", trouble);
		shadow->told_nodes = true;
	}
}

int shadow_say_unseen(struct run *run, struct err *err)
{
	const char *what, *trouble = missing(run, &what);
	if (!what || run->shadow->n)
		return 0;
	return err_set(err, "nothing was seen: no answer for %s%s%s", what, *trouble ? ": " : "", trouble);
}
