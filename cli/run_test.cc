#include "run.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace trivet::cli {
namespace {

struct Outcome {
    int code = 0;
    std::string out;
    std::string err;
};

Outcome run_with(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "trivet");
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.code = run(static_cast<int>(arguments.size()), pointers.data());
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
}

void expect_usage_error(std::vector<std::string> arguments, const std::string& message) {
    const Outcome outcome = run_with(std::move(arguments));
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err, message + "\n");
}

TEST(Run, names_the_command_that_was_probably_meant) {
    expect_usage_error({"strat"},
                       "trivet: unknown command 'strat'; did you mean 'start'?; trivet --help "
                       "shows what there is");
    expect_usage_error({"deploy"},
                       "trivet: unknown command 'deploy'; trivet --help shows what there is");
    expect_usage_error({}, "trivet: no command given; trivet --help shows what there is");
}

TEST(Run, names_the_flag_that_was_probably_meant) {
    expect_usage_error({"start", "--prot=80", "--", "x"},
                       "trivet start: unknown flag '--prot'; did you mean '--port'?; trivet start "
                       "--help shows what there is");
    expect_usage_error({"start", "-x", "--", "x"},
                       "trivet start: unknown flag '-x'; trivet start --help shows what there is");
    expect_usage_error({"version", "--all"},
                       "trivet version: unknown flag '--all'; trivet version --help shows what "
                       "there is");
}

TEST(Run, wants_the_command_of_the_workers_behind_two_dashes) {
    const std::string message =
        "trivet start: no command behind --: write trivet start -- ./app, or trivet start alone; "
        "trivet start --help shows what there is";
    expect_usage_error({"start", "--"}, message);
    expect_usage_error({"start", "--port", "0", "--"}, message);
    expect_usage_error({"start", "python", "app.py"},
                       "trivet start: unexpected argument 'python'; trivet start --help shows what "
                       "there is");
}

TEST(Run, wants_a_value_for_each_flag) {
    const std::string message =
        "trivet start: --port: 1 required PORT missing; trivet start --help shows what there is";
    expect_usage_error({"start", "--port", "--", "x"}, message);
    expect_usage_error({"start", "--port=", "--", "x"}, message);
    expect_usage_error({"start", "--host", "", "--", "x"},
                       "trivet start: --host is empty; trivet start --help shows what there is");
}

TEST(Run, prints_help) {
    const Outcome all = run_with({"--help"});
    EXPECT_EQ(all.code, 0);
    EXPECT_EQ(all.err, "");
    for (const char* part : {"start", "version", "Examples:", "Exit codes:"}) {
        EXPECT_NE(all.out.find(part), std::string::npos) << part;
    }
    const Outcome start = run_with({"start", "-h"});
    EXPECT_EQ(start.code, 0);
    for (const char* part : {"Usage: trivet start [FLAGS] [-- COMMAND", "--workers", "--config",
                             "Examples:", "Exit codes:"}) {
        EXPECT_NE(start.out.find(part), std::string::npos) << part;
    }
}

TEST(Run, explains_dev) {
    const Outcome help = run_with({"dev", "--help"});
    EXPECT_EQ(help.code, 0);
    for (const char* part : {"Usage: trivet dev [FLAGS] [-- COMMAND [ARGUMENTS]]", "--watch",
                             "--ignore", "--port", "Examples:", "Exit codes:"}) {
        EXPECT_NE(help.out.find(part), std::string::npos) << part;
    }
    EXPECT_EQ(help.out.find("--workers"), std::string::npos);
    expect_usage_error({"dev", "--workers", "2", "--", "true"},
                       "trivet dev: --workers is always 1 here; trivet dev --help shows what there "
                       "is");
    ::unsetenv("TRIVET_WORKERS");
    ::unsetenv("TRIVET_FLAGS");
    expect_usage_error({"dev", "--"},
                       "trivet dev: no command given: it stands behind --, as in trivet dev -- "
                       "./app; trivet dev --help shows what there is");
}

TEST(Run, wants_a_language_and_a_name_for_a_new_app) {
    expect_usage_error({"new"},
                       "trivet new: LANGUAGE is required; trivet new --help shows what "
                       "there is");
    expect_usage_error(
        {"new", "pyton", "shop"},
        "trivet new: unknown language 'pyton', there are python, node, go and c; did "
        "you mean 'python'?; trivet new --help shows what there is");
    const Outcome outcome = run_with({"new", "go", "Shop"});
    EXPECT_EQ(outcome.code, 2);
    EXPECT_EQ(outcome.err.find("trivet new: 'Shop' is no name for an app"), 0u) << outcome.err;
}

TEST(Run, prints_its_version) {
    const Outcome outcome = run_with({"version"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_EQ(outcome.out.substr(0, 7), "trivet ");
    EXPECT_GT(outcome.out.size(), 12u);
    EXPECT_EQ(run_with({"--version"}).out, outcome.out);
    EXPECT_EQ(run_with({"--version"}).code, 0);
}

TEST(Run, starts_no_workers_of_a_worker) {
    ::setenv("TRIVET_WORKER", "0:1:3:4", 1);
    const Outcome outcome = run_with({"start", "--", "true"});
    ::unsetenv("TRIVET_WORKER");
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.err, "trivet start: this is itself a worker of another trivet start\n");
}

}  // namespace
}  // namespace trivet::cli
