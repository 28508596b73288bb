#include "proto/http1/head_collector.h"

#include <algorithm>
#include <cstring>

#include "base/authority.h"
#include "proto/http1/field.h"

namespace trivet::http1 {
namespace {

bool is_space(char byte) noexcept { return byte == ' ' || byte == '\t'; }

std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// Takes the next element of a comma-separated list off `rest`; elements may be empty.
std::string_view next_element(std::string_view& rest) noexcept {
    const std::size_t comma = rest.find(',');
    const std::string_view element = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    return trim(element);
}

}  // namespace

HeadCollector::~HeadCollector() {
    release_fields();
    release_kept();
}

void HeadCollector::reset() noexcept {
    if (field_capacity_ > kKeptFields) {
        release_fields();
    }
    if (kept_ != nullptr) {
        release_kept();
    }
    head_ = {};
    refusal_ = {};
    is_in_part_ = false;
    has_host_ = false;
    has_transfer_encoding_ = false;
    has_unknown_coding_ = false;
    says_close_ = false;
    says_keep_alive_ = false;
}

bool HeadCollector::refuse(std::uint16_t status, const char* reason) noexcept {
    refusal_ = {status, reason};
    return false;
}

bool HeadCollector::target(std::uint32_t offset, std::string_view piece) noexcept {
    Span& target = head_.target;
    if (target.size == 0) {
        if (offset != head_.method.size + 1) {
            return refuse(400, "more than one space after the method");
        }
        target.offset = offset;
    }
    // By position, so that the outcome is the same however the bytes were cut.
    const std::uint32_t room = limits_.target_bytes_max - target.size;
    if (piece.substr(0, room).find('#') != std::string_view::npos) {
        return refuse(400, "fragment in the request target");
    }
    if (piece.size() > room) {
        return refuse(414, "request target too long");
    }
    target.size += static_cast<std::uint32_t>(piece.size());
    return true;
}

bool HeadCollector::line(std::uint32_t method_size, std::uint32_t target_size) noexcept {
    head_.method.size = method_size;
    head_.target = {method_size + 1, target_size};
    head_.version = 11;
    return target_size <= limits_.target_bytes_max || refuse(414, "request target too long");
}

bool HeadCollector::name(std::uint32_t offset, std::string_view piece, bool is_end) noexcept {
    if (!is_in_part_) {
        part_ = {offset, 0};
        is_in_part_ = true;
        kept_size_ = 0;
    }
    part_.size += static_cast<std::uint32_t>(piece.size());
    if (!is_end) {
        return keep(piece);
    }
    if (kept_size_ > 0) {
        if (!keep(piece)) {
            return false;
        }
        piece = {kept_, kept_size_};
    }
    is_in_part_ = false;
    known_ = known(piece);
    return begin_field(part_);
}

bool HeadCollector::value(std::uint32_t offset, std::string_view piece, bool is_end) noexcept {
    if (!is_in_part_) {
        part_ = {offset, 0};
        is_in_part_ = true;
        kept_size_ = 0;
    }
    // White space at the end is cut off, within the value it is kept.
    std::size_t size = piece.size();
    while (size > 0 && is_space(piece[size - 1])) {
        --size;
    }
    if (size > 0) {
        part_.size = static_cast<std::uint32_t>(offset + size) - part_.offset;
    }
    if (!is_end) {
        return known_ == Known::other || keep(piece);
    }
    is_in_part_ = false;
    fields_[head_.field_count - 1].value = part_;
    if (known_ == Known::other) {
        return true;
    }
    if (kept_size_ > 0) {
        if (!keep(piece)) {
            return false;
        }
        piece = {kept_, kept_size_};
    }
    return finish_value(trim(piece));
}

HeadCollector::Known HeadCollector::known(std::string_view name) noexcept {
    const auto is = [name](std::string_view other) { return field_name_equal(name, other); };
    switch (name.size()) {
        case 4:
            return is("host") ? Known::host : Known::other;
        case 6:
            return is("expect") ? Known::expect : Known::other;
        case 7:
            return is("upgrade") ? Known::upgrade : Known::other;
        case 10:
            return is("connection") ? Known::connection : Known::other;
        case 17:
            return is("transfer-encoding") ? Known::transfer_encoding : Known::other;
        default:
            return Known::other;
    }
}

bool HeadCollector::begin_field(Span name) noexcept {
    if (head_.field_count >= limits_.header_count_max) {
        return refuse(431, "too many header fields");
    }
    if (head_.field_count == field_capacity_ && !grow_fields()) {
        return refuse(503, "out of memory");
    }
    fields_[head_.field_count++] = {name, {}};
    return true;
}

bool HeadCollector::grow_fields() noexcept {
    const std::uint32_t capacity = field_capacity_ * 2;
    auto* fields = static_cast<Field*>(memory_.allocate(capacity * sizeof(Field)));
    if (fields == nullptr) {
        return false;
    }
    std::copy_n(fields_, head_.field_count, fields);
    release_fields();
    fields_ = fields;
    field_capacity_ = capacity;
    return true;
}

bool HeadCollector::finish_value(std::string_view value) noexcept {
    switch (known_) {
        case Known::host:
            return take_host(value);
        case Known::transfer_encoding:
            return take_transfer_encoding(value);
        case Known::connection:
            take_connection(value);
            return true;
        case Known::upgrade:
            head_.has_upgrade = true;
            return true;
        case Known::expect:
            if (!field_name_equal(value, "100-continue")) {
                return refuse(417, "unknown expectation");
            }
            // RFC 9110 section 10.1.1: not from an HTTP/1.0 client.
            head_.expects_continue = head_.version == 11;
            return true;
        case Known::other:
            break;
    }
    return true;
}

bool HeadCollector::take_host(std::string_view value) noexcept {
    if (has_host_) {
        return refuse(400, "more than one Host field");
    }
    has_host_ = true;
    return value.empty() || is_authority(value) || refuse(400, "malformed Host field");
}

// RFC 9112 section 6.1. What differs from "chunked" as the last and only coding is refused: which
// coding came last decides where the message ends, and two readers may disagree about it.
bool HeadCollector::take_transfer_encoding(std::string_view value) noexcept {
    has_transfer_encoding_ = true;
    for (bool has_more = true; has_more;) {
        has_more = value.find(',') != std::string_view::npos;
        const std::string_view coding = next_element(value);
        if (coding.empty()) {
            return refuse(400, "malformed Transfer-Encoding");
        }
        if (head_.chunked) {
            return refuse(400, "chunked is not the last transfer coding");
        }
        if (field_name_equal(coding, "chunked")) {
            head_.chunked = true;
        } else {
            has_unknown_coding_ = true;
        }
    }
    return true;
}

void HeadCollector::take_connection(std::string_view value) noexcept {
    while (!value.empty()) {
        const std::string_view option = next_element(value);
        says_close_ = says_close_ || field_name_equal(option, "close");
        says_keep_alive_ = says_keep_alive_ || field_name_equal(option, "keep-alive");
    }
}

bool HeadCollector::finish(std::uint32_t head_size) noexcept {
    if (!has_host_ && head_.version == 11) {
        return refuse(400, "no Host field");
    }
    if (has_transfer_encoding_) {
        if (head_.version == 10) {
            return refuse(400, "Transfer-Encoding in HTTP/1.0");
        }
        // RFC 9112 section 6.3: without chunked as the last one, where the content ends is unknown.
        if (!head_.chunked) {
            return refuse(400, "chunked is not the last transfer coding");
        }
        if (has_unknown_coding_) {
            return refuse(501, "unknown transfer coding");
        }
    }
    head_.head_size = head_size;
    head_.keep_alive = !says_close_ && (head_.version == 11 || says_keep_alive_);
    head_.fields = fields_;
    return true;
}

bool HeadCollector::keep(std::string_view piece) noexcept {
    const auto size = static_cast<std::uint32_t>(piece.size());
    if (size > kept_capacity_ - kept_size_) {
        const std::uint32_t capacity = std::max(kept_capacity_ * 2, kept_size_ + size + 64);
        auto* bigger = static_cast<char*>(memory_.allocate(capacity));
        if (bigger == nullptr) {
            return refuse(503, "out of memory");
        }
        if (kept_size_ > 0) {
            std::memcpy(bigger, kept_, kept_size_);
        }
        const std::uint32_t kept_size = kept_size_;
        release_kept();
        kept_ = bigger;
        kept_size_ = kept_size;
        kept_capacity_ = capacity;
    }
    if (size > 0) {
        std::memcpy(kept_ + kept_size_, piece.data(), size);
    }
    kept_size_ += size;
    return true;
}

void HeadCollector::release_fields() noexcept {
    if (fields_ != inline_fields_) {
        memory_.release(fields_, field_capacity_ * sizeof(Field));
        fields_ = inline_fields_;
        field_capacity_ = kInlineFields;
    }
}

void HeadCollector::release_kept() noexcept {
    memory_.release(kept_, kept_capacity_);
    kept_ = nullptr;
    kept_size_ = 0;
    kept_capacity_ = 0;
}

}  // namespace trivet::http1
