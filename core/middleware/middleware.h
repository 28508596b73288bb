#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.h"
#include "http/exchange.h"

namespace trivet::middleware {

class Plan;

// What runs before what, on every route.
enum class Phase : std::uint8_t {
    transport,
    trace,
    security,
    auth,
    rate,
    cache,
    validate,
    handler,
    encode
};
std::string_view name(Phase phase) noexcept;

// A field of a request that a chain looks for, as it was found.
struct FoundField {
    std::string_view value;
    std::uint32_t count;  // more than one is a fault wherever only one may be

    bool is_single() const noexcept { return count == 1; }
};

inline constexpr std::size_t kOwnFieldsMax = 16;              // named by options, of one app
inline constexpr std::size_t kFieldsMax = kOwnFieldsMax + 4;  // that one chain looks for
inline constexpr std::size_t kFieldsOfOneMax = 2;             // that one middleware does
inline constexpr std::size_t kRequestIdBytesMax = 128;        // of one that came
inline constexpr std::size_t kOriginBytesMax = 512;           // longer ones are nobody's

// A request at one middleware.
struct Visit {
    http::Exchange& exchange;
    http::ChainNotes& notes;
    Random& random;
    const std::array<FoundField, kFieldsMax>& found;
    const std::uint8_t* slots;  // of this middleware's fields, in the order it named them
    const Plan& plan;

    const FoundField& field(std::size_t index) const noexcept { return found[slots[index]]; }
};

// One piece of native middleware as it was configured. Owned by its app, shared by chains and
// loops, never changed. run() and write() are on the way of every request.
class Middleware {
public:
    Middleware(std::string_view kind, Phase phase) noexcept : kind_(kind), phase_(phase) {}
    virtual ~Middleware() = default;
    Middleware(const Middleware&) = delete;
    Middleware& operator=(const Middleware&) = delete;

    std::string_view kind() const noexcept { return kind_; }
    Phase phase() const noexcept { return phase_; }
    // What people are shown of its options; no secrets.
    virtual std::string summary() const { return {}; }
    // Whether of several in one chain each counts; else the innermost does.
    virtual bool is_repeated() const noexcept { return false; }
    // Says what it needs of a chain that it is in.
    virtual void prepare(Plan& plan) const = 0;
    // nullptr: the request goes on.
    virtual const http::ChainAnswer* run(Visit&) const noexcept { return nullptr; }
    // Lines of an answer's head, as many bytes as were promised at most.
    virtual char* write(char* out, const http::ChainNotes&) const noexcept { return out; }

    // The field of requests that its options name; empty: none.
    virtual std::string_view own_field() const noexcept { return {}; }

    // Limits it sets where it is mounted; 0: none.
    virtual std::uint64_t body_bytes_max() const noexcept { return 0; }
    virtual std::uint32_t request_timeout_ms() const noexcept { return 0; }

private:
    const std::string_view kind_;
    const Phase phase_;
};

}  // namespace trivet::middleware
