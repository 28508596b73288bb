#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor_facts.h"

namespace trivet::cli {

enum class Verdict : std::uint8_t { ok, warn, fail };

// One thing that `trivet doctor` says.
struct Finding {
    std::string topic;
    Verdict verdict = Verdict::ok;
    std::string what;
    std::string fix;  // what to type or to change; empty when there is nothing to
};

std::vector<Finding> findings_of(const Facts& facts);

}  // namespace trivet::cli
