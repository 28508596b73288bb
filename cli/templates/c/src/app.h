#ifndef APP_H
#define APP_H

#include <trivet.h>

/* The app with its routes; NULL when they cannot be made, which is said on standard error. */
trivet_app *make_app(void);

#endif
