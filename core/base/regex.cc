#include "base/regex.h"

#include <pcre2.h>

#include <string>
#include <utility>

namespace trivet {
namespace {

constexpr std::uint32_t kOptions = PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C;
constexpr std::uint32_t kWholeOptions = kOptions | PCRE2_ANCHORED | PCRE2_ENDANCHORED;
constexpr std::uint32_t kSearchOptions =
    kOptions | PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY | PCRE2_MATCH_UNSET_BACKREF;
constexpr std::size_t kAlign = 16;

PCRE2_SPTR bytes_of(std::string_view text) {
    // A view of nothing may have no address, which PCRE2 takes only of empty subjects.
    return reinterpret_cast<PCRE2_SPTR>(text.data());
}

std::string message_of(int code) {
    PCRE2_UCHAR text[128];
    const int size = pcre2_get_error_message(code, text, std::size(text));
    return {reinterpret_cast<const char*>(text), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

std::expected<Regex, RegexError> Regex::compile(std::string_view expression, RegexUse use) {
    const bool is_whole = use == RegexUse::whole;
    int code = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* compiled =
        pcre2_compile(bytes_of(expression), expression.size(),
                      is_whole ? kWholeOptions : kSearchOptions, &code, &offset, nullptr);
    if (compiled == nullptr) {
        return std::unexpected(RegexError{offset, "regular expression: " + message_of(code)});
    }
    Regex regex(compiled, is_whole ? kRegexBytesMax : kRegexSearchBytesMax);
    std::size_t frame_bytes = 0;
    pcre2_pattern_info(compiled, PCRE2_INFO_FRAMESIZE, &frame_bytes);
    if (frame_bytes > kRegexFrameBytesMax) {
        return std::unexpected(
            RegexError{expression.size(), "regular expression: too many capturing groups"});
    }
    return regex;
}

Regex::~Regex() { pcre2_code_free(code_); }

Regex::Regex(Regex&& other) noexcept
    : code_(std::exchange(other.code_, nullptr)), bytes_max_(other.bytes_max_) {}

Regex& Regex::operator=(Regex&& other) noexcept {
    std::swap(code_, other.code_);
    std::swap(bytes_max_, other.bytes_max_);
    return *this;
}

RegexRoom::RegexRoom(Memory& memory) noexcept
    : memory_(memory), block_(static_cast<char*>(memory.allocate(kContextBytes + kFrameBytes))) {
    if (block_ == nullptr) {
        return;
    }
    pcre2_general_context* general = pcre2_general_context_create(allocate, release, this);
    context_ = pcre2_match_context_create(general);
    pcre2_set_match_limit(context_, kRegexCallsMax);
    pcre2_set_heap_limit(context_, kRegexHeapKib);
    // One pair: only whether the whole matches is asked.
    data_ = pcre2_match_data_create(1, general);
}

RegexRoom::~RegexRoom() {
    // All that PCRE2 was given is in here.
    memory_.release(block_, kContextBytes + kFrameBytes);
}

// Contexts stay to the end; of frames there are two at a time, while they are moved to more room.
void* RegexRoom::allocate(std::size_t size, void* room) noexcept {
    auto& self = *static_cast<RegexRoom*>(room);
    const std::size_t rounded = (size + kAlign - 1) / kAlign * kAlign;
    if (self.context_used_ + rounded <= kContextBytes) {
        self.context_used_ += rounded;
        return self.block_ + self.context_used_ - rounded;
    }
    char* const frames = self.block_ + kContextBytes;
    if (!self.is_low_taken_ && rounded + self.high_bytes_ <= kFrameBytes) {
        self.is_low_taken_ = true;
        self.low_bytes_ = rounded;
        return frames;
    }
    if (!self.is_high_taken_ && rounded + self.low_bytes_ <= kFrameBytes) {
        self.is_high_taken_ = true;
        self.high_bytes_ = rounded;
        return frames + kFrameBytes - rounded;
    }
    return nullptr;
}

void RegexRoom::release(void* block, void* room) noexcept {
    auto& self = *static_cast<RegexRoom*>(room);
    const char* const frames = self.block_ + kContextBytes;
    if (block == frames) {
        self.is_low_taken_ = false;
        self.low_bytes_ = 0;
    } else if (block == frames + kFrameBytes - self.high_bytes_) {
        self.is_high_taken_ = false;
        self.high_bytes_ = 0;
    }
}

RegexRoom::Result RegexRoom::match(const Regex& regex, std::string_view text) noexcept {
    if (text.size() > regex.bytes_max_) {
        return Result::exceeded;
    }
    const int code = pcre2_match(regex.code_, bytes_of(text), text.size(), 0, 0, data_, context_);
    if (code >= 0) {
        return Result::match;
    }
    // What else is negative is text that is not UTF-8.
    return code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_DEPTHLIMIT ||
                   code == PCRE2_ERROR_HEAPLIMIT || code == PCRE2_ERROR_NOMEMORY
               ? Result::exceeded
               : Result::no_match;
}

}  // namespace trivet
