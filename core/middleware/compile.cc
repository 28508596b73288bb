#include "middleware/compile.h"

#include <utility>

namespace trivet::middleware {

const Chain* Chains::compile(const Levels& levels) {
    std::vector<const Middleware*> order = arrange(levels);
    if (order.empty()) {
        return nullptr;
    }
    std::unique_ptr<Chain>& chain = chains_[order];
    if (chain == nullptr) {
        Plan plan;
        for (const Middleware* const item : order) {
            item->prepare(plan);
        }
        chain = std::make_unique<Chain>(std::move(order), std::move(plan));
    }
    return chain.get();
}

}  // namespace trivet::middleware
