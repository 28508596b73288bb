#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

namespace trivet::cli {

inline constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// A program of a language and its version; empty when it is not found.
struct Toolchain {
    std::string language;  // as app.language has it
    std::string program;
    std::string needed;  // 3.11
    std::string version;
};

// What `trivet doctor` has found out; doctor_findings.h judges it. 0 stands for what the kernel
// does not tell.
struct Facts {
    std::string version;
    std::uint32_t abi_version = 0;
    std::string settings_fault;  // all that depends on the settings is then unknown

    std::string kernel;        // 6.1.0-18-amd64
    std::string uring_switch;  // kernel.io_uring_disabled
    std::string uring_fault;   // why there can be no ring; empty when there can
    bool is_filtered = false;  // by seccomp
    std::uint32_t group = 0;   // of this process

    std::string engine_wanted;  // server.engine
    std::string engine;         // that runs then; empty when none does
    std::string engine_reason;
    bool has_kernel_tls = false;

    std::uint64_t files = 0;  // RLIMIT_NOFILE, soft and hard
    std::uint64_t files_hard = 0;
    std::uint64_t memory_lock = 0;  // RLIMIT_MEMLOCK
    std::uint64_t connections_max = 0;
    std::uint64_t somaxconn = 0;
    std::uint64_t syn_backlog = 0;
    std::uint64_t backlog = 0;

    std::uint64_t affinity_cpus = 0;
    std::uint64_t usable_cpus = 0;  // within the quota of the cgroup
    std::uint64_t workers = 0;
    std::uint64_t memory_limit = kNoLimit;  // of the cgroup
    std::uint64_t memory_total = 0;

    std::string host;
    std::uint32_t port = 0;
    std::string address_fault;    // why it cannot be listened on; empty when it can
    bool is_forbidden = false;    // a privileged port
    bool is_in_use = false;       // then also:
    std::string owner;            // who has it, where that can be seen
    std::uint32_t free_port = 0;  // the next one that nobody has

    std::string language;  // app.language
    std::vector<Toolchain> toolchains;
};

Facts gather_facts();

// The parts of it that read the kernel's files, below `root`, which is / but for tests.
std::uint64_t read_number(const std::filesystem::path& file);
std::uint64_t memory_limit_of(const std::filesystem::path& root);
bool is_filtered_process(const std::filesystem::path& root);
// The first number with dots in a program's words about its version.
std::string version_in(const std::string& words);

}  // namespace trivet::cli
