#pragma once

#include <liburing.h>

#include <memory>
#include <string_view>

#include "base/memory.h"
#include "io/descriptor_table.h"
#include "io/loop.h"
#include "io/wakeup.h"

namespace trivet::io {

// Loop over io_uring: multishot accept and receive into a provided buffer ring, all sends of a turn
// submitted with the wait, so that a turn is one system call. Single issuer, deferred task work, no
// polling threads.
//
// A send is first tried with MSG_DONTWAIT and no completion on success: after the submission every
// send without a completion has left. Only one that would block, or that is prompt, costs a
// completion.
class UringLoop final : public Loop {
public:
    static constexpr unsigned kEntries = 512;
    static constexpr unsigned kCompletions = 4096;
    static constexpr int kBufferGroup = 0;
    static constexpr unsigned kBufferSpacing = 64;  // so that buffers do not share cache sets
    static constexpr std::uint64_t kAcceptRetryNs = 100'000'000;
    static constexpr std::size_t kSendBytesMax = std::size_t{1} << 30;  // of one operation

    // nullptr and an errno in `error`, with the step that failed in `reason`, when the kernel
    // refuses.
    static std::unique_ptr<UringLoop> create(Memory& memory, const LoopConfig& config, int& error,
                                             std::string_view& reason) noexcept;
    ~UringLoop() override;

    std::string_view name() const noexcept override { return "io_uring"; }
    int listen(int fd, AcceptHandler& handler) noexcept override;
    void stop_listening() noexcept override;
    int open(Stream& stream, int fd, StreamHandler& handler) noexcept override;
    void send(Stream& stream, std::string_view bytes, bool is_prompt) noexcept override;
    void hurry(Stream& stream) noexcept override;
    void pause(Stream& stream) noexcept override;
    void resume(Stream& stream) noexcept override;
    void shutdown(Stream& stream) noexcept override;
    void close(Stream& stream) noexcept override;
    std::int64_t send_progress(const Stream& stream) noexcept override;
    int watch(int fd, std::uint32_t interest, WatchHandler& handler) noexcept override;
    int wait(std::int64_t timeout_ns) noexcept override;
    int flush() noexcept override;
    void dispatch() noexcept override;
    int pollable_fd() noexcept override;
    void wake() noexcept override;
    bool owes_calls() const noexcept override { return is_hurried_ || !closed_.empty(); }

private:
    // Low bits of a completion's user data; the rest is a stream's address, or a descriptor and a
    // sequence number for watches.
    enum Operation : std::uint64_t {
        kReceive = 0,
        kTrySend = 1,
        kSend = 2,
        kAccept = 3,
        kWakeRead = 4,
        kWatch = 5,
        kIgnore = 6,
        kBreak = 7,
        kOperationMask = 7,
    };
    struct Watch {
        std::uint32_t interest = 0;
        std::uint32_t sequence = 0;
        int next_to_arm = -1;  // when needs_arming
        bool is_armed = false;
        bool needs_arming = false;
    };

    explicit UringLoop(Memory& memory) noexcept : watches_(memory) {}

    int set_up(const LoopConfig& config, std::string_view& reason) noexcept;

    io_uring_sqe* next_sqe() noexcept;
    void arm_receive(Stream& stream) noexcept;
    void arm_accept() noexcept;
    void arm_wake() noexcept;
    void arm_watches() noexcept;
    void arm_later(int fd, Watch& watch) noexcept;
    bool is_transient(int result) noexcept;
    void cancel_receive(Stream& stream) noexcept;
    void watch_break(Stream& stream) noexcept;
    void unwatch_break(Stream& stream) noexcept;
    void queue_send(Stream& stream) noexcept;
    void recycle(unsigned buffer) noexcept;
    char* buffer_at(unsigned index) noexcept {
        return buffers_ + std::size_t{index} * buffer_stride_;
    }
    void silence_ready_fd() noexcept;
    void enable_ready_fd() noexcept;
    void handle(const io_uring_cqe& cqe) noexcept;
    void handle_receive(Stream& stream, const io_uring_cqe& cqe) noexcept;
    void handle_break(Stream& stream, const io_uring_cqe& cqe) noexcept;
    void handle_accept(const io_uring_cqe& cqe) noexcept;
    void handle_watch(const io_uring_cqe& cqe) noexcept;
    void handle_send(Stream& stream, int result) noexcept;
    void finish_tries() noexcept;
    void finish_closing(Stream& stream) noexcept;

    io_uring ring_{};
    bool ring_is_open_ = false;
    io_uring_buf_ring* buffer_ring_ = nullptr;
    char* buffers_ = nullptr;
    unsigned buffer_count_ = 0;
    unsigned buffer_bytes_ = 0;
    std::size_t buffer_stride_ = 0;
    unsigned recycled_ = 0;

    Wakeup wakeup_;
    Fd ready_fd_;                     // eventfd registered with the ring once somebody polls it
    std::atomic<int> polled_fd_{-1};  // ready_fd_ for wake(), which any thread may call
    bool ready_fd_is_silent_ = false;
    int listener_ = -1;
    bool accept_is_armed_ = false;
    AcceptHandler* accept_handler_ = nullptr;
    WatchHandler* watch_handler_ = nullptr;
    DescriptorTable<Watch> watches_;
    int first_to_arm_ = -1;  // of a chain through watches_
    int broken_ = 0;         // the errno with which the kernel refused the ring for good
    io_uring_sqe nowhere_{};

    List<Stream, SentTag> tries_;     // sends submitted or to be submitted without completion
    List<Stream, RearmTag> closed_;   // on_closed is owed
    List<Stream, RearmTag> starved_;  // receives that ended for want of buffers
    bool is_hurried_ = false;         // somebody waits for a send among tries_
};

}  // namespace trivet::io
