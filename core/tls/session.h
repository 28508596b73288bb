#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "tls/context.h"

struct bio_st;

namespace trivet::tls {

// Who the certificate says that a client is; it was checked.
struct Identity {
    std::string subject;      // RFC 2253
    std::string fingerprint;  // SHA-256 of the certificate, in hexadecimal
    std::string certificate;  // DER
};

enum class Progress : std::uint8_t {
    done,    // the handshake is complete; read or written
    more,    // bytes of the peer are needed
    closed,  // the peer has said that no more will come
    failed,  // the session is of no more use; its last words, if any, are in the output
};

// The server's side of one connection: the peer's bytes in, bytes for the peer out, and between
// them what the program reads and writes. One thread at a time.
class Session {
public:
    // `output` takes what is to be sent; it outlives the session. Is not ready without memory.
    Session(std::shared_ptr<const Context> context, Buffer& output) noexcept;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    bool is_ready() const noexcept { return ssl_ != nullptr; }
    bool is_established() const noexcept { return is_established_; }
    // Whether all that the handshake lacks is the client's word that it is over: no key is to be
    // exchanged any more, and nothing to be signed or verified.
    bool awaits_finished() const noexcept;
    // From now on another one takes what is to be sent.
    void set_output(Buffer& output) noexcept { output_ = &output; }

    // Goes on with the handshake; moves `input` past what it has taken. done: what is left is for
    // read().
    Progress handshake(std::string_view& input) noexcept;
    // Reads into the front of `room`, `size` bytes of it. more: all of `input` is taken.
    Progress read(std::string_view& input, std::span<char> room, std::size_t& size) noexcept;
    // Encrypts all of `bytes` into the output. False when that fails, for want of memory.
    bool write(std::string_view bytes) noexcept;
    // Tells the peer that no more will come.
    void close() noexcept;

    // Why it has failed, in words of the library.
    const std::string& failure() const noexcept { return failure_; }
    // Whether the peer speaks HTTP without TLS.
    bool is_plain_http() const noexcept { return is_plain_http_; }

    // After the handshake. Static strings, or ones that live as long as the session.
    std::string_view version() const noexcept;
    std::string_view cipher() const noexcept;
    std::string_view protocol() const noexcept;     // agreed on by ALPN; empty when none was
    std::string_view server_name() const noexcept;  // as the client called us; may be empty
    bool is_resumed() const noexcept;
    // False when the client has shown no certificate.
    bool identify(Identity& identity) const;

private:
    friend class Context;
    static bio_method_st* make_wire() noexcept;
    static int write_wire(bio_st* bio, const char* bytes, std::size_t size, std::size_t* written);
    static int read_wire(bio_st* bio, char* room, std::size_t size, std::size_t* read);
    static long control_wire(bio_st* bio, int command, long number, void* pointer);

    Progress outcome(int result) noexcept;

    struct SessionFree {
        void operator()(ssl_st* ssl) const noexcept;
    };

    std::shared_ptr<const Context> context_;
    Buffer* output_;
    std::string_view input_;  // during a call
    std::unique_ptr<ssl_st, SessionFree> ssl_;
    std::string failure_;
    bool is_established_ = false;
    bool has_begun_ = false;
    bool begins_with_letter_ = false;
    bool is_plain_http_ = false;
};

}  // namespace trivet::tls
