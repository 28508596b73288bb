#include "doctor_facts.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "engine.h"
#include "listener.h"

namespace trivet::cli {
namespace {

struct FreeLoop {
    void operator()(trivet_loop* loop) const { trivet_loop_free(loop); }
};
using LoopOwner = std::unique_ptr<trivet_loop, FreeLoop>;

// A loop of the app, or why there is none.
LoopOwner make_loop(trivet_app* app, std::uint32_t flags, std::string& fault,
                    trivet_status* out_status = nullptr) {
    trivet_loop_config config;
    trivet_loop_config_init(&config, sizeof config);
    config.flags = flags;
    trivet_loop* loop = nullptr;
    trivet_error* error = nullptr;
    const trivet_status status = trivet_loop_new(app, &config, &loop, &error);
    if (out_status != nullptr) *out_status = status;
    if (status != TRIVET_OK) fault = words_of(error);
    return LoopOwner(loop);
}

// An app with one engine, whatever is configured.
AppOwner app_with(std::uint32_t engine) {
    AppOwner app(trivet_app_new());
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    if (app != nullptr && trivet_app_get_config(app.get(), &config, nullptr) == TRIVET_OK) {
        config.engine = engine;
        trivet_app_configure(app.get(), &config, nullptr);
    }
    return app;
}

void probe_engines(Facts& facts) {
    const AppOwner uring = app_with(TRIVET_ENGINE_URING);
    make_loop(uring.get(), TRIVET_LOOP_UNBOUND, facts.uring_fault);
    const AppOwner app(trivet_app_new());
    const LoopOwner loop = make_loop(app.get(), TRIVET_LOOP_UNBOUND, facts.engine_reason);
    trivet_loop_info info{};
    info.size = sizeof info;
    if (loop != nullptr && trivet_loop_get_info(loop.get(), &info) == TRIVET_OK) {
        facts.engine = text_of(info.engine);
        facts.engine_reason = text_of(info.engine_reason);
        facts.has_kernel_tls = info.has_kernel_tls != 0;
    }
}

// Binds for a moment; nothing is accepted.
void probe_address(Facts& facts) {
    const AppOwner app = app_with(TRIVET_ENGINE_EPOLL);
    trivet_status status = TRIVET_OK;
    make_loop(app.get(), TRIVET_LOOP_CONFIGURED | TRIVET_LOOP_DEFERRED, facts.address_fault,
              &status);
    facts.is_in_use = status == TRIVET_E_ADDRESS_IN_USE;
    if (facts.is_in_use && !is_unix(facts.host)) {
        facts.owner = owner_of_port(facts.port);
        facts.free_port = free_port_after(facts.host, facts.port);
    }
    const std::uint64_t first_open = read_number("/proc/sys/net/ipv4/ip_unprivileged_port_start");
    facts.is_forbidden = status == TRIVET_E_ADDRESS && !is_unix(facts.host) && facts.port != 0 &&
                         facts.port < first_open && ::geteuid() != 0;
}

void read_settings(Facts& facts) {
    const AppOwner app(trivet_app_new());
    trivet_app_config config;
    trivet_app_config_init(&config, sizeof config);
    trivet_error* error = nullptr;
    if (trivet_app_get_config(app.get(), &config, &error) != TRIVET_OK) {
        facts.settings_fault = words_of(error);
        return;
    }
    facts.connections_max = config.connections_max;
    facts.backlog = config.backlog;
    facts.host = text_of(config.host);
    facts.port = config.port;
    for (const Setting& setting : settings_of(app.get())) {
        if (setting.key == "server.engine") facts.engine_wanted = setting.value;
        if (setting.key == "app.language") facts.language = setting.value;
    }
    std::uint32_t workers = 1;
    std::uint32_t threads = 1;
    trivet_app_concurrency(app.get(), config.threads == 0 ? 0 : 1, &workers, &threads, nullptr);
    facts.workers = workers * threads;
    config.workers = 0;
    config.threads = 0;
    trivet_app_configure(app.get(), &config, nullptr);
    trivet_app_concurrency(app.get(), 0, &workers, &threads, nullptr);
    facts.usable_cpus = workers;
}

std::uint64_t limit_of(rlim_t value) { return value == RLIM_INFINITY ? kNoLimit : value; }

void read_limits(Facts& facts) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        facts.files = limit_of(limit.rlim_cur);
        facts.files_hard = limit_of(limit.rlim_max);
    }
    if (::getrlimit(RLIMIT_MEMLOCK, &limit) == 0) facts.memory_lock = limit_of(limit.rlim_cur);
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    if (::sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
        facts.affinity_cpus = static_cast<std::uint64_t>(CPU_COUNT(&cpus));
    }
    facts.somaxconn = read_number("/proc/sys/net/core/somaxconn");
    facts.syn_backlog = read_number("/proc/sys/net/ipv4/tcp_max_syn_backlog");
    facts.memory_limit = memory_limit_of("/");
    facts.memory_total = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                         static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// The first line that a command of the shell prints.
std::string line_of(const std::string& command) {
    std::FILE* output = ::popen((command + " 2>/dev/null </dev/null").c_str(), "re");
    if (output == nullptr) return {};
    std::array<char, 512> line{};
    const bool has_line = std::fgets(line.data(), line.size(), output) != nullptr;
    std::array<char, 512> rest{};
    while (std::fgets(rest.data(), rest.size(), output) != nullptr) {
    }
    return ::pclose(output) == 0 && has_line ? line.data() : "";
}

void find_toolchains(Facts& facts) {
    // GOTOOLCHAIN: a go.mod here must not make it fetch another Go.
    const std::pair<Toolchain, const char*> known[] = {
        {{"python", "python3", "3.11", ""}, "python3 --version"},
        {{"node", "node", "20.0", ""}, "node --version"},
        {{"go", "go", "1.24", ""}, "GOTOOLCHAIN=local go version"},
        {{"c", "cc", "", ""}, "cc --version"},
    };
    for (const auto& [toolchain, command] : known) {
        facts.toolchains.push_back(toolchain);
        facts.toolchains.back().version = version_in(line_of(command));
    }
}

}  // namespace

Facts gather_facts() {
    Facts facts;
    facts.version = text_of(trivet_version());
    facts.abi_version = trivet_abi_version();
    utsname system{};
    if (::uname(&system) == 0) facts.kernel = system.release;
    std::ifstream("/proc/sys/kernel/io_uring_disabled") >> facts.uring_switch;
    facts.is_filtered = is_filtered_process("/");
    facts.group = ::getegid();
    read_limits(facts);
    find_toolchains(facts);
    read_settings(facts);
    if (facts.settings_fault.empty()) {
        probe_engines(facts);
        probe_address(facts);
    }
    return facts;
}

}  // namespace trivet::cli
