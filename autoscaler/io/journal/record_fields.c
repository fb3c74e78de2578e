/* Every field that is kept of what the core is shown and of what it answers. A new one is a line here, anywhere in its
 * table; tests/unit/test_record.c knows the sizes of the structs, and reminds of the line. */
#include "record.h"

#define F(type, member, kind)                                                                                          \
	{                                                                                                              \
#member, offsetof(struct type, member), kind, 0                                                        \
	}
#define F_MOST(type, member, kind, max)                                                                                \
	{                                                                                                              \
#member, offsetof(struct type, member), kind, max                                                      \
	}
#define TEXT(type, member) F(type, member, FIELD_TEXT)

/* clang-format off */
static const struct field spec[] = {
    TEXT(hpa_spec, name),
    TEXT(hpa_spec, namespace_),
    TEXT(hpa_spec, target_api),
    TEXT(hpa_spec, target_kind),
    TEXT(hpa_spec, target_name),
    F(hpa_spec, min_replicas, FIELD_I32),
    F(hpa_spec, max_replicas, FIELD_I32),
    F(hpa_spec, n_metrics, FIELD_U32),
    F(hpa_spec, has_behavior, FIELD_BOOL),
    TEXT(hpa_spec, smoothing),
    TEXT(hpa_spec, file),
    F(hpa_spec, line, FIELD_I32),
};
static const struct field metric[] = {
    F_MOST(metric_spec, type, FIELD_U32, METRIC_EXTERNAL),
    F_MOST(metric_spec, target_type, FIELD_U32, TARGET_VALUE),
    F(metric_spec, target, FIELD_I64),
    TEXT(metric_spec, name),
    TEXT(metric_spec, container),
    F(metric_spec, is_cpu, FIELD_BOOL),
};
static const struct field ask[] = {
    TEXT(metric_ask, selector),
    TEXT(metric_ask, object_api),
    TEXT(metric_ask, object_kind),
    TEXT(metric_ask, object_name),
    TEXT(metric_ask, query),
    TEXT(metric_ask, server),
};
static const struct field rules[] = {
    F(scaling_rules, window_s, FIELD_I32),
    F_MOST(scaling_rules, select, FIELD_U32, SELECT_DISABLED),
    F(scaling_rules, n_policies, FIELD_U32),
    F(scaling_rules, tolerance, FIELD_F64),
};
static const struct field policy[] = {
    F_MOST(scaling_policy, type, FIELD_U32, POLICY_PERCENT),
    F(scaling_policy, value, FIELD_I32),
    F(scaling_policy, period_s, FIELD_I32),
};
static const struct field target[] = {
    F(stored_target, workload, FIELD_U32),
    F(stored_target, asked, FIELD_BOOL),
};
static const struct field setting[] = {
    TEXT(stored_setting, assignment),
};
static const struct field core[] = {
    F(stored_core, n_autoscalers, FIELD_U32),
    F(stored_core, max_nodes, FIELD_U32),
    F(stored_core, max_groups, FIELD_U32),
    F(stored_core, n_settings, FIELD_U32),
    F(stored_core, start, FIELD_TIME),
};
static const struct field snapshot[] = {
    F(snapshot, time, FIELD_TIME),
    F_MOST(snapshot, due, FIELD_U32, DUE_REPLICAS | DUE_NODES),
    F(snapshot, n_workloads, FIELD_U32),
    F(snapshot, n_nodes, FIELD_U32),
    F(snapshot, n_pending, FIELD_U32),
    F(snapshot, n_groups, FIELD_U32),
    F(snapshot, n_shapes, FIELD_U32),
    F(snapshot, n_kinds, FIELD_U32),
    F(snapshot, n_budgets, FIELD_U32),
    F(snapshot, n_unready, FIELD_U32),
    F(snapshot, generation, FIELD_U64),
    F_MOST(stored_tick, withheld, FIELD_U32, WITHHELD_STANDBY),
};
static const struct field workload[] = {
    F(stored_workload, spec_replicas, FIELD_I32),
    F(stored_workload, status_replicas, FIELD_I32),
    F(stored_workload, n_pods, FIELD_U32),
    F(stored_workload, n_metrics, FIELD_U32),
    F(stored_workload, lost, FIELD_BOOL),
};
static const struct field pod[] = {
    F(pod, start_at, FIELD_TIME),
    F(pod, ready_changed_at, FIELD_TIME),
    F_MOST(pod, phase, FIELD_U8, POD_FAILED),
    F_MOST(pod, ready, FIELD_U8, POD_READY_TRUE),
    F(pod, deleted, FIELD_BOOL),
};
static const struct field input[] = {
    F_MOST(stored_input, request_step, FIELD_U32, 1),
    F(stored_input, n_samples, FIELD_U32),
    F(stored_input, n_requests, FIELD_U32),
    F(stored_input, n_values, FIELD_U32),
    F(stored_input, unavailable, FIELD_BOOL),
};
static const struct field sample[] = {
    F(sample, value, FIELD_I64),
    F(sample, at, FIELD_TIME),
    F(sample, window, FIELD_TIME),
};
static const struct field node[] = {
    F(node_view, uid, FIELD_U32),
    F(node_view, group, FIELD_U32),
    F_MOST(node_view, state, FIELD_U32, NODE_UNREADY),
    F(node_view, created_at, FIELD_TIME),
    F(node_view, cpu_milli, FIELD_AMOUNT),
    F(node_view, memory_bytes, FIELD_AMOUNT),
    F(node_view, used_cpu_milli, FIELD_AMOUNT),
    F(node_view, used_memory_bytes, FIELD_AMOUNT),
    F(node_view, pods, FIELD_I32),
    F(node_view, used_pods, FIELD_I32),
    F(node_view, n_placed, FIELD_U32),
    F(node_view, kind, FIELD_U32),
};
static const struct field placed[] = {
    F(placed, cpu_milli, FIELD_AMOUNT),
    F(placed, memory_bytes, FIELD_AMOUNT),
    F(placed, workload, FIELD_U32),
    F(placed, pod, FIELD_U32),
    F(placed, daemon, FIELD_BOOL),
    F(placed, leaving, FIELD_BOOL),
    F(placed, pinned, FIELD_BOOL),
    F(placed, shape, FIELD_U32),
    F(placed, budget, FIELD_U32),
};
static const struct field pending[] = {
    F(pending_view, workload, FIELD_U32),
    F(pending_view, count, FIELD_U32),
    F(pending_view, since, FIELD_TIME),
    F(pending_view, cpu_milli, FIELD_AMOUNT),
    F(pending_view, memory_bytes, FIELD_AMOUNT),
    F(pending_view, shape, FIELD_U32),
    F(pending_view, unmodelled, FIELD_BOOL),
};
static const struct field group[] = {
    F(group_view, min, FIELD_I32),
    F(group_view, max, FIELD_I32),
    F(group_view, size, FIELD_I32),
    F(group_view, cpu_milli, FIELD_AMOUNT),
    F(group_view, memory_bytes, FIELD_AMOUNT),
    F(group_view, pods, FIELD_I32),
    F(group_view, price_nano_per_hour, FIELD_AMOUNT),
    F(group_view, kind, FIELD_U32),
    F(group_view, held, FIELD_BOOL),
};
static const struct field plan[] = {
    F(plan, time, FIELD_TIME),
    F(plan, n_decisions, FIELD_U32),
    F(plan, n_actions, FIELD_U32),
    F_MOST(plan, nodes.reason, FIELD_U32, NODES_UNHEALTHY),
    F(plan, nodes.pending, FIELD_U32),
    F(plan, nodes.upcoming, FIELD_U32),
    F(plan, nodes.unneeded, FIELD_U32),
    F(plan, nodes.removed, FIELD_U32),
    F(plan, nodes.added, FIELD_U32),
    F(plan, nodes.group, FIELD_U32),
    F(plan, nodes.unmodelled, FIELD_U32),
    F(plan, nodes.unready, FIELD_U32),
};
static const struct field decision[] = {
    F(hpa_decision, current, FIELD_I32),
    F(hpa_decision, desired, FIELD_I32),
    F(hpa_decision, proposed, FIELD_I32),
    F(hpa_decision, stabilized, FIELD_I32),
    F(hpa_decision, metric, FIELD_U32),
    F_MOST(hpa_decision, proposal.error, FIELD_U32, CALC_BAD_SPEC),
    F(hpa_decision, proposal.replicas, FIELD_I32),
    F(hpa_decision, proposal.usage, FIELD_I64),
    F(hpa_decision, proposal.ratio, FIELD_F64),
    F(hpa_decision, proposal.ready, FIELD_U32),
    F(hpa_decision, proposal.unready, FIELD_U32),
    F(hpa_decision, proposal.missing, FIELD_U32),
    F(hpa_decision, proposal.ignored, FIELD_U32),
    F(hpa_decision, proposal.error_pod, FIELD_U32),
    F(hpa_decision, able.status, FIELD_BOOL),
    F_MOST(hpa_decision, able.reason, FIELD_U32, REASON_COUNT - 1),
    F(hpa_decision, active.status, FIELD_BOOL),
    F_MOST(hpa_decision, active.reason, FIELD_U32, REASON_COUNT - 1),
    F(hpa_decision, limited.status, FIELD_BOOL),
    F_MOST(hpa_decision, limited.reason, FIELD_U32, REASON_COUNT - 1),
    F(hpa_decision, rescale, FIELD_BOOL),
    F_MOST(hpa_decision, guard.reason, FIELD_U32, GUARD_MAX_TOTAL_CHANGE),
    F(hpa_decision, guard.wanted, FIELD_I32),
    F(hpa_decision, guard.limited.status, FIELD_BOOL),
    F_MOST(hpa_decision, guard.limited.reason, FIELD_U32, REASON_COUNT - 1),
    F(hpa_decision, guard.samples, FIELD_U32),
    F(hpa_decision, guard.stale, FIELD_U32),
    F(hpa_decision, guard.ahead, FIELD_U32),
    F(hpa_decision, guard.absurd, FIELD_U32),
    F(hpa_decision, guard.oldest, FIELD_TIME),
    F(hpa_decision, guard.max_age, FIELD_TIME),
};
static const struct field action[] = {
    F_MOST(action, kind, FIELD_U32, ACTION_REMOVE_NODE),
    F(action, target, FIELD_U32),
    F(action, from, FIELD_I32),
    F(action, to, FIELD_I32),
    F(action, source, FIELD_U32),
};
/* Rows that are one value. */
static const struct field signed32[] = {{"value", 0, FIELD_I32, 0}};
static const struct field whole64[] = {{"value", 0, FIELD_I64, 0}};
static const struct field flag[] = {{"value", 0, FIELD_U8, 1}};
static const struct field name[] = {{"name", 0, FIELD_TEXT, 0}};

