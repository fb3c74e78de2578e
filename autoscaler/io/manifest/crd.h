/* The CustomResourceDefinition of kind Autoscaler, as YAML: its schema is made from the very table that manifests are
 * checked against. Private to io and cmd. */
#ifndef PLIMSOLL_CRD_H
#define PLIMSOLL_CRD_H

#include "base.h"

void crd_print(FILE *);

#endif
