#include <cstring>

#include "base/hex.h"
#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/plan.h"

namespace trivet::middleware {
namespace {

struct Settings {
    std::string header = "X-Request-Id";
    bool trusts_incoming = false;
    bool is_sent = true;
};

constexpr OptionRule<Settings> kOptions[] = {
    {"header",
     [](Settings& to, std::string_view value) { return take_field_name(to.header, value); }},
    {"trust",
     [](Settings& to, std::string_view value) { return take_flag(to.trusts_incoming, value); }},
    {"response", [](Settings& to, std::string_view value) { return take_flag(to.is_sent, value); }},
};

// What can stand in a line of a log and in a field without harm.
bool is_harmless(std::string_view id) noexcept {
    if (id.empty() || id.size() > kRequestIdBytesMax) {
        return false;
    }
    for (const char byte : id) {
        const bool is_letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        const bool is_digit = byte >= '0' && byte <= '9';
        if (!is_letter && !is_digit &&
            std::string_view("-_.~+/=:@").find(byte) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

class RequestId final : public Middleware {
public:
    explicit RequestId(const Settings& settings)
        : Middleware("request_id", Phase::trace),
          settings_(settings),
          begin_(settings.header + ": ") {}

    std::string summary() const override {
        return "header=" + settings_.header + (settings_.trusts_incoming ? " trust" : "");
    }
    std::string_view own_field() const noexcept override {
        return settings_.trusts_incoming ? std::string_view(settings_.header) : std::string_view{};
    }
    void prepare(Plan& plan) const override {
        plan.add_step(*this, own_field());
        if (settings_.is_sent) {
            plan.add_writer(*this, settings_.header, begin_.size() + kRequestIdBytesMax + 2);
        }
    }
    const http::ChainAnswer* run(Visit& visit) const noexcept override {
        http::ChainNotes& notes = visit.notes;
        if (settings_.trusts_incoming && visit.field(0).is_single() &&
            is_harmless(visit.field(0).value)) {
            notes.request_id = visit.field(0).value;
            return nullptr;
        }
        static_assert(sizeof notes.own_id == 2 * kHexBytes);
        write_hex(write_hex(notes.own_id, visit.random.next()), visit.random.next());
        notes.request_id = {notes.own_id, sizeof notes.own_id};
        return nullptr;
    }
    char* write(char* out, const http::ChainNotes& notes) const noexcept override {
        return append(append(append(out, begin_), notes.request_id), "\r\n");
    }

private:
    const Settings settings_;
    const std::string begin_;
};

}  // namespace

Made make_request_id(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return std::make_unique<RequestId>(settings);
}

}  // namespace trivet::middleware