#define TYPE(row, fields) {#fields, sizeof(row), fields, COUNT(fields)}

const struct record_type_row record_types[RECORD_TYPES] = {
    [RECORD_SPEC] = TYPE(struct hpa_spec, spec),
    [RECORD_METRIC] = TYPE(struct metric_spec, metric),
    [RECORD_ASK] = TYPE(struct metric_ask, ask),
    [RECORD_RULES] = TYPE(struct scaling_rules, rules),
    [RECORD_POLICY] = TYPE(struct scaling_policy, policy),
    [RECORD_TARGET] = TYPE(struct stored_target, target),
    [RECORD_SETTING] = TYPE(struct stored_setting, setting),
    [RECORD_CORE] = TYPE(struct stored_core, core),
    [RECORD_SNAPSHOT] = TYPE(struct stored_tick, snapshot),
    [RECORD_WORKLOAD] = TYPE(struct stored_workload, workload),
    [RECORD_POD] = TYPE(struct pod, pod),
    [RECORD_INPUT] = TYPE(struct stored_input, input),
    [RECORD_SAMPLE] = TYPE(struct sample, sample),
    [RECORD_REQUEST] = {"request", sizeof(int64_t), whole64, 1},
    [RECORD_VALUE] = {"value", sizeof(int64_t), whole64, 1},
    [RECORD_NODE] = TYPE(struct node_view, node),
    [RECORD_PLACED] = TYPE(struct placed, placed),
    [RECORD_PENDING] = TYPE(struct pending_view, pending),
    [RECORD_GROUP] = TYPE(struct group_view, group),
    [RECORD_FIT] = {"fit", sizeof(uint8_t), flag, 1},
    [RECORD_BUDGET] = {"budget", sizeof(int32_t), signed32, 1},
    [RECORD_PLAN] = TYPE(struct plan, plan),
    [RECORD_DECISION] = TYPE(struct hpa_decision, decision),
    [RECORD_ACTION] = TYPE(struct action, action),
    [RECORD_POD_NAME] = {"pod name", sizeof(const char *), name, 1},
    [RECORD_NODE_NAME] = {"node name", sizeof(const char *), name, 1},
    [RECORD_GROUP_NAME] = {"group name", sizeof(const char *), name, 1},
};
/* clang-format on */

