#include "route/host_table.h"

#include <algorithm>
#include <tuple>

namespace trivet::route {

bool HostTable::Candidate::matches(const HostName& name) const noexcept {
    // Hosts differ in front more often than in their domains.
    for (std::size_t index = 0; index < host.labels.size(); ++index) {
        const HostPattern::Label& label = host.labels[index];
        if (!label.is_param && label.text != name.label(index)) {
            return false;
        }
    }
    return true;
}

void HostTable::add(const HostPattern& host, std::uint32_t root) {
    candidates_.push_back({host, root});
}

void HostTable::link() {
    std::ranges::sort(candidates_, {}, [](const Candidate& candidate) {
        const std::size_t labels = candidate.host.labels.size();
        // Roots grow in the order of registration.
        return std::tuple(labels, labels - candidate.host.literal_count, candidate.root);
    });
    begins_.assign(kLabelsMax + 2, candidates_.size());
    for (std::size_t index = candidates_.size(); index > 0; --index) {
        begins_[candidates_[index - 1].host.labels.size()] = index - 1;
    }
    for (std::size_t labels = kLabelsMax + 1; labels > 0; --labels) {
        begins_[labels - 1] = std::min(begins_[labels - 1], begins_[labels]);
    }
}

std::span<const HostTable::Candidate> HostTable::candidates(const HostName& name) const noexcept {
    const std::size_t labels = name.label_count();
    return std::span(candidates_).subspan(begins_[labels], begins_[labels + 1] - begins_[labels]);
}

}  // namespace trivet::route
