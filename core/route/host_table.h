#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "route/host.h"

namespace trivet::route {

// Which tree of routes belongs to a host. Made by freeze(), immutable from then on.
class HostTable {
public:
    struct Candidate {
        HostPattern host;
        std::uint32_t root;

        bool matches(const HostName& name) const noexcept;
    };

    // In the order of registration; then link().
    void add(const HostPattern& host, std::uint32_t root);
    void link();

    bool is_empty() const noexcept { return exact_.empty() && candidates_.empty(); }
    // The root of exactly this host; 0 when there is none.
    std::uint32_t exact(const HostName& name) const noexcept;
    // Hosts with parameters and as many labels, those with more literal labels first.
    std::span<const Candidate> candidates(const HostName& name) const noexcept;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };

    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> exact_;
    std::vector<Candidate> candidates_;  // by number of labels
    std::vector<std::size_t> begins_;    // of those with that many labels; one more at the end
};

}  // namespace trivet::route
