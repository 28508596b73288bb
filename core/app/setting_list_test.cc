#include "app/setting_list.h"

#include <gtest/gtest.h>

#include <set>

namespace trivet::app {
namespace {

std::size_t number_of(std::string_view name) {
    for (std::size_t number = 0; number < kSettingCount; ++number) {
        if (setting_field(number).name == name) return number;
    }
    ADD_FAILURE() << name;
    return 0;
}

TEST(SettingList, has_every_setting_with_its_default) {
    const std::vector<Setting> list = list_settings({}, {});
    ASSERT_EQ(list.size(), kSettingCount);
    std::set<std::string> keys;
    std::set<std::string> variables;
    for (const Setting& setting : list) {
        keys.insert(setting.key);
        variables.insert(setting.variable);
        EXPECT_EQ(setting.value, setting.default_value) << setting.key;
        EXPECT_EQ(setting.source, Source::fallback) << setting.key;
        EXPECT_EQ(setting.place, "") << setting.key;
        EXPECT_NE(setting.allowed, "") << setting.key;
        EXPECT_GT(setting.help.size(), 10u) << setting.key;
        EXPECT_FALSE(setting.help.ends_with('.')) << setting.key;
    }
    EXPECT_EQ(keys.size(), kSettingCount);
    EXPECT_EQ(variables.size(), kSettingCount);
    const Setting& port = list[number_of("port")];
    EXPECT_EQ(port.key, "server.port");
    EXPECT_EQ(port.variable, "TRIVET_PORT");
    EXPECT_EQ(port.value, "8000");
    EXPECT_EQ(port.allowed, "0 to 65535");
    EXPECT_EQ(port.high, 65'535u);
    const Setting& language = list[number_of("language")];
    EXPECT_EQ(language.key, "app.language");
    EXPECT_EQ(language.variable, "TRIVET_APP_LANGUAGE");
    EXPECT_EQ(language.value, "");
    EXPECT_EQ(language.allowed, "python, node, go, c");
    EXPECT_EQ(list[number_of("log_level")].value, "info");
    EXPECT_EQ(list[number_of("workers")].value, "auto");
}

TEST(SettingList, says_where_a_value_comes_from) {
    Settings settings;
    settings.file = "conf/trivet.toml";
    const auto given = [&](std::string_view name, Source source, std::uint32_t line = 0) {
        settings.origins[number_of(name)] = {source, line};
    };
    given("port", Source::file, 3);
    given("host", Source::env_file, 4);
    given("backlog", Source::environment);
    given("profile", Source::file, 5);
    given("log_level", Source::environment);
    given("body_bytes_max", Source::environment);
    given("command", Source::file, 9);
    settings.project[2] = "make run";
    settings.is_flag[number_of("log_level")] = true;
    settings.is_flag[number_of("body_bytes_max")] = true;
    Config now = settings.config;
    now.profile = Profile::low_memory;
    now.limits.idle_timeout_ms = 7;
    const std::vector<Setting> list = list_settings(settings, now);
    const auto expect = [&](std::string_view name, Source source, std::string_view place) {
        EXPECT_EQ(list[number_of(name)].source, source) << name;
        EXPECT_EQ(list[number_of(name)].place, place) << name;
    };
    expect("port", Source::file, "conf/trivet.toml:3");
    expect("host", Source::env_file, ".env:4");
    expect("backlog", Source::environment, "TRIVET_BACKLOG");
    expect("profile", Source::program, "");
    expect("idle_timeout_ms", Source::program, "");
    expect("log_level", Source::flag, "--log");
    expect("body_bytes_max", Source::flag, "--body-bytes-max");
    expect("command", Source::file, "conf/trivet.toml:9");
    expect("entry", Source::fallback, "");
    EXPECT_EQ(list[number_of("profile")].value, "low-memory");
    EXPECT_EQ(list[number_of("command")].value, "make run");
}

}  // namespace
}  // namespace trivet::app
