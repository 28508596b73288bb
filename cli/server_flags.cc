#include "server_flags.h"

#include <cstdlib>

#include "engine.h"

namespace trivet::cli {

ServerFlags::ServerFlags(CLI::App& parser) : values_(flags().size()) {
    for (std::size_t index = 0; index < flags().size(); ++index) {
        const Flag& flag = flags()[index];
        add(parser, flag.name, values_[index], flag.help)->type_name(flag.value)->group(flag.group);
    }
    add(parser, "--config", config_, "Settings in place of ./trivet.toml")
        ->type_name("FILE")
        ->group("Serving");
}

CLI::Option* ServerFlags::add(CLI::App& parser, const char* name, std::string& value,
                              const char* help) {
    CLI::Option* option = parser.add_option(name, value, help)->take_last();
    options_.push_back(option);
    return option;
}

std::vector<GivenFlag> ServerFlags::put_into_environment() const {
    std::vector<GivenFlag> given;
    for (std::size_t index = 0; index < options_.size(); ++index) {
        const CLI::Option* option = options_[index];
        if (option->count() == 0) continue;
        const bool is_config = index == flags().size();
        const std::string& value = is_config ? config_ : values_[index];
        if (value.empty()) {
            throw UsageError{option->get_name() + " is empty"};
        }
        if (is_config) {
            ::setenv("TRIVET_CONFIG", value.c_str(), 1);
        } else {
            given.push_back({&flags()[index], value});
        }
    }
    export_flags(given);
    return given;
}

std::string settings_fault(trivet_app* app, const std::vector<GivenFlag>& given) {
    trivet_error* error = nullptr;
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    if (trivet_app_get_config(app, &config, &error) == TRIVET_OK) {
        return {};
    }
    std::string detail = text_of(trivet_error_detail(error));
    if (blames_flag(given, detail)) {
        trivet_error_free(error);
        throw UsageError{detail};
    }
    return words_of(error);
}

}  // namespace trivet::cli
