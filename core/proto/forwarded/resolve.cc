#include "proto/forwarded/resolve.h"

#include "base/ascii.h"
#include "base/authority.h"
#include "base/number.h"
#include "proto/forwarded/element.h"

namespace trivet::forwarded {
namespace {

// A list beside X-Forwarded-For, from its end. One that cannot be read says nothing from there on.
class SideList {
public:
    SideList(std::span<const std::string_view> lines, bool is_taken) noexcept
        : cursor_(is_taken ? lines : std::span<const std::string_view>{}, false) {}

    std::string_view next(bool (*is_good)(std::string_view)) noexcept {
        std::string_view text;
        if (!is_readable_ || !cursor_.next(text)) {
            return {};
        }
        is_readable_ = is_good(text);
        return is_readable_ ? text : std::string_view{};
    }

private:
    ElementCursor cursor_;
    bool is_readable_ = true;
};

// The way from the peer to the client. Invariant: as long as it goes on, `client` is a trusted
// proxy's address, so that the next element was added by one.
class Way {
public:
    Way(const std::optional<IpAddress>& peer, const CidrList& trusted,
        const Policy& policy) noexcept
        : trusted_(trusted), policy_(policy) {
        resolution_.client = peer;
        resolution_.end = End::exhausted;
    }

    Resolution follow(std::span<const std::string_view> lines) noexcept {
        ElementCursor cursor(lines, true);
        for (std::string_view text; cursor.next(text);) {
            const auto element = parse_element(text);
            if (!may_enter(element.has_value())) {
                break;
            }
            take(*element);
            if (!go_to(element->node.value_or(Node{}))) {
                break;
            }
        }
        return resolution_;
    }

    Resolution follow_x(const Fields& fields) noexcept {
        ElementCursor addresses(fields.x_for, false);
        SideList protos(fields.x_proto, policy_.takes_x_proto);
        SideList hosts(fields.x_host, policy_.takes_x_host);
        SideList ports(fields.x_port, policy_.takes_x_port);
        for (std::string_view text; addresses.next(text);) {
            const auto node = parse_plain_node(text);
            if (!may_enter(node.has_value())) {
                return resolution_;
            }
            take_sides(protos, hosts, ports);
            if (!go_to(*node)) {
                return resolution_;
            }
        }
        // A proxy that does not say who has connected may still say how.
        if (resolution_.hops < policy_.hops_max) {
            take_sides(protos, hosts, ports);
        }
        return resolution_;
    }

private:
    bool may_enter(bool is_readable) noexcept {
        if (resolution_.hops == policy_.hops_max) {
            resolution_.end = End::hops;
            return false;
        }
        if (!is_readable) {
            resolution_.end = End::malformed;
            return false;
        }
        ++resolution_.hops;
        return true;
    }

    void take(const Element& element) noexcept {
        if (!element.scheme.empty()) {
            resolution_.scheme = element.scheme;
        }
        if (!element.host.empty()) {
            resolution_.host = element.host;
        }
    }

    void take_sides(SideList& protos, SideList& hosts, SideList& ports) noexcept {
        const auto is_scheme = [](std::string_view text) { return !scheme_named(text).empty(); };
        const auto is_port = [](std::string_view text) { return parse_port(text).has_value(); };
        take({.scheme = scheme_named(protos.next(is_scheme)), .host = hosts.next(is_authority)});
        if (const auto port = parse_port(ports.next(is_port))) {
            resolution_.port = port;
        }
    }

    // False: the way ends there.
    bool go_to(const Node& node) noexcept {
        if (!node.address) {
            resolution_.end = End::hidden;
            return false;
        }
        resolution_.client = node.address;
        resolution_.client_port = node.port;
        if (!trusted_.contains(*node.address)) {
            resolution_.end = End::client;
            return false;
        }
        return true;
    }

    const CidrList& trusted_;
    const Policy& policy_;
    Resolution resolution_;
};

// Kind::either with both kinds there.
Resolution resolve_both(const std::optional<IpAddress>& peer, const CidrList& trusted,
                        const Fields& fields, const Policy& policy) noexcept {
    Policy all = policy;
    all.takes_x_proto = true;
    all.takes_x_host = true;
    Resolution resolution = Way(peer, trusted, all).follow(fields.forwarded);
    const Resolution other = Way(peer, trusted, all).follow_x(fields);
    if (resolution.client != other.client) {
        return {.client = peer, .end = End::contradiction};
    }
    if (resolution.client_port != other.client_port) {
        resolution.client_port.reset();
    }
    if (resolution.scheme != other.scheme) {
        resolution.scheme = {};
    }
    if (!equal_ignoring_case(resolution.host, other.host)) {
        resolution.host = {};
    }
    resolution.port = other.port;
    return resolution;
}

}  // namespace

Resolution resolve(const std::optional<IpAddress>& peer, const CidrList& trusted,
                   const Fields& fields, const Policy& policy) noexcept {
    const bool is_trusted = peer ? trusted.contains(*peer) : policy.trusts_unaddressed;
    if (!is_trusted) {
        return {.client = peer};
    }
    const bool takes_forwarded = policy.kind == Kind::forwarded ||
                                 (policy.kind == Kind::either && !fields.forwarded.empty());
    const bool takes_x =
        policy.kind == Kind::x_forwarded || (policy.kind == Kind::either && !fields.x_for.empty());
    if (takes_forwarded && takes_x) {
        return resolve_both(peer, trusted, fields, policy);
    }
    Way way(peer, trusted, policy);
    return takes_forwarded ? way.follow(fields.forwarded) : way.follow_x(fields);
}

}  // namespace trivet::forwarded
