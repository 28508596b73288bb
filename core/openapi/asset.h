#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace trivet::openapi {

// A file of the documentation's pages, compressed with brotli within the library.
struct Asset {
    std::string_view name;  // as the pages refer to it, with a part that changes with its content
    std::string_view type;  // media type
    std::string_view packed;
    std::uint32_t bytes = 0;  // of the content
};

// The files of Swagger UI and of Scalar; which page needs which stands in pages.cc. Who does not
// call it does not link them.
std::span<const Asset> packed_assets() noexcept;

// The content of an asset, decoded; empty when memory is out.
std::string_view unpack(const Asset& asset, std::span<char> room) noexcept;

}  // namespace trivet::openapi
