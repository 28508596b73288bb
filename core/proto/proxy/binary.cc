#include "proto/proxy/binary.h"

#include "proto/proxy/big_endian.h"
#include "proto/proxy/crc32c.h"

namespace trivet::proxy {
namespace {

constexpr std::size_t kCommandOffset = kBinarySignature.size();
constexpr std::size_t kFamilyOffset = kCommandOffset + 1;
constexpr std::size_t kSizeOffset = kFamilyOffset + 1;
constexpr std::size_t kFixedBytes = kSizeOffset + 2;

constexpr std::uint8_t kLocal = 0x20;  // with the version in front of it
constexpr std::uint8_t kProxy = 0x21;

constexpr std::size_t kPathBytes = 108;

// What a byte of family and transport announces.
struct Shape {
    Family family;
    bool is_datagram;
    std::size_t address_bytes;  // of one side
    std::size_t port_bytes;

    std::size_t bytes() const noexcept { return 2 * (address_bytes + port_bytes); }
};

std::optional<Shape> shape_of(std::uint8_t byte) noexcept {
    switch (byte) {
        case 0x00:
            return Shape{Family::unknown, false, 0, 0};
        case 0x11:
        case 0x12:
            return Shape{Family::ip, byte == 0x12, 4, 2};
        case 0x21:
        case 0x22:
            return Shape{Family::ip, byte == 0x22, 16, 2};
        case 0x31:
        case 0x32:
            return Shape{Family::local, byte == 0x32, kPathBytes, 0};
        default:
            return std::nullopt;
    }
}

IpAddress address_at(std::string_view text, std::size_t bytes) noexcept {
    return bytes == 4 ? IpAddress::of_ipv4(static_cast<std::uint32_t>(big_endian<4>(text)))
                      : IpAddress::of_ipv6(big_endian<8>(text), big_endian<8>(text.substr(8)));
}

std::string_view path_at(std::string_view text) noexcept {
    const std::string_view room = text.substr(0, kPathBytes);
    return room.substr(0, room.find('\0'));
}

void read_addresses(std::string_view text, const Shape& shape, Header& header) noexcept {
    header.family = shape.family;
    header.is_datagram = shape.is_datagram;
    const std::string_view second = text.substr(shape.address_bytes);
    if (shape.family == Family::local) {
        header.source_path = path_at(text);
        header.destination_path = path_at(second);
        return;
    }
    const std::string_view ports = second.substr(shape.address_bytes);
    header.source = {address_at(text, shape.address_bytes),
                     static_cast<std::uint16_t>(big_endian<2>(ports))};
    header.destination = {address_at(second, shape.address_bytes),
                          static_cast<std::uint16_t>(big_endian<2>(ports.substr(2)))};
}

// Of the whole header, with zeros where the checksum stands.
bool is_intact(std::string_view text, std::size_t offset, std::uint32_t checksum) noexcept {
    constexpr std::string_view kZeros("\0\0\0\0", 4);
    const std::uint32_t before = crc32c(kZeros, crc32c(text.substr(0, offset)));
    return crc32c(text.substr(offset + kZeros.size()), before) == checksum;
}

std::expected<Header, HeaderError> read_whole(std::string_view text, const Shape& shape) noexcept {
    Header header{.version = 2};
    const std::size_t begin = kFixedBytes + shape.bytes();
    read_addresses(text.substr(kFixedBytes), shape, header);
    if (!read_extensions(text.substr(begin), header.extensions)) {
        return std::unexpected(HeaderError::extension);
    }
    const auto offset = header.extensions.checksum_offset;
    if (offset && !is_intact(text, begin + *offset, header.extensions.checksum)) {
        return std::unexpected(HeaderError::checksum);
    }
    return header;
}

}  // namespace

std::expected<std::size_t, HeaderError> read_binary(std::string_view input,
                                                    Header& header) noexcept {
    if (input.size() <= kCommandOffset) {
        return 0;
    }
    const auto command = static_cast<std::uint8_t>(input[kCommandOffset]);
    if (command != kLocal && command != kProxy) {
        return std::unexpected(HeaderError::command);
    }
    if (input.size() <= kFamilyOffset) {
        return 0;
    }
    const auto shape =
        command == kLocal ? shape_of(0) : shape_of(static_cast<std::uint8_t>(input[kFamilyOffset]));
    if (!shape) {
        return std::unexpected(HeaderError::family);
    }
    if (input.size() < kFixedBytes) {
        return 0;
    }
    const std::size_t size = kFixedBytes + big_endian<2>(input.substr(kSizeOffset));
    if (size > kBinaryBytesMax || size < kFixedBytes + shape->bytes()) {
        return std::unexpected(HeaderError::size);
    }
    if (input.size() < size) {
        return 0;
    }
    // What LOCAL carries is to be passed over whatever it is; and how much of it is addresses of a
    // family without a name, nobody can tell.
    if (shape->family == Family::unknown) {
        header = Header{.version = 2, .is_local = command == kLocal};
        return size;
    }
    const auto read = read_whole(input.substr(0, size), *shape);
    if (!read) {
        return std::unexpected(read.error());
    }
    header = *read;
    return size;
}

}  // namespace trivet::proxy
