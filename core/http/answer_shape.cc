#include "http/answer_shape.h"

#include <algorithm>
#include <new>

#include "base/ascii.h"
#include "base/content_hash.h"
#include "base/hex.h"
#include "base/http_date.h"
#include "proto/conditional/preconditions.h"
#include "proto/http1/media_type.h"

namespace trivet::http {
namespace {

constexpr std::string_view kVaryName = "Accept-Encoding";
constexpr std::string_view kSeparator = ", ";
constexpr std::string_view kWeak = "W/";
constexpr std::size_t kAddedMax = 3;
constexpr std::size_t kLinesMax = 16;  // of one field of a request; more are not looked at

bool is_named(const http1::HeaderView& field, std::string_view lower_name) noexcept {
    return http1::field_name_equal(field.name, lower_name);
}

bool has_member(std::string_view list, std::string_view name) noexcept {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (equal_ignoring_case(trimmed(list.substr(0, comma)), name)) {
            return true;
        }
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

// The lines of a request's field, in order.
class Lines {
public:
    Lines(const Exchange& exchange, std::string_view lower_name) noexcept {
        for (std::size_t index = 0; index < exchange.view.header_count; ++index) {
            const http1::HeaderView& field = exchange.view.headers[index];
            if (field.name.size == lower_name.size() && is_named(field, lower_name) &&
                count_ < kLinesMax) {
                lines_[count_++] = field.value;
            }
        }
    }
    std::span<const std::string_view> all() const noexcept { return {lines_.data(), count_}; }

private:
    std::array<std::string_view, kLinesMax> lines_;
    std::size_t count_ = 0;
};

// What describes a content that a 304 does not bring, RFC 9110 section 15.4.5.
bool describes_content(const http1::HeaderView& field) noexcept {
    return field.name.size >= 12 && field.name.size <= 16 &&
           (is_named(field, "content-type") || is_named(field, "content-encoding") ||
            is_named(field, "content-language") || is_named(field, "content-range"));
}

char* put(char* out, std::string_view text) noexcept {
    return std::copy(text.begin(), text.end(), out);
}

}  // namespace

AnswerShape::AnswerShape(const AnswerRules& rules, const Exchange& exchange,
                         const Reply& reply) noexcept
    : rules_(rules), exchange_(exchange), reply_(reply) {
    for (const http1::HeaderView& field : reply.fields) {
        look_at(field);
    }
    if (rules.coding == nullptr || is_final_) {
        return;
    }
    const std::uint32_t status = reply.status;
    may_be_encoded_ =
        status != 204 && status != 205 && status != 206 && status != 304 && is_type_encoded();
    // A 304 tells what the 200 would have told, whose type nobody knows.
    varies_ = may_be_encoded_ || (status == 304 && is_transformed_);
}

void AnswerShape::look_at(const http1::HeaderView& field) noexcept {
    switch (field.name.size) {
        case 4:
            if (is_named(field, "vary")) {
                vary_ = vary_ == nullptr ? &field : vary_;
                names_vary_ = names_vary_ || has_member(field.value, kVaryName) ||
                              has_member(field.value, "*");
            } else if (tag_ == nullptr && is_named(field, "etag")) {
                tag_ = &field;
            }
            break;
        case 6:
            is_final_ = is_final_ || is_named(field, "digest");
            break;
        case 11:
            is_final_ =
                is_final_ || is_named(field, "content-md5") || is_named(field, "repr-digest");
            break;
        case 12:
            type_ = is_named(field, "content-type") ? &field : type_;
            break;
        case 13:
            if (is_named(field, "cache-control")) {
                is_transformed_ = is_transformed_ && !has_member(field.value, "no-transform");
                is_stored_ = is_stored_ && !has_member(field.value, "no-store");
            } else if (is_named(field, "content-range")) {
                is_final_ = true;
            } else if (modified_ == nullptr && is_named(field, "last-modified")) {
                modified_ = &field;
            }
            break;
        case 14:
            is_final_ = is_final_ || is_named(field, "content-digest");
            break;
        case 16:
            is_final_ = is_final_ || is_named(field, "content-encoding");
            break;
        default:
            break;
    }
}

bool AnswerShape::is_type_encoded() const noexcept {
    const std::string_view type =
        type_ != nullptr ? std::string_view(type_->value) : content_type(reply_.content);
    // no-transform, which stands on every event stream, is meant for proxies; whoever lists the
    // type wants it encoded all the same.
    return (is_transformed_ || http1::is_media_type(type, "text/event-stream")) &&
           rules_.coding->types.has(type);
}

const OfferedCoding* AnswerShape::coding(std::uint64_t length) const noexcept {
    if (!may_be_encoded_ || length < rules_.coding->min_bytes) {
        return nullptr;
    }
    const CodingRules& rules = *rules_.coding;
    const Lines accepted(exchange_, "accept-encoding");
    const auto chosen = accepted.all().empty()
                            ? std::nullopt
                            : negotiation::choose_coding(
                                  accepted.all(), {rules.names.data(), rules.offer_count + 1});
    // A client that takes nothing of all this, not even what has no coding, gets that: it has been
    // made, and to see it beats a 406.
    return chosen && *chosen < rules.offer_count ? &rules.offers[*chosen] : nullptr;
}

bool AnswerShape::is_read() const noexcept {
    const std::string_view method = exchange_.view.method;
    return reply_.status == 200 && (method == "GET" || method == "HEAD");
}

bool AnswerShape::wants_tag(std::size_t size) const noexcept {
    return rules_.tags != nullptr && tag_ == nullptr && is_stored_ && size > 0 &&
           size <= rules_.tags->max_bytes && is_read();
}

void AnswerShape::make_tag(std::string_view content) noexcept {
    const ContentHash hash = content_hash(content);
    char* out = rules_.tags->is_strong ? made_.data() : put(made_.data(), kWeak);
    *out++ = '"';
    out = write_hex(write_hex(out, hash[0]), hash[1]);
    *out++ = '"';
    made_size_ = static_cast<std::size_t>(out - made_.data());
}

bool AnswerShape::is_not_modified(std::int64_t now) const noexcept {
    if (rules_.tags == nullptr || !is_read()) {
        return false;
    }
    conditional::Validators current;
    if (made_size_ > 0) {
        current.tag = conditional::parse_entity_tag({made_.data(), made_size_});
    } else if (tag_ != nullptr) {
        current.tag = conditional::parse_entity_tag(trimmed(tag_->value));
    }
    if (modified_ != nullptr) {
        current.modified = parse_http_date(trimmed(modified_->value), now);
    }
    if (!current.tag && !current.modified) {
        return false;
    }
    // What guards writes, and parts, is the program's.
    const Lines none_match(exchange_, "if-none-match");
    const Lines modified_since(exchange_, "if-modified-since");
    const conditional::Fields asked{.if_match = {},
                                    .if_none_match = none_match.all(),
                                    .if_modified_since = modified_since.all(),
                                    .if_unmodified_since = {},
                                    .if_range = {}};
    const auto method =
        exchange_.is_head_request() ? conditional::Method::head : conditional::Method::get;
    return conditional::evaluate(method, asked, current, now).verdict ==
           conditional::Verdict::not_modified;
}

std::optional<std::span<const http1::HeaderView>> AnswerShape::fields(const OfferedCoding* coding,
                                                                      bool is_not_modified,
                                                                      Buffer& room) const noexcept {
    const bool adds_vary = varies_ && !names_vary_;
    const bool weakens_tag =
        coding != nullptr && tag_ != nullptr && std::string_view(tag_->value).starts_with('"');
    const std::size_t vary_size = vary_ != nullptr ? vary_->value.size : 0;
    const std::size_t tag_size = tag_ != nullptr ? tag_->value.size : made_size_;
    const std::size_t list_size = (reply_.fields.size() + kAddedMax) * sizeof(http1::HeaderView);
    char* const place = room.reserve(list_size + vary_size + kSeparator.size() + kVaryName.size() +
                                     kWeak.size() + tag_size);
    if (place == nullptr) {
        return std::nullopt;
    }
    auto* const list = reinterpret_cast<http1::HeaderView*>(place);
    char* text = place + list_size;
    const auto composed = [&text](std::string_view begin, std::string_view middle,
                                  std::string_view end) {
        const char* const from = text;
        text = put(put(put(text, begin), middle), end);
        return Str(std::string_view(from, text));
    };
    http1::HeaderView* out = list;
    for (const http1::HeaderView& field : reply_.fields) {
        if (is_not_modified && describes_content(field)) {
            continue;
        }
        // Ranges are of the content as it is, RFC 9110 section 14.3.
        if (coding != nullptr && is_named(field, "accept-ranges")) {
            continue;
        }
        http1::HeaderView* const copy = new (out++) http1::HeaderView(field);
        if (&field == vary_ && adds_vary) {
            copy->value = composed(field.value, field.value.empty() ? "" : kSeparator, kVaryName);
        } else if (&field == tag_ && weakens_tag) {
            copy->value = composed(kWeak, field.value, {});
        }
    }
    if (coding != nullptr && !is_not_modified) {
        new (out++) http1::HeaderView{"Content-Encoding", codec::name_of(coding->coding)};
    }
    if (adds_vary && vary_ == nullptr) {
        new (out++) http1::HeaderView{"Vary", kVaryName};
    }
    if (made_size_ > 0) {
        new (out++) http1::HeaderView{"ETag", composed({made_.data(), made_size_}, {}, {})};
    }
    return std::span<const http1::HeaderView>(list, out);
}

}  // namespace trivet::http
