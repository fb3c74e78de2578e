#include "lease_rule.h"

bool lease_rule_held(const struct lease_rule *rule, ms_t now)
{
	return rule->renewed_at != MS_UNSET && now < rule->renewed_at + rule->renew_deadline;
}

/* An identity that this process never wrote is of one before it with the same name, and is waited out like any other.
 * So is one that it asked to be created without an answer: the object may have been another's, and deleted, in between.
 */
static bool is_mine(const struct lease_rule *rule)
{
	return rule->wrote && strcmp(rule->seen.holder, rule->identity) == 0;
}

static bool is_over(const struct lease_rule *rule, ms_t now)
{
	ms_t duration = rule->seen.duration > 0 ? rule->seen.duration : rule->duration;
	return now - rule->seen_at >= duration;
}

static enum lease_act wanted(const struct lease_rule *rule, ms_t now)
{
	if (!rule->known || rule->stale)
		return LEASE_READ;
	if (is_mine(rule))
		return LEASE_UPDATE;
	/* What was read in this round is acted upon; what is older is read again. */
	if (!rule->follows)
		return LEASE_READ;
	/* One that was deleted has a holder still, who will learn of it. */
	if (!rule->seen.exists)
		return rule->seen_at == MS_UNSET || is_over(rule, now) ? LEASE_CREATE : LEASE_NOTHING;
	return rule->seen.holder[0] == 0 || is_over(rule, now) ? LEASE_UPDATE : LEASE_NOTHING;
}

/* client-go: a leader renews each period, a candidate looks after one to 2.2 of them (JitterFactor 1.2). */
static ms_t pause_before_next(struct lease_rule *rule)
{
	if (rule->renewed_at != MS_UNSET)
		return rule->retry_period;
	uint64_t draw = mix64(rule->seed + mix64(rule->draws++)) % 1000;
	return rule->retry_period + (ms_t)((uint64_t)rule->retry_period * draw * 12 / 10000);
}

enum lease_act lease_rule_step(struct lease_rule *rule, ms_t now)
{
	if (rule->pending != LEASE_NOTHING || now < rule->due_at)
		return LEASE_NOTHING;
	rule->pending = wanted(rule, now);
	rule->sent_at = now;
	rule->due_at = now + pause_before_next(rule);
	rule->wrote = rule->wrote || rule->pending == LEASE_UPDATE;
	return rule->pending;
}

static void see(struct lease_rule *rule, ms_t now, const struct lease_record *record)
{
	static const struct lease_record absent;
	record = record ? record : &absent;
	bool changed = record->exists != rule->seen.exists || strcmp(record->version, rule->seen.version) != 0;
	if (!rule->known)
		rule->seen_at = record->exists ? now : MS_UNSET;
	else if (changed)
		rule->seen_at = now;
	rule->known = true;
	rule->stale = false;
	rule->seen = *record;
	if (!is_mine(rule))
		rule->renewed_at = MS_UNSET;
}

static void was_written(struct lease_rule *rule, ms_t now, const struct lease_record *record)
{
	bool held = lease_rule_held(rule, now);
	rule->wrote = true;
	see(rule, now, record);
	if (!is_mine(rule))
		return;
	rule->renewed_at = rule->sent_at;
	rule->transitions += !held && lease_rule_held(rule, now);
	rule->due_at = rule->sent_at + rule->retry_period;
}

static void was_read(struct lease_rule *rule, ms_t now, const struct lease_record *record)
{
	see(rule, now, record);
	rule->follows = true;
	if (wanted(rule, now) != LEASE_NOTHING)
		rule->due_at = now;
	else
		rule->follows = false;
}

void lease_rule_answer(struct lease_rule *rule, ms_t now, enum lease_outcome outcome, const struct lease_record *record)
{
	enum lease_act act = rule->pending;
	bool follows = rule->follows;
	rule->pending = LEASE_NOTHING;
	rule->follows = false;
	if (outcome == LEASE_OK && act > LEASE_READ) {
		was_written(rule, now, record);
	} else if (outcome == LEASE_OK && act == LEASE_READ) {
		was_read(rule, now, record);
	} else if (outcome == LEASE_ABSENT && act != LEASE_CREATE) {
		was_read(rule, now, NULL);
	} else if (outcome == LEASE_CONFLICT) {
		/* A leader looks at once, before its deadline is over; but once a round. */
		rule->stale = true;
		rule->due_at = rule->renewed_at != MS_UNSET && !follows ? now : rule->due_at;
	}
}

bool lease_rule_release(struct lease_rule *rule, ms_t now)
{
	bool held = lease_rule_held(rule, now) && rule->seen.exists;
	rule->renewed_at = MS_UNSET;
	rule->due_at = MS_NEVER;
	return held;
}
