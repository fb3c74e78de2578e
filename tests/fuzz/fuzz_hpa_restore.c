/* Saved histories from an enemy who can compute the checksum: refused, or taken over as a possible history. */
#include "fuzz.h"
#include "hpa.h"

#define STATE_MAX 65536

static void use(struct hpa *hpa)
{
	struct metric_input inputs[2] = {{.unavailable = true}, {.unavailable = true}};
	struct hpa_input input = {.spec_replicas = 5, .status_replicas = 5, .metrics = inputs};
	struct hpa_decision decision;
	for (ms_t now = -HOUR_MS; now < HOUR_MS; now += HOUR_MS / 4) {
		input.now = now;
		hpa_step(hpa, &input, &decision);
		if (decision.rescale)
			hpa_rescaled(hpa, input.now, decision.current, decision.desired);
		hpa_normalize(hpa, now, 5, (int32_t)(now / MINUTE_MS) % 20, &decision);
		hpa_record_scale(hpa, now, 5, decision.desired);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static unsigned char bytes[STATE_MAX], again[STATE_MAX], third[STATE_MAX];
	static const struct scaling_policy policy = {POLICY_PODS, 4, 1800};
	const struct metric_spec metrics[] = {
	    {.type = METRIC_RESOURCE, .target_type = TARGET_UTILIZATION, .target = 50, .name = "cpu", .is_cpu = true},
	    {.type = METRIC_EXTERNAL, .target_type = TARGET_VALUE, .target = 50, .name = "queue"}};
	struct hpa_spec spec = {.name = "fuzz",
				.max_replicas = 10,
				.metrics = metrics,
				.n_metrics = 2,
				.has_behavior = true,
				.scale_up = {60, SELECT_MAX, &policy, 1, -1},
				.scale_down = {300, SELECT_MAX, &policy, 1, -1}};
	struct hpa_settings settings = {.sync_period = 15 * SECOND_MS, .tolerance = 0.1};
	struct arena arena = {0};
	struct err err;
	if (size < 1 || size > STATE_MAX / 2)
		return 0;
	spec.smoothing = data[0] & 1 ? "exponential,alpha=0.3" : "none";
	memcpy(bytes, data + 1, size - 1);
	struct hpa *hpa = hpa_new(&spec, &settings, &arena, &err);
	if (hpa && hpa_restore(hpa, bytes, fuzz_sign(bytes, size - 1), &err) == 0) {
		size_t saved = hpa_save(hpa, again, sizeof again);
		if (saved > sizeof again || hpa_restore(hpa, again, saved, &err) < 0 ||
		    hpa_save(hpa, third, sizeof third) != saved || memcmp(again, third, saved) != 0)
			__builtin_trap();
		use(hpa);
	}
	arena_free(&arena);
	return 0;
}
