#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "http/answer_rules.h"
#include "http/exchange.h"
#include "http/reply.h"

namespace trivet::http {

// One answer held against the rules of its route: what it may be encoded with, its entity tag,
// whether its client has it already, and the fields that say so. Lives for one answer, whose reply
// and exchange it looks into.
class AnswerShape {
public:
    AnswerShape(const AnswerRules& rules, const Exchange& exchange, const Reply& reply) noexcept;

    // What to encode a content of `length` bytes with, or of kUnknownLength; nullptr: nothing.
    const OfferedCoding* coding(std::uint64_t length) const noexcept;

    // Whether a tag has to be made of a content of so many bytes, as make_tag() does.
    bool wants_tag(std::size_t size) const noexcept;
    void make_tag(std::string_view content) noexcept;

    // Whether the client has the present content by its tag or its date, RFC 9110 section 13.2:
    // the answer to GET or HEAD is 304 then. `now` is the time of the answer, in seconds.
    bool is_not_modified(std::int64_t now) const noexcept;

    // The fields of the answer as it leaves, in `room`: encoded with `coding` unless that is
    // nullptr, or as a 304. nullopt: memory is out.
    std::optional<std::span<const http1::HeaderView>> fields(const OfferedCoding* coding,
                                                             bool is_not_modified,
                                                             Buffer& room) const noexcept;

private:
    using Field = const http1::HeaderView*;

    void look_at(const http1::HeaderView& field) noexcept;
    bool is_type_encoded() const noexcept;
    bool is_read() const noexcept;

    const AnswerRules& rules_;
    const Exchange& exchange_;
    const Reply& reply_;
    Field type_ = nullptr;
    Field vary_ = nullptr;  // the first
    Field tag_ = nullptr;
    Field modified_ = nullptr;
    bool is_final_ = false;  // encoded already, a part, or with a digest of what is sent
    bool is_transformed_ = true;
    bool is_stored_ = true;
    bool names_vary_ = false;  // of what is negotiated here
    bool may_be_encoded_ = false;
    bool varies_ = false;
    std::array<char, 2 + 2 + 2 * 16> made_;  // W/"…" of 32 digits
    std::size_t made_size_ = 0;              // 0: no tag was made
};

}  // namespace trivet::http
