/* Private to io and cmd. */
#ifndef PLIMSOLL_SECRET_H
#define PLIMSOLL_SECRET_H

#include <stdlib.h>

/* free() of a text that no one shall find in memory. */
static inline void secret_free(char *secret)
{
	volatile char *at = secret;
	while (at && *at)
		*at++ = 0;
	free(secret);
}

#endif
