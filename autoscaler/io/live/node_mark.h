/* The mark of a node that is to go: our taint with the time. Private to the files of live/nodes.h. */
#ifndef PLIMSOLL_NODE_MARK_H
#define PLIMSOLL_NODE_MARK_H

#include "node_store.h"

/* Puts the mark on, or takes it off; as it is already: nothing. Against a change in between it is tried again with what
 * is there then. */
int node_mark(struct live_nodes *, const char *name, bool leaving, struct err *);

#endif
