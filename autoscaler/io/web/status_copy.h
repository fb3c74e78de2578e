/* A status that outlives the call it was given in. Private to this folder. */
#ifndef PLIMSOLL_STATUS_COPY_H
#define PLIMSOLL_STATUS_COPY_H

#include "arena.h"
#include "status.h"

/* All that it points to lies in the arena; negative: no memory. */
int status_copy(const struct status *, struct arena *, struct status *copy);

#endif
