#include "dev_environment.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string_view>

namespace trivet::cli {
namespace {

std::map<std::string, std::string> made(const std::vector<GivenFlag>& given, bool has_engine) {
    std::map<std::string, std::string> result;
    for (const auto& [name, value] : dev_environment(given, "127.0.0.1", 4242, has_engine)) {
        result[name] = value;
    }
    return result;
}

const Flag& named(std::string_view name) {
    for (const Flag& flag : flags()) {
        if (flag.name == name) return flag;
    }
    return flags()[0];
}

TEST(DevEnvironment, is_one_process_at_devs_address_whatever_the_program_says) {
    const auto environment = made({{&named("--port"), "0"}, {&named("--log"), "warn"}}, false);
    EXPECT_EQ(environment.at("TRIVET_PORT"), "4242");
    EXPECT_EQ(environment.at("TRIVET_HOST"), "127.0.0.1");
    EXPECT_EQ(environment.at("TRIVET_WORKERS"), "1");
    EXPECT_EQ(environment.at("TRIVET_THREADS"), "1");
    EXPECT_EQ(environment.at("TRIVET_LOG"), "warn");
    EXPECT_EQ(environment.at("TRIVET_FLAGS"), "host,port,workers,threads,port,log_level");
}

TEST(DevEnvironment, leaves_the_engine_to_who_chose_one) {
    EXPECT_EQ(made({}, false).at("TRIVET_ENGINE"), "epoll");
    EXPECT_FALSE(made({}, true).contains("TRIVET_ENGINE"));
}

TEST(DevEnvironment, is_development_unless_it_is_set_otherwise) {
    ::setenv("NODE_ENV", "test", 1);
    ::setenv("TRIVET_ENV", "", 1);
    ::unsetenv("PYTHONUNBUFFERED");
    const auto environment = made({}, false);
    EXPECT_FALSE(environment.contains("NODE_ENV"));
    EXPECT_EQ(environment.at("TRIVET_ENV"), "development");
    EXPECT_EQ(environment.at("PYTHONUNBUFFERED"), "1");
    ::unsetenv("NODE_ENV");
    ::unsetenv("TRIVET_ENV");
}

}  // namespace
}  // namespace trivet::cli
