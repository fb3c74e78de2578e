/* An autoscaler of the API as a manifest: what decides, and nothing that changes by itself. Private to io. */
#ifndef PLIMSOLL_AUTOSCALER_TEXT_H
#define PLIMSOLL_AUTOSCALER_TEXT_H

#include "canonical.h"

const char *autoscaler_api(bool from_hpa);
const char *autoscaler_plural(bool from_hpa);
/* Into `out`, anew: kind, names, annotations of plimsoll.dev, spec. False: it has no name, or memory ran out. */
bool autoscaler_text(struct canonical *out, bool from_hpa, struct json_value metadata, struct json_value spec);

#endif
