#pragma once

#include <cstddef>
#include <expected>
#include <string_view>
#include <vector>

#include "app/error.h"
#include "io/socket.h"

namespace trivet::app {

// The variables of systemd's protocol: whom the listeners are for, how many there are, their names.
inline constexpr const char* kListenPidVariable = "LISTEN_PID";
inline constexpr const char* kListenFdsVariable = "LISTEN_FDS";
inline constexpr const char* kListenNamesVariable = "LISTEN_FDNAMES";

// Most listeners that a process can be given.
inline constexpr std::size_t kActivatedMax = 64;

// Whether a value of LISTEN_PID is this process.
bool names_this_process(std::string_view pid) noexcept;

// The listeners that whoever started this process holds for it, as systemd's socket activation and
// `trivet dev` do: LISTEN_PID names this process and LISTEN_FDS says how many there are, from
// descriptor 3 on. None when it is meant for another process. Once: the variables are removed and
// the descriptors become close-on-exec. Fails when the number is malformed or one of them is no
// listening TCP or Unix socket. Changes the environment: call it before there are other threads.
std::expected<std::vector<io::Listener>, Error> take_activated();

// What an app was given. It is taken when the first loop is to bind the configured address and held
// as long as the app, so that each loop can have a copy. Used with App::binding() held.
class Activation {
public:
    std::expected<void, Error> take();

    bool is_empty() const noexcept { return listeners_.empty(); }
    std::size_t size() const noexcept { return listeners_.size(); }
    const io::Listener& at(std::size_t index) const noexcept { return listeners_[index]; }
    // A copy of the listener at `index` modulo their number; not open, with errno, when it cannot
    // be had.
    Fd copy(std::size_t index) const noexcept;

private:
    std::vector<io::Listener> listeners_;
    bool has_asked_ = false;
};

}  // namespace trivet::app
