#include "models.h"

#include <gsl/gsl_errno.h>

void models_init(void)
{
	gsl_set_error_handler_off();
}
