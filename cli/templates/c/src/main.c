#include "app.h"

int main(int argc, char **argv) {
    trivet_app *app = make_app();
    return app == NULL ? 1 : trivet_app_main(app, argc, argv);
}
