#include "dotenv.h"

#include <cstdlib>

#include "engine.h"

namespace trivet::cli {

std::map<std::string, std::string> variables_of(trivet_app* app) {
    std::map<std::string, std::string> entries;  // the last one of a name counts
    trivet_param entry{};
    for (std::size_t index = 0; trivet_app_get_variable(app, index, &entry) == TRIVET_OK; ++index) {
        entries[text_of(entry.name)] = text_of(entry.value);
    }
    return entries;
}

void export_variables(trivet_app* app) {
    for (const auto& [name, value] : variables_of(app)) {
        ::setenv(name.c_str(), value.c_str(), 0);
    }
}

}  // namespace trivet::cli
