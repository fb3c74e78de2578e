/* Any bytes as events of pods, one a line: no crash, and the indexes agree with the pods that are there. The first byte
 * of a line is what happens, and to which uid. */
#include "../../autoscaler/io/live/pods.h"
#include "fuzz.h"

static void happen(const struct watch_sink *sink, const char *line, size_t size)
{
	struct json_value object;
	struct err err;
	char uid[2] = {(char)('a' + (*line & 7)), 0};
	switch (*line >> 3 & 7) {
	case 0:
		sink->drop(sink->self, uid);
		break;
	case 1:
		sink->begin(sink->self);
		break;
	case 2:
		sink->end(sink->self);
		break;
	default:
		if (json_value_parse("pod", line + 1, size - 1, &object, &err) == 0)
			sink->put(sink->self, uid, object);
	}
}

static void look(struct live_pods *pods)
{
	const struct live_pod **found;
	struct err err;
	for (uint32_t i = 0; i < live_pods_count(pods); i++) {
		const struct live_pod *pod = live_pod_at(pods, i);
		if (live_pod_find(pods, pod->namespace_, pod->name) != pod)
			abort();
		bool there = false;
		for (uint32_t n = pod->node ? live_pods_on(pods, pod->node, &found) : 0; n-- > 0;)
			there |= found[n] == pod;
		if (there != (pod->node != NULL))
			abort();
		struct live_selector *all = live_selector_parse(pods, pod->n_labels ? pod->labels[0].key : "", &err);
		if (all)
			live_pods_select(pods, pod->namespace_, all, &found);
		live_selector_free(all);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err;
	struct live_pods *pods = live_pods_open(NULL, NULL, &err);
	char *text = fuzz_text(data, size);
	if (!pods)
		abort();
	text[size] = '\n';
	struct watch_sink sink = live_pods_sink(pods);
	for (char *at = text, *end; at < text + size; at = end + 1) {
		end = memchr(at, '\n', (size_t)(text + size + 1 - at));
		if (end > at)
			happen(&sink, at, (size_t)(end - at));
	}
	look(pods);
	live_pods_close(pods);
	free(text);
	return 0;
}
