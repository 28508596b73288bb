#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/fd.h"

namespace trivet::app {

// What supervisor and worker say to each other. The numbers are kept: a worker may be linked with
// another version of the library than its supervisor, which ignores kinds it does not know.
enum class ControlKind : std::uint8_t {
    // From the worker.
    ready = 1,     // accepts; text: version, runtime, engine and, if so, kSecuredMark, as lines
    pong = 2,      // the loop turns; kCannotAccept in the flags
    draining = 3,  // accepts no more, and has taken the backlog of its own and of lent listeners
    taken = 4,     // has taken the backlog of the slot's listener, which it was lent while draining
    refused = 5,   // cannot serve the slot's listener
    // From the supervisor.
    ping = 16,
    lend = 17,       // serve the attached listener of the slot
    give_back = 18,  // the slot is served by its own worker again
    drain = 19,
    force = 20,        // end what is in flight
    ticket_keys = 21,  // what session tickets are sealed with; text: a tls::TicketKeys::State
};

inline constexpr std::string_view kSecuredMark = "\nTLS";
inline constexpr std::uint8_t kCannotAccept = 1;  // for want of descriptors or memory

// One message, as large as its packet may be.
struct ControlMessage {
    static constexpr std::size_t kTextMax = 1000;

    std::uint8_t kind = 0;
    std::uint8_t flags = 0;
    std::uint16_t text_size = 0;
    std::uint32_t slot = 0;
    char text[kTextMax];

    std::string_view view() const noexcept { return {text, text_size}; }
    // Cuts what does not fit.
    void append(std::string_view more) noexcept;
};

// Sends one message, with a copy of a descriptor if `attached` is none of -1, without waiting.
// False when the peer has gone or its queue is full.
bool send_control(int fd, const ControlMessage& message, int attached = -1) noexcept;
bool send_control(int fd, ControlKind kind, std::uint32_t slot = 0, int attached = -1) noexcept;

enum class ControlRead : std::uint8_t { message, nothing, end };

// Reads one message without waiting. `sender` is the process that sent it where the socket has
// SO_PASSCRED, else 0.
ControlRead read_control(int fd, ControlMessage& message, Fd& attached, pid_t& sender) noexcept;

}  // namespace trivet::app
