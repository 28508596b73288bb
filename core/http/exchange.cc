#include "http/exchange.h"

#include <algorithm>
#include <new>
#include <utility>

#include "http/content_decoder.h"
#include "http/form.h"
#include "http/reply.h"
#include "proto/url/percent.h"

namespace trivet::http {

bool Exchange::begin(const char* base, const http1::RequestHead& head) noexcept {
    base_ = base;
    head_size_ = head.head_size;
    is_in_place = true;
    view.flags = head.keep_alive ? kKeepAlive : 0u;
    view.method = {base + head.method.offset, head.method.size};
    view.target = {base + head.target.offset, head.target.size};
    view.version = head.version;
    http1::HeaderView* fields = inline_fields_;
    if (head.field_count > kInlineFields) {
        fields = arena.allocate_array<http1::HeaderView>(head.field_count);
        if (fields == nullptr) {
            return false;
        }
    }
    for (std::uint32_t index = 0; index < head.field_count; ++index) {
        const http1::Field& field = head.fields[index];
        fields[index] = {Str(base + field.name.offset, field.name.size),
                         Str(base + field.value.offset, field.value.size)};
    }
    view.headers = fields;
    view.header_count = head.field_count;
    view.body = {};
    view.params = nullptr;
    view.param_count = 0;
    return true;
}

Status Exchange::take_params(const route::Match& match) noexcept {
    if (match.param_count == 0) {
        return Status::ok;
    }
    auto* params = arena.allocate_array<url::Param>(match.param_count);
    if (params == nullptr) {
        return Status::memory;
    }
    for (std::uint32_t index = 0; index < match.param_count; ++index) {
        const route::MatchedParam& matched = match.params[index];
        std::string_view value = matched.value;
        if (matched.is_host) {
            const auto copied = arena.copy(value);
            if (!copied) {
                return Status::memory;
            }
            // Hosts compare without case (RFC 9110 section 4.2.3): one tenant has one name.
            std::transform(
                copied->begin(), copied->end(), const_cast<char*>(copied->data()), [](char byte) {
                    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte | 0x20) : byte;
                });
            value = *copied;
        } else if (matched.is_encoded) {
            const auto decoded = url::path_decode(value, arena);
            if (!decoded) {
                return decoded.error();
            }
            value = *decoded;
        }
        params[index] = {Str(matched.name), Str(value)};
    }
    view.params = params;
    view.param_count = match.param_count;
    return Status::ok;
}

void Exchange::shift(Str& text, const char* from, const char* to) const noexcept {
    if (text.data >= from && text.data < from + head_size_) {
        text.data = to + (text.data - from);
    }
}

bool Exchange::detach() noexcept {
    if (!is_in_place) {
        return true;
    }
    const auto copy = arena.copy({base_, head_size_});
    if (!copy) {
        return false;
    }
    client = nullptr;  // it points into what is left behind
    if (!view.body.empty() && body.empty()) {
        if (!body.append(view.body)) {
            return false;
        }
        view.body = body.view();
    }
    const char* from = base_;
    const char* to = copy->data();
    shift(view.method, from, to);
    shift(view.target, from, to);
    shift(view.path, from, to);
    shift(view.query, from, to);
    // The field and parameter arrays are this exchange's own memory.
    auto* fields = const_cast<http1::HeaderView*>(view.headers);
    for (std::size_t index = 0; index < view.header_count; ++index) {
        shift(fields[index].name, from, to);
        shift(fields[index].value, from, to);
    }
    auto* params = const_cast<url::Param*>(view.params);
    for (std::size_t index = 0; index < view.param_count; ++index) {
        shift(params[index].value, from, to);
    }
    if (chain != nullptr) {
        shift(notes.request_id, from, to);
        shift(notes.trace_state, from, to);
        shift(notes.origin, from, to);
        shift(notes.preflight, from, to);
        shift(notes.parent_id, from, to);
    }
    // Decoded lists point at the old place where nothing needed decoding, so they are made anew.
    has_query_items_ = false;
    has_cookie_items_ = false;
    base_ = to;
    is_in_place = false;
    return true;
}

