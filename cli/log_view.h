#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

namespace trivet::cli {

// Cuts what a process writes into lines, without the ends of lines. A line that is too long is
// handed on in parts, so that the memory is bounded.
class LineSplitter {
public:
    static constexpr std::size_t kLineBytesMax = std::size_t{16} << 10;
    using Take = std::function<void(std::string_view line)>;

    void feed(std::string_view bytes, const Take& take);
    // Hands on a last line that has no end.
    void finish(const Take& take);

private:
    std::string rest_;
};

// The last lines that were added, within limits of lines and of bytes.
class Tail {
public:
    static constexpr std::size_t kLinesMax = 400;
    static constexpr std::size_t kBytesMax = std::size_t{64} << 10;

    void add(std::string line);
    void clear();
    // The lines, each with its end; says so when earlier ones are missing.
    std::string text() const;

private:
    std::deque<std::string> lines_;
    std::size_t bytes_ = 0;
    std::size_t dropped_ = 0;
};

// Text that can be shown anywhere: without the escape sequences of terminals and other control
// characters but tabs, and with U+FFFD in place of what is no UTF-8.
std::string plain_text(std::string_view line);

// A line of a log with colours for a terminal: the time, the level, and the method and status of a
// request where they are found. A line that has escape sequences of its own stays as it is.
std::string coloured(std::string_view line);

// A line of the command itself among those of the app: marked, and coloured when asked to.
std::string own_line(std::string_view text, bool has_colour);

}  // namespace trivet::cli