_Static_assert(offsetof(struct stored_tick, seen) == 0, "a stored tick begins with its snapshot");
_Static_assert(sizeof(enum metric_type) == sizeof(uint32_t), "enums are stored as 32 bits");

enum column_shape column_shape_of(const struct field *field)
{
	return field->kind == FIELD_TEXT ? COLUMN_TEXTS : field->kind == FIELD_TIME ? COLUMN_INSTANTS : COLUMN_NUMBERS;
}

void record_layout_own(struct record_layout *layout)
{
	for (int t = 0; t < RECORD_TYPES; t++) {
		layout->types[t].n = record_types[t].n_fields;
		for (uint32_t i = 0; i < record_types[t].n_fields; i++) {
			layout->types[t].columns[i] = &record_types[t].fields[i];
			layout->types[t].shapes[i] = column_shape_of(&record_types[t].fields[i]);
		}
	}
}

int64_t field_get(const struct field *field, const void *row)
{
	const char *at = (const char *)row + field->offset;
	switch (field->kind) {
	case FIELD_BOOL:
		return *(const bool *)at;
	case FIELD_U8:
		return *(const uint8_t *)at;
	case FIELD_I32:
		return *(const int32_t *)at;
	case FIELD_U32:
		return *(const uint32_t *)at;
	case FIELD_U64:
		return (int64_t) * (const uint64_t *)at;
	default:
		break;
	}
	int64_t value; /* the bits of a double, too */
	memcpy(&value, at, sizeof value);
	return value;
}

