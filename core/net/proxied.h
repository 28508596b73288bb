#pragma once

#include <string_view>

#include "base/buffer.h"
#include "io/loop.h"
#include "proto/proxy/header.h"

namespace trivet::net {

// Who is told what a proxy says of the connection that it carries. Once: either the header, before
// anything else of the stream, or that there is none.
class ProxyHandler {
public:
    // Its views hold for the length of the call, which may close the stream.
    virtual void on_proxy_header(const proxy::Header& header) noexcept = 0;
    // The stream is of no use, and tells nothing more: to be closed.
    virtual void on_proxy_fault(proxy::HeaderError error) noexcept = 0;

protected:
    ~ProxyHandler() = default;
};

// The beginning of a stream whose peer is a proxy: reads the header of the PROXY protocol, in front
// of TLS and of whatever else, and hands on what follows. Lives as long as its Stream.
class Proxied final : public io::StreamHandler {
public:
    Proxied(BlockPool& pool, io::StreamHandler& next, ProxyHandler& told) noexcept
        : input_(pool), next_(next), told_(told) {}

    bool has_header() const noexcept { return has_header_; }
    // The stream is closed: nothing is told but that.
    void close() noexcept { is_closed_ = true; }

    void on_data(std::string_view bytes) noexcept override;
    void on_end(int error) noexcept override;
    void on_sent(int error) noexcept override { next_.on_sent(error); }
    void on_closed() noexcept override { next_.on_closed(); }

private:
    void read(std::string_view bytes) noexcept;

    Buffer input_;  // of a header that has not come whole
    io::StreamHandler& next_;
    ProxyHandler& told_;
    bool has_header_ = false;
    bool is_failed_ = false;
    bool is_closed_ = false;
};

}  // namespace trivet::net
