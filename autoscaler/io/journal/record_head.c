/* The head of a segment: which columns its records have, then the specs, the settings and the state of the core. */
#include "record_columns.h"

#include <stdlib.h>

#define NAME_MAX_LENGTH 64 /* of a type or a field */

/* ---- the layout ---- */

static int write_name(struct record_codec *codec, const char *name)
{
	size_t length = strlen(name);
	if (record_bytes_reserve(codec->out, length + VARINT_MAX, codec->err) < 0)
		return -1;
	unsigned char *at = varint_write(codec->out->at + codec->out->size, length);
	memcpy(at, name, length);
	codec->out->size = (size_t)(at - codec->out->at) + length;
	return 0;
}

static int write_number(struct record_codec *codec, uint64_t number)
{
	if (record_bytes_reserve(codec->out, VARINT_MAX, codec->err) < 0)
		return -1;
	codec->out->size = (size_t)(varint_write(codec->out->at + codec->out->size, number) - codec->out->at);
	return 0;
}

static int write_layout(struct record_codec *codec)
{
	if (write_number(codec, RECORD_VERSION) < 0)
		return -1;
	for (int t = 0; t < RECORD_TYPES; t++) {
		const struct record_type_row *type = &record_types[t];
		if (write_name(codec, type->name) < 0 || write_number(codec, type->n_fields) < 0)
			return -1;
		for (uint32_t i = 0; i < type->n_fields; i++)
			if (write_number(codec, column_shape_of(&type->fields[i])) < 0 ||
			    write_name(codec, type->fields[i].name) < 0)
				return -1;
	}
	return 0;
}

static int read_name(struct record_codec *codec, char name[NAME_MAX_LENGTH + 1])
{
	struct record_reader *in = &codec->in;
	uint64_t length = varint_read(in);
	if (in->failed || length > NAME_MAX_LENGTH || length > (size_t)(in->end - in->at))
		return err_set(codec->err, "damaged: a name of %llu bytes", (unsigned long long)length);
	memcpy(name, in->at, length);
	name[length] = 0;
	in->at += length;
	return 0;
}

static const struct field *find_field(const struct record_type_row *type, const char *name, enum column_shape shape)
{
	for (uint32_t i = 0; i < type->n_fields; i++)
		if (strcmp(type->fields[i].name, name) == 0 && column_shape_of(&type->fields[i]) == shape)
			return &type->fields[i];
	return NULL;
}

static int read_columns(struct record_codec *codec, struct record_layout *layout, int t)
{
	char name[NAME_MAX_LENGTH + 1];
	if (read_name(codec, name) < 0)
		return -1;
	if (strcmp(name, record_types[t].name) != 0)
		return err_set(codec->err, "damaged: %s where %s is expected", name, record_types[t].name);
	uint64_t n = varint_read(&codec->in);
	if (n < 1 || n > RECORD_MAX_FIELDS)
		return err_set(codec->err, "damaged: %llu columns of %s", (unsigned long long)n, name);
	layout->types[t].n = (uint32_t)n;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t shape = varint_read(&codec->in);
		if (shape > COLUMN_TEXTS)
			return err_set(codec->err, "damaged: a column of %s", record_types[t].name);
		if (read_name(codec, name) < 0)
			return -1;
		layout->types[t].shapes[i] = (enum column_shape)shape;
		layout->types[t].columns[i] = find_field(&record_types[t], name, (enum column_shape)shape);
	}
	return 0;
}

static int read_layout(struct record_codec *codec, struct record_layout *layout)
{
	uint64_t version = varint_read(&codec->in);
	if (version != RECORD_VERSION)
		return err_set(codec->err, "of version %llu, but this program reads version %d",
			       (unsigned long long)version, RECORD_VERSION);
	for (int t = 0; t < RECORD_TYPES; t++)
		if (read_columns(codec, layout, t) < 0)
			return -1;
	return 0;
}

/* ---- specs ---- */

struct specs {
	struct hpa_spec *specs;
	struct stored_target *targets;
	uint32_t n;
	struct record_span *spans; /* room for four a spec */
};

