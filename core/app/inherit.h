#pragma once

#include <cstdint>
#include <expected>

#include "base/status_gen.h"

namespace trivet::app {

// Names slot, number of slots and the two descriptors, joined by colons.
inline constexpr const char* kWorkerVariable = "TRIVET_WORKER";

// What a supervisor gives each worker; the descriptors are the caller's.
struct Inheritance {
    std::uint32_t slot = 0;
    std::uint32_t workers = 0;
    int listen_fd = -1;
    int control_fd = -1;
};

// What a supervisor gave this process, once: the environment variable is removed and the
// descriptors become close-on-exec, so that processes started from here are no workers. not_found
// when there is none or the descriptors are not a listener and a control channel, argument when
// the variable is malformed. Changes the environment: call it before there are other threads.
std::expected<Inheritance, Status> inherit() noexcept;

}  // namespace trivet::app
