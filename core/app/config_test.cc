#include "app/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace trivet::app {
namespace {

// Sets a variable of the environment for the length of a test.
class Variable {
public:
    Variable(const char* name, const char* value) : name_(name) {
        const char* old = std::getenv(name);
        had_ = old != nullptr;
        old_ = had_ ? old : "";
        set(value);
    }
    ~Variable() { set(had_ ? old_.c_str() : nullptr); }
    void set(const char* value) {
        if (value == nullptr) {
            ::unsetenv(name_);
        } else {
            ::setenv(name_, value, 1);
        }
    }

private:
    const char* name_;
    bool had_;
    std::string old_;
};

TEST(Config, takes_its_own_defaults) { EXPECT_EQ(find_fault({}), ""); }

TEST(Config, names_the_field_that_is_out_of_range) {
    const auto fault = [](auto change) {
        Config config;
        change(config);
        return find_fault(config);
    };
    EXPECT_EQ(fault([](Config& config) { config.engine = static_cast<io::Engine>(3); }),
              "engine is 3, allowed are 0 to 2");
    const auto names = [&](std::string_view field, auto change) {
        EXPECT_EQ(fault(change).substr(0, field.size() + 4), std::string(field) + " is ");
    };
    names("log_level", [](Config& config) { config.log_level = 6; });
    names("target_bytes_max", [](Config& config) { config.limits.head.target_bytes_max = 0; });
    names("head_bytes_max", [](Config& config) { config.limits.head.head_bytes_max = 63; });
    names("header_count_max", [](Config& config) { config.limits.head.header_count_max = 1001; });
    names("connections_max", [](Config& config) { config.limits.connections_max = 262'145; });
    names("body_bytes_max",
          [](Config& config) { config.limits.body_bytes_max = ~std::uint64_t{0}; });
    names("head_timeout_ms", [](Config& config) { config.limits.head_timeout_ms = 0; });
    names("body_timeout_ms", [](Config& config) { config.limits.body_timeout_ms = 0; });
    names("idle_timeout_ms", [](Config& config) { config.limits.idle_timeout_ms = ~0u; });
    names("send_timeout_ms", [](Config& config) { config.limits.send_timeout_ms = 0; });
    names("shutdown_timeout_ms", [](Config& config) { config.limits.shutdown_timeout_ms = 0; });
    names("backlog", [](Config& config) { config.backlog = 65'536; });
    names("buffer_count", [](Config& config) { config.loop.buffer_count = 65'536; });
    names("buffer_bytes", [](Config& config) { config.loop.buffer_bytes = 1023; });
    EXPECT_EQ(fault([](Config& config) { config.loop.buffer_count = 3; }),
              "buffer_count is 3, not a power of two");
    EXPECT_EQ(fault([](Config& config) { config.limits.body_bytes_max = 0; }), "");
}

TEST(Config, lets_the_environment_choose_the_engine_where_the_app_does_not) {
    Variable variable("TRIVET_ENGINE", nullptr);
    const auto chosen = [](io::Engine configured) {
        io::Engine engine{};
        EXPECT_TRUE(engine_from_environment(configured, engine));
        return engine;
    };
    EXPECT_EQ(chosen(io::Engine::automatic), io::Engine::automatic);
    variable.set("epoll");
    EXPECT_EQ(chosen(io::Engine::automatic), io::Engine::epoll);
    EXPECT_EQ(chosen(io::Engine::uring), io::Engine::uring);
    variable.set("uring");
    EXPECT_EQ(chosen(io::Engine::automatic), io::Engine::uring);
    for (const char* value : {"", "auto"}) {
        variable.set(value);
        EXPECT_EQ(chosen(io::Engine::automatic), io::Engine::automatic);
    }
    variable.set("kqueue");
    io::Engine engine{};
    EXPECT_FALSE(engine_from_environment(io::Engine::automatic, engine));
    EXPECT_EQ(chosen(io::Engine::epoll), io::Engine::epoll);
}

TEST(Config, lets_the_environment_choose_the_log_level_where_the_app_does_not) {
    Variable variable("TRIVET_LOG", nullptr);
    EXPECT_EQ(log_level_of(0), LogLevel::info);
    variable.set("error");
    EXPECT_EQ(log_level_of(0), LogLevel::error);
    EXPECT_EQ(log_level_of(1), LogLevel::debug);
    variable.set("shout");
    EXPECT_EQ(log_level_of(0), LogLevel::info);
}

}  // namespace
}  // namespace trivet::app
