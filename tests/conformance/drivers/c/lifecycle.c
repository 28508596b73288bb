// What runs at the start and at the end of each loop.
#include "driver.h"

#include <stdio.h>

static _Thread_local struct driver *here;

struct driver *driver_here(void) { return here; }

// Before the loop accepts; its listener is bound, so a client that connects now is served soon.
static trivet_status on_start(trivet_loop *loop, void *user_data) {
    struct program *program = user_data;
    trivet_loop_info info = {.size = sizeof info};
    unsigned int number = atomic_fetch_add(&program->loops_started, 1);
    if (number >= kThreadsMax || trivet_loop_get_info(loop, &info) != TRIVET_OK) {
        return TRIVET_E_LIMIT;
    }
    here = &program->drivers[number];
    here->program = program;
    here->loop = loop;
    here->started++;
    if (number + 1 == program->threads) {
        printf("READY %u\n", info.port);
        fflush(stdout);
    }
    return TRIVET_OK;
}

static trivet_status on_stop(trivet_loop *loop, void *user_data) {
    struct program *program = user_data;
    (void)loop;
    if (atomic_fetch_add(&program->loops_stopped, 1) + 1 == program->threads) {
        puts("STOPPED");
        fflush(stdout);
    }
    return TRIVET_OK;
}

bool lifecycle_add(struct program *program) {
    return trivet_app_on_start(program->app, on_start, program, NULL) == TRIVET_OK &&
           trivet_app_on_stop(program->app, on_stop, program, NULL) == TRIVET_OK;
}
