/* Base64 (RFC 4648), with padding. Private to io and cmd. */
#ifndef PLIMSOLL_BASE64_H
#define PLIMSOLL_BASE64_H

#include "base.h"

/* A text of its own, ended by a NUL; the caller frees it. NULL: no memory. */
char *base64_encode(const char *bytes, size_t size);
/* Blanks and line ends are passed over. The bytes, ended by a NUL that is not counted; the caller frees them. NULL: it
 * is no base64, or no memory. */
char *base64_decode(const char *text, size_t length, size_t *size);

#endif
