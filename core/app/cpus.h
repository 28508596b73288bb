#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trivet::app {

// CPUs this process may use: those of its affinity mask within the quota of its cgroup, rounded
// up, at least 1.
std::uint32_t usable_cpus();

// CPUs of the calling thread's affinity mask.
std::uint32_t affinity_cpus();

// CPUs the quotas of the cgroup and of those above it allow, rounded up; 0 without a quota. Both
// versions of cgroups are looked at. `process` is a folder like /proc/self.
std::uint32_t quota_cpus(const std::string& process);

// The quota in the text of a v2 cpu.max ("max 100000", "150000 100000"); 0 without one.
std::uint32_t parse_cpu_max(std::string_view text);
// The quota in the texts of a v1 cpu.cfs_quota_us (-1 for none) and cpu.cfs_period_us; 0 without
// one.
std::uint32_t parse_cfs_quota(std::string_view quota, std::string_view period);

}  // namespace trivet::app
