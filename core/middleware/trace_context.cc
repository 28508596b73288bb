#include <span>

#include "base/hex.h"
#include "middleware/kinds.h"
#include "middleware/options.h"
#include "middleware/plan.h"
#include "middleware/traceparent.h"

namespace trivet::middleware {
namespace {

struct Settings {
    bool is_sampled = false;
    bool is_sent = false;
};

constexpr OptionRule<Settings> kOptions[] = {
    {"sampled",
     [](Settings& to, std::string_view value) { return take_flag(to.is_sampled, value); }},
    {"response", [](Settings& to, std::string_view value) { return take_flag(to.is_sent, value); }},
};

constexpr std::string_view kStateField = "tracestate";
constexpr std::string_view kResponseField = "traceresponse";
constexpr std::string_view kResponseBegin = "traceresponse: ";
constexpr std::size_t kTraceStateBytesMax = 8192;

// An identifier of zeros is none.
std::uint64_t random_id(Random& random) noexcept {
    const std::uint64_t id = random.next();
    return id != 0 ? id : 1;
}

class TraceContext final : public Middleware {
public:
    explicit TraceContext(const Settings& settings)
        : Middleware("trace_context", Phase::trace), settings_(settings) {}

    std::string summary() const override { return settings_.is_sampled ? "sampled" : ""; }
    void prepare(Plan& plan) const override {
        plan.add_step(*this, "traceparent", kStateField);
        if (settings_.is_sent) {
            plan.add_writer(*this, kResponseField,
                            kResponseBegin.size() + http::kTraceparentBytes + 2);
        }
    }
    // A request without a trace, or with a malformed one, begins a trace of its own; its list of
    // vendors is forgotten then, section 3.4 of W3C Trace Context.
    const http::ChainAnswer* run(Visit& visit) const noexcept override {
        http::ChainNotes& notes = visit.notes;
        const FoundField& parent = visit.field(0);
        const auto context = parent.is_single() ? parse_traceparent(parent.value) : std::nullopt;
        char* out = append(notes.traceparent, "00-");
        if (context) {
            out = append(out, context->trace_id);
            notes.parent_id = context->parent_id;
            take_state(visit);
        } else {
            out = write_hex(write_hex(out, random_id(visit.random)), visit.random.next());
        }
        *out++ = '-';
        out = write_hex(out, random_id(visit.random));
        append(out, (context ? context->is_sampled : settings_.is_sampled) ? "-01" : "-00");
        notes.has_trace = true;
        return nullptr;
    }
    char* write(char* out, const http::ChainNotes& notes) const noexcept override {
        return append(
            append(append(out, kResponseBegin), {notes.traceparent, sizeof notes.traceparent}),
            "\r\n");
    }

private:
    // Several fields are one list, RFC 9110 section 5.3. One that is too long is left out whole.
    static void take_state(Visit& visit) noexcept {
        const FoundField& state = visit.field(1);
        if (state.is_single() && state.value.size() <= kTraceStateBytesMax) {
            visit.notes.trace_state = state.value;
        } else if (state.count > 1) {
            join_states(visit);
        }
    }
    static void join_states(Visit& visit) noexcept {
        const http::RequestView& view = visit.exchange.view;
        const std::span<const http1::HeaderView> fields(view.headers, view.header_count);
        const auto is_state = [](const http1::HeaderView& field) {
            return http1::field_name_equal(field.name, kStateField);
        };
        std::size_t size = 0;
        for (const http1::HeaderView& field : fields) {
            size += is_state(field) ? field.value.size + 1 : 0;
        }
        char* const room =
            size <= kTraceStateBytesMax ? visit.exchange.arena.allocate_array<char>(size) : nullptr;
        if (room == nullptr) {
            return;
        }
        char* end = room;
        for (const http1::HeaderView& field : fields) {
            if (is_state(field)) {
                end = append(append(end, field.value), ",");
            }
        }
        visit.notes.trace_state = {room, size - 1};
    }

    const Settings settings_;
};

}  // namespace

Made make_trace_context(std::span<const url::Param> options) {
    Settings settings;
    if (std::string fault = read_options(kOptions, settings, options); !fault.empty()) {
        return std::unexpected(std::move(fault));
    }
    return std::make_unique<TraceContext>(settings);
}

}  // namespace trivet::middleware
