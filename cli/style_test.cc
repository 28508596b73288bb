#include "style.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

namespace trivet::cli {
namespace {

TEST(Style, colours_or_leaves_alone) {
    EXPECT_EQ(Style(true).bad("x"), "\x1b[31mx\x1b[0m");
    EXPECT_EQ(Style(true).good(""), "");
    for (const Style& plain : {Style(false)}) {
        EXPECT_EQ(
            plain.good("a") + plain.odd("b") + plain.bad("c") + plain.name("d") + plain.aside("e"),
            "abcde");
    }
}

TEST(Style, is_for_terminals_that_nobody_has_forbidden_it) {
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(terminal, 0);
    ::unsetenv("NO_COLOR");
    ::setenv("TERM", "xterm", 1);
    EXPECT_TRUE(style_of(terminal).has_colour());
    ::setenv("NO_COLOR", "", 1);
    EXPECT_TRUE(style_of(terminal).has_colour());
    ::setenv("NO_COLOR", "0", 1);
    EXPECT_FALSE(style_of(terminal).has_colour());
    ::unsetenv("NO_COLOR");
    for (const char* none : {"dumb", ""}) {
        ::setenv("TERM", none, 1);
        EXPECT_FALSE(style_of(terminal).has_colour()) << none;
    }
    ::setenv("TERM", "xterm", 1);
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    EXPECT_FALSE(style_of(pipe[1]).has_colour());
    for (const int fd : {terminal, pipe[0], pipe[1]}) ::close(fd);
}

}  // namespace
}  // namespace trivet::cli
