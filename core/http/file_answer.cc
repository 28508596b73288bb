// What a request's preconditions and ranges make of a file, and the head of the answer.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "base/hex.h"
#include "base/str.h"
#include "codec/disposition.h"
#include "http/file_path.h"
#include "http/file_transfer.h"
#include "http/files.h"
#include "http/mime.h"
#include "http/server.h"

namespace trivet::http {
namespace {

constexpr std::size_t kOwnFieldsMax = 9;
constexpr std::size_t kBoundaryBytes = 2 * Random::kSecretBytes;

// The fields of an answer, those of the handler behind those of the file, in whose place they are
// where they have the same name.
class FieldList {
public:
    FieldList(std::span<http1::HeaderView> room, std::span<const http1::HeaderView> given) noexcept
        : room_(room), given_(given) {}

    void add(std::string_view name, std::string_view value) noexcept {
        if (value.empty() || std::ranges::any_of(given_, [name](const http1::HeaderView& field) {
                return http1::field_name_equal(field.name, name);
            })) {
            return;
        }
        room_[count_++] = {name, value};
    }
    std::span<http1::HeaderView> whole() noexcept {
        std::ranges::copy(given_, room_.begin() + static_cast<std::ptrdiff_t>(count_));
        return room_.first(count_ + given_.size());
    }

private:
    std::span<http1::HeaderView> room_;
    std::span<const http1::HeaderView> given_;
    std::size_t count_ = 0;
};

conditional::Evaluation evaluate(const Exchange& exchange, const FileEntry::File& file,
                                 std::int64_t now) noexcept {
    FieldLines if_match;
    FieldLines if_none_match;
    FieldLines if_modified_since;
    FieldLines if_unmodified_since;
    FieldLines if_range;
    const conditional::Fields fields{
        .if_match = lines_of(exchange, "if-match", if_match),
        .if_none_match = lines_of(exchange, "if-none-match", if_none_match),
        .if_modified_since = lines_of(exchange, "if-modified-since", if_modified_since),
        .if_unmodified_since = lines_of(exchange, "if-unmodified-since", if_unmodified_since),
        .if_range = lines_of(exchange, "if-range", if_range)};
    const conditional::Validators current{
        .tag = conditional::EntityTag{file.tag_text().substr(1, file.tag_size - 2u), false},
        .modified = file.found.stamp.modified_seconds()};
    const auto method =
        exchange.is_head_request() ? conditional::Method::head : conditional::Method::get;
    return conditional::evaluate(method, fields, current, now);
}

// What of the file is asked for.
range::Selection select(const Exchange& exchange, std::uint64_t size,
                        range::ByteRanges& ranges) noexcept {
    FieldLines room;
    const auto lines = lines_of(exchange, "range", room);
    return lines.size() == 1 ? range::select_ranges(lines[0], size, ranges)
                             : range::Selection::whole;
}

// What is said of a file, whether it is sent or the client has it.
void describe(FieldList& fields, const FileEntry& entry, std::size_t coding,
              const FileRequest& request, bool has_validators, bool is_unmodified,
              std::int64_t now) noexcept {
    const FileEntry::File& file = entry.known[coding];
    const bool is_of_mount = request.mount != nullptr;
    if (!is_unmodified) {
        std::string_view type = is_of_mount ? entry.content_type : request.content_type;
        if (type.empty()) {
            type = type_of_extension(file_extension(request.path));
        }
        fields.add("Content-Type", type.empty() ? kUnknownFileType : type);
        fields.add("Accept-Ranges", has_validators ? "bytes" : "");
    }
    if (has_validators) {
        fields.add("ETag", file.tag_text());
        if (file.found.stamp.modified_seconds() <= now) {  // RFC 9110 section 8.8.2.1
            fields.add("Last-Modified", {file.modified, sizeof file.modified});
        }
    }
    fields.add("Cache-Control", is_of_mount ? entry.cache_control : request.cache_control);
    fields.add("Vary", entry.has_variants_found() ? "Accept-Encoding" : "");
    if (!is_unmodified) {
        fields.add("Content-Encoding", coding == kIdentityFile ? "" : kFileCodingNames[coding]);
    }
}

bool is_retrieval(const Exchange& exchange) noexcept {
    return exchange.is_head_request() || std::string_view(exchange.view.method) == "GET";
}

}  // namespace

void Files::answer(FileEntry& entry, std::size_t coding, Exchange& exchange,
                   const FileRequest& request) noexcept {
    const FileEntry::File& file = entry.known[coding];
    FileBody& body = *file.found.body;
    std::array<http1::HeaderView, kOwnFieldsMax + 1> own_room;
    std::span<http1::HeaderView> room = own_room;
    char* disposition = nullptr;
    if (!request.fields.empty() || !request.download_name.empty()) {
        const std::size_t count = kOwnFieldsMax + request.fields.size();
        auto* const fields = exchange.arena.allocate_array<http1::HeaderView>(count);
        disposition =
            exchange.arena.allocate_array<char>(codec::disposition_size_max(request.download_name));
        if (fields == nullptr || disposition == nullptr) {
            respond_error(exchange, request, ENOMEM);
            return;
        }
        room = {fields, count};
    }
    const std::int64_t now = server_.loop().clock().wall_seconds();
    const bool has_validators = request.status == 200 && is_retrieval(exchange);
    const FileConditions asked = has_validators ? conditions_of(exchange) : FileConditions{};
    conditional::Evaluation outcome{.is_range_valid = true};
    if (asked.has_preconditions) {
        outcome = evaluate(exchange, file, now);
    }
    if (outcome.verdict == conditional::Verdict::precondition_failed) {
        server_.reply_problem(exchange, 412, {});
        return;
    }
    const bool is_unmodified = outcome.verdict == conditional::Verdict::not_modified;
    FieldList fields(room, request.fields);
    describe(fields, entry, coding, request, has_validators, is_unmodified, now);
    if (is_unmodified) {
        finish_reply(exchange, {.status = 304, .fields = fields.whole()});
        return;
    }
    if (!request.download_name.empty()) {
        char* const end = codec::write_attachment(disposition, request.download_name);
        fields.add("Content-Disposition",
                   {disposition, static_cast<std::size_t>(end - disposition)});
    }
    range::ByteRanges ranges;
    const bool has_range = asked.has_range && outcome.is_range_valid && !exchange.is_head_request();
    const range::Selection selection =
        has_range ? select(exchange, body.size(), ranges) : range::Selection::whole;
    Reply reply{.status = request.status};
    if (selection == range::Selection::whole) {
        reply.fields = fields.whole();
        send_part(exchange, reply, body, 0, body.size());
        return;
    }
    if (selection == range::Selection::unsatisfiable) {
        refuse_range(exchange, body.size());
        return;
    }
    reply.status = 206;
    if (ranges.items().size() > 1) {
        const std::span<http1::HeaderView> whole = fields.whole();
        reply.fields = whole;
        send_parts(exchange, reply, whole, body, ranges);
        return;
    }
    const range::ByteRange& only = ranges.items()[0];
    char content_range[range::kContentRangeBytesMax];
    const char* const end = range::write_content_range(content_range, only, body.size());
    fields.add("Content-Range", {content_range, static_cast<std::size_t>(end - content_range)});
    reply.fields = fields.whole();
    send_part(exchange, reply, body, only.first, only.size());
}

// An answer that is refused ends its exchange all the same.
void Files::finish_reply(Exchange& exchange, const Reply& reply) noexcept {
    const Status status = server_.reply(exchange, reply);
    if (status == Status::header || status == Status::argument) {
        server_.reply_fail(exchange, "the fields of a file's answer must not be sent");
    }
}

bool Files::begin(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept {
    const Status status = server_.begin(exchange, reply, length);
    if (status == Status::header || status == Status::argument) {
        server_.reply_fail(exchange, "the fields of a file's answer must not be sent");
    }
    return status == Status::ok;
}

void Files::send_part(Exchange& exchange, const Reply& reply, FileBody& body, std::uint64_t first,
                      std::uint64_t size) noexcept {
    const bool is_in_memory = body.is_in_memory();
    const std::string_view bytes =
        is_in_memory
            ? body.view().substr(static_cast<std::size_t>(first), static_cast<std::size_t>(size))
            : std::string_view{};
    const bool may_be_encoded =
        exchange.chain != nullptr && exchange.chain->answer_rules().coding != nullptr;
    // What is encoded while it is written would be so in one go. A file that is not in memory is
    // sent as it is: the encoder's work in a turn has a bound, that of a file has not.
    exchange.answer.is_plain = exchange.answer.is_plain || !is_in_memory;
    if (is_in_memory &&
        (size < OutputQueue::kLentBytesMin || may_be_encoded || exchange.is_head_request())) {
        Reply whole = reply;
        whole.body = bytes;
        finish_reply(exchange, whole);
        return;
    }
    body.hold();  // hooks that see the head may have others take its place
    if (begin(exchange, reply, size)) {
        if (is_in_memory) {
            bool is_full = false;
            body.hold();
            if (server_.write(exchange, LentBytes{bytes, let_go_of, &body}, is_full) ==
                Status::ok) {
                server_.finish(exchange);
            }
        } else if (exchange.answer.framing == Framing::none) {
            server_.finish(exchange);
        } else if (FileTransfer* const transfer = make_transfer(exchange, body)) {
            transfer->add({.first = first, .size = size});
            exchange.transfer = transfer;
            exchange.is_file = true;
            go_on(*transfer);
        } else {
            server_.break_off(exchange);
        }
    }
    body.let_go();
}

// multipart/byteranges, RFC 9110 section 14.6: each part has a head of its own.
void Files::send_parts(Exchange& exchange, Reply& reply, std::span<http1::HeaderView> fields,
                       FileBody& body, const range::ByteRanges& ranges) noexcept {
    Random::Secret secret;
    char content_type[32 + kBoundaryBytes];
    char* const boundary = append(content_type, "multipart/byteranges; boundary=");
    char* boundary_end = boundary;
    FileTransfer* const transfer = make_transfer(exchange, body);
    if (transfer == nullptr || !random_.take_secret(secret)) {
        if (transfer != nullptr) {
            end_transfer(*transfer);
        }
        respond_error(exchange, {}, ENOMEM);
        return;
    }
    const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(secret);
    boundary_end = write_hex(write_hex(boundary_end, halves[0]), halves[1]);
    const std::string_view mark(boundary, kBoundaryBytes);
    auto* const type = std::ranges::find_if(fields, [](const http1::HeaderView& field) {
                           return http1::field_name_equal(field.name, "content-type");
                       }).base();
    std::uint64_t length = 0;
    const auto add_text = [&](std::span<const std::string_view> pieces) noexcept {
        const std::size_t begin = transfer->text.size();
        for (const std::string_view piece : pieces) {
            if (!transfer->text.append(piece)) {
                return false;
            }
        }
        const std::size_t size = transfer->text.size() - begin;
        length += size;
        return transfer->add({.first = begin, .size = size, .is_text = true});
    };
    bool is_made = true;
    for (const range::ByteRange& item : ranges.items()) {
        char value[range::kContentRangeBytesMax];
        const char* const end = range::write_content_range(value, item, body.size());
        is_made =
            is_made &&
            add_text(std::array<std::string_view, 7>{length == 0 ? "--" : "\r\n--",
                                                     mark,
                                                     "\r\nContent-Type: ",
                                                     type->value,
                                                     "\r\nContent-Range: ",
                                                     {value, static_cast<std::size_t>(end - value)},
                                                     "\r\n\r\n"}) &&
            transfer->add({.first = item.first, .size = item.size()});
        length += item.size();
    }
    is_made = is_made && add_text(std::array<std::string_view, 3>{"\r\n--", mark, "--\r\n"});
    type->value = {content_type, static_cast<std::size_t>(boundary_end - content_type)};
    if (!is_made) {
        end_transfer(*transfer);
        respond_error(exchange, {}, ENOMEM);
        return;
    }
    if (!begin(exchange, reply, length)) {
        end_transfer(*transfer);
        return;
    }
    exchange.transfer = transfer;
    exchange.is_file = true;
    go_on(*transfer);
}

void Files::refuse_range(Exchange& exchange, std::uint64_t size) noexcept {
    char value[range::kContentRangeBytesMax];
    const char* const end = range::write_unsatisfied_range(value, size);
    if (exchange.add_field("Content-Range", {value, static_cast<std::size_t>(end - value)}) !=
        Status::ok) {
        respond_error(exchange, {}, ENOMEM);
        return;
    }
    server_.reply_problem(exchange, 416, "no range of it is within the file");
}

}  // namespace trivet::http
