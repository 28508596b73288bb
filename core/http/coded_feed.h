#pragma once

#include <cstddef>
#include <string_view>

#include "base/buffer.h"
#include "codec/encoder.h"
#include "http/feed.h"

namespace trivet::http {

class Connection;
class Server;

// Encodes a whole content of its own piece by piece, each when the one before has left: a long
// answer neither holds up the loop nor waits encoded for a slow client. Ends itself when its
// connection lets go of it; loop thread only.
class CodedFeed final : public Feed {
public:
    static constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

    // With a copy of `content`, and the encoder from now on. nullptr: memory is out.
    static CodedFeed* make(Server& server, codec::Encoder& encoder,
                           std::string_view content) noexcept;
    // For one that no connection has taken.
    void discard() noexcept { end(); }
    // Before the connection takes it.
    void attach(Connection& connection, bool is_framed) noexcept {
        connection_ = &connection;
        is_framed_ = is_framed;
    }

    void on_ready() noexcept override;
    void on_gone() noexcept override {}
    void on_released() noexcept override { end(); }

private:
    CodedFeed(Server& server, codec::Encoder& encoder, std::string_view content) noexcept;
    ~CodedFeed() = default;

    // The next piece, encoded and framed, in output_; false: memory is out.
    bool encode() noexcept;
    bool frame() noexcept;
    void end() noexcept;

    Server& server_;
    codec::Encoder& encoder_;
    const std::string_view content_;  // behind this object
    std::size_t position_ = 0;
    std::size_t output_begin_ = 0;  // of what is to be sent
    bool is_framed_ = false;
    Connection* connection_ = nullptr;
    Buffer output_;
};

}  // namespace trivet::http
