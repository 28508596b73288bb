#pragma once

#include <sys/epoll.h>

#include <memory>

#include "base/memory.h"
#include "io/descriptor_table.h"
#include "io/loop.h"
#include "io/wakeup.h"

namespace trivet::io {

// Loop over epoll: one epoll_wait a turn, one recv for each readable stream, one send for each
// answered one. Streams are registered once and edge-triggered, which saves the kernel a second
// look at each, and every later epoll_ctl.
class EpollLoop final : public Loop {
public:
    static constexpr int kEventsMax = 256;
    static constexpr std::size_t kReceiveBytes = 65536;
    static constexpr int kAcceptsPerTurn = 256;
    static constexpr std::uint64_t kAcceptRetryNs = 100'000'000;

    // nullptr and an errno in `error` when the kernel refuses.
    static std::unique_ptr<EpollLoop> create(Memory& memory, const LoopConfig& config,
                                             int& error) noexcept;
    ~EpollLoop() override;

    std::string_view name() const noexcept override { return "epoll"; }
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
    int pollable_fd() noexcept override { return epoll_.get(); }
    void wake() noexcept override { wakeup_.wake(); }
    bool owes_calls() const noexcept override {
        return is_hurried_ || !closed_.empty() || !readable_.empty();
    }

private:
    // What an epoll event points at: the low bits of its data tell which, as streams are aligned
    // to 8.
    enum Tag : std::uint64_t { kStream = 0, kListener = 1, kWake = 2, kWatch = 3, kTagMask = 7 };

    explicit EpollLoop(Memory& memory) noexcept : memory_(memory), watched_(memory) {}

    void receive_again(Stream& stream) noexcept;
    // `has_more`: one receive may not empty the socket.
    void receive(Stream& stream, bool has_more) noexcept;
    void end_broken(Stream& stream) noexcept;
    void accept_all() noexcept;
    void try_send(Stream& stream) noexcept;
    bool await_room(Stream& stream) noexcept;
    void finish_sends() noexcept;
    void finish_closes() noexcept;

    Memory& memory_;
    Fd epoll_;
    Wakeup wakeup_;
    char* receive_buffer_ = nullptr;
    int listener_ = -1;
    AcceptHandler* accept_handler_ = nullptr;
    WatchHandler* watch_handler_ = nullptr;
    DescriptorTable<std::uint32_t> watched_;  // interest by descriptor
    List<Stream, SentTag> queued_sends_;
    List<Stream, SentTag> done_sends_;  // on_sent is owed
    List<Stream, RearmTag> closed_;     // on_closed is owed
    List<Stream, RearmTag> readable_;   // may have bytes no event will tell of
    bool is_hurried_ = false;           // somebody waits for one of done_sends_
    epoll_event events_[kEventsMax];
    int event_count_ = 0;
    int event_index_ = 0;
};

}  // namespace trivet::io