static int walk_metrics(struct record_codec *codec, struct specs *s)
{
	for (uint32_t i = 0; i < s->n; i++)
		s->spans[i] = (struct record_span){s->specs[i].metrics, s->specs[i].n_metrics, NULL};
	if (record_rows(codec, RECORD_METRIC, s->spans, s->n) < 0)
		return -1;
	for (uint32_t i = 0; i < s->n; i++) {
		struct metric_spec *made = s->spans[i].made;
		s->specs[i].metrics = s->spans[i].rows;
		for (uint32_t m = 0; made && m < s->specs[i].n_metrics; m++)
			made[m].name = made[m].name ? made[m].name : "";
	}
	for (uint32_t i = 0; i < s->n; i++)
		s->spans[i] =
		    (struct record_span){s->specs[i].asks, s->targets[i].asked ? s->specs[i].n_metrics : 0, NULL};
	if (record_rows(codec, RECORD_ASK, s->spans, s->n) < 0)
		return -1;
	for (uint32_t i = 0; i < s->n; i++)
		s->specs[i].asks = s->targets[i].asked ? s->spans[i].rows : NULL;
	return 0;
}

static int walk_rules(struct record_codec *codec, struct specs *s)
{
	struct scaling_rules *rules = record_make(codec, 2 * (size_t)s->n, sizeof *rules);
	if (!rules)
		return -1;
	for (uint32_t i = 0; i < s->n; i++) {
		rules[2 * i] = s->specs[i].scale_up;
		rules[2 * i + 1] = s->specs[i].scale_down;
	}
	struct record_span all = {rules, 2 * s->n, NULL};
	if (record_rows(codec, RECORD_RULES, &all, 1) < 0)
		return -1;
	const struct scaling_rules *got = all.rows;
	for (uint32_t i = 0; i < 2 * s->n; i++)
		s->spans[i] = (struct record_span){got[i].policies, got[i].n_policies, NULL};
	if (record_rows(codec, RECORD_POLICY, s->spans, 2 * s->n) < 0)
		return -1;
	for (uint32_t i = 0; i < 2 * s->n; i++) {
		struct scaling_rules *one = i % 2 ? &s->specs[i / 2].scale_down : &s->specs[i / 2].scale_up;
		*one = got[i];
		one->policies = s->spans[i].rows;
	}
	return 0;
}

static int walk_specs(struct record_codec *codec, struct core_config *config, uint32_t n)
{
	struct specs s = {
	    .specs = record_make(codec, n, sizeof *s.specs),
	    .targets = record_make(codec, n, sizeof *s.targets),
	    .n = n,
	    .spans = record_make(codec, 2 * (size_t)n + 1, sizeof *s.spans),
	};
	uint32_t *workload_of = record_make(codec, n, sizeof *workload_of);
	if (!s.specs || !s.targets || !s.spans || !workload_of)
		return -1;
	for (uint32_t i = 0; codec->out && i < n; i++) {
		s.specs[i] = config->autoscalers[i];
		s.targets[i] = (struct stored_target){config->workload_of[i], config->autoscalers[i].asks != NULL};
	}
	struct record_span targets = {s.targets, n, NULL}, specs = {s.specs, n, NULL};
	if (record_rows(codec, RECORD_TARGET, &targets, 1) < 0 || record_rows(codec, RECORD_SPEC, &specs, 1) < 0)
		return -1;
	if (!codec->out) {
		s.specs = specs.made;
		s.targets = targets.made;
	}
	for (uint32_t i = 0; i < n; i++) {
		workload_of[i] = s.targets[i].workload;
		s.specs[i].name = s.specs[i].name ? s.specs[i].name : "";
		s.specs[i].namespace_ = s.specs[i].namespace_ ? s.specs[i].namespace_ : "";
	}
	if (walk_metrics(codec, &s) < 0 || walk_rules(codec, &s) < 0)
		return -1;
	config->autoscalers = s.specs;
	config->workload_of = workload_of;
	return 0;
}

/* ---- settings ---- */

