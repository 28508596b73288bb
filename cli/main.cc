#include "run.h"

int main(int argc, char** argv) { return trivet::cli::run(argc, argv); }
