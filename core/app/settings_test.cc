#include "app/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

namespace trivet::app {
namespace {

namespace fs = std::filesystem;

// A folder with a trivet.toml, named by TRIVET_CONFIG, and an environment of the test's own.
class SettingsOf : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "trivet-settings-XXXXXX").string();
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
        path_ = name + "/trivet.toml";
        set("TRIVET_CONFIG", path_);
        write("");
    }
    void TearDown() override { fs::remove_all(folder_); }

    void write(std::string_view text) { std::ofstream(path_) << text; }
    void set(const std::string& name, const std::string& value) { environment_[name] = value; }
    Settings load() {
        return load_settings([this](const char* name) {
            const auto found = environment_.find(name);
            return found == environment_.end() ? nullptr : found->second.c_str();
        });
    }
    std::string fault(std::string_view toml) {
        write(toml);
        return load().error;
    }
    static Origin origin(const Settings& settings, std::string_view name) {
        for (std::size_t number = 0; number < kSettingCount; ++number) {
            if (setting_field(number).name == name) return settings.origins[number];
        }
        ADD_FAILURE() << name;
        return {};
    }

    fs::path folder_;
    std::string path_;
    std::map<std::string, std::string> environment_;
};

TEST_F(SettingsOf, are_the_defaults_when_nothing_is_set) {
    const Settings settings = load();
    EXPECT_EQ(settings.error, "");
    EXPECT_EQ(settings.file, path_);
    EXPECT_EQ(settings.config.port, 8000u);
    EXPECT_EQ(settings.config.host, "127.0.0.1");
    EXPECT_EQ(settings.config.workers, 0u);
    for (const Origin& origin : settings.origins) {
        EXPECT_EQ(origin.source, Source::fallback);
    }
}

