#include "proto/proxy/header.h"

#include "proto/proxy/binary.h"
#include "proto/proxy/line.h"

namespace trivet::proxy {
namespace {

bool begins_like(std::string_view input, std::string_view signature) noexcept {
    return input.substr(0, signature.size()) == signature.substr(0, input.size());
}

}  // namespace

std::string_view message(HeaderError error) noexcept {
    switch (error) {
        case HeaderError::signature:
            return "the connection does not begin with a PROXY protocol header";
        case HeaderError::line_size:
            return "a PROXY line without an end";
        case HeaderError::line:
            return "a malformed PROXY line";
        case HeaderError::command:
            return "a PROXY header of an unknown version or command";
        case HeaderError::family:
            return "a PROXY header of an unknown family of addresses";
        case HeaderError::size:
            return "a PROXY header too small for its addresses, or too large";
        case HeaderError::extension:
            return "a PROXY header with a malformed extension";
        case HeaderError::checksum:
            return "a PROXY header whose checksum is wrong";
    }
    return {};
}

std::expected<std::size_t, HeaderError> read_header(std::string_view input,
                                                    Header& header) noexcept {
    if (input.empty()) {
        return 0;
    }
    if (begins_like(input, kLineSignature)) {
        return read_line(input, header);
    }
    if (begins_like(input, kBinarySignature)) {
        return read_binary(input, header);
    }
    return std::unexpected(HeaderError::signature);
}

}  // namespace trivet::proxy
