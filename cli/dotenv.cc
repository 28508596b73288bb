#include "dotenv.h"

#include <cstdlib>
#include <map>
#include <string>

#include "engine.h"

namespace trivet::cli {

void export_variables(trivet_app* app) {
    std::map<std::string, std::string> entries;  // the last one of a name counts
    trivet_param entry{};
    for (std::size_t index = 0; trivet_app_get_variable(app, index, &entry) == TRIVET_OK; ++index) {
        entries[text_of(entry.name)] = text_of(entry.value);
    }
    for (const auto& [name, value] : entries) {
        ::setenv(name.c_str(), value.c_str(), 0);
    }
}

}  // namespace trivet::cli
