#include "cmd.h"

static const struct verb *const verbs[] = {&verb_sim,    &verb_run,     &verb_explain, &verb_replay,
					   &verb_bill,   &verb_compare, &verb_commit,  &verb_record,
					   &verb_import, &verb_price,   &verb_crd,     &verb_help};
_Static_assert(COUNT(verbs) <= VERBS_MAX, "raise VERBS_MAX");

const struct verb *verb_at(size_t index)
{
	return index < COUNT(verbs) ? verbs[index] : NULL;
}