static bool is_amount(int64_t value)
{
	return value >= -RECORD_AMOUNT && value <= RECORD_AMOUNT;
}

bool field_holds(const struct field *field, int64_t value)
{
	switch (field->kind) {
	case FIELD_BOOL:
		return value == 0 || value == 1;
	case FIELD_U8:
		return value >= 0 && value <= (field->most ? (int64_t)field->most : UINT8_MAX);
	case FIELD_I32:
		return value >= INT32_MIN && value <= INT32_MAX;
	case FIELD_U32:
		return value >= 0 && value <= (field->most ? (int64_t)field->most : UINT32_MAX);
	case FIELD_AMOUNT:
		return is_amount(value);
	case FIELD_TIME:
		return is_amount(value) || value == MS_UNSET || value == MS_NEVER;
	default:
		return true;
	}
}

bool field_put(const struct field *field, void *row, int64_t value)
{
	char *at = (char *)row + field->offset;
	if (!field_holds(field, value))
		return false;
	switch (field->kind) {
	case FIELD_BOOL:
		*(bool *)at = value != 0;
		break;
	case FIELD_U8:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case FIELD_I32:
		*(int32_t *)at = (int32_t)value;
		break;
	case FIELD_U32:
		*(uint32_t *)at = (uint32_t)value;
		break;
	default:
		memcpy(at, &value, sizeof value);
	}
	return true;
}
