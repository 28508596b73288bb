#include "app/program_flags.h"

#include <gtest/gtest.h>

namespace trivet::app {
namespace {

struct Parsed {
    ProgramFlags flags;
    Config config;
};

Parsed parse(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "my-app");
    std::vector<char*> argv;
    for (std::string& argument : arguments) {
        argv.push_back(argument.data());
    }
    Parsed parsed;
    parsed.flags = parse_flags(static_cast<int>(argv.size()), argv.data(), parsed.config);
    return parsed;
}

TEST(ProgramFlags, sets_what_is_given_and_leaves_the_rest) {
    const Parsed parsed = parse({"--host", "::1", "--port=0", "--engine", "epoll", "--workers", "3",
                                 "--threads=2", "--profile", "low-memory", "--buffer-count", "64",
                                 "--buffer-bytes=16KiB", "--fork"});
    EXPECT_EQ(parsed.flags.fault, "");
    EXPECT_TRUE(parsed.flags.forks);
    EXPECT_FALSE(parsed.flags.wants_help);
    EXPECT_EQ(parsed.config.host, "::1");
    EXPECT_EQ(parsed.config.port, 0u);
    EXPECT_EQ(parsed.config.engine, io::Engine::epoll);
    EXPECT_EQ(parsed.config.workers, 3u);
    EXPECT_EQ(parsed.config.threads, 2u);
    EXPECT_EQ(parsed.config.profile, Profile::low_memory);
    EXPECT_EQ(parsed.config.loop.buffer_count, 64u);
    EXPECT_EQ(parsed.config.loop.buffer_bytes, 16'384u);
    const Parsed none = parse({});
    EXPECT_EQ(none.flags.fault, "");
    EXPECT_EQ(none.config.port, 8000u);
    EXPECT_EQ(none.config.workers, 0u);
    EXPECT_FALSE(none.flags.forks);
    EXPECT_EQ(parse({"--workers", "auto"}).config.workers, 0u);
}

TEST(ProgramFlags, says_what_is_wrong_and_what_is_allowed) {
    const std::pair<std::vector<std::string>, const char*> cases[] = {
        {{"--port", "http"}, "--port is 'http', allowed are 0 to 65535"},
        {{"--port=65536"}, "--port is '65536'"},
        {{"--port="}, "--port is ''"},
        {{"--port", "-1"}, "--port is '-1'"},
        {{"--port"}, "'--port' lacks its value; --help shows the flags"},
        {{"--workers", "1025"}, "--workers is '1025', allowed are 1 to 1024 and auto"},
        {{"--threads", "65"}, "--threads is '65', allowed are 1 to 64 and auto"},
        {{"--engine", "kqueue"}, "--engine is 'kqueue', allowed are auto, uring, epoll"},
        {{"--profile", "fast"}, "allowed are default, low-memory, high-throughput"},
        {{"--buffer-count", "100"}, "powers of two"},
        {{"--buffer-bytes", "1"}, "1024 to 65536"},
        {{"--colour", "red"}, "unknown flag '--colour'; --help shows the flags"},
        {{"--fork=yes"}, "unknown flag '--fork'"},
        {{"8000"}, "unknown flag '8000'"},
    };
    for (const auto& [arguments, complaint] : cases) {
        const std::string fault = parse(arguments).flags.fault;
        EXPECT_NE(fault.find(complaint), std::string::npos) << fault;
    }
}

TEST(ProgramFlags, first_fault_or_help_ends_the_reading) {
    EXPECT_NE(parse({"--port", "x", "--colour"}).flags.fault.find("--port"), std::string::npos);
    for (const char* help : {"--help", "-h"}) {
        const Parsed parsed = parse({help, "--colour"});
        EXPECT_TRUE(parsed.flags.wants_help);
        EXPECT_EQ(parsed.flags.fault, "");
    }
}

TEST(ProgramFlags, help_names_every_flag_and_its_variable) {
    const std::string text = help_text("my-app");
    EXPECT_EQ(text.find("usage: my-app "), 0u);
    for (const char* word :
         {"--host", "TRIVET_HOST", "--port", "TRIVET_PORT", "--engine", "TRIVET_ENGINE",
          "--workers", "TRIVET_WORKERS", "--threads", "TRIVET_THREADS", "--profile",
          "TRIVET_PROFILE", "--buffer-count", "TRIVET_BUFFER_COUNT", "--buffer-bytes",
          "TRIVET_BUFFER_BYTES", "--fork", "--help", "TRIVET_LOG"}) {
        EXPECT_NE(text.find(word), std::string::npos) << word;
    }
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        EXPECT_LE(end - at, 100u) << text.substr(at, end - at);
        at = end + 1;
    }
}

}  // namespace
}  // namespace trivet::app
