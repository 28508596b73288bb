#include "route/walk.h"

#include <algorithm>
#include <bit>

#include "route/segment_text.h"

namespace trivet::route {

// Goes down as long as there is one way only; where there are more, each but the last is a call.
const Walk::Route* Walk::visit(std::uint32_t index, std::uint32_t depth,
                               std::uint32_t params) noexcept {
    for (;; ++depth) {
        const FrozenNode& node = routes_.node(index);
        ++visits_;
        if (depth == ready_) {
            if (next_ == path_.size()) {
                return finish(node, params);
            }
            if (!node.has_literals && !node.has_params) {
                return nullptr;
            }
            prepare();
        }
        const WalkSegment& segment = room_.segments[depth];
        std::uint32_t literal = kNoNode;
        if (node.has_literals && segment.is_short) {
            literal = routes_.literal(index, segment.text, segment.key);
        }
        if (!node.has_params) {
            if (literal == kNoNode) {
                return nullptr;
            }
            index = literal;
            continue;
        }
        if (literal != kNoNode) {
            if (const Route* route = visit(literal, depth + 1, params)) {
                return route;
            }
        }
        return visit_params(node, depth, params);
    }
}

const Walk::Route* Walk::visit_params(const FrozenNode& node, std::uint32_t depth,
                                      std::uint32_t params) noexcept {
    const WalkSegment& segment = room_.segments[depth];
    if (!segment.raw.empty()) {
        // Deeper visits leave it alone.
        capture(params, segment.raw, segment.is_encoded);
        if (node.integer != kNoNode && segment.is_short && is_integer(segment.text)) {
            if (const Route* route = visit(node.integer, depth + 1, params + 1)) {
                return route;
            }
        }
        if (node.uuid != kNoNode && segment.is_short && is_uuid(segment.text)) {
            if (const Route* route = visit(node.uuid, depth + 1, params + 1)) {
                return route;
            }
        }
        if (node.regex_count != 0) {
            if (const Route* route = visit_regexes(node, depth, params)) {
                return route;
            }
        }
        if (node.text != kNoNode) {
            if (const Route* route = visit(node.text, depth + 1, params + 1)) {
                return route;
            }
        }
    }
    return node.path != kNoNode ? finish_path(node, segment, params) : nullptr;
}

const Walk::Route* Walk::visit_regexes(const FrozenNode& node, std::uint32_t depth,
                                       std::uint32_t params) noexcept {
    const WalkSegment& segment = room_.segments[depth];
    for (std::uint32_t index = 0; index < node.regex_count; ++index) {
        const FrozenRoutes::RegexChild& child = routes_.regex(node.regexes + index);
        if (matches(*child.regex, segment)) {
            if (const Route* route = visit(child.node, depth + 1, params + 1)) {
                return route;
            }
        }
    }
    return nullptr;
}

const Walk::Route* Walk::finish_path(const FrozenNode& node, const WalkSegment& segment,
                                     std::uint32_t params) noexcept {
    const auto begin = static_cast<std::size_t>(segment.raw.data() - path_.data());
    const std::string_view rest = path_.substr(begin);
    if (rest.empty()) {
        return nullptr;
    }
    capture(params, rest, has_escapes_ && rest.find('%') != std::string_view::npos);
    ++visits_;
    return finish(routes_.node(node.path), params + 1);
}

const Walk::Route* Walk::finish(const FrozenNode& node, std::uint32_t params) noexcept {
    if (!node.has_routes()) {
        return nullptr;
    }
    // How many routes stand before the one for the method.
    MethodMask before = 0;
    const MethodMask bit = method_ < kMethodsMax ? MethodMask{1} << method_ : 0;
    if ((node.methods & bit) != 0) {
        before = node.methods & (bit - 1);
    } else if (method_ == Methods::kHead && (node.methods & MethodMask{1} << Methods::kGet) != 0) {
        before = 0;
    } else if (node.has_any) {
        before = node.methods;
    } else {
        first_ = first_ == nullptr ? &node : first_;
        allowed_ |= node.methods;
        return nullptr;
    }
    param_count_ = params;
    // Most nodes have one route; counting bits is a call where the machine may lack the
    // instruction.
    const auto skipped = before == 0 ? 0 : static_cast<std::uint32_t>(std::popcount(before));
    return &routes_.route(node.routes + skipped);
}

// Looks at the next segment. There are kSegmentsMax at most, for no node is deeper.
void Walk::prepare() noexcept {
    WalkSegment& segment = room_.segments[ready_++];
    const std::size_t begin = next_ + 1;
    next_ = std::min(path_.find('/', begin), path_.size());
    segment.raw = path_.substr(begin, next_ - begin);
    segment.is_encoded = false;
    if (has_escapes_ && segment.raw.find('%') != std::string_view::npos) {
        decode(segment);
        return;
    }
    segment.is_short = segment.raw.size() <= kLiteralBytesMax;
    if (segment.is_short) {
        segment.text = segment.raw;
        segment.key = LiteralKey::of(segment.raw, path_.size() - begin);
    }
}

void Walk::decode(WalkSegment& segment) noexcept {
    std::array<char, kLiteralBytesMax>& room = room_.decoded[ready_ - 1];
    segment.is_encoded = true;
    segment.is_short = decode_segment(segment.raw, room.data(), room.size(), segment.text);
    if (segment.is_short) {
        segment.key = LiteralKey::of(segment.text, segment.text.size());
    }
}

bool Walk::matches(const Regex& regex, const WalkSegment& segment) noexcept {
    if (give_ups_ == kRegexGiveUpsMax) {
        return false;
    }
    std::string_view text = segment.is_short ? segment.text : segment.raw;
    RegexRoom::Result result = RegexRoom::Result::exceeded;
    if (segment.is_short || !segment.is_encoded ||
        decode_segment(segment.raw, room_.regex_text.data(), room_.regex_text.size(), text)) {
        result = room_.regex->match(regex, text);
    }
    if (result == RegexRoom::Result::exceeded) {
        ++give_ups_;
        ++room_.limits_total;
    }
    return result == RegexRoom::Result::match;
}

Outcome Walk::refuse(const Methods& methods) noexcept {
    if (first_ == nullptr) {
        return Outcome::not_found;
    }
    out_.allow = routes_.allow(*first_);
    if (allowed_ != first_->methods) {
        out_.allow = {out_.allow_room, methods.join(methods.allowed(allowed_), out_.allow_room)};
    }
    return method_ == Methods::kOptions ? Outcome::options : Outcome::method_not_allowed;
}

}  // namespace trivet::route
