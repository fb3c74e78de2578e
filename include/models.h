#ifndef PLIMSOLL_MODELS_H
#define PLIMSOLL_MODELS_H

/* To be called once, first thing: GSL then reports errors instead of ending the process. */
void models_init(void);

#endif
