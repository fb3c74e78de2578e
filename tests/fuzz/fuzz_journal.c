/* Records of a journal from an enemy: refused with a message, or such that the core can be given them. What was taken
 * can be written again, and read again as the same. */
#include "../../autoscaler/io/journal/record.h"

#include <stdlib.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PART_MAX 65536

/* As record_pack does it, so that the parser behind zlib is reached. */
static size_t pack(const uint8_t *data, size_t size, unsigned char *out)
{
	size_t at = 0;
	for (uint64_t n = size; at == 0 || n; n >>= 7) {
		out[at++] = (unsigned char)((n & 0x7f) | (n >= 0x80 ? 0x80 : 0));
		if (n < 0x80)
			break;
	}
	uLongf room = PART_MAX;
	return compress2(out + at, &room, data, (uLong)size, 1) == Z_OK ? at + room : 0;
}

static const struct metric_spec metrics[] = {
    {METRIC_RESOURCE, TARGET_UTILIZATION, 50, "cpu", NULL, true},
    {METRIC_EXTERNAL, TARGET_AVERAGE_VALUE, 2000, "depth", NULL, false},
};
static const struct hpa_spec specs[] = {
    {.name = "a", .namespace_ = "x", .max_replicas = 10, .metrics = metrics, .n_metrics = 2},
    {.name = "b", .namespace_ = "x", .max_replicas = 10, .metrics = metrics, .n_metrics = 1},
};
static const uint32_t workload_of[] = {0, 1};

/* Behind a good head's layout: what follows is the enemy's. */
static void try_head(const uint8_t *data, size_t size)
{
	static unsigned char packed[2 * PART_MAX];
	struct arena arena = {.limit = 256u << 20};
	struct record_head head;
	struct err err;
	size_t n = pack(data, size, packed);
	if (record_head_decode(packed, n, &arena, &head, &err) == 0 && head.config.max_nodes < 4096 &&
	    head.config.max_groups < 4096) {
		struct core *core = core_new(&head.config, &arena, &err);
		if (core)
			core_restore(core, head.state, head.n_state, &err);
	}
	arena_free(&arena);
}

static void step(struct core *core, const struct snapshot *snapshot)
{
	struct plan plan;
	struct err err;
	core_step(core, snapshot, &plan, &err);
}

/* Two ticks, so that the second is told by the first; the length of the first stands in front. */
static void try_ticks(const uint8_t *data, size_t size, struct core *core, const struct core_config *config)
{
	static unsigned char packed[2 * PART_MAX];
	struct err err;
	struct record_codec *reader = record_codec_new(&err), *writer = record_codec_new(&err);
	size_t half = (data[0] | (size_t)data[1] << 8) % (size + 1);
	data += 2;
	size -= 2;
	half = half > size ? size : half;
	if (!reader || !writer)
		abort();
	record_codec_begin(reader, config, NULL);
	record_codec_begin(writer, config, NULL);
	for (int i = 0; i < 2; i++) {
		struct arena arena = {.limit = 256u << 20};
		struct snapshot snapshot;
		struct plan plan;
		struct record_names names;
		struct record_bytes again = {0};
		size_t n = pack(data + (i ? half : 0), i ? size - half : half, packed);
		int status = record_tick_decode(reader, packed, n, &arena, &snapshot, &plan, &names, &err);
		if (status == 0) {
			step(core, &snapshot);
			if (record_tick_encode(writer, &snapshot, &plan, &names, &again, &err) < 0)
				abort();
		}
		record_bytes_free(&again);
		arena_free(&arena);
		if (status < 0)
			break;
	}
	record_codec_free(reader);
	record_codec_free(writer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct arena arena = {0};
	struct err err;
	if (size < 4 || size > PART_MAX / 2)
		return 0;
	settings_default(&settings);
	const struct core_config config = {specs, workload_of, 2, 64, 4, &settings, 0};
	if (data[0] & 1) {
		try_head(data + 1, size - 1);
	} else {
		struct core *core = core_new(&config, &arena, &err);
		if (!core)
			abort();
		try_ticks(data + 1, size - 1, core, &config);
	}
	arena_free(&arena);
	return 0;
}
