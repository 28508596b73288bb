/* A folder on Trivet in C: `static_c FOLDER` and the flags of trivet_app_main. */
#include <trivet.h>

int main(int argc, char **argv) {
    trivet_app *app = trivet_app_new();
    if (app == NULL || argc < 2 ||
        trivet_app_static(app, trivet_lit("/files"), trivet_lit(argv[1]), NULL, NULL, NULL, NULL,
                          NULL) != TRIVET_OK) {
        return 1;
    }
    argv[1] = argv[0];
    return trivet_app_main(app, argc - 1, argv + 1);
}
