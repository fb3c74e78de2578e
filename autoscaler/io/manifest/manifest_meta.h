/* Names, labels and selectors: the rules of meta/v1. Private to autoscaler/io. */
#ifndef PLIMSOLL_IO_MANIFEST_META_H
#define PLIMSOLL_IO_MANIFEST_META_H

#include "manifest_field.h"

/* Each check passes when the place is absent. */
int check_label_name(const struct place *);     /* DNS-1123 label, at most 63 */
int check_subdomain_name(const struct place *); /* DNS-1123 subdomain, at most 253 */
int check_path_name(const struct place *);      /* a name that can stand in a URL */
int check_labels(const struct place *);
bool qualified_name(const char *text); /* [prefix/]name, as of labels and extended resources */

/* An object's metadata: a name is required, the namespace is "default" when absent. */
int read_metadata(const struct place *metadata, const char **name, const char **namespace_);
/* metadata of a pod template. */
int check_template_metadata(const struct place *metadata);

int check_selector(const struct place *selector);
bool selector_matches(const struct place *selector, const struct place *labels);

#endif
