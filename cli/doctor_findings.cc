#include "doctor_findings.h"

#include <charconv>

namespace trivet::cli {
namespace {

// Descriptors of a process that are no connections: the ring, the listener, the log, the program's
// own files.
constexpr std::uint64_t kOwnFiles = 64;
constexpr int kUringMajor = 6;
constexpr int kUringMinor = 1;

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string memory(std::uint64_t bytes) {
    constexpr std::uint64_t kMiB = std::uint64_t{1} << 20;
    return bytes >= kMiB ? number(bytes / kMiB) + " MiB" : number(bytes) + " bytes";
}

// Compares versions like 6.1 part by part; what is behind the digits is not looked at.
bool is_older(const std::string& version, const std::string& needed) {
    const char* at = version.data();
    const char* end = at + version.size();
    const char* wanted = needed.data();
    const char* wanted_end = wanted + needed.size();
    while (wanted < wanted_end) {
        int has = 0;
        int needs = 0;
        at = std::from_chars(at, end, has).ptr;
        wanted = std::from_chars(wanted, wanted_end, needs).ptr;
        if (has != needs) return has < needs;
        if (at < end && *at == '.') ++at;
        if (wanted < wanted_end) ++wanted;
    }
    return false;
}

bool has_word(const std::string& text, const char* word) {
    return text.find(word) != std::string::npos;
}

Finding kernel(const Facts& facts) {
    const std::string needed = number(kUringMajor) + "." + number(kUringMinor);
    if (is_older(facts.kernel, needed)) {
        return {"kernel", Verdict::warn,
                "Linux " + facts.kernel + "; io_uring is used from " + needed +
                    " on, epoll serves here",
                "run a newer kernel"};
    }
    return {"kernel", Verdict::ok, "Linux " + facts.kernel, ""};
}

// Why there is no ring, and what to do; without the verdict.
Finding uring_cause(const Facts& facts) {
    const std::string& fault = facts.uring_fault;
    const bool is_refused = has_word(fault, "io_uring_disabled") || facts.uring_switch == "2";
    if (is_refused && facts.uring_switch == "2") {
        return {"io_uring", Verdict::warn, "kernel.io_uring_disabled is 2: nobody may use it",
                "sudo sysctl -w kernel.io_uring_disabled=0"};
    }
    if (is_refused && facts.uring_switch == "1" && !facts.is_filtered) {
        return {"io_uring", Verdict::warn,
                "kernel.io_uring_disabled is 1: only the group kernel.io_uring_group may use it",
                "sudo sysctl -w kernel.io_uring_group=" + number(facts.group)};
    }
    if (facts.is_filtered && !has_word(fault, "RLIMIT_MEMLOCK")) {
        return {"io_uring", Verdict::warn,
                "a seccomp filter forbids it, as those of containers do: " + fault,
                "docker run --security-opt seccomp=unconfined, or a profile that allows "
                "io_uring_setup, io_uring_enter and io_uring_register"};
    }
    if (has_word(fault, "RLIMIT_MEMLOCK")) {
        return {"io_uring", Verdict::warn, fault,
                "ulimit -l unlimited (LimitMEMLOCK=infinity in a systemd unit)"};
    }
    return {"io_uring", Verdict::warn, fault, "run Linux 6.1 or newer"};
}

Finding uring(const Facts& facts) {
    if (facts.uring_fault.empty()) return {"io_uring", Verdict::ok, "usable", ""};
    Finding finding = uring_cause(facts);
    if (facts.engine_wanted == "uring") {
        finding.verdict = Verdict::fail;
        finding.what += "; engine = uring wants it";
    }
    return finding;
}

Finding engine(const Facts& facts) {
    if (facts.engine.empty()) {
        return {"engine", Verdict::fail,
                "engine = " + facts.engine_wanted + " cannot serve: " + facts.engine_reason,
                "TRIVET_ENGINE=auto"};
    }
    return {"engine", Verdict::ok,
            "engine = " + facts.engine_wanted + " runs " + facts.engine + " (" +
                facts.engine_reason + ")",
            ""};
}

Finding kernel_tls(const Facts& facts) {
    return {"kernel TLS", Verdict::ok,
            std::string(facts.has_kernel_tls ? "available" : "not available") +
                "; not needed, TLS is the library's",
            ""};
}

Finding files(const Facts& facts) {
    const std::string limit = facts.files == kNoLimit ? "unlimited" : number(facts.files);
    if (facts.files < kOwnFiles) {
        return {"open files", Verdict::fail, limit + " are too few to serve with",
                "ulimit -n " + number(kOwnFiles + 1024)};
    }
    const std::uint64_t needed = facts.connections_max + kOwnFiles;
    if (facts.connections_max == 0 || facts.files >= needed) {
        return {"open files", Verdict::ok, limit, ""};
    }
    const bool is_enough = facts.files_hard >= needed;
    return {"open files", Verdict::warn,
            limit + " allow about " + number(facts.files - kOwnFiles) +
                " connections of a process, not connections_max = " + number(facts.connections_max),
            (is_enough ? "ulimit -n " + number(needed)
                       : "sudo prlimit --nofile=" + number(needed) + " --pid $$") +
                " (LimitNOFILE= in a systemd unit, --ulimit nofile= of docker run)"};
}

Finding queue(const char* name, const char* what, std::uint64_t length, std::uint64_t backlog) {
    if (length == 0 || backlog == 0 || length >= backlog) {
        return {name, Verdict::ok, length == 0 ? "not known here" : number(length), ""};
    }
    return {name, Verdict::warn,
            number(length) + " is less than backlog = " + number(backlog) + ": " + what,
            "sudo sysctl -w net." + std::string(name) + "=" + number(backlog)};
}

Finding memory_lock(const Facts& facts) {
    const std::string limit =
        facts.memory_lock == kNoLimit ? "unlimited" : memory(facts.memory_lock);
    return {"locked memory", Verdict::ok, limit, ""};
}

Finding cpus(const Facts& facts) {
    std::string what = number(facts.affinity_cpus) + " by affinity";
    if (facts.usable_cpus != 0 && facts.usable_cpus < facts.affinity_cpus) {
        what += ", " + number(facts.usable_cpus) + " by the quota of the cgroup";
    }
    if (facts.usable_cpus != 0 && facts.workers > 2 * facts.usable_cpus) {
        return {"CPUs", Verdict::warn,
                what + "; " + number(facts.workers) + " workers and threads are configured",
                "TRIVET_WORKERS=" + number(facts.usable_cpus) + " TRIVET_THREADS=1"};
    }
    return {"CPUs", Verdict::ok, what, ""};
}

Finding memory_of(const Facts& facts) {
    const std::string total = memory(facts.memory_total);
    return facts.memory_limit < facts.memory_total
               ? Finding{"memory", Verdict::ok,
                         memory(facts.memory_limit) + " by the cgroup, of " + total, ""}
               : Finding{"memory", Verdict::ok, total + ", not limited by a cgroup", ""};
}

Finding address(const Facts& facts) {
    const bool is_socket = facts.host.starts_with("unix:");
    const std::string place = is_socket ? facts.host : facts.host + ":" + number(facts.port);
    if (facts.address_fault.empty()) {
        return {"address", Verdict::ok,
                facts.port == 0 && !is_socket ? facts.host + ", any free port" : place + " is free",
                ""};
    }
    if (facts.is_forbidden) {
        return {"address", Verdict::fail, facts.address_fault,
                "sudo sysctl -w net.ipv4.ip_unprivileged_port_start=" + number(facts.port)};
    }
    if (!facts.is_in_use) {
        return {"address", Verdict::fail, facts.address_fault, "TRIVET_HOST=127.0.0.1"};
    }
    return {"address", Verdict::fail,
            facts.address_fault + (facts.owner.empty() ? "" : " by " + facts.owner),
            facts.free_port == 0
                ? "end the process that has it"
                : "TRIVET_PORT=" + number(facts.free_port) + ", or end the process that has it"};
}

Finding toolchain(const Facts& facts, const Toolchain& tool) {
    const Verdict verdict = facts.language == tool.language ? Verdict::fail : Verdict::ok;
    const std::string needed =
        tool.program + (tool.needed.empty() ? "" : " " + tool.needed + " or newer");
    if (tool.version.empty()) {
        return {tool.language, verdict, "not found; apps need " + needed,
                verdict == Verdict::ok ? "" : "install " + needed};
    }
    if (is_older(tool.version, tool.needed)) {
        return {tool.language, verdict == Verdict::ok ? Verdict::warn : verdict,
                tool.program + " " + tool.version + " is too old", "install " + needed};
    }
    return {tool.language, Verdict::ok, tool.program + " " + tool.version, ""};
}

}  // namespace

std::vector<Finding> findings_of(const Facts& facts) {
    std::vector<Finding> findings = {
        {"trivet", Verdict::ok, facts.version + ", ABI " + number(facts.abi_version), ""},
        {"settings", Verdict::ok, "well", ""},
        kernel(facts)};
    const bool has_settings = facts.settings_fault.empty();
    if (has_settings) {
        findings.push_back(uring(facts));
        findings.push_back(engine(facts));
        findings.push_back(kernel_tls(facts));
    } else {
        findings[1] = {"settings", Verdict::fail, facts.settings_fault, "trivet config --explain"};
    }
    findings.push_back(files(facts));
    findings.push_back(memory_lock(facts));
    findings.push_back(queue("core.somaxconn", "the kernel cuts the queue of connections to it",
                             facts.somaxconn, facts.backlog));
    findings.push_back(queue("ipv4.tcp_max_syn_backlog",
                             "handshakes beyond it are dropped or answered with cookies",
                             facts.syn_backlog, facts.backlog));
    findings.push_back(cpus(facts));
    findings.push_back(memory_of(facts));
    if (has_settings) findings.push_back(address(facts));
    for (const Toolchain& tool : facts.toolchains) findings.push_back(toolchain(facts, tool));
    return findings;
}

}  // namespace trivet::cli
