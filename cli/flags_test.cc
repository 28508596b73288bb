#include "flags.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string_view>

namespace trivet::cli {
namespace {

const Flag& named(std::string_view name) {
    const auto found = std::find_if(flags().begin(), flags().end(),
                                    [&](const Flag& flag) { return flag.name == name; });
    EXPECT_NE(found, flags().end());
    return *found;
}

std::string value_of(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "(none)" : value;
}

TEST(Flags, are_named_after_their_fields) {
    std::set<std::string> fields;
    for (const Flag& flag : flags()) {
        fields.insert(flag.field);
        if (std::strcmp(flag.name, "--log") == 0) continue;
        std::string name = flag.name;
        EXPECT_EQ(name.substr(0, 2), "--");
        std::replace(name.begin() + 2, name.end(), '-', '_');
        EXPECT_EQ(name.substr(2), flag.field);
        std::transform(name.begin(), name.end(), name.begin(), ::toupper);
        EXPECT_EQ("TRIVET_" + name.substr(2), flag.variable);
    }
    EXPECT_EQ(fields.size(), flags().size());
}

TEST(Flags, go_into_the_environment_with_their_names) {
    ::setenv("TRIVET_PORT", "1", 1);
    ::setenv("TRIVET_FLAGS", "host", 1);
    export_flags({{&named("--port"), "81"}, {&named("--log"), "warn"}});
    EXPECT_EQ(value_of("TRIVET_PORT"), "81");
    EXPECT_EQ(value_of("TRIVET_LOG"), "warn");
    EXPECT_EQ(value_of("TRIVET_FLAGS"), "port,log_level");
    export_flags({});
    EXPECT_EQ(value_of("TRIVET_FLAGS"), "(none)");
    EXPECT_EQ(value_of("TRIVET_PORT"), "81");
    ::unsetenv("TRIVET_PORT");
    ::unsetenv("TRIVET_LOG");
}

TEST(Flags, are_blamed_for_what_they_put_into_the_environment) {
    const std::vector<GivenFlag> given = {{&named("--log"), "loud"}, {&named("--port"), "x"}};
    std::string message = "TRIVET_LOG is 'loud', allowed are debug";
    EXPECT_TRUE(blames_flag(given, message));
    EXPECT_EQ(message, "--log is 'loud', allowed are debug");
    for (const char* other : {"TRIVET_LOGS is", "trivet.toml:1: TRIVET_LOG is", "TRIVET_LOG", ""}) {
        std::string same = other;
        EXPECT_FALSE(blames_flag(given, same)) << other;
        EXPECT_EQ(same, other);
    }
}

}  // namespace
}  // namespace trivet::cli
