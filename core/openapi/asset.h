#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace trivet::openapi {

// A file of the documentation's pages, compressed with brotli within the library.
struct Asset {
    std::string_view name;  // as the pages refer to it, with a part that changes with its content
    std::string_view type;  // media type
    std::string_view packed;
    std::uint32_t bytes = 0;  // of the content
};

// The files of Swagger UI and of Scalar; which page needs which stands in pages.cc. It has a
// section of its own, as each of them does, so that a linker leaves them out where nobody calls it:
// no table may name them, for all tables share one.
[[gnu::section(".text.trivet_pages"), gnu::noinline]] std::vector<Asset> packed_assets();

// The content of an asset, decoded; empty when memory is out.
std::string_view unpack(const Asset& asset, std::span<char> room) noexcept;

}  // namespace trivet::openapi
