#pragma once

#include <cstdint>

#include "base/status_gen.h"
#include "realtime/event_hub.h"

namespace trivet::app {

// Directory of this copy's open hubs, the second process-wide table there is: publishing names its
// hub by number, from any thread and at any time, so that a hub that has ended is an error. A
// handle says: mark of the library's copy (8 bits), slot (24), generation (32). Any thread.
using HubHandle = std::uint64_t;
inline constexpr std::uint32_t kHubsMax = 65536;

// A reference to a hub that was found.
class HubReference {
public:
    // Takes a reference over.
    explicit HubReference(realtime::EventHub* hub) noexcept : hub_(hub) {}
    ~HubReference() {
        if (hub_ != nullptr) {
            hub_->release();
        }
    }
    HubReference(const HubReference&) = delete;
    HubReference& operator=(const HubReference&) = delete;
    explicit operator bool() const noexcept { return hub_ != nullptr; }
    realtime::EventHub* operator->() const noexcept { return hub_; }
    realtime::EventHub& operator*() const noexcept { return *hub_; }

private:
    realtime::EventHub* const hub_;
};

// Makes a hub, whose configuration was checked. Fails with limit or memory.
Status open_hub(const realtime::HubConfig& config, const void* owner, HubHandle& handle) noexcept;
// False for a handle that is stale.
HubReference find_hub(HubHandle handle) noexcept;
// Closes a hub; its handle is stale from then on. Fails with stale.
Status close_hub(HubHandle handle) noexcept;
// Closes all of an owner that ends.
void close_hubs_of(const void* owner) noexcept;

}  // namespace trivet::app
