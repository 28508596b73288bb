// generated from capi/spec; do not edit
#pragma once

#include <cstdint>
#include <string_view>

namespace trivet {

// Result of a call; the numbers are those of trivet_status.
enum class Status : std::int32_t {
    // Success.
    ok = 0,
    // An argument is missing, malformed or out of range.
    argument = -1,
    // Memory could not be had.
    memory = -2,
    // The handle's object has ended, was already answered, or belongs to another copy of the
    // library.
    stale = -3,
    // The function is tagged owner and was called from another thread.
    thread = -4,
    // The object is in a state that does not allow the call, for example a route added after the
    // first loop was made.
    state = -5,
    // A route pattern or method is malformed; the detail says where.
    pattern = -6,
    // A route for the same method and the same paths exists; the detail names both registrations.
    conflict = -7,
    // Another socket is bound to the address.
    address_in_use = -8,
    // The host or port is malformed, not local, or not permitted; or there is something else than a
    // socket at the path of a Unix socket.
    address = -9,
    // engine = uring was asked for and the kernel or a filter refuses it; the detail says why.
    engine = -10,
    // The operating system refused; the detail names the call and its error.
    system = -11,
    // The connection ended before the answer; the request handle is released.
    gone = -12,
    // A response field name is not a token, or a value contains CR, LF or NUL, or the field is one
    // the engine writes itself (Content-Length, Transfer-Encoding, Connection).
    header = -13,
    // No item of that name: header, query parameter, cookie, timer or watch.
    not_found = -14,
    // A named limit does not allow one more; the detail names it.
    limit = -15,
    // There is nothing now; the caller is told when there is.
    again = -16,
    // What was awaited did not come in time.
    timeout = -17,
    // What came breaks the protocol, for example the framing of chunked content.
    protocol = -18,
    // The content of a request is of another type than was asked for, for example no form.
    media_type = -19,
};

// The TRIVET_* name; empty for a number that is no status.
constexpr std::string_view name(Status status) noexcept {
    switch (status) {
    case Status::ok:
        return "TRIVET_OK";
    case Status::argument:
        return "TRIVET_E_ARGUMENT";
    case Status::memory:
        return "TRIVET_E_MEMORY";
    case Status::stale:
        return "TRIVET_E_STALE";
    case Status::thread:
        return "TRIVET_E_THREAD";
    case Status::state:
        return "TRIVET_E_STATE";
    case Status::pattern:
        return "TRIVET_E_PATTERN";
    case Status::conflict:
        return "TRIVET_E_CONFLICT";
    case Status::address_in_use:
        return "TRIVET_E_ADDRESS_IN_USE";
    case Status::address:
        return "TRIVET_E_ADDRESS";
    case Status::engine:
        return "TRIVET_E_ENGINE";
    case Status::system:
        return "TRIVET_E_SYSTEM";
    case Status::gone:
        return "TRIVET_E_GONE";
    case Status::header:
        return "TRIVET_E_HEADER";
    case Status::not_found:
        return "TRIVET_E_NOT_FOUND";
    case Status::limit:
        return "TRIVET_E_LIMIT";
    case Status::again:
        return "TRIVET_E_AGAIN";
    case Status::timeout:
        return "TRIVET_E_TIMEOUT";
    case Status::protocol:
        return "TRIVET_E_PROTOCOL";
    case Status::media_type:
        return "TRIVET_E_MEDIA_TYPE";
    }
    return {};
}

// One line for people; empty for success and for a number that is none.
constexpr std::string_view message(Status status) noexcept {
    switch (status) {
    case Status::argument:
        return "invalid argument";
    case Status::memory:
        return "out of memory";
    case Status::stale:
        return "the handle is no longer valid: its request was already answered";
    case Status::thread:
        return "called from a thread that does not own the loop";
    case Status::state:
        return "not possible in this state";
    case Status::pattern:
        return "malformed route pattern";
    case Status::conflict:
        return "the route is already registered";
    case Status::address_in_use:
        return "the address is already in use";
    case Status::address:
        return "the address cannot be used";
    case Status::engine:
        return "the requested engine is not available";
    case Status::system:
        return "a system call failed";
    case Status::gone:
        return "the client has gone";
    case Status::header:
        return "a header name or value contains a forbidden byte";
    case Status::not_found:
        return "not found";
    case Status::limit:
        return "a limit was reached";
    case Status::again:
        return "nothing has come yet";
    case Status::timeout:
        return "the client was too slow";
    case Status::protocol:
        return "the client's message is malformed";
    case Status::media_type:
        return "the content is of another type than was asked for";
    case Status::ok:
        break;
    }
    return {};
}

}  // namespace trivet
