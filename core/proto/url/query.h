#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/status_gen.h"
#include "base/str.h"

namespace trivet::url {

// A decoded name and value, laid out like the ABI's trivet_param.
struct Param {
    Str name;
    Str value;
};

// Most parameters of one query that are listed.
inline constexpr std::size_t kQueryParamsMax = 1000;

// Walks the raw pairs of application/x-www-form-urlencoded text. Empty pairs are skipped, a pair
// without '=' has an empty value.
class QueryCursor {
public:
    explicit QueryCursor(std::string_view query) noexcept : rest_(query) {}
    // False at the end. The views are raw: see form_decode and form_equal.
    bool next(std::string_view& name, std::string_view& value) noexcept;

private:
    std::string_view rest_;
};

// The first `count` pairs of form text, of which there are that many, decoded; the array and what
// needed decoding live in the arena. Fails with Status::memory.
std::expected<std::span<const Param>, Status> decode_pairs(std::string_view text, std::size_t count,
                                                           Arena& arena) noexcept;

struct ParamList {
    std::span<const Param> items;
    bool is_truncated = false;  // there were more than kQueryParamsMax
};

// All parameters in order, decoded; the array and what needed decoding live in the arena.
// Fails with Status::memory.
std::expected<ParamList, Status> parse_query(std::string_view query, Arena& arena) noexcept;

// The decoded value of the first parameter whose decoded name is `name`; nullopt when there is
// none. Fails with Status::memory.
std::expected<std::optional<std::string_view>, Status> find_query(std::string_view query,
                                                                  std::string_view name,
                                                                  Arena& arena) noexcept;

}  // namespace trivet::url
