#include "app/config.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace trivet::app {
namespace {

std::string fault_after(void (*change)(Config&)) {
    Config config;
    change(config);
    return find_fault(config);
}

TEST(Config, takes_its_own_defaults) { EXPECT_EQ(find_fault({}), ""); }

TEST(Config, names_the_field_that_is_out_of_range_its_value_and_what_is_allowed) {
    EXPECT_EQ(fault_after([](Config& config) { config.engine = static_cast<io::Engine>(3); }),
              "engine is 3, allowed are 0 to 2");
    EXPECT_EQ(fault_after([](Config& config) { config.log_level = 6; }),
              "log_level is 6, allowed are 0 (default) and 1 to 5");
    EXPECT_EQ(fault_after([](Config& config) { config.limits.head.head_bytes_max = 63; }),
              "head_bytes_max is 63, allowed are 64 to 1048576 bytes");
    EXPECT_EQ(fault_after([](Config& config) { config.limits.idle_timeout_ms = ~0u; }),
              "idle_timeout_ms is 4294967295, allowed are 1 to 86400000 ms");
    EXPECT_EQ(fault_after([](Config& config) { config.loop.buffer_count = 3; }),
              "buffer_count is 3, allowed are 0 (as the profile says) and powers of two up to "
              "32768");
    EXPECT_EQ(fault_after([](Config& config) { config.loop.buffer_bytes = 1023; }),
              "buffer_bytes is 1023, allowed are 0 (as the profile says) and 1024 to 65536 bytes");
    EXPECT_EQ(fault_after([](Config& config) { config.workers = 1025; }),
              "workers is 1025, allowed are 0 (auto) and 1 to 1024");
    EXPECT_EQ(
        fault_after([](Config& config) { config.host = ""; }),
        "host is '', allowed are IPv4 and IPv6 addresses, localhost, and unix: with a path or "
        "@name of at most 107 bytes");
    EXPECT_EQ(fault_after([](Config& config) { config.host = "unix:"; }),
              "host is 'unix:', allowed are IPv4 and IPv6 addresses, localhost, and unix: with a "
              "path or @name of at most 107 bytes");
    EXPECT_NE(fault_after([](Config& config) { config.host = "unix:" + std::string(108, 'a'); }),
              "");
    EXPECT_EQ(fault_after([](Config& config) { config.host = "unix:/run/app.sock"; }), "");
    EXPECT_EQ(fault_after([](Config& config) { config.host = "unix:@app"; }), "");
    EXPECT_EQ(fault_after([](Config& config) { config.limits.body_bytes_max = 0; }), "");
}

TEST(Config, holds_every_field_to_its_range) {
    for (const Field& field : fields()) {
        if (field.kind == FieldKind::text) continue;
        Config config;
        EXPECT_EQ(is_allowed(field, field.get(config)), true) << field.name;
        for (const std::uint64_t value : {field.low, field.high}) {
            field.set(config, value);
            EXPECT_EQ(field.get(config), value) << field.name;
            EXPECT_EQ(find_fault(config), "") << field.name;
        }
        field.set(config, field.high + 1);
        EXPECT_TRUE(find_fault(config).starts_with(std::string(field.name) + " is "));
        if (field.low == 0) continue;
        field.set(config, 0);
        EXPECT_EQ(find_fault(config).empty(), !field.zero.empty()) << field.name;
        if (field.low == 1) continue;
        field.set(config, field.low - 1);
        EXPECT_NE(find_fault(config), "") << field.name;
    }
}

TEST(Config, each_field_reaches_a_member_of_its_own) {
    Config config;
    std::uint64_t value = 0;
    for (const Field& field : fields()) {
        ++value;
        field.set != nullptr ? field.set(config, value)
                             : void(field.text(config) = std::to_string(value));
    }
    value = 0;
    for (const Field& field : fields()) {
        ++value;
        if (field.get != nullptr) {
            EXPECT_EQ(field.get(config), value) << field.name;
        } else {
            EXPECT_EQ(field.text_in(config), std::to_string(value)) << field.name;
        }
    }
    EXPECT_EQ(value, kFieldCount);
}

TEST(Config, names_each_variable_after_its_field_but_for_the_log) {
    std::set<std::string> variables;
    for (const Field& field : fields()) {
        variables.insert(variable_of(field));
        if (field.name == "log_level") {
            EXPECT_EQ(variable_of(field), "TRIVET_LOG");
        }
        if (field.name == "body_bytes_max") {
            EXPECT_EQ(variable_of(field), "TRIVET_BODY_BYTES_MAX");
        }
    }
    EXPECT_EQ(variables.size(), kFieldCount);
}

TEST(Config, takes_only_text_that_a_program_can_be_told) {
    const auto field = [](std::string_view name) -> const Field& {
        for (const Field& one : fields()) {
            if (one.name == name) return one;
        }
        for (const Field& one : project_fields()) {
            if (one.name == name) return one;
        }
        ADD_FAILURE() << name;
        return fields()[0];
    };
    EXPECT_TRUE(is_allowed_text(field("host"), "::1"));
    EXPECT_TRUE(is_allowed_text(field("host"), std::string(255, 'a')));
    EXPECT_FALSE(is_allowed_text(field("host"), std::string(256, 'a')));
    EXPECT_FALSE(is_allowed_text(field("host"), std::string_view("a\0b", 3)));
    EXPECT_TRUE(is_allowed_text(field("command"), std::string(4096, 'a')));
    EXPECT_FALSE(is_allowed_text(field("command"), std::string(4097, 'a')));
    EXPECT_FALSE(is_allowed_text(field("entry"), ""));
    EXPECT_TRUE(is_allowed_text(field("language"), "go"));
    EXPECT_FALSE(is_allowed_text(field("language"), "rust"));
    EXPECT_EQ(allowed_values(field("language")), "python, node, go, c");
    EXPECT_EQ(variable_of(field("entry")), "TRIVET_APP_ENTRY");
}

TEST(Config, takes_receive_buffers_from_the_profile_where_they_are_not_set) {
    const auto buffers = [](Profile profile, io::LoopConfig set) {
        Config config;
        config.profile = profile;
        config.loop = set;
        const io::LoopConfig loop = loop_config(config);
        return std::pair(loop.buffer_count, loop.buffer_bytes);
    };
    EXPECT_EQ(buffers(Profile::standard, {0, 0}), std::pair(256u, 8192u));
    EXPECT_EQ(buffers(Profile::low_memory, {0, 0}), std::pair(32u, 4096u));
    EXPECT_EQ(buffers(Profile::high_throughput, {0, 0}), std::pair(1024u, 16'384u));
    EXPECT_EQ(buffers(Profile::low_memory, {64, 0}), std::pair(64u, 4096u));
    EXPECT_EQ(buffers(Profile::high_throughput, {0, 1024}), std::pair(1024u, 1024u));
}

TEST(Config, logs_from_info_on_unless_told_otherwise) {
    Config config;
    EXPECT_EQ(log_level(config), LogLevel::info);
    config.log_level = 4;
    EXPECT_EQ(log_level(config), LogLevel::error);
}

}  // namespace
}  // namespace trivet::app
