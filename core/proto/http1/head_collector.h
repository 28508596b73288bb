#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/memory.h"
#include "proto/http1/request_head.h"

namespace trivet::http1 {

// Why a head is refused. status 0: it is not.
struct Refusal {
    std::uint16_t status = 0;
    const char* reason = nullptr;  // static text
};

// Gathers the parts of a head into a RequestHead and applies the rules llhttp leaves open: limits,
// Host, Connection, Transfer-Encoding, Expect. Owned by a RequestParser. Parts come in order, each
// in one piece or more (`is_end`: the part is complete); every function gives false once refusal()
// is set.
class HeadCollector {
public:
    HeadCollector(Memory& memory, const HeadLimits& limits) noexcept
        : memory_(memory), limits_(limits) {}
    ~HeadCollector();
    HeadCollector(const HeadCollector&) = delete;
    HeadCollector& operator=(const HeadCollector&) = delete;

    // Begins a head. Gives back what an unusually large one took.
    void reset() noexcept;

    bool refuse(std::uint16_t status, const char* reason) noexcept;
    const Refusal& refusal() const noexcept { return refusal_; }
    const RequestHead& head() const noexcept { return head_; }

    void method(std::uint32_t size) noexcept { head_.method.size = size; }
    bool target(std::uint32_t offset, std::string_view piece) noexcept;
    void version(std::uint8_t version) noexcept { head_.version = version; }
    // All of a request line of HTTP/1.1 whose target is known to be without fragment.
    bool line(std::uint32_t method_size, std::uint32_t target_size) noexcept;
    bool name(std::uint32_t offset, std::string_view piece, bool is_end) noexcept;
    bool value(std::uint32_t offset, std::string_view piece, bool is_end) noexcept;
    void content_length(std::uint64_t length) noexcept {
        head_.has_content_length = true;
        head_.content_length = length;
    }
    // `head_size` counts from the method's first byte to the end of the empty line.
    bool finish(std::uint32_t head_size) noexcept;

private:
    static constexpr std::uint32_t kInlineFields = 16;
    // An array of fields up to this size is kept over reset().
    static constexpr std::uint32_t kKeptFields = 64;

    // Fields whose values matter to the framing of messages.
    enum class Known : std::uint8_t { other, host, expect, upgrade, connection, transfer_encoding };

    static Known known(std::string_view name) noexcept;
    bool begin_field(Span name) noexcept;
    bool grow_fields() noexcept;
    bool finish_value(std::string_view value) noexcept;
    bool take_host(std::string_view value) noexcept;
    bool take_transfer_encoding(std::string_view value) noexcept;
    void take_connection(std::string_view value) noexcept;

    bool keep(std::string_view piece) noexcept;
    void release_fields() noexcept;
    void release_kept() noexcept;

    Memory& memory_;
    const HeadLimits& limits_;
    RequestHead head_;
    Refusal refusal_;

    Span part_;                // the name or value being gathered
    bool is_in_part_ = false;  // its beginning was seen
    Known known_ = Known::other;
    bool has_host_ = false;
    bool has_transfer_encoding_ = false;
    bool has_unknown_coding_ = false;
    bool says_close_ = false;
    bool says_keep_alive_ = false;

    // Pieces of a part that came in an earlier feed, where the part must be looked at as a whole.
    char* kept_ = nullptr;
    std::uint32_t kept_size_ = 0;
    std::uint32_t kept_capacity_ = 0;

    Field* fields_ = inline_fields_;
    std::uint32_t field_capacity_ = kInlineFields;
    Field inline_fields_[kInlineFields];
};

}  // namespace trivet::http1
