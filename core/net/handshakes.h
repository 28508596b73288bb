#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>

#include "base/list.h"
#include "base/thread.h"
#include "io/loop.h"
#include "tls/session.h"

namespace trivet::net {

struct HandshakeTag {};

// One step of a handshake that is made off the loop: signing takes as long as many requests.
struct HandshakeStep : ListNode<HandshakeTag> {
    virtual void on_step(tls::Progress progress) noexcept = 0;

    tls::Session* session = nullptr;
    std::string_view input;  // stays where it is meanwhile; what was not taken is left
    tls::Progress outcome = tls::Progress::more;

protected:
    ~HandshakeStep() = default;
};

// A thread that makes the steps of one loop's handshakes, so that they hold up no other connection.
// Begins with the first step. The session belongs to it until on_step(), which collect() calls on
// the loop's thread.
class Handshakes {
public:
    explicit Handshakes(io::Loop& loop) noexcept : loop_(loop) {}
    ~Handshakes() { stop(); }
    Handshakes(const Handshakes&) = delete;
    Handshakes& operator=(const Handshakes&) = delete;

    // False when no thread can be had: the step is the caller's to make.
    bool add(HandshakeStep& step) noexcept;
    // Tells of the steps that were made. Once a turn.
    void collect() noexcept;
    // Ends the thread; steps that were not told of never will be.
    void stop() noexcept;
    // Steps that were not told of.
    std::size_t under_way() const noexcept { return under_way_; }

private:
    void run() noexcept;

    io::Loop& loop_;
    Thread thread_;
    std::size_t under_way_ = 0;  // the loop's
    std::mutex mutex_;
    std::condition_variable awaited_;
    List<HandshakeStep, HandshakeTag> waiting_;
    List<HandshakeStep, HandshakeTag> made_;
    bool is_told_ = false;  // the loop is awake, or will be
    bool is_ending_ = false;
};

}  // namespace trivet::net
