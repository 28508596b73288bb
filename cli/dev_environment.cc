#include "dev_environment.h"

#include <cstdlib>

namespace trivet::cli {
namespace {

bool is_set(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

}  // namespace

std::vector<std::pair<std::string, std::string>> dev_environment(
    const std::vector<GivenFlag>& given, const std::string& host, std::uint32_t port,
    bool has_engine) {
    std::string fields = "host,port,workers,threads";
    std::vector<std::pair<std::string, std::string>> environment;
    for (const GivenFlag& one : given) {
        environment.emplace_back(one.flag->variable, one.value);
        fields += ',';
        fields += one.flag->field;
    }
    // Behind the flags, for the port may have been chosen by the kernel.
    environment.emplace_back("TRIVET_HOST", host);
    environment.emplace_back("TRIVET_PORT", std::to_string(port));
    environment.emplace_back("TRIVET_WORKERS", "1");
    environment.emplace_back("TRIVET_THREADS", "1");
    environment.emplace_back("TRIVET_FLAGS", fields);
    if (!has_engine) {
        environment.emplace_back("TRIVET_ENGINE", "epoll");
    }
    constexpr std::pair<const char*, const char*> kDevelopment[] = {
        {"TRIVET_ENV", "development"}, {"NODE_ENV", "development"}, {"PYTHONUNBUFFERED", "1"}};
    for (const auto& [name, value] : kDevelopment) {
        if (!is_set(name)) {
            environment.emplace_back(name, value);
        }
    }
    return environment;
}

}  // namespace trivet::cli
