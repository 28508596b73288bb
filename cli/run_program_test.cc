#include "run_program.h"

#include <gtest/gtest.h>

#include "folder_test.h"

namespace trivet::cli {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

class RunProgramTest : public FolderTest {
protected:
    ProgramCall shell(const std::string& text) const { return {{"sh", "-c", text, "sh"}, folder_}; }
};

TEST_F(RunProgramTest, gives_the_exit_code) {
    EXPECT_EQ(run_program(shell("exit 0")), 0);
    EXPECT_EQ(run_program(shell("exit 7")), 7);
    EXPECT_EQ(run_program(shell("kill -9 $$")), 137);
}

TEST_F(RunProgramTest, runs_in_the_folder) {
    EXPECT_EQ(run_program(shell("touch here")), 0);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "here"));
    write("run", "#!/bin/sh\n");
    std::filesystem::permissions(folder_ / "run", std::filesystem::perms::owner_all);
    EXPECT_EQ(run_program({{"./run"}, folder_}), 0);
}

TEST_F(RunProgramTest, keeps_standard_output_for_the_command) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    EXPECT_EQ(run_program(shell("echo built")), 0);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "built\n");
}

TEST_F(RunProgramTest, says_why_a_program_cannot_be_executed) {
    EXPECT_EQ(run_program({{"no-such-program"}, folder_}).error(),
              "there is no no-such-program in PATH: install it, or put it there");
    EXPECT_EQ(run_program({{"./missing"}, folder_}).error(),
              "cannot execute ./missing: No such file or directory");
    write("text");
    EXPECT_EQ(run_program({{"./text"}, folder_}).error(),
              "cannot execute ./text: Permission denied");
}

TEST_F(RunProgramTest, reads_what_is_written_on_the_named_descriptor) {
    EXPECT_EQ(read_program(shell("echo \"answer\" >&\"$WHERE\""), "WHERE", 60s), "answer\n");
    ::setenv("WHERE", "77", 1);
    EXPECT_EQ(read_program(shell("echo \"$WHERE\" >&3"), "WHERE", 60s), "3\n");
    ::unsetenv("WHERE");
    EXPECT_EQ(read_program(shell(":"), "WHERE", 60s), "");
}

TEST_F(RunProgramTest, wants_an_end_without_failure) {
    EXPECT_EQ(read_program({{"false"}, folder_}, "WHERE", 60s).error(),
              "`false` ended with exit code 1");
    EXPECT_EQ(read_program({{"sleep", "600"}, folder_}, "WHERE", 0s).error(),
              "`sleep 600` has not ended within 0 s, and was killed");
    // It has answered, but goes on.
    EXPECT_EQ(read_program(shell("exec 3>&-; exec sleep 600"), "WHERE", 0s).error(),
              "`sh -c 'exec 3>&-; exec sleep 600' sh` has not ended within 0 s, and was killed");
    EXPECT_EQ(read_program({{"no-such-program"}, folder_}, "WHERE", 60s).error(),
              "there is no no-such-program in PATH: install it, or put it there");
}

TEST(CommandText, quotes_what_a_shell_would_not_take_as_it_is) {
    EXPECT_EQ(command_text(Words{"go", "build", "./x", ""}), "go build ./x ''");
    EXPECT_EQ(command_text(Words{"it's", "a b"}), "'it'\\''s' 'a b'");
}

}  // namespace
}  // namespace trivet::cli
