#include "tls/session.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "tls/error.h"

namespace trivet::tls {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

std::string hex_of(std::span<const unsigned char> bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        text += kHexDigits[byte >> 4];
        text += kHexDigits[byte & 15];
    }
    return text;
}

}  // namespace

void Session::SessionFree::operator()(SSL* ssl) const noexcept { SSL_free(ssl); }

Session::Session(std::shared_ptr<const Context> context, Buffer& output) noexcept
    : context_(std::move(context)), output_(&output), ssl_(SSL_new(context_->first())) {
    BIO* const wire = ssl_ == nullptr ? nullptr : BIO_new(context_->wire_.get());
    if (wire == nullptr) {
        ssl_.reset();
        ERR_clear_error();
        return;
    }
    BIO_set_data(wire, this);
    BIO_set_init(wire, 1);
    SSL_set_bio(ssl_.get(), wire, wire);
    SSL_set_accept_state(ssl_.get());
}

// The library reads and writes where the bytes are, with no memory of its own between.
BIO_METHOD* Session::make_wire() noexcept {
    BIO_METHOD* const method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "trivet");
    if (method == nullptr || BIO_meth_set_write_ex(method, &Session::write_wire) != 1 ||
        BIO_meth_set_read_ex(method, &Session::read_wire) != 1 ||
        BIO_meth_set_ctrl(method, &Session::control_wire) != 1) {
        BIO_meth_free(method);
        return nullptr;
    }
    return method;
}

int Session::write_wire(BIO* bio, const char* bytes, std::size_t size, std::size_t* written) {
    *written = size;
    return static_cast<Session*>(BIO_get_data(bio))->output_->append({bytes, size}) ? 1 : 0;
}

int Session::read_wire(BIO* bio, char* room, std::size_t size, std::size_t* read) {
    std::string_view& input = static_cast<Session*>(BIO_get_data(bio))->input_;
    BIO_clear_retry_flags(bio);
    *read = std::min(size, input.size());
    if (*read == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(room, input.data(), *read);
    input.remove_prefix(*read);
    return 1;
}

long Session::control_wire(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

Progress Session::outcome(int result) noexcept {
    const int error = SSL_get_error(ssl_.get(), result);
    if (error == SSL_ERROR_WANT_READ) {
        return Progress::more;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return Progress::closed;
    }
    is_plain_http_ = begins_with_letter_;
    failure_ = take_error();
    return Progress::failed;
}

Progress Session::handshake(std::string_view& input) noexcept {
    ERR_clear_error();
    if (!std::exchange(has_begun_, true)) {
        // As methods of HTTP do, and no record: the library itself knows some of them only.
        begins_with_letter_ = !input.empty() && input.front() >= 'A' && input.front() <= 'Z';
    }
    input_ = input;
    const int result = SSL_do_handshake(ssl_.get());
    const Progress progress = result == 1 ? Progress::done : outcome(result);
    is_established_ = result == 1;
    input = std::exchange(input_, {});
    return progress;
}

bool Session::awaits_finished() const noexcept {
    // With ours sent, the client's comes next, unless it was asked for a certificate.
    char none = 0;
    return !is_established_ && !context_->asks_clients() &&
           SSL_get_finished(ssl_.get(), &none, 0) > 0;
}

Progress Session::read(std::string_view& input, std::span<char> room, std::size_t& size) noexcept {
    ERR_clear_error();
    input_ = input;
    size = 0;
    const int result = SSL_read_ex(ssl_.get(), room.data(), room.size(), &size);
    const Progress progress = result == 1 ? Progress::done : outcome(result);
    input = std::exchange(input_, {});
    return progress;
}

bool Session::write(std::string_view bytes) noexcept {
    ERR_clear_error();
    while (!bytes.empty()) {
        std::size_t written = 0;
        if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) != 1) {
            failure_ = take_error();
            return false;
        }
        bytes.remove_prefix(written);
    }
    return true;
}

void Session::close() noexcept {
    if (is_established_) {
        SSL_shutdown(ssl_.get());
        ERR_clear_error();
    }
}

std::string_view Session::version() const noexcept { return SSL_get_version(ssl_.get()); }

bool Session::is_resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }

std::string_view Session::cipher() const noexcept {
    const char* const name = SSL_CIPHER_get_name(SSL_get_current_cipher(ssl_.get()));
    return name == nullptr ? std::string_view() : name;
}

std::string_view Session::protocol() const noexcept {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

std::string_view Session::server_name() const noexcept {
    const char* const name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    return name == nullptr ? std::string_view() : name;
}

bool Session::identify(Identity& identity) const {
    X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) {
        return false;
    }
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate, &der);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int digest_size = 0;
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
    if (size <= 0 || text == nullptr ||
        X509_digest(certificate, EVP_sha256(), digest, &digest_size) != 1 ||
        X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253) <
            0) {
        ERR_clear_error();
        OPENSSL_free(der);
        return false;
    }
    char* subject = nullptr;
    const long subject_size = BIO_get_mem_data(text.get(), &subject);
    identity.subject.assign(subject, static_cast<std::size_t>(subject_size));
    identity.fingerprint = hex_of({digest, digest_size});
    identity.certificate.assign(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return true;
}

}  // namespace trivet::tls