void Exchange::set_data(void* data, void (*drop)(void*)) noexcept {
    if (data_drop_ != nullptr) {
        data_drop_(data_);
    }
    data_ = data;
    data_drop_ = drop;
}

void Exchange::set_ready(const ReadyCallback& callback) noexcept {
    const ReadyCallback before = std::exchange(ready_, callback);
    if (before.drop != nullptr) {
        before.drop(before.user_data);
    }
}

Status Exchange::add_field(std::string_view name, std::string_view value) noexcept {
    const http1::HeaderView given{name, value};
    if (check_reply({.status = 200, .content = Content::none, .fields = {&given, 1}, .body = {}}) !=
        Status::ok) {
        return Status::header;
    }
    if (added_count_ == kAddedFieldsMax) {
        return Status::limit;
    }
    auto* added = arena.allocate_array<AddedField>(1);
    const auto own_name = arena.copy(name);
    const auto own_value = arena.copy(value);
    if (added == nullptr || !own_name || !own_value) {
        return Status::memory;
    }
    *added = {{*own_name, *own_value}, nullptr};
    (last_added_ == nullptr ? first_added_ : last_added_->next) = added;
    last_added_ = added;
    ++added_count_;
    return Status::ok;
}

std::optional<std::span<const http1::HeaderView>> Exchange::answer_fields(
    std::span<const http1::HeaderView> fields, std::uint32_t status, Buffer& room) const noexcept {
    const auto is_allow = [](const http1::HeaderView& field) {
        return http1::field_name_equal(field.name, "allow");
    };
    const bool adds_allow =
        status == 405 && !allow.empty() && std::none_of(fields.begin(), fields.end(), is_allow);
    if (added_count_ == 0 && !adds_allow) {
        return fields;
    }
    auto* all = reinterpret_cast<http1::HeaderView*>(
        room.reserve((fields.size() + added_count_ + 1) * sizeof(http1::HeaderView)));
    if (all == nullptr) {
        return std::nullopt;
    }
    http1::HeaderView* end = std::copy(fields.begin(), fields.end(), all);
    for (const AddedField* added = first_added_; added != nullptr; added = added->next) {
        *end++ = added->field;
    }
    if (adds_allow) {
        *end++ = {"Allow", allow};
    }
    return std::span<const http1::HeaderView>(all, end);
}

void Exchange::end() noexcept {
    if (peer.session != nullptr) {
        std::exchange(peer.session, nullptr)->release();
    }
    client = nullptr;
    if (data_drop_ != nullptr || data_ != nullptr) {
        set_data(nullptr, nullptr);
    }
    if (ready_.function != nullptr) {
        set_ready({});
    }
    if (has_streams_) {
        close_streams();
    }
    is_read_posted = false;
    is_write_posted = false;
    is_content_due = false;
    is_answer_posted = false;
    is_form_posted = false;
    is_file = false;
    transfer = nullptr;
    answer.is_begun = false;
    answer.beat_ms = 0;
    answer.is_plain = false;
    first_added_ = nullptr;
    last_added_ = nullptr;
    added_count_ = 0;
    route = kNoRoute;
    chain = nullptr;
    view.refusal = 0;
    is_in_after_hooks = false;
    has_after_hooks = false;
    is_error_handled = false;
    lingers = false;
    arena.reset();
    body.clear();
    connection = nullptr;
    refusal = 0;
    allow = {};
    is_event = false;
    is_delivered = false;
    is_body_read = false;
    is_in_place = false;
    has_query_items_ = false;
    has_cookie_items_ = false;
}

bool Exchange::open_content() noexcept {
    content = make<ContentStream>(pool_);
    if (content != nullptr && decoder != nullptr) {
        content->set_decoder(*decoder);
    }
    return content != nullptr;
}

Trailers* Exchange::open_trailers() noexcept {
    trailers = make<Trailers>(pool_);
    return trailers;
}

bool Exchange::open_decoder(std::span<const codec::Coding> codings,
                            const DecoderLimits& limits) noexcept {
    decoder = make<ContentDecoder>(pool_, codings, limits);
    drop_fields("content-encoding");
    drop_fields("content-length");
    return decoder != nullptr;
}

