// Files as answers.
#include <array>
#include <cstring>

#include "app/packed_fields.h"
#include "app/worker.h"

namespace trivet::app {
namespace {

// What the content of a posted file is made of: texts with a NUL behind each but the last.
constexpr std::size_t kFileTexts = 5;

bool split_texts(std::string_view packed, std::array<std::string_view, kFileTexts>& texts) {
    for (std::size_t index = 0; index < kFileTexts; ++index) {
        const std::size_t end = packed.find('\0');
        if ((end == std::string_view::npos) != (index + 1 == kFileTexts)) {
            return false;
        }
        texts[index] = packed.substr(0, end);
        packed.remove_prefix(end == std::string_view::npos ? packed.size() : end + 1);
    }
    return true;
}

}  // namespace

Status Worker::send_static(http::Exchange& exchange) noexcept {
    const http::FileMount* const mount = app_.route(exchange.route).mount;
    if (mount == nullptr || exchange.is_in_after_hooks || exchange.answer.is_begun ||
        exchange.is_file) {
        return Status::state;
    }
    if (exchange.connection == nullptr) {
        server_.break_off(exchange);
        return Status::gone;
    }
    files_.serve(exchange, *mount);
    return Status::ok;
}

// As a path without a route where nothing of the program has seen the request yet, so that it has
// one place for what is not found.
void Worker::on_file_missing(http::Exchange& exchange) noexcept {
    const Route& route = app_.route(exchange.route);
    if (!app_.interests().takes_refusals || route.is_delivered || !route.before.empty() ||
        exchange.connection == nullptr) {
        server_.reply_problem(exchange, 404, {});
        return;
    }
    exchange.refusal = 404;
    exchange.view.refusal = 404;
    exchange.route = http::kNoRoute;
    on_request(exchange);
}

Status Worker::mount_posted(http::Exchange& exchange, const ReplyRecord& record,
                            const char* bytes) noexcept {
    std::array<http1::HeaderView, http::kReplyFieldsMax> room;
    if (record.header_count > http::kReplyFieldsMax) {
        return Status::argument;
    }
    for (const http1::HeaderView& field : unpack(record, bytes, room.data())) {
        if (const Status added = exchange.add_field(field.name, field.value); added != Status::ok) {
            return added;
        }
    }
    return send_static(exchange);
}

Status Worker::file_posted(http::Exchange& exchange, const ReplyRecord& record,
                           const char* bytes) noexcept {
    std::array<std::string_view, kFileTexts> texts;
    std::array<http1::HeaderView, http::kReplyFieldsMax> fields;
    if (record.header_count > http::kReplyFieldsMax || record.length >= kFileFlagsEnd ||
        !split_texts(body_of(record, bytes), texts)) {
        return Status::argument;
    }
    return files_.send(exchange, {.directory = texts[1],
                                  .path = texts[0],
                                  .content_type = texts[2],
                                  .download_name = texts[3],
                                  .cache_control = texts[4],
                                  .fields = unpack(record, bytes, fields.data()),
                                  .status = record.status,
                                  .follows_symlinks = (record.length & kFileNoSymlinks) == 0,
                                  .has_dot_files = (record.length & kFileDotFiles) != 0});
}

}  // namespace trivet::app
