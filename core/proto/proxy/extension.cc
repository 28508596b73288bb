#include "proto/proxy/extension.h"

#include "base/utf8.h"
#include "proto/proxy/big_endian.h"

namespace trivet::proxy {
namespace {

// PROXY protocol, section 2.2.
constexpr std::uint8_t kAlpn = 0x01;
constexpr std::uint8_t kAuthority = 0x02;
constexpr std::uint8_t kCrc32c = 0x03;
constexpr std::uint8_t kUniqueId = 0x05;
constexpr std::uint8_t kSsl = 0x20;
constexpr std::uint8_t kSslVersion = 0x21;
constexpr std::uint8_t kSslCommonName = 0x22;
constexpr std::uint8_t kSslCipher = 0x23;

constexpr unsigned kClientSsl = 0x01;
constexpr unsigned kClientCertificates = 0x02 | 0x04;  // of the connection, of the session

// Walks entries of a type, two bytes of size and so many bytes.
class EntryCursor {
public:
    struct Entry {
        std::uint8_t type;
        std::string_view value;
    };

    explicit EntryCursor(std::string_view text) noexcept : rest_(text) {}

    // False at the end and where an entry has none.
    bool next(Entry& entry) noexcept {
        constexpr std::size_t kHeadBytes = 3;
        if (rest_.size() < kHeadBytes) {
            return false;
        }
        const std::size_t size = big_endian<2>(rest_.substr(1));
        if (size > rest_.size() - kHeadBytes) {
            return false;
        }
        entry = {static_cast<std::uint8_t>(rest_.front()), rest_.substr(kHeadBytes, size)};
        rest_.remove_prefix(kHeadBytes + size);
        return true;
    }
    bool is_at_end() const noexcept { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool is_authority_text(std::string_view text) noexcept {
    for (const char byte : text) {
        const auto code = static_cast<unsigned char>(byte);
        if (code <= 0x20 || code == 0x7f) {
            return false;
        }
    }
    return is_utf8(text);
}

bool set_once(std::string_view& place, std::string_view value, std::size_t bytes_max) noexcept {
    if (!place.empty() || value.size() > bytes_max) {
        return false;
    }
    place = value;
    return true;
}

bool read_tls(std::string_view text, Tls& tls) noexcept {
    constexpr std::size_t kHeadBytes = 5;
    if (text.size() < kHeadBytes) {
        return false;
    }
    const auto client = static_cast<unsigned char>(text.front());
    tls.is_tls = (client & kClientSsl) != 0;
    tls.has_certificate = tls.is_tls && (client & kClientCertificates) != 0;
    tls.is_verified = tls.has_certificate && big_endian<4>(text.substr(1)) == 0;
    EntryCursor cursor(text.substr(kHeadBytes));
    for (EntryCursor::Entry entry{}; cursor.next(entry);) {
        std::string_view* place = nullptr;
        switch (entry.type) {
            case kSslVersion:
                place = &tls.version;
                break;
            case kSslCommonName:
                place = &tls.common_name;
                break;
            case kSslCipher:
                place = &tls.cipher;
                break;
            default:
                continue;
        }
        if (!set_once(*place, entry.value, text.size())) {
            return false;
        }
    }
    return cursor.is_at_end();
}

bool take_checksum(std::string_view text, std::string_view value, Extensions& extensions) noexcept {
    if (extensions.checksum_offset || value.size() != 4) {
        return false;
    }
    extensions.checksum = static_cast<std::uint32_t>(big_endian<4>(value));
    extensions.checksum_offset = static_cast<std::size_t>(value.data() - text.data());
    return true;
}

}  // namespace

bool read_extensions(std::string_view text, Extensions& extensions) noexcept {
    EntryCursor cursor(text);
    for (EntryCursor::Entry entry{}; cursor.next(entry);) {
        bool is_good = true;
        switch (entry.type) {
            case kAlpn:
                is_good = set_once(extensions.alpn, entry.value, kAlpnBytesMax);
                break;
            case kAuthority:
                is_good = is_authority_text(entry.value) &&
                          set_once(extensions.authority, entry.value, kAuthorityBytesMax);
                break;
            case kCrc32c:
                is_good = take_checksum(text, entry.value, extensions);
                break;
            case kUniqueId:
                is_good = set_once(extensions.unique_id, entry.value, kUniqueIdBytesMax);
                break;
            case kSsl:
                is_good = !extensions.tls && read_tls(entry.value, extensions.tls.emplace());
                break;
            default:
                break;
        }
        if (!is_good) {
            return false;
        }
    }
    return cursor.is_at_end();
}

}  // namespace trivet::proxy
