#include "schema/linking.h"

#include <algorithm>

#include "schema/wording.h"

namespace trivet::schema {
namespace {

// In the order of the names, for types that no text gave an order.
std::vector<Types> listed(Types types) {
    std::vector<Types> list;
    for (const Types type : {kBoolean, kInteger, kNumber, kString, kArray, kObject, kNull}) {
        const bool is_within_number = type == kInteger && (types & kNumber) != 0;
        if ((types & type) != 0 && !is_within_number) {
            list.push_back(type);
        }
    }
    return list;
}

// A whole number is a number.
Types common_of(Types a, Types b) noexcept {
    const auto widened = [](Types types) {
        return static_cast<Types>((types & kNumber) != 0 ? types | kInteger : types);
    };
    return widened(a) & widened(b);
}

class Linker {
public:
    explicit Linker(std::vector<Rule>& rules)
        : rules_(rules), states_(rules.size(), State::unknown), types_(rules.size(), kAnyType) {}

    bool run() {
        for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
            if (!visit(rule, 0)) {
                return false;
            }
        }
        return true;
    }

private:
    enum class State : std::uint8_t { unknown, open, known };

    // Ends at kInPlaceMax.
    bool visit(std::uint32_t rule, std::uint32_t depth) {
        if (depth == kInPlaceMax || states_[rule] == State::open) {
            return false;
        }
        if (states_[rule] == State::known) {
            return true;
        }
        states_[rule] = State::open;
        for (const Combination& combination : rules_[rule].combinations) {
            for (const std::uint32_t branch : combination.rules) {
                if (!visit(branch, depth + 1)) {
                    return false;
                }
            }
        }
        states_[rule] = State::known;
        finish(rule);
        return true;
    }

    // Everything that the rule leads to is known: what it lets through, as far as types say it.
    void finish(std::uint32_t rule) {
        Rule& known = rules_[rule];
        Types types = known.is_never ? Types{0} : known.types;
        for (Combination& combination : known.combinations) {
            switch (combination.combine) {
                case Combine::all:
                    for (const std::uint32_t branch : combination.rules) {
                        types = common_of(types, types_[branch]);
                    }
                    break;
                case Combine::none:
                    break;
                case Combine::any:
                case Combine::one:
                    describe(combination);
                    types = common_of(types, combination.common);
                    break;
            }
        }
        types_[rule] = types;
    }

    void describe(Combination& combination) const {
        std::vector<Types> order;
        combination.common = 0;
        for (const std::uint32_t branch : combination.rules) {
            combination.types.push_back(types_[branch]);
            combination.common |= types_[branch];
            for (const Types type : listed(types_[branch])) {
                if (std::ranges::find(order, type) == order.end()) {
                    order.push_back(type);
                }
            }
        }
        combination.type_detail =
            order.empty() ? "must match one of the allowed forms" : type_detail(order);
    }

    std::vector<Rule>& rules_;
    std::vector<State> states_;
    std::vector<Types> types_;
};

}  // namespace

bool link_rules(std::vector<Rule>& rules) { return Linker(rules).run(); }

}  // namespace trivet::schema