Form* Exchange::open_form(const FormConfig& config) noexcept {
    Form* const form = make<Form>(pool_, config);
    form_.store(form, std::memory_order_release);
    return form;
}

template <typename Part, typename... Arguments>
Part* Exchange::make(Arguments&&... arguments) noexcept {
    void* const room = pool_.memory().allocate(sizeof(Part));
    if (room == nullptr) {
        return nullptr;
    }
    has_streams_ = true;
    return new (room) Part(std::forward<Arguments>(arguments)...);
}

template <typename Part>
void Exchange::unmake(Part* part) noexcept {
    if (part != nullptr) {
        part->~Part();
        pool_.memory().release(part, sizeof(Part));
    }
}

void Exchange::close_streams() noexcept {
    unmake(form_.exchange(nullptr, std::memory_order_relaxed));
    unmake(std::exchange(content, nullptr));
    unmake(std::exchange(decoder, nullptr));
    unmake(std::exchange(trailers, nullptr));
    has_streams_ = false;
}

void Exchange::drop_fields(std::string_view name) noexcept {
    // The array is this exchange's own memory.
    auto* const fields = const_cast<http1::HeaderView*>(view.headers);
    auto* const end =
        std::remove_if(fields, fields + view.header_count, [name](const http1::HeaderView& field) {
            return http1::field_name_equal(field.name, name);
        });
    view.header_count = static_cast<std::size_t>(end - fields);
}

void Exchange::replace_host(std::string_view authority) noexcept {
    const http1::HeaderView* field = find_header("host");
    if (field != nullptr) {
        const_cast<http1::HeaderView*>(field)->value = Str(authority);
    }
}

const http1::HeaderView* Exchange::find_header(std::string_view name) const noexcept {
    for (std::size_t index = 0; index < view.header_count; ++index) {
        if (http1::field_name_equal(view.headers[index].name, name)) {
            return &view.headers[index];
        }
    }
    return nullptr;
}

std::expected<std::optional<std::string_view>, Status> Exchange::find_query(
    std::string_view name) noexcept {
    return url::find_query(view.query, name, arena);
}

std::expected<std::optional<std::string_view>, Status> Exchange::find_cookie(
    std::string_view name) noexcept {
    const auto items = cookie_items();
    if (!items) {
        return std::unexpected(items.error());
    }
    for (const http1::Cookie& cookie : *items) {
        if (std::string_view(cookie.name) == name) {
            return std::string_view(cookie.value);
        }
    }
    return std::nullopt;
}

std::expected<std::span<const url::Param>, Status> Exchange::query_items() noexcept {
    if (!has_query_items_) {
        const auto list = url::parse_query(view.query, arena);
        if (!list) {
            return std::unexpected(list.error());
        }
        if (list->is_truncated) {
            return std::unexpected(Status::limit);
        }
        query_items_ = list->items;
        has_query_items_ = true;
    }
    return query_items_;
}

std::expected<std::span<const http1::Cookie>, Status> Exchange::cookie_items() noexcept {
    if (!has_cookie_items_) {
        std::size_t count = 0;
        for (std::size_t index = 0; index < view.header_count; ++index) {
            count += http1::field_name_equal(view.headers[index].name, "cookie") ? 1 : 0;
        }
        auto* values = arena.allocate_array<std::string_view>(count);
        if (values == nullptr) {
            return std::unexpected(Status::memory);
        }
        count = 0;
        for (std::size_t index = 0; index < view.header_count; ++index) {
            if (http1::field_name_equal(view.headers[index].name, "cookie")) {
                values[count++] = view.headers[index].value;
            }
        }
        const auto list = http1::parse_cookies({values, count}, arena);
        if (!list) {
            return std::unexpected(list.error());
        }
        if (list->is_truncated) {
            return std::unexpected(Status::limit);
        }
        cookie_items_ = list->items;
        has_cookie_items_ = true;
    }
    return cookie_items_;
}

}  // namespace trivet::http
