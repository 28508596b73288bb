#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "app/app.h"
#include "app/error.h"
#include "app/worker.h"

namespace trivet::app {

struct LoopThreadsConfig {
    std::uint32_t threads = 1;
    int listen_fd = -1;  // of a supervised worker, as control_fd; taken over
    int control_fd = -1;
    int signals = -1;  // a signalfd: each signal asks for the drain; stays the caller's
    std::string_view version;
    std::string_view runtime;
};

// An app served by one loop or several at the address of its configuration, the first one on the
// calling thread, each other on a thread of its own. Lives for the length of serve().
class LoopThreads {
public:
    LoopThreads(App& app, const LoopThreadsConfig& config) : app_(app), config_(config) {}
    LoopThreads(const LoopThreads&) = delete;
    LoopThreads& operator=(const LoopThreads&) = delete;

    // Writes the banner and serves until all loops are drained. Fails when one cannot start or
    // cannot go on; the others are drained then.
    std::expected<void, Error> serve();

private:
    struct Thread {
        LoopThreads& owner;
        std::uint32_t port;
        pthread_t id{};
    };

    std::expected<std::unique_ptr<Worker>, Error> make_loop(bool is_first, std::uint32_t port);
    void serve_first();
    bool start_threads(std::uint32_t port);
    void run_thread(std::uint32_t port);
    void run(Worker& worker);
    void join_drains(Worker& worker);
    void leave_drains(Worker& worker);
    void drain_all();
    void fail(const Error& error);

    App& app_;
    const LoopThreadsConfig config_;
    std::deque<Thread> threads_;
    std::mutex guard_;  // of all that follows
    std::condition_variable has_reported_;
    std::vector<Worker*> workers_;  // that may be told to drain
    std::uint32_t reports_ = 0;     // threads whose start has succeeded or failed
    std::uint32_t drains_ = 0;
    Error error_;  // the first one
};

}  // namespace trivet::app
