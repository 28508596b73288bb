#include "doctor_findings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trivet::cli {
namespace {

// A machine that lacks nothing.
Facts good() {
    Facts facts;
    facts.version = "1.2.3";
    facts.abi_version = 100;
    facts.kernel = "6.1.0-18-amd64";
    facts.uring_switch = "0";
    facts.group = 7;
    facts.engine_wanted = "auto";
    facts.engine = "io_uring";
    facts.engine_reason = "available";
    facts.files = 100'000;
    facts.files_hard = 100'000;
    facts.memory_lock = 8u << 20;
    facts.connections_max = 65'536;
    facts.somaxconn = 4096;
    facts.syn_backlog = 4096;
    facts.backlog = 4096;
    facts.affinity_cpus = 4;
    facts.usable_cpus = 4;
    facts.workers = 4;
    facts.memory_total = std::uint64_t{8} << 30;
    facts.host = "127.0.0.1";
    facts.port = 8000;
    facts.toolchains = {{"python", "python3", "3.11", "3.12.1"}, {"node", "node", "20.0", ""}};
    return facts;
}

Finding finding(const Facts& facts, std::string_view topic) {
    const std::vector<Finding> findings = findings_of(facts);
    const auto found = std::ranges::find(findings, topic, &Finding::topic);
    if (found == findings.end()) return {"none", Verdict::ok, "", ""};
    return *found;
}

void expect(const Facts& facts, std::string_view topic, Verdict verdict, std::string_view what,
            std::string_view fix) {
    const Finding found = finding(facts, topic);
    EXPECT_EQ(found.topic, topic);
    EXPECT_EQ(found.verdict, verdict) << found.what;
    EXPECT_NE(found.what.find(what), std::string::npos) << found.what;
    EXPECT_NE(found.fix.find(fix), std::string::npos) << found.fix;
    EXPECT_EQ(found.fix.empty(), fix.empty()) << found.fix;
}

TEST(Doctor, finds_nothing_where_nothing_is) {
    for (const Finding& found : findings_of(good())) {
        EXPECT_EQ(found.verdict, Verdict::ok) << found.topic;
        EXPECT_EQ(found.fix, "") << found.topic;
        EXPECT_NE(found.what, "") << found.topic;
    }
    expect(good(), "engine", Verdict::ok, "engine = auto runs io_uring (available)", "");
    expect(good(), "kernel TLS", Verdict::ok, "not available", "");
    Facts facts = good();
    facts.has_kernel_tls = true;
    expect(facts, "kernel TLS", Verdict::ok, "available; not needed", "");
    expect(good(), "address", Verdict::ok, "127.0.0.1:8000 is free", "");
    expect(good(), "node", Verdict::ok, "not found; apps need node 20.0 or newer", "");
}

TEST(Doctor, says_why_there_is_no_ring) {
    Facts facts = good();
    facts.uring_fault = "EPERM (kernel.io_uring_disabled or a seccomp filter)";
    facts.engine = "epoll";
    facts.uring_switch = "2";
    facts.is_filtered = true;
    expect(facts, "io_uring", Verdict::warn, "is 2", "sysctl -w kernel.io_uring_disabled=0");
    facts.uring_switch = "1";
    facts.is_filtered = false;
    expect(facts, "io_uring", Verdict::warn, "is 1", "kernel.io_uring_group=7");
    facts.uring_switch = "0";
    facts.is_filtered = true;
    expect(facts, "io_uring", Verdict::warn, "seccomp filter", "seccomp=unconfined");
    facts.uring_fault = "ENOSYS";
    expect(facts, "io_uring", Verdict::warn, "seccomp filter", "seccomp=unconfined");
    facts.uring_fault = "ENOMEM (RLIMIT_MEMLOCK or memory)";
    expect(facts, "io_uring", Verdict::warn, "ENOMEM", "ulimit -l unlimited");
    facts.is_filtered = false;
    facts.uring_fault = "ENOSYS (needs Linux 6.1)";
    expect(facts, "io_uring", Verdict::warn, "ENOSYS", "Linux 6.1 or newer");
    facts.engine_wanted = "uring";
    expect(facts, "io_uring", Verdict::fail, "engine = uring wants it", "Linux 6.1");
    facts.engine.clear();
    facts.engine_reason = "no ring";
    expect(facts, "engine", Verdict::fail, "cannot serve: no ring", "TRIVET_ENGINE=auto");
}

TEST(Doctor, compares_kernels_by_number) {
    Facts facts = good();
    for (const char* old : {"6.0.19", "5.15.0-91-generic", "4.4"}) {
        facts.kernel = old;
        expect(facts, "kernel", Verdict::warn, old, "newer kernel");
    }
    for (const char* recent : {"6.1", "6.12.3", "10.0-rc1"}) {
        facts.kernel = recent;
        expect(facts, "kernel", Verdict::ok, recent, "");
    }
}

TEST(Doctor, counts_descriptors) {
    Facts facts = good();
    facts.files = 1024;
    expect(facts, "open files", Verdict::warn, "about 960 connections", "ulimit -n 65600");
    facts.files_hard = 4096;
    expect(facts, "open files", Verdict::warn, "1024", "prlimit --nofile=65600");
    facts.files = 63;
    expect(facts, "open files", Verdict::fail, "63 are too few", "ulimit -n");
    facts.files = kNoLimit;
    expect(facts, "open files", Verdict::ok, "unlimited", "");
}

TEST(Doctor, compares_queues_with_the_backlog) {
    Facts facts = good();
    facts.somaxconn = 128;
    facts.syn_backlog = 256;
    expect(facts, "core.somaxconn", Verdict::warn, "128 is less than backlog = 4096",
           "sudo sysctl -w net.core.somaxconn=4096");
    expect(facts, "ipv4.tcp_max_syn_backlog", Verdict::warn, "256",
           "sudo sysctl -w net.ipv4.tcp_max_syn_backlog=4096");
    facts.somaxconn = 0;
    expect(facts, "core.somaxconn", Verdict::ok, "not known", "");
}

TEST(Doctor, looks_at_cpus_and_memory) {
    Facts facts = good();
    facts.usable_cpus = 2;
    expect(facts, "CPUs", Verdict::ok, "4 by affinity, 2 by the quota", "");
    facts.workers = 5;
    expect(facts, "CPUs", Verdict::warn, "5 workers and threads", "TRIVET_WORKERS=2");
    facts.memory_limit = std::uint64_t{512} << 20;
    expect(facts, "memory", Verdict::ok, "512 MiB by the cgroup, of 8192 MiB", "");
    facts.memory_lock = kNoLimit;
    expect(facts, "locked memory", Verdict::ok, "unlimited", "");
}

TEST(Doctor, says_who_has_the_port) {
    Facts facts = good();
    facts.address_fault = "already in use";
    facts.is_in_use = true;
    facts.owner = "nginx (pid 4)";
    facts.free_port = 8003;
    expect(facts, "address", Verdict::fail, "already in use by nginx (pid 4)", "TRIVET_PORT=8003");
    facts.owner.clear();
    facts.free_port = 0;
    expect(facts, "address", Verdict::fail, "already in use", "end the process");
    facts.is_in_use = false;
    facts.address_fault = "no such address";
    expect(facts, "address", Verdict::fail, "no such address", "TRIVET_HOST=127.0.0.1");
    facts.port = 80;
    facts.is_forbidden = true;
    expect(facts, "address", Verdict::fail, "address", "ip_unprivileged_port_start=80");
    facts = good();
    facts.port = 0;
    expect(facts, "address", Verdict::ok, "any free port", "");
}

TEST(Doctor, wants_the_language_of_the_app) {
    Facts facts = good();
    facts.language = "node";
    expect(facts, "node", Verdict::fail, "not found", "install node 20.0 or newer");
    facts.toolchains[1].version = "18.20";
    expect(facts, "node", Verdict::fail, "node 18.20 is too old", "install node 20.0");
    facts.language.clear();
    expect(facts, "node", Verdict::warn, "too old", "install node 20.0");
    facts.toolchains[1].version = "22.1.0";
    expect(facts, "node", Verdict::ok, "node 22.1.0", "");
}

TEST(Doctor, does_not_judge_by_settings_that_are_malformed) {
    Facts facts = good();
    facts.settings_fault = "trivet.toml:1: no";
    expect(facts, "settings", Verdict::fail, "trivet.toml:1: no", "trivet config --explain");
    for (const char* topic : {"io_uring", "engine", "address"}) {
        EXPECT_EQ(finding(facts, topic).topic, "none") << topic;
    }
}

}  // namespace
}  // namespace trivet::cli
