#include "app/settings_value.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::app {
namespace {

const Field& named(std::string_view name) {
    for (const Field& field : fields()) {
        if (field.name == name) return field;
    }
    ADD_FAILURE() << name;
    return fields()[0];
}

std::optional<std::uint64_t> value(std::string_view name, std::string_view text) {
    return parse_value(named(name), text);
}

TEST(SettingsValue, reads_numbers_within_the_range) {
    EXPECT_EQ(value("port", "0"), 0u);
    EXPECT_EQ(value("port", "65535"), 65'535u);
    EXPECT_EQ(value("backlog", "0012"), 12u);
    for (const char* text : {"65536", "-1", "+1", "1.5", "x", "8000x", " 8000", "8000 ", "0x10", "",
                             "auto", "8KiB", "18446744073709551616"}) {
        EXPECT_EQ(value("port", text), std::nullopt) << text;
    }
}

TEST(SettingsValue, reads_sizes_with_and_without_a_unit) {
    EXPECT_EQ(value("body_bytes_max", "0"), 0u);
    EXPECT_EQ(value("body_bytes_max", "5B"), 5u);
    EXPECT_EQ(value("body_bytes_max", "64KiB"), 65'536u);
    EXPECT_EQ(value("body_bytes_max", "10 MiB"), 10'485'760u);
    EXPECT_EQ(value("body_bytes_max", "2GiB"), std::uint64_t{2} << 30);
    EXPECT_EQ(value("body_bytes_max", "1TiB"), std::uint64_t{1} << 40);
    for (const char* text : {"2TiB", "64kb", "64K", "KiB", "64  KiB", "64KiB ", "1.5MiB", "64 ",
                             "16777216TiB", "30s"}) {
        EXPECT_EQ(value("body_bytes_max", text), std::nullopt) << text;
    }
}

TEST(SettingsValue, reads_durations_with_and_without_a_unit) {
    EXPECT_EQ(value("idle_timeout_ms", "1500"), 1500u);
    EXPECT_EQ(value("idle_timeout_ms", "1500ms"), 1500u);
    EXPECT_EQ(value("idle_timeout_ms", "30s"), 30'000u);
    EXPECT_EQ(value("idle_timeout_ms", "2 min"), 120'000u);
    EXPECT_EQ(value("idle_timeout_ms", "24h"), 86'400'000u);
    EXPECT_EQ(value("idle_timeout_ms", "1d"), 86'400'000u);
    for (const char* text : {"0", "0s", "25h", "2d", "30S", "30sec", "1m", "64KiB"}) {
        EXPECT_EQ(value("idle_timeout_ms", text), std::nullopt) << text;
    }
}

TEST(SettingsValue, reads_names) {
    EXPECT_EQ(value("engine", "auto"), 0u);
    EXPECT_EQ(value("engine", "epoll"), 2u);
    EXPECT_EQ(value("log_level", "debug"), 1u);
    EXPECT_EQ(value("log_level", "off"), 5u);
    EXPECT_EQ(value("profile", "default"), 0u);
    EXPECT_EQ(value("profile", "high-throughput"), 2u);
    for (const char* text : {"", "1", "Epoll", "kqueue", "default"}) {
        EXPECT_EQ(value("engine", text), std::nullopt) << text;
    }
}

TEST(SettingsValue, reads_what_may_be_left_open) {
    EXPECT_EQ(value("workers", "auto"), 0u);
    EXPECT_EQ(value("workers", "0"), 0u);
    EXPECT_EQ(value("workers", "1024"), 1024u);
    EXPECT_EQ(value("threads", "64"), 64u);
    EXPECT_EQ(value("threads", "65"), std::nullopt);
    EXPECT_EQ(value("workers", "Auto"), std::nullopt);
    EXPECT_EQ(value("buffer_count", "0"), 0u);
    EXPECT_EQ(value("buffer_count", "512"), 512u);
    EXPECT_EQ(value("buffer_count", "500"), std::nullopt);
    EXPECT_EQ(value("buffer_bytes", "16KiB"), 16'384u);
    EXPECT_EQ(value("buffer_bytes", "1000"), std::nullopt);
}

TEST(SettingsValue, writes_what_it_reads) {
    const Config defaults;
    Config changed;
    for (const Field& field : fields()) {
        EXPECT_EQ(text_of(field, defaults).empty(), field.may_be_empty) << field.name;
        if (field.set == nullptr) continue;
        EXPECT_EQ(parse_value(field, text_of(field, defaults)).value_or(99),
                  field.name == "log_level" ? 2 : field.get(defaults))
            << field.name;
        field.set(changed, field.high);
        EXPECT_EQ(parse_value(field, text_of(field, changed)), field.high) << field.name;
    }
    EXPECT_EQ(text_of(named("host"), defaults), "127.0.0.1");
    EXPECT_EQ(text_of(named("workers"), defaults), "auto");
    EXPECT_EQ(text_of(named("log_level"), defaults), "info");
    EXPECT_EQ(text_of(named("log_level"), changed), "off");
    EXPECT_EQ(text_of(named("idle_timeout_ms"), defaults), "75000");
}

TEST(SettingsValue, leaves_text_to_others) { EXPECT_EQ(value("host", "::1"), std::nullopt); }

TEST(SettingsValue, finds_the_nearest_field) {
    EXPECT_EQ(nearest_field(fields(), "worker"), "workers");
    EXPECT_EQ(nearest_field(fields(), "prot"), "port");
    EXPECT_EQ(nearest_field(fields(), "idle_timeout"), "idle_timeout_ms");
    EXPECT_EQ(nearest_field(fields(), "body_byte_max"), "body_bytes_max");
    EXPECT_EQ(nearest_field(fields(), "loglevel"), "log_level");
    EXPECT_EQ(nearest_field(fields(), "backlog"), "backlog");
    EXPECT_EQ(nearest_field(fields(), "certificate"), "");
    EXPECT_EQ(nearest_field(project_fields(), "lang"), "language");
    EXPECT_EQ(nearest_field(project_fields(), "port"), "");
    EXPECT_EQ(nearest_field(fields(), ""), "");
    EXPECT_EQ(nearest_field(fields(), std::string(1000, 'p')), "");
}

}  // namespace
}  // namespace trivet::app
