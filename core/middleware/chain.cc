#include "middleware/chain.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/exchange.h"
#include "middleware/require.h"

namespace trivet::middleware {
namespace {

constexpr std::size_t kSizeBits = 64;
constexpr std::uint8_t kNoSlot = 255;
static_assert(kFieldsMax < kNoSlot);

std::uint64_t size_bit(std::size_t size) noexcept {
    return size < kSizeBits ? std::uint64_t{1} << size : 0;
}

// Compares with a name that is in lower case already, of the same size.
bool is_field(std::string_view given, const std::string& lower) noexcept {
    return (given[0] | 0x20) == lower[0] && http1::field_name_equal(given, lower);
}

}  // namespace

std::string_view name(Phase phase) noexcept {
    static constexpr std::array<std::string_view, 9> kNames = {
        "transport", "trace", "security", "auth", "rate", "cache", "validate", "handler", "encode"};
    return kNames[static_cast<std::size_t>(phase)];
}

Chain::Chain(std::vector<const Middleware*> order, Plan plan)
    : order_(std::move(order)), plan_(std::move(plan)) {
    first_slots_.fill(kNoSlot);
    for (std::size_t slot = plan_.fields.size(); slot-- > 0;) {
        first_slots_[plan_.fields[slot].size()] = static_cast<std::uint8_t>(slot);
    }
    for (const Plan::Line& line : plan_.lines) {
        line_sizes_ |= size_bit(line.name.size());
    }
    for (const Plan::Writer& writer : plan_.writers) {
        line_sizes_ |= size_bit(writer.name.size());
    }
    fields_size_max_ = plan_.text.size() + plan_.written_bytes_max;
    answer_rules_ = plan_.answer_rules;
    is_guarded_ = plan_.is_guarded;
    answers_preflights_ = plan_.answers_preflights;
}

const http::ChainAnswer* Chain::on_head(http::Exchange& exchange, Random& random) const noexcept {
    std::array<FoundField, kFieldsMax> found;  // as many of them as are wanted
    const std::size_t wanted = plan_.fields.size();
    std::fill_n(found.begin(), wanted, FoundField{.value = {}, .count = 0});
    if (wanted > 0) {
        const http1::HeaderView* const end = exchange.view.headers + exchange.view.header_count;
        for (const http1::HeaderView* field = exchange.view.headers; field != end; ++field) {
            const std::size_t size = field->name.size;
            std::size_t slot = size < kFieldNameSizes ? first_slots_[size] : kNoSlot;
            for (; slot < wanted; ++slot) {
                const std::string& name = plan_.fields[slot];
                if (name.size() == field->name.size && is_field(field->name, name)) {
                    found[slot].value = field->value;
                    ++found[slot].count;
                    break;
                }
            }
        }
    }
    Visit visit{.exchange = exchange,
                .notes = exchange.notes,
                .random = random,
                .found = found,
                .slots = nullptr,
                .plan = plan_};
    for (const Plan::Step& step : plan_.steps) {
        visit.slots = step.slots.data();
        if (const http::ChainAnswer* const answer = step.middleware->run(visit)) {
            return answer;
        }
    }
    return nullptr;
}

char* Chain::write_fields(char* out, const http::Exchange& exchange,
                          std::span<const http1::HeaderView> own) const noexcept {
    for (const http1::HeaderView& field : own) {
        if ((size_bit(field.name.size) & line_sizes_) != 0) {
            return write_unbeaten(out, exchange.notes, own);
        }
    }
    out = append(out, plan_.text);
    for (const Plan::Writer& writer : plan_.writers) {
        out = writer.middleware->write(out, exchange.notes);
    }
    return out;
}

bool Chain::is_beaten(std::string_view name,
                      std::span<const http1::HeaderView> own) const noexcept {
    return !name.empty() && std::ranges::any_of(own, [name](const http1::HeaderView& field) {
        return http1::field_name_equal(field.name, name);
    });
}

char* Chain::write_unbeaten(char* out, const http::ChainNotes& notes,
                            std::span<const http1::HeaderView> own) const noexcept {
    for (const Plan::Line& line : plan_.lines) {
        if (!is_beaten(line.name, own)) {
            out = append(out, std::string_view(plan_.text).substr(line.offset, line.size));
        }
    }
    for (const Plan::Writer& writer : plan_.writers) {
        if (!is_beaten(writer.name, own)) {
            out = writer.middleware->write(out, notes);
        }
    }
    return out;
}

std::vector<const Middleware*> arrange(const Levels& levels) {
    std::vector<const Middleware*> all;
    for (const auto& level : levels) {
        for (const Middleware* const item : level) {
            // The inner one takes the place of the outer one; twice the same is once.
            std::erase_if(all, [item](const Middleware* other) {
                return other == item || (!item->is_repeated() && other->kind() == item->kind());
            });
            all.push_back(item);
        }
    }
    // What demands a principal comes after all that could find one.
    const auto rank = [](const Middleware* item) {
        return std::pair(item->phase(), item->kind() == kRequireKind);
    };
    std::vector<const Middleware*> sorted;
    for (const Middleware* const item : all) {
        sorted.insert(std::ranges::upper_bound(sorted, rank(item), {}, rank), item);
    }
    return sorted;
}

}  // namespace trivet::middleware