TEST_F(SettingsOf, come_from_the_file_and_from_the_environment_above_it) {
    write("[server]\nport = 81\nhost = \"::1\"\nworkers = \"auto\"\nbody_bytes_max = \"2MiB\"\n");
    set("TRIVET_PORT", "82");
    set("TRIVET_IDLE_TIMEOUT_MS", "30s");
    set("TRIVET_LOG", "warn");
    set("TRIVET_WORKERS", "3");
    const Settings settings = load();
    ASSERT_EQ(settings.error, "");
    EXPECT_EQ(settings.config.port, 82u);
    EXPECT_EQ(settings.config.host, "::1");
    EXPECT_EQ(settings.config.workers, 3u);
    EXPECT_EQ(settings.config.limits.body_bytes_max, 2u << 20);
    EXPECT_EQ(settings.config.limits.idle_timeout_ms, 30'000u);
    EXPECT_EQ(settings.config.log_level, 3u);
    EXPECT_EQ(origin(settings, "port").source, Source::environment);
    EXPECT_EQ(origin(settings, "host").source, Source::file);
    EXPECT_EQ(origin(settings, "host").line, 3u);
    EXPECT_EQ(origin(settings, "backlog").source, Source::fallback);
}

TEST_F(SettingsOf, take_every_field_from_the_file_and_from_the_environment) {
    std::string toml = "[server]\n";
    for (const Field& field : fields()) {
        std::string value = std::to_string(field.high);
        if (field.kind == FieldKind::name) value = field.names.back();
        if (field.kind == FieldKind::text) value = "0.0.0.0";
        if (field.name == "also_listen") value = "0.0.0.0:80 plain";
        if (field.name == "static_folders") value = "/a=b";
        toml += std::string(field.name) + " = \"" + value + "\"\n";
        set(variable_of(field), value);
    }
    const Settings from_environment = load();
    EXPECT_EQ(from_environment.error, "");
    environment_ = {{"TRIVET_CONFIG", path_}};
    write(toml);
    const Settings from_file = load();
    EXPECT_EQ(from_file.error, "");
    for (const Settings& settings : {from_environment, from_file}) {
        EXPECT_EQ(settings.config.host, "0.0.0.0");
        for (const Field& field : fields()) {
            if (field.get != nullptr) {
                EXPECT_EQ(field.get(settings.config), field.high) << field.name;
            }
        }
    }
}

TEST_F(SettingsOf, take_an_empty_variable_for_none) {
    write("[server]\nport = 81\n");
    set("TRIVET_PORT", "");
    set("TRIVET_ENGINE", "");
    EXPECT_EQ(load().error, "");
    EXPECT_EQ(load().config.port, 81u);
}

TEST_F(SettingsOf, say_how_the_program_is_started) {
    write("[app]\nlanguage = \"node\"\nentry = \"src/app.ts\"\n\n[server]\nport = 81\n");
    set("TRIVET_APP_BUILD", "make");
    set("TRIVET_APP_ENTRY", "");
    const Settings settings = load();
    ASSERT_EQ(settings.error, "");
    EXPECT_EQ(settings.project, (std::array<std::string, 4>{"node", "src/app.ts", "", "make"}));
    EXPECT_EQ(origin(settings, "language").source, Source::file);
    EXPECT_EQ(origin(settings, "entry").line, 3u);
    EXPECT_EQ(origin(settings, "command").source, Source::fallback);
    EXPECT_EQ(origin(settings, "build").source, Source::environment);
    EXPECT_EQ(settings.config.port, 81u);
}

TEST_F(SettingsOf, name_what_is_wrong_with_the_program) {
    EXPECT_EQ(fault("[app]\nlanguage = \"rust\"\n"),
              path_ + ":2: language is 'rust', allowed are python, node, go, c");
    EXPECT_EQ(fault("[app]\n\nentry = 1\n"),
              path_ + ":3: entry is 1, allowed are paths from the folder of trivet.toml");
    EXPECT_EQ(fault("[app]\ncommand = \"\"\n"),
              path_ + ":2: command is '', allowed are command lines of the shell");
    EXPECT_EQ(fault("[app]\ncomand = \"x\"\n"),
              path_ + ":2: unknown setting 'comand'; did you mean 'command'?");
    EXPECT_EQ(fault("[app]\nport = 1\n"), path_ + ":2: unknown setting 'port'");
    EXPECT_EQ(fault("app = 1\n"), path_ + ":1: app is no table");
    write("");
    set("TRIVET_APP_LANGUAGE", "cobol");
    EXPECT_EQ(load().error, "TRIVET_APP_LANGUAGE is 'cobol', allowed are python, node, go, c");
}

TEST_F(SettingsOf, leave_other_tables_alone) {
    EXPECT_EQ(fault("title = \"x\"\n[database]\nport = \"any\"\n"), "");
}

TEST_F(SettingsOf, name_file_line_value_and_what_is_allowed) {
    EXPECT_EQ(fault("[server]\n\nworkers = \"many\"\n"),
              path_ + ":3: workers is 'many', allowed are 1 to 1024 and auto");
    EXPECT_EQ(fault("[server]\nport = 65536\n"),
              path_ + ":2: port is 65536, allowed are 0 to 65535");
    EXPECT_EQ(fault("[server]\nengine = 1\n"),
              path_ + ":2: engine is 1, allowed are auto, uring, epoll");
    EXPECT_EQ(fault("[server]\nbody_bytes_max = \"2XB\"\n"),
              path_ +
                  ":2: body_bytes_max is '2XB', allowed are 0 to 1099511627776 bytes, also as "
                  "text like 64KiB");
    EXPECT_EQ(fault("[server]\nidle_timeout_ms = -5\n"),
              path_ +
                  ":2: idle_timeout_ms is -5, allowed are 1 to 86400000 ms, also as text like "
                  "30s");
    EXPECT_EQ(fault("[server]\nhost = 1\n"),
              path_ +
                  ":2: host is 1, allowed are IPv4 and IPv6 addresses, localhost, and unix: with "
                  "a path or @name of at most 107 bytes");
    EXPECT_EQ(fault("[server]\nbacklog = [1]\n"),
              path_ + ":2: backlog is an array, allowed are 1 to 65535");
}

TEST_F(SettingsOf, name_the_variable_value_and_what_is_allowed) {
    set("TRIVET_ENGINE", "kqueue");
    EXPECT_EQ(load().error, "TRIVET_ENGINE is 'kqueue', allowed are auto, uring, epoll");
    set("TRIVET_HOST", "unix:/");
    set("TRIVET_ENGINE", "auto");
    EXPECT_EQ(load().error,
              "TRIVET_HOST is 'unix:/', allowed are IPv4 and IPv6 addresses, localhost, and unix: "
              "with a path or @name of at most 107 bytes");
    set("TRIVET_HOST", "unix:/run/app.sock");
    EXPECT_EQ(load().error, "");
    EXPECT_EQ(load().config.host, "unix:/run/app.sock");
    set("TRIVET_ENGINE", std::string(200, 'x'));
    EXPECT_EQ(load().error,
              "TRIVET_ENGINE is '" + std::string(100, 'x') + "…', allowed are auto, uring, epoll");
}

TEST_F(SettingsOf, name_the_setting_that_was_probably_meant) {
    EXPECT_EQ(fault("[server]\nworker = 2\n"),
              path_ + ":2: unknown setting 'worker'; did you mean 'workers'?");
    EXPECT_EQ(fault("[server]\ncertificate = 2\n"), path_ + ":2: unknown setting 'certificate'");
    EXPECT_TRUE(fault("[server]\nport = 1\nport = 2\n").starts_with(path_ + ":3: "));
}

TEST_F(SettingsOf, need_the_file_that_is_named) {
    fs::remove(path_);
    EXPECT_EQ(load().error, "TRIVET_CONFIG names '" + path_ +
                                "', which cannot be read: No such file or directory");
    set("TRIVET_CONFIG", folder_.string());
    EXPECT_EQ(load().error, "TRIVET_CONFIG names '" + folder_.string() +
                                "', which cannot be read: no regular file");
    set("TRIVET_CONFIG", path_);
    EXPECT_EQ(fault("#" + std::string(1 << 20, 'x')),
              "TRIVET_CONFIG names '" + path_ + "', which cannot be read: larger than 1 MiB");
}

// Runs with the test's folder as the working directory.
class SettingsOfFolder : public SettingsOf {
protected:
    void SetUp() override {
        SettingsOf::SetUp();
        environment_.clear();
        fs::remove(path_);
        before_ = fs::current_path();
        fs::current_path(folder_);
    }
    void TearDown() override {
        fs::current_path(before_);
        SettingsOf::TearDown();
    }

    void write_env(std::string_view text) { std::ofstream(folder_ / ".env") << text; }

    fs::path before_;
};

TEST_F(SettingsOfFolder, come_from_dot_env_above_the_file_and_below_the_environment) {
    write("[server]\nport = 81\nbacklog = 5\nthreads = 2\n");
    write_env("TRIVET_PORT=82\nSECRET=x\nTRIVET_BACKLOG=6\n# c\nTRIVET_PORT=83\nTRIVET_HOST=\n");
    set("TRIVET_BACKLOG", "7");
    set("TRIVET_PORT", "");
    const Settings settings = load();
    ASSERT_EQ(settings.error, "");
    EXPECT_EQ(settings.config.port, 83u);
    EXPECT_EQ(settings.config.backlog, 7u);
    EXPECT_EQ(settings.config.threads, 2u);
    EXPECT_EQ(settings.config.host, "127.0.0.1");
    EXPECT_EQ(origin(settings, "port").source, Source::env_file);
    EXPECT_EQ(origin(settings, "port").line, 5u);
    EXPECT_EQ(origin(settings, "backlog").source, Source::environment);
    EXPECT_EQ(origin(settings, "threads").source, Source::file);
    EXPECT_EQ(origin(settings, "host").source, Source::fallback);
    ASSERT_EQ(settings.variables.size(), 1u);
    EXPECT_EQ(settings.variables[0].name, "SECRET");
}

TEST_F(SettingsOfFolder, take_another_file_that_dot_env_names) {
    write_env("TRIVET_CONFIG=other.toml\n");
    EXPECT_TRUE(load().error.starts_with("TRIVET_CONFIG names 'other.toml'"));
    std::ofstream(folder_ / "other.toml") << "[server]\nport = 84\n";
    EXPECT_EQ(load().config.port, 84u);
    EXPECT_EQ(load().file, "other.toml");
    set("TRIVET_CONFIG", "trivet.toml");
    write("[server]\nport = 85\n");
    EXPECT_EQ(load().config.port, 85u);
}

TEST_F(SettingsOfFolder, name_the_line_of_dot_env_that_is_wrong) {
    write_env("\nTRIVET_WORKERS=many\n");
    EXPECT_EQ(load().error, ".env:2: TRIVET_WORKERS is 'many', allowed are 1 to 1024 and auto");
    set("TRIVET_WORKERS", "2");
    EXPECT_EQ(load().error, "");
    write_env("A=1\nB\n");
    EXPECT_EQ(load().error, ".env:2: this is no NAME=VALUE");
    write_env("A=" + std::string(1 << 20, 'x'));
    EXPECT_EQ(load().error, "cannot read .env: larger than 1 MiB");
    fs::remove(folder_ / ".env");
    fs::create_directory(folder_ / ".env");
    EXPECT_EQ(load().error, "");
}

TEST_F(SettingsOfFolder, come_from_its_trivet_toml_if_there_is_one) {
    EXPECT_EQ(load().error, "");
    EXPECT_EQ(load().file, "");
    write("[server]\nport = 81\n");
    EXPECT_EQ(load().config.port, 81u);
    EXPECT_EQ(load().file, "trivet.toml");
    EXPECT_EQ(fault("[server]\nx = 1\n"), "trivet.toml:2: unknown setting 'x'");
    fs::remove(path_);
    fs::create_directory(path_);
    EXPECT_EQ(load().error, "cannot read trivet.toml: no regular file");
}

TEST_F(SettingsOf, fill_what_a_program_leaves_open) {
    write("[server]\nengine = \"epoll\"\nlog_level = \"error\"\nport = 81\n");
    const Settings settings = load();
    Config program;
    program.port = 90;
    const Config settled = settle(settings, program);
    EXPECT_EQ(settled.engine, io::Engine::epoll);
    EXPECT_EQ(settled.log_level, 4u);
    EXPECT_EQ(settled.port, 90u);
    program.engine = io::Engine::uring;
    program.log_level = 1;
    EXPECT_EQ(settle(settings, program).engine, io::Engine::uring);
    EXPECT_EQ(settle(settings, program).log_level, 1u);
}

TEST_F(SettingsOf, that_are_flags_of_trivet_start_beat_the_program_in_its_workers) {
    set("TRIVET_FLAGS", "engine,host,body_bytes_max,port");
    set("TRIVET_ENGINE", "epoll");
    set("TRIVET_HOST", "::1");
    set("TRIVET_BODY_BYTES_MAX", "5");
    set("TRIVET_BACKLOG", "6");
    Config program;
    program.engine = io::Engine::uring;
    program.host = "127.0.0.2";
    program.limits.body_bytes_max = 7;
    program.backlog = 8;
    program.port = 9;
    // What a worker starts inherits the environment, but is no worker.
    EXPECT_EQ(settle(load(), program).host, "127.0.0.2");
    set("LISTEN_PID", "1");
    EXPECT_EQ(settle(load(), program).host, "::1") << "trivet dev has a listener for it";
    set("LISTEN_PID", "");
    set("TRIVET_WORKER", "any");
    const Config settled = settle(load(), program);
    EXPECT_EQ(settled.engine, io::Engine::epoll);
    EXPECT_EQ(settled.host, "::1");
    EXPECT_EQ(settled.limits.body_bytes_max, 5u);
    EXPECT_EQ(settled.backlog, 8u);
    EXPECT_EQ(settled.port, 9u) << "a flag without a value in the environment";
    set("TRIVET_FLAGS", "engine,brightness");
    EXPECT_EQ(load().error, "TRIVET_FLAGS names 'brightness', which is no setting");
}

TEST(Settings, read_the_environment_of_the_process) {
    ASSERT_EQ(::setenv("TRIVET_BACKLOG", "77", 1), 0);
    const Settings settings = load_settings();
    ::unsetenv("TRIVET_BACKLOG");
    EXPECT_EQ(settings.config.backlog, 77u) << settings.error;
}

}  // namespace
}  // namespace trivet::app
