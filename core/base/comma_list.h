#pragma once

#include <algorithm>
#include <string_view>

#include "base/ascii.h"

namespace trivet {

// Calls `take` with each of the words between commas, without the spaces around it, until it gives
// false; gives what it gave last, true for an empty list. A comma at the end has nothing behind it.
template <typename Take>
bool each_of_list(std::string_view list, Take take) {
    while (!trimmed(list).empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        if (!take(trimmed(list.substr(0, comma)))) {
            return false;
        }
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return true;
}

}  // namespace trivet
