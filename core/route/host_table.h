#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "route/host.h"

namespace trivet::route {

// Which tree of routes belongs to a host with parameters; other hosts are literals of the frozen
// tables. Made by freeze(), immutable from then on.
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

    // Hosts of as many labels, those with more literal labels first.
    std::span<const Candidate> candidates(const HostName& name) const noexcept;

private:
    std::vector<Candidate> candidates_;  // by number of labels
    std::vector<std::size_t> begins_;    // of those with that many labels; one more at the end
};

}  // namespace trivet::route
