#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/fd.h"
#include "base/status_gen.h"
#include "base/str.h"
#include "codec/multipart.h"
#include "http/content_stream.h"
#include "http/spool.h"

namespace trivet::http {

// What a form may be, laid out like the ABI's trivet_form_config.
struct FormConfig {
    std::uint32_t size = sizeof(FormConfig);
    std::uint32_t flags = 0;
    std::uint32_t fields_max = 1000;
    std::uint32_t files_max = 64;
    std::uint32_t name_bytes_max = 1024;
    std::uint32_t filename_bytes_max = 1024;
    std::uint64_t value_bytes_max = 1 << 20;   // of one field
    std::uint64_t fields_bytes_max = 4 << 20;  // of all fields together
    std::uint64_t file_bytes_max = 1 << 30;
    std::uint64_t memory_bytes_max = 64 * 1024;  // a larger streamed file lies on disk
    Str directory;                               // empty: TMPDIR, else /tmp
};

// Whether the numbers are within what the ABI allows.
bool is_valid(const FormConfig& config) noexcept;

// Why a form was not read to its end. `answer`: the HTTP status that says so.
struct FormFault {
    Status status = Status::ok;
    std::uint16_t answer = 0;
    std::string_view detail;
};

// One part. What it points to lives as long as the form.
struct FormPart {
    std::string_view name;
    std::string_view filename;  // as sent, which may be a path: never one to write to
    std::string_view content_type;
    std::string_view value;  // the whole content, unless it is spooled
    std::uint64_t bytes = 0;
    bool is_file = false;
    bool is_spooled = false;
};

// The content of a request as named parts. Owned by its exchange. While it is being read it is the
// loop's thread's; once it is not, nothing changes any more, and whoever handles the request may
// read it on another thread. Memory comes from `memory`, never from the exchange's arena, which
// that thread may be using. A form is taken whole or refused whole.
class Form {
public:
    Form(BlockPool& pool, const FormConfig& config) noexcept;
    ~Form();
    Form(const Form&) = delete;
    Form& operator=(const Form&) = delete;

    // First: what kind of form it is. A failure is the form's fault like any other.
    void open(std::string_view content_type) noexcept;
    // Then either the whole content, which must stay where it is as long as the form...
    void take_whole(std::string_view body) noexcept;
    // ... or piece by piece, and finish() or fail().
    void feed(std::string_view piece) noexcept;
    void finish() noexcept;
    void fail(ContentFailure failure) noexcept;

    bool is_reading() const noexcept { return state_.load(std::memory_order_acquire) == kReading; }
    // The rest is for when it is not being read any more.
    const FormFault& fault() const noexcept { return fault_; }
    // Of the disk, for the log.
    const SpoolError& spool_error() const noexcept { return spool_error_; }

    // 0 and none when the form was refused.
    std::size_t part_count() const noexcept { return is_whole() ? count_ : 0; }
    std::optional<FormPart> part(std::size_t index) const noexcept;
    // The first part of a name from `first` on.
    std::optional<std::size_t> find(std::string_view name, std::size_t first) const noexcept;
    // Copies content from `offset` on. These fail with not_found or system.
    std::expected<std::size_t, Status> read(std::size_t index, std::uint64_t offset,
                                            std::span<char> room) const noexcept;
    // A descriptor of its own for the content, at its beginning.
    std::expected<Fd, Status> descriptor(std::size_t index) const noexcept;
    // Also fails with argument (the path) and conflict (it exists).
    Status save(std::size_t index, std::string_view path, bool replaces) const noexcept;

private:
    enum State : std::uint8_t { kReading, kWhole, kRefused };

    // What a part has beyond name and value.
    struct Extra {
        std::string_view filename;
        std::string_view content_type;
        Spool* content = nullptr;  // of a file that came in pieces
        Extra* next = nullptr;
        bool is_file = false;
        bool is_linked = false;  // the file has a name by now
    };
    // Four words: there may be thousands. Names have at most 8192 bytes, values less than 2^48.
    static constexpr unsigned kNameSizeBits = 16;
    struct Entry {
        const char* name;
        const char* value;
        std::uint64_t name_size : kNameSizeBits;
        std::uint64_t value_size : 64 - kNameSizeBits;
        Extra* extra;

        void set_value(std::string_view text) noexcept {
            value = text.data();
            value_size = text.size() & (~std::uint64_t{0} >> kNameSizeBits);
        }
    };
    static constexpr std::size_t kEntriesOfBlock = 64;
    struct Block {
        Block* next;
        Entry entries[kEntriesOfBlock];
    };

    bool is_whole() const noexcept { return state_.load(std::memory_order_acquire) == kWhole; }
    void refuse(const FormFault& fault) noexcept;
    void refuse_memory() noexcept;
    void refuse(const SpoolError& error) noexcept;
    void end() noexcept;
    void release_files() noexcept;
    Entry* add(std::string_view name) noexcept;
    Entry* entry(std::size_t index) const noexcept;

    void parse_pairs(std::string_view text) noexcept;
    bool take_pair(std::string_view raw_name, std::string_view raw_value) noexcept;

    void parse_parts(std::string_view bytes, bool stays) noexcept;
    void finish_parts() noexcept;
    bool begin_part(const codec::Part& part, bool stays) noexcept;
    Extra* add_extra(const codec::Part& part, bool stays) noexcept;
    bool take_data(std::string_view data, bool stays) noexcept;
    bool end_part() noexcept;
    bool choose_directory() noexcept;

    Memory& memory_;
    Arena arena_;
    const FormConfig config_;
    std::atomic<State> state_{kReading};
    FormFault fault_;
    SpoolError spool_error_;
    const char* directory_ = nullptr;
    Block* first_ = nullptr;
    Block* last_ = nullptr;
    std::size_t count_ = 0;
    std::uint32_t fields_ = 0;
    std::uint32_t files_ = 0;
    Extra* extras_ = nullptr;
    std::optional<codec::MultipartParser> parser_;  // else the content is one row of pairs
    Buffer pairs_;                                  // as they come
    Entry* part_ = nullptr;                         // the one that is being read
    std::optional<Spool> value_;                    // its content, when it is no file
};

}  // namespace trivet::http
