// Limits of what a request may bring and take, where middleware says them. They become limits of
// the routes, so that they cost nothing.
#include "middleware/kinds.h"
#include "middleware/options.h"

namespace trivet::middleware {
namespace {

constexpr std::uint64_t kBodyBytesMax = std::uint64_t{1} << 48;
constexpr std::uint64_t kTimeoutMsMax = 86'400'000;

class Bound final : public Middleware {
public:
    Bound(std::string_view kind, std::string_view option, std::uint64_t bytes, std::uint64_t ms)
        : Middleware(kind, Phase::transport), option_(option), bytes_(bytes), ms_(ms) {}

    std::string summary() const override {
        return std::string(option_) + '=' + std::to_string(bytes_ + ms_);
    }
    void prepare(Plan&) const override {}
    std::uint64_t body_bytes_max() const noexcept override { return bytes_; }
    std::uint32_t request_timeout_ms() const noexcept override {
        return static_cast<std::uint32_t>(ms_);
    }

private:
    const std::string_view option_;
    const std::uint64_t bytes_;
    const std::uint64_t ms_;
};

constexpr OptionRule<std::uint64_t> kBodyLimitOptions[] = {
    {"bytes", [](std::uint64_t& bytes,
                 std::string_view value) { return take_number(bytes, value, 1, kBodyBytesMax); }},
};
constexpr OptionRule<std::uint64_t> kTimeoutOptions[] = {
    {"ms", [](std::uint64_t& ms,
              std::string_view value) { return take_number(ms, value, 1, kTimeoutMsMax); }},
};

}  // namespace

Made make_body_limit(std::span<const url::Param> options) {
    std::uint64_t bytes = 0;
    if (std::string fault = read_options(kBodyLimitOptions, bytes, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (bytes == 0) {
        return std::unexpected("bytes is missing: the most that content may have");
    }
    return std::make_unique<Bound>("body_limit", "bytes", bytes, 0);
}

Made make_timeout(std::span<const url::Param> options) {
    std::uint64_t ms = 0;
    if (std::string fault = read_options(kTimeoutOptions, ms, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    if (ms == 0) {
        return std::unexpected("ms is missing: the longest that an answer may take to begin");
    }
    return std::make_unique<Bound>("timeout", "ms", 0, ms);
}

}  // namespace trivet::middleware
