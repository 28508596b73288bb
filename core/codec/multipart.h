#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "base/memory.h"
#include "base/str.h"
#include "codec/multipart_error.h"

namespace trivet::codec {

struct MultipartLimits {
    std::uint32_t parts_max = 1000;
    std::uint32_t part_head_bytes_max = 8192;  // the fields of one part, with their line ends
    std::uint32_t part_fields_max = 16;
    std::uint32_t name_bytes_max = 1024;      // decoded
    std::uint32_t filename_bytes_max = 1024;  // decoded
    std::uint64_t form_bytes_max = 1 << 20;   // content of all parts without a file name together
    std::uint64_t file_bytes_max = 1 << 30;   // content of one part with a file name
    std::uint64_t body_bytes_max = 1 << 30;   // everything
};

// Longest boundary, RFC 2046 section 5.1.1.
inline constexpr std::size_t kBoundaryBytesMax = 70;

// A field of a part by reference, laid out like the ABI's trivet_header.
struct PartField {
    Str name;
    Str value;
};

// A part's beginning. Views live until the next part.
struct Part {
    std::string_view name;
    std::string_view filename;  // as sent, which may be a path: never one to write to
    bool is_file = false;       // it has a file name, be it empty
    std::string_view content_type;
    std::span<const PartField> fields;  // all of them, as sent
};

enum class MultipartEvent : std::uint8_t { need_more, part, data, part_end, end };

struct MultipartStep {
    MultipartEvent event = MultipartEvent::need_more;
    std::string_view data;  // of MultipartEvent::data; dies with the input and the parser
};

// The boundary in a Content-Type field of multipart/form-data, within the field. Fails with
// media_type or boundary.
std::expected<std::string_view, MultipartError> multipart_boundary(
    std::string_view content_type) noexcept;

// Incremental parser of one multipart/form-data body, RFC 7578 and RFC 2046. Owned by whoever reads
// the body, on one thread. Memory: one block for the head of a part, taken when the first part
// begins; content is handed on as it comes. What comes out does not depend on how the body was cut,
// but for the sizes of the pieces of data. Strict: each line end is CRLF, each part has one
// Content-Disposition with a name. After an error every call gives the same error.
class MultipartParser {
public:
    // `boundary` as multipart_boundary gave it; it is copied.
    MultipartParser(Memory& memory, std::string_view boundary,
                    const MultipartLimits& limits) noexcept;
    ~MultipartParser();
    MultipartParser(const MultipartParser&) = delete;
    MultipartParser& operator=(const MultipartParser&) = delete;

    // Takes bytes from the front of `input` up to the next event; need_more: all were taken. What
    // is left comes again with the next call. After `end`, what follows is read and ignored.
    std::expected<MultipartStep, MultipartError> next(std::string_view& input) noexcept;

    // After the last byte of the body. Fails with truncated when it ended too early.
    std::expected<void, MultipartError> finish() noexcept;

    // Valid from MultipartEvent::part to the next one.
    const Part& part() const noexcept { return part_; }

private:
    enum class State : std::uint8_t {
        preamble,
        delimiter_end,  // behind a delimiter: "--", or white space and CRLF
        delimiter_dash,
        delimiter_space,
        delimiter_feed,
        head,
        content,
        close_space,  // behind the closing delimiter: white space and CRLF, or nothing at all
        close_feed,
        epilogue,
        failed,
    };
    // Two hyphens and the line end before them.
    static constexpr std::size_t kDelimiterBytesMax = kBoundaryBytesMax + 4;
    static constexpr std::uint8_t kLineEndBytes = 2;

    MultipartStep step(std::string_view& input) noexcept;
    MultipartStep fail(MultipartError error) noexcept;
    MultipartStep read_content(std::string_view& input) noexcept;
    MultipartStep continue_match(std::string_view& input) noexcept;
    MultipartStep give_data(std::string_view data) noexcept;
    MultipartStep end_content() noexcept;
    MultipartStep begin_part() noexcept;
    void read_delimiter_end(char byte) noexcept;
    void read_close(char byte) noexcept;
    bool read_head(std::string_view& input) noexcept;
    bool parse_head() noexcept;
    bool parse_field(std::string_view line) noexcept;
    bool take_field(const PartField& field) noexcept;
    std::string_view delimiter() const noexcept { return {delimiter_, delimiter_size_}; }
    std::size_t block_size() const noexcept;

    Memory& memory_;
    const MultipartLimits limits_;
    State state_ = State::preamble;
    MultipartError error_{};
    std::uint8_t delimiter_size_ = 0;
    std::uint8_t matched_ = kLineEndBytes;  // bytes of the delimiter that were seen: the body's
                                            // beginning counts as a line end
    bool is_at_start_ = false;              // of a part's content: the line end belongs to its head
    std::uint32_t parts_ = 0;
    std::uint32_t head_size_ = 0;
    std::uint32_t field_count_ = 0;
    std::uint64_t body_bytes_ = 0;
    std::uint64_t form_bytes_ = 0;
    std::uint64_t file_bytes_ = 0;  // of the present part

    // One block: the list of fields, the head as sent, and what of it needed decoding.
    PartField* fields_ = nullptr;
    char* head_ = nullptr;
    char* decoded_ = nullptr;
    std::string_view disposition_;
    std::string_view content_type_;
    bool has_disposition_ = false;
    bool has_content_type_ = false;
    bool has_transfer_encoding_ = false;
    Part part_;

    char delimiter_[kDelimiterBytesMax] = {};
};

}  // namespace trivet::codec