/* As a user would give them: a setting that is new has its default for older files. */
static int walk_settings(struct record_codec *codec, struct settings *settings, uint32_t n)
{
	struct stored_setting *rows = record_make(codec, n, sizeof *rows);
	if (!rows)
		return -1;
	for (uint32_t i = 0; codec->out && i < n; i++) {
		char value[256], *text = record_make(codec, 1, 512);
		if (!text)
			return -1;
		settings_format(settings, i, value, sizeof value);
		snprintf(text, 512, "%.200s=%s", settings_row(i)->key, value);
		rows[i].assignment = text;
	}
	struct record_span span = {rows, n, NULL};
	if (record_rows(codec, RECORD_SETTING, &span, 1) < 0)
		return -1;
	if (codec->out)
		return 0;
	settings_default(settings);
	for (uint32_t i = 0; i < n; i++) {
		const char *assignment = ((const struct stored_setting *)span.rows)[i].assignment;
		if (settings_set(settings, assignment ? assignment : "", codec->err) < 0)
			return -1;
	}
	return 0;
}

static uint32_t count_settings(void)
{
	uint32_t n = 0;
	while (settings_row(n))
		n++;
	return n;
}

/* ---- all of it ---- */

static int walk_head(struct record_codec *codec, struct core_config *config, struct settings *settings)
{
	struct stored_core core = {config->n_autoscalers, config->max_nodes, config->max_groups, count_settings(),
				   config->start};
	if (record_row(codec, RECORD_CORE, &core) < 0)
		return -1;
	if (core.n_autoscalers > RECORD_MAX_OF || core.max_nodes > RECORD_MAX_OF || core.max_groups > RECORD_MAX_OF ||
	    core.n_settings > RECORD_MAX_OF)
		return err_set(codec->err, "%u autoscalers, %u nodes in %u groups; at most %u each can be kept",
			       core.n_autoscalers, core.max_nodes, core.max_groups, RECORD_MAX_OF);
	config->n_autoscalers = core.n_autoscalers;
	config->max_nodes = core.max_nodes;
	config->max_groups = core.max_groups;
	config->start = core.start;
	return walk_specs(codec, config, core.n_autoscalers) < 0 ? -1 : walk_settings(codec, settings, core.n_settings);
}

static int write_state(struct record_codec *codec, const unsigned char *state, size_t n_state)
{
	if (write_number(codec, n_state) < 0 || record_bytes_reserve(codec->out, n_state, codec->err) < 0)
		return -1;
	if (n_state)
		memcpy(codec->out->at + codec->out->size, state, n_state);
	codec->out->size += n_state;
	return 0;
}

static int read_state(struct record_codec *codec, struct record_head *head)
{
	struct record_reader *in = &codec->in;
	uint64_t n = varint_read(in);
	if (in->failed || n != (uint64_t)(in->end - in->at))
		return err_set(codec->err, "damaged: the state of the core is not whole");
	unsigned char *state = record_make(codec, n, 1);
	if (!state)
		return -1;
	memcpy(state, in->at, n);
	head->state = state;
	head->n_state = n;
	return 0;
}

int record_head_encode(const struct core_config *given, const unsigned char *state, size_t n_state,
		       struct record_bytes *out, struct err *err)
{
	struct record_codec *codec = record_codec_new(err);
	struct core_config config = *given;
	struct settings settings = *given->settings;
	if (!codec)
		return -1;
	record_codec_begin(codec, given, NULL);
	codec->err = err;
	codec->out = &codec->plain;
	codec->arena = &codec->scratch;
	int status = write_layout(codec) < 0 || walk_head(codec, &config, &settings) < 0 ||
			     write_state(codec, state, n_state) < 0
			 ? -1
			 : record_pack(&codec->plain, out, err);
	record_codec_free(codec);
	return status;
}

static int decode(struct record_codec *codec, const unsigned char *bytes, size_t size, struct record_head *head)
{
	if (record_unpack(bytes, size, &codec->plain, codec->err) < 0)
		return -1;
	codec->in = (struct record_reader){codec->plain.at, codec->plain.at + codec->plain.size, false};
	head->config.settings = &head->settings;
	if (read_layout(codec, &head->layout) < 0)
		return -1;
	codec->layout = &head->layout;
	return walk_head(codec, &head->config, &head->settings) < 0 ? -1 : read_state(codec, head);
}

int record_head_decode(const unsigned char *bytes, size_t size, struct arena *arena, struct record_head *head,
		       struct err *err)
{
	struct record_codec *codec = record_codec_new(err);
	*head = (struct record_head){0};
	if (!codec)
		return -1;
	codec->err = err;
	codec->arena = arena;
	codec->copies_texts = true;
	int status = decode(codec, bytes, size, head);
	record_codec_free(codec);
	return status;
}
