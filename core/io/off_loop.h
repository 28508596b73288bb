#pragma once

#include <pthread.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "base/list.h"
#include "io/loop.h"

namespace trivet::io {

struct OffLoopTag {};

// Something that may wait, for a disk say, and so is not for a loop's thread.
struct OffLoopTask : ListNode<OffLoopTag> {
    // On the other thread.
    virtual void run() noexcept = 0;
    // On the loop's thread, after run().
    virtual void on_done() noexcept = 0;

protected:
    ~OffLoopTask() = default;
};

// A thread that runs the tasks of one loop in their order, so that none of them holds up a
// connection. Begins with the first task. A task stays where it is until on_done(), which collect()
// calls on the loop's thread. How many there may be is their makers' business.
class OffLoop {
public:
    explicit OffLoop(Loop& loop) noexcept : loop_(loop) {}
    ~OffLoop() { stop(); }
    OffLoop(const OffLoop&) = delete;
    OffLoop& operator=(const OffLoop&) = delete;

    // False when no thread can be had: nothing was taken.
    bool add(OffLoopTask& task) noexcept;
    // Tells of the tasks that were run. Once a turn.
    void collect() noexcept;
    // Ends the thread; tasks that were not told of never will be.
    void stop() noexcept;
    // In a forked child: the thread is its parent's, and no task is told of any more.
    void disown() noexcept;
    // Tasks that were not told of.
    std::size_t under_way() const noexcept { return under_way_; }

private:
    bool start() noexcept;
    void run() noexcept;

    Loop& loop_;
    pthread_t thread_{};
    bool has_thread_ = false;
    std::size_t under_way_ = 0;  // the loop's
    std::mutex mutex_;
    std::condition_variable awaited_;
    List<OffLoopTask, OffLoopTag> waiting_;
    List<OffLoopTask, OffLoopTag> done_;
    bool is_told_ = false;  // the loop is awake, or will be
    bool is_ending_ = false;
};

}  // namespace trivet::io
