/* A tick and the head of a segment as bytes, and back. Pure: no file is touched. Private to io/journal, and to the
 * verbs that read a journal.
 *
 * Rows of one type are stored column by column. Within a segment a column is told by its difference to the same column
 * of the tick before, and texts only where they changed; so ticks are read in order, from the first of their segment.
 * The head says which columns each type has, by name: a field is added by one line in record_fields.c, an older file
 * leaves it 0, and a column that is no longer known is read over.
 *
 * What is read may be damaged, or hostile: everything is bounded and checked, and a record that was accepted can be
 * given to the core that its head makes. */
#ifndef PLIMSOLL_JOURNAL_RECORD_H
#define PLIMSOLL_JOURNAL_RECORD_H

#include "core.h"

#define RECORD_VERSION   1
#define RECORD_MAX_ROWS  (1u << 22)         /* of one type in one tick: shapes times kinds, pods times metrics */
#define RECORD_MAX_OF    (1u << 19)         /* autoscalers, nodes, groups that a core is made for */
#define RECORD_MAX_SIZE  (256u << 20)       /* bytes of a record before it is compressed */
#define RECORD_MAX_TEXT  (1u << 18)         /* bytes of one text */
#define RECORD_MAX_TEXTS (64u << 20)        /* bytes of all texts of a column */
#define RECORD_AMOUNT    (INT64_C(1) << 60) /* no amount, and no instant, is beyond */

/* ---- types and their fields ---- */

enum field_kind {
	FIELD_BOOL,
	FIELD_U8,
	FIELD_I32,
	FIELD_U32, /* enums as well */
	FIELD_I64,
	FIELD_U64,
	FIELD_F64,
	FIELD_AMOUNT, /* int64_t within RECORD_AMOUNT */
	FIELD_TIME, /* ms_t: an instant within RECORD_AMOUNT, MS_UNSET or MS_NEVER; expected to move with the others */
	FIELD_TEXT, /* const char *, or NULL */
};

struct field {
	const char *name;
	size_t offset;
	enum field_kind kind;
	uint32_t most; /* U8, U32: largest value, 0: any */
};

enum record_type {
	RECORD_SPEC,
	RECORD_METRIC,
	RECORD_ASK,
	RECORD_RULES,
	RECORD_POLICY,
	RECORD_TARGET,
	RECORD_SETTING,
	RECORD_CORE,
	RECORD_SNAPSHOT,
	RECORD_WORKLOAD,
	RECORD_POD,
	RECORD_INPUT,
	RECORD_SAMPLE,
	RECORD_REQUEST, /* int64_t */
	RECORD_VALUE,   /* int64_t */
	RECORD_NODE,
	RECORD_PLACED,
	RECORD_PENDING,
	RECORD_GROUP,
	RECORD_FIT,    /* uint8_t */
	RECORD_BUDGET, /* int32_t */
	RECORD_PLAN,
	RECORD_DECISION,
	RECORD_ACTION,
	RECORD_POD_NAME, /* const char * */
	RECORD_NODE_NAME,
	RECORD_GROUP_NAME,
	RECORD_TYPES
};

#define RECORD_MAX_FIELDS 48
struct record_type_row {
	const char *name;
	size_t size;
	const struct field *fields;
	uint32_t n_fields;
};
extern const struct record_type_row record_types[RECORD_TYPES];

/* By what a tick's actions were kept back, whatever became of them otherwise. Files keep the numbers. */
enum withheld {
	WITHHELD_NOT,
	WITHHELD_SHADOW,
	WITHHELD_DRY_CLIENT,
	WITHHELD_DRY_SERVER, /* sent, and dropped by the API server */
	WITHHELD_STANDBY,    /* another replica leads */
};

/* A tick as it is stored: what the core was shown follows. */
struct stored_tick {
	struct snapshot seen;
	uint32_t withheld;
};
/* A workload as it is stored: its pods and metrics follow. */
struct stored_workload {
	int32_t spec_replicas, status_replicas;
	uint32_t n_pods, n_metrics;
	bool lost;
};
struct stored_input {
	uint32_t request_step, n_samples, n_requests, n_values;
	bool unavailable;
};
struct stored_core {
	uint32_t n_autoscalers, max_nodes, max_groups, n_settings;
	ms_t start;
};
struct stored_target {
	uint32_t workload;
	bool asked; /* its metrics have asks */
};
struct stored_setting {
	const char *assignment; /* "hpa.tolerance=0.1" */
};

/* Whether a value is one that the field may have. */
bool field_holds(const struct field *, int64_t value);
int64_t field_get(const struct field *, const void *row);
/* Refuses what the field cannot hold. */
bool field_put(const struct field *, void *row, int64_t value);

/* Which columns a file has, in its order, and how each is told. */
enum column_shape { COLUMN_NUMBERS, COLUMN_INSTANTS, COLUMN_TEXTS };
struct record_layout {
	struct {
		const struct field *columns[RECORD_MAX_FIELDS]; /* NULL: not known here */
		enum column_shape shapes[RECORD_MAX_FIELDS];
		uint32_t n;
	} types[RECORD_TYPES];
};
void record_layout_own(struct record_layout *);
enum column_shape column_shape_of(const struct field *);

/* ---- records ---- */

/* Bytes on the heap, reused from one record to the next. */
struct record_bytes {
	unsigned char *at;
	size_t size, room;
};
void record_bytes_free(struct record_bytes *);

/* What a segment begins with. */
struct record_head {
	struct core_config config; /* settings is that of this head */
	struct settings settings;
	const unsigned char *state; /* of the core, as core_save wrote it */
	size_t n_state;
	struct record_layout layout;
};
int record_head_encode(const struct core_config *, const unsigned char *state, size_t n_state, struct record_bytes *,
		       struct err *);
/* Lives in the arena; bytes are not needed afterwards. */
int record_head_decode(const unsigned char *bytes, size_t size, struct arena *, struct record_head *, struct err *);

struct record_texts {
	const char *const *names;
	uint32_t n;
};
/* What the core does not need, and people do: names by workload and pod, by slot, by group, n_* 0 where none were kept;
 * and by what the actions were withheld. */
struct record_names {
	struct record_texts *pods; /* n_workloads of them, or NULL */
	uint32_t n_workloads;
	struct record_texts nodes, groups;
	enum withheld withheld;
};

/* What the ticks of a segment are told by: the one before. */
struct record_codec;
struct record_codec *record_codec_new(struct err *);
void record_codec_free(struct record_codec *);
/* A segment begins. config and layout are borrowed until the next call. */
void record_codec_begin(struct record_codec *, const struct core_config *, const struct record_layout *);

/* After a failure the codec is of no use until record_codec_begin. */
int record_tick_encode(struct record_codec *, const struct snapshot *, const struct plan *, const struct record_names *,
		       struct record_bytes *, struct err *);
/* Snapshot, plan and names live in the arena; the names themselves in the codec, until the next call. */
int record_tick_decode(struct record_codec *, const unsigned char *bytes, size_t size, struct arena *,
		       struct snapshot *, struct plan *, struct record_names *, struct err *);

/* The plan by itself, as bytes that are equal when the plans are, in the columns of a layout. */
int record_plan_encode(const struct record_layout *, const struct plan *, struct record_bytes *, struct err *);

#endif
