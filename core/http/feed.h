#pragma once

namespace trivet::http {

// Who sends the content of an answer in its handler's place. The exchange has ended, and the
// connection tells when it can send. Loop thread only; the calls come from within the loop's
// dispatch or the end of a connection, never from within Connection::give().
class Feed {
public:
    // All that was given has left: Connection::give() or end_feed() may be called, now or later;
    // now, when the server drains. May come again while there was nothing to give.
    virtual void on_ready() noexcept = 0;
    // The connection takes no more: the client has left, or the server drains. What was given may
    // still be read.
    virtual void on_gone() noexcept = 0;
    // After on_gone(): nothing that was given is read any more, and the feed is forgotten.
    virtual void on_released() noexcept = 0;

protected:
    ~Feed() = default;
};

}  // namespace trivet::http
