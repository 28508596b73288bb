// Requests that are answered by a timer.
#include "driver.h"

#include <stdlib.h>

static void sleeper_drop(void *user_data) {
    struct sleeper *sleeper = user_data;
    struct sleeper **link = &sleeper->driver->sleepers;
    while (*link != sleeper) {
        link = &(*link)->next;
    }
    *link = sleeper->next;
    free(sleeper);
}

static void sleeper_fired(void *user_data) {
    struct sleeper *sleeper = user_data;
    const trivet_request_view *view = NULL;
    // A request that waits stays readable; only one whose loop is ending is not.
    if (trivet_request_get(sleeper->request, &view) == TRIVET_OK) {
        trivet_reply_text(sleeper->request, sleeper->status, trivet_lit(sleeper->text));
    }
}

void sleep_start(struct driver *driver, trivet_request request, int64_t delay_ms, uint32_t status,
                 const char *text) {
    struct sleeper *sleeper = malloc(sizeof *sleeper);
    if (sleeper == NULL) {
        trivet_reply_fail(request, trivet_lit("out of memory"), trivet_lit(NULL));
        return;
    }
    *sleeper = (struct sleeper){driver, request, 0, status, text, driver->sleepers};
    driver->sleepers = sleeper;
    if (delay_ms < 0 ||
        trivet_loop_timer_start(driver->loop, (uint64_t)delay_ms, sleeper_fired, sleeper,
                                sleeper_drop, &sleeper->timer) != TRIVET_OK) {
        // drop has been called already if the library took the sleeper.
        if (delay_ms < 0) {
            sleeper_drop(sleeper);
        }
        trivet_reply_problem(request, 400, trivet_lit("no such delay"));
    }
}

void sleep_gone(struct driver *driver, trivet_request request) {
    for (struct sleeper *sleeper = driver->sleepers; sleeper != NULL; sleeper = sleeper->next) {
        if (sleeper->request == request) {
            trivet_loop_timer_cancel(driver->loop, sleeper->timer);
            // The client does not read it any more; the answer releases the handle.
            trivet_reply_empty(request, 204);
            return;
        }
    }
}
