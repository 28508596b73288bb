#include "http/form.h"

#include <cstdlib>
#include <new>

#include "proto/http1/media_type.h"
#include "proto/url/percent.h"
#include "proto/url/query.h"

namespace trivet::http {
namespace {

constexpr std::uint32_t kPartsMax = 10'000;
constexpr std::uint32_t kNameBytesMax = 8192;  // Form::Entry has room for it
constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{1} << 30;
constexpr std::uint64_t kFileBytesMax = std::uint64_t{1} << 40;

constexpr FormFault kNoForm{Status::media_type, 415,
                            "the content is neither application/x-www-form-urlencoded nor "
                            "multipart/form-data"};
constexpr FormFault kFields{Status::limit, 413, "the form has more fields than fields_max"};
constexpr FormFault kFiles{Status::limit, 413, "the form has more files than files_max"};
constexpr FormFault kParts{Status::limit, 413,
                           "the form has more parts than fields_max and files_max allow"};
constexpr FormFault kNameBytes{Status::limit, 413,
                               "a name in the form is longer than name_bytes_max"};
constexpr FormFault kValueBytes{Status::limit, 413, "a field is longer than value_bytes_max"};
constexpr FormFault kFieldsBytes{Status::limit, 413,
                                 "the fields together are longer than fields_bytes_max"};
constexpr FormFault kNoMemory{Status::memory, 503, "out of memory"};
constexpr FormFault kNoDisk{Status::system, 500, "the upload could not be stored"};

FormFault fault_of(codec::MultipartError error) noexcept {
    switch (error) {
        case codec::MultipartError::parts:
            return kParts;
        case codec::MultipartError::form_bytes:
            return kFieldsBytes;
        default:
            break;
    }
    const unsigned answer = status_of(error);
    const Status status = answer == 413   ? Status::limit
                          : answer == 503 ? Status::memory
                          : answer == 415 ? Status::media_type
                                          : Status::protocol;
    return {status, static_cast<std::uint16_t>(answer), message(error)};
}

FormFault fault_of(ContentFailure failure) noexcept {
    switch (failure) {
        case ContentFailure::gone:
            return {Status::gone, 500, "the client has left"};
        case ContentFailure::limit:
            return {Status::limit, 413, "the content is longer than allowed"};
        case ContentFailure::timeout:
            return {Status::timeout, 408, "the content took too long"};
        case ContentFailure::malformed:
            return {Status::protocol, 400, "the content is malformed"};
        case ContentFailure::none:
        case ContentFailure::memory:
            break;
    }
    return kNoMemory;
}

}  // namespace

bool is_valid(const FormConfig& config) noexcept {
    return config.flags == 0 && config.fields_max <= kPartsMax && config.files_max <= kPartsMax &&
           config.name_bytes_max <= kNameBytesMax && config.filename_bytes_max <= kNameBytesMax &&
           config.value_bytes_max <= kMemoryBytesMax &&
           config.fields_bytes_max <= kMemoryBytesMax && config.file_bytes_max <= kFileBytesMax &&
           config.memory_bytes_max <= kMemoryBytesMax;
}

Form::Form(BlockPool& pool, const FormConfig& config) noexcept
    : memory_(pool.memory()), arena_(memory_), config_(config), pairs_(pool) {}

Form::~Form() { release_files(); }

void Form::open(std::string_view content_type) noexcept {
    if (http1::is_media_type(content_type, "application/x-www-form-urlencoded")) {
        return;
    }
    if (!http1::is_media_type(content_type, "multipart/form-data")) {
        refuse(kNoForm);
        return;
    }
    const auto boundary = codec::multipart_boundary(content_type);
    if (!boundary) {
        refuse(fault_of(boundary.error()));
        return;
    }
    if (!choose_directory()) {
        refuse_memory();
        return;
    }
    parser_.emplace(memory_, *boundary,
                    codec::MultipartLimits{.parts_max = config_.fields_max + config_.files_max,
                                           .name_bytes_max = config_.name_bytes_max,
                                           .filename_bytes_max = config_.filename_bytes_max,
                                           .form_bytes_max = config_.fields_bytes_max,
                                           .file_bytes_max = config_.file_bytes_max,
                                           .body_bytes_max = UINT64_MAX});
}

// Copied, with the NUL that the system's calls want.
bool Form::choose_directory() noexcept {
    std::string_view directory = config_.directory;
    if (directory.empty()) {
        const char* const given = ::secure_getenv("TMPDIR");
        directory = given != nullptr && *given != '\0' ? given : "/tmp";
    }
    auto* const room = arena_.allocate_array<char>(directory.size() + 1);
    if (room == nullptr) {
        return false;
    }
    directory.copy(room, directory.size());
    room[directory.size()] = '\0';
    directory_ = room;
    return true;
}

void Form::take_whole(std::string_view body) noexcept {
    if (!is_reading()) {
        return;
    }
    if (parser_) {
        parse_parts(body, true);
        finish_parts();
    } else {
        parse_pairs(body);
    }
    end();
}

void Form::feed(std::string_view piece) noexcept {
    if (!is_reading()) {
        return;
    }
    if (parser_) {
        parse_parts(piece, false);
    } else if (piece.size() > config_.fields_bytes_max - pairs_.size()) {
        refuse(kFieldsBytes);
    } else if (!pairs_.append(piece)) {
        refuse_memory();
    }
    if (!is_reading()) {
        end();
    }
}

void Form::finish() noexcept {
    if (!is_reading()) {
        return;
    }
    if (parser_) {
        finish_parts();
    } else {
        parse_pairs(pairs_.view());
    }
    end();
}

void Form::fail(ContentFailure failure) noexcept {
    if (is_reading()) {
        refuse(fault_of(failure));
        end();
    }
}

// What the reading needed is given back; what was read stays as it is, unless it is refused, when
// nobody will see it.
void Form::end() noexcept {
    parser_.reset();
    value_.reset();
    if (is_reading()) {
        state_.store(kWhole, std::memory_order_release);
        return;
    }
    pairs_.clear();
    release_files();
}

void Form::release_files() noexcept {
    for (Extra* extra = extras_; extra != nullptr; extra = extra->next) {
        if (extra->content != nullptr) {
            extra->content->~Spool();
            extra->content = nullptr;
        }
    }
}

void Form::refuse(const FormFault& fault) noexcept {
    fault_ = fault;
    state_.store(kRefused, std::memory_order_release);
}

void Form::refuse_memory() noexcept { refuse(kNoMemory); }

void Form::refuse(const SpoolError& error) noexcept {
    spool_error_ = error;
    refuse(error.status == Status::memory  ? kNoMemory
           : error.status == Status::limit ? kValueBytes
                                           : kNoDisk);
}

// nullptr when memory is out.
Form::Entry* Form::add(std::string_view name) noexcept {
    const std::size_t place = count_ % kEntriesOfBlock;
    if (place == 0) {
        auto* const block = arena_.allocate_array<Block>(1);
        if (block == nullptr) {
            refuse_memory();
            return nullptr;
        }
        block->next = nullptr;
        (last_ == nullptr ? first_ : last_->next) = block;
        last_ = block;
    }
    ++count_;
    Entry& entry = last_->entries[place];
    entry = {name.data(), nullptr, static_cast<std::uint16_t>(name.size()), 0, nullptr};
    return &entry;
}

void Form::parse_pairs(std::string_view text) noexcept {
    if (text.size() > config_.fields_bytes_max) {
        refuse(kFieldsBytes);
        return;
    }
    std::string_view name;
    std::string_view value;
    url::QueryCursor cursor(text);
    while (cursor.next(name, value) && take_pair(name, value)) {
    }
}

bool Form::take_pair(std::string_view raw_name, std::string_view raw_value) noexcept {
    if (fields_ == config_.fields_max) {
        refuse(kFields);
        return false;
    }
    ++fields_;
    const auto name = url::form_decode(raw_name, arena_);
    const auto value = url::form_decode(raw_value, arena_);
    if (!name || !value) {
        refuse_memory();
        return false;
    }
    if (name->size() > config_.name_bytes_max || value->size() > config_.value_bytes_max) {
        refuse(name->size() > config_.name_bytes_max ? kNameBytes : kValueBytes);
        return false;
    }
    Entry* const entry = add(*name);
    if (entry == nullptr) {
        return false;
    }
    entry->set_value(*value);
    return true;
}

void Form::parse_parts(std::string_view bytes, bool stays) noexcept {
    bool goes_on = true;
    while (goes_on) {
        const auto step = parser_->next(bytes);
        if (!step) {
            refuse(fault_of(step.error()));
            return;
        }
        switch (step->event) {
            case codec::MultipartEvent::need_more:
                goes_on = false;
                break;
            case codec::MultipartEvent::part:
                goes_on = begin_part(parser_->part(), stays);
                break;
            case codec::MultipartEvent::data:
                goes_on = take_data(step->data, stays);
                break;
            case codec::MultipartEvent::part_end:
                goes_on = end_part();
                break;
            case codec::MultipartEvent::end:
                break;
        }
    }
}

void Form::finish_parts() noexcept {
    if (!is_reading()) {
        return;
    }
    if (const auto finished = parser_->finish(); !finished) {
        refuse(fault_of(finished.error()));
    }
}

bool Form::begin_part(const codec::Part& part, bool stays) noexcept {
    std::uint32_t& count = part.is_file ? files_ : fields_;
    if (count == (part.is_file ? config_.files_max : config_.fields_max)) {
        refuse(part.is_file ? kFiles : kFields);
        return false;
    }
    ++count;
    const auto name = arena_.copy(part.name);
    part_ = name ? add(*name) : nullptr;
    if (part_ == nullptr) {
        refuse_memory();
        return false;
    }
    if (part.is_file || !part.content_type.empty()) {
        part_->extra = add_extra(part, stays);
        if (part_->extra == nullptr) {
            refuse_memory();
            return false;
        }
    }
    if (!part.is_file && !stays) {
        value_.emplace(memory_, directory_,
                       SpoolLimits{.memory_bytes_max = config_.value_bytes_max,
                                   .bytes_max = config_.value_bytes_max});
    }
    return true;
}

Form::Extra* Form::add_extra(const codec::Part& part, bool stays) noexcept {
    const bool is_spooled = part.is_file && !stays;
    void* const room = arena_.allocate(sizeof(Extra), alignof(Extra));
    void* const spool = is_spooled ? arena_.allocate(sizeof(Spool), alignof(Spool)) : nullptr;
    const auto filename = arena_.copy(part.filename);
    const auto content_type = arena_.copy(part.content_type);
    if (room == nullptr || (is_spooled && spool == nullptr) || !filename || !content_type) {
        return nullptr;
    }
    auto* const extra = new (room) Extra{.filename = *filename,
                                         .content_type = *content_type,
                                         .next = extras_,
                                         .is_file = part.is_file};
    if (is_spooled) {
        extra->content = new (spool) Spool(
            memory_, directory_,
            {.memory_bytes_max = config_.memory_bytes_max, .bytes_max = config_.file_bytes_max});
    }
    extras_ = extra;
    return extra;
}

bool Form::take_data(std::string_view data, bool stays) noexcept {
    const bool is_file = part_->extra != nullptr && part_->extra->is_file;
    if (!stays) {
        const auto taken = is_file ? part_->extra->content->append(data) : value_->append(data);
        if (!taken) {
            refuse(taken.error());
        }
        return taken.has_value();
    }
    // Of a body in one piece the parser gives each part's content in one piece.
    part_->set_value(data);
    if (!is_file && data.size() > config_.value_bytes_max) {
        refuse(kValueBytes);
        return false;
    }
    return true;
}

bool Form::end_part() noexcept {
    if (value_) {
        const auto value = arena_.copy(value_->view());
        value_.reset();
        if (!value) {
            refuse_memory();
            return false;
        }
        part_->set_value(*value);
    }
    part_ = nullptr;
    return true;
}

}  // namespace trivet::http
