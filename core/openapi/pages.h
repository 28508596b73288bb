#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "openapi/asset.h"
#include "openapi/document.h"

namespace trivet::openapi {

// Where an app serves its document and the pages that show it; an empty path: not at all.
struct Paths {
    std::string document = "/openapi.json";
    std::string docs = "/docs";            // Swagger UI
    std::string reference = "/reference";  // Scalar
};

// What is wrong with the paths, in words; empty when nothing is.
std::string paths_fault(const Paths& paths);

// Something that is served: at a path, with fields that hold for every answer.
struct Resource {
    std::string path;
    std::string_view type;
    std::string tag;  // of the field ETag, with its quotes
    std::string_view cache_control;
    std::string policy;  // Content-Security-Policy; empty for none
    std::string body;    // unless it is an asset
    const Asset* asset = nullptr;
};

// The document, its pages and their files. `assets` outlive the result; those that no page needs
// are left out.
std::vector<Resource> resources(const Info& info, const Paths& paths, std::string_view document,
                                std::span<const Asset> assets);

// Whether an Accept-Encoding field takes br, RFC 9110 section 12.5.3.
bool accepts_brotli(std::string_view field) noexcept;
// Whether an If-None-Match field names the tag, RFC 9110 section 13.1.2.
bool names_tag(std::string_view field, std::string_view tag) noexcept;

// Assets as clients get them that do not take br: decoded once, when the first one asks. Any
// thread.
class Unpacked {
public:
    // Empty when memory is out. Lives as long as this.
    std::string_view content(const Asset& asset);

private:
    struct Entry {
        const Asset* asset;
        std::string content;
    };

    std::mutex guard_;
    std::vector<Entry> entries_;
};

}  // namespace trivet::openapi
