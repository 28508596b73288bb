#include "openapi/pages.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "codec/parameter.h"

namespace trivet::openapi {
namespace {

constexpr std::size_t kPathBytesMax = 1024;
constexpr std::size_t kAssetsMax = 8;
constexpr std::string_view kOnceForAll = "public, max-age=31536000, immutable";
constexpr std::string_view kEachTime = "no-cache";
// What a page may do: nothing leaves the server it came from, unless the document names others.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; connect-src 'self'";

constexpr std::string_view kDocsStart =
    "// Shows the app's document with Swagger UI.\n"
    "SwaggerUIBundle({\n"
    "  url: document.documentElement.dataset.document,\n"
    "  dom_id: '#page',\n"
    "  deepLinking: true,\n"
    "  displayRequestDuration: true,\n"
    "  validatorUrl: null,\n"
    "})\n";
constexpr std::string_view kReferenceStart =
    "// Shows the app's document with Scalar, which is to ask nobody but this server.\n"
    "Scalar.createApiReference('#page', {\n"
    "  url: document.documentElement.dataset.document,\n"
    "  agent: { disabled: true, hideAddApi: true },\n"
    "  hideClientButton: true,\n"
    "  mcp: { disabled: true },\n"
    "  showDeveloperTools: 'never',\n"
    "  telemetry: false,\n"
    "  withDefaultFonts: false,\n"
    "})\n";

struct Kind {
    std::string_view start;   // the script that begins
    std::string_view assets;  // the beginning of the names of its files
    std::string_view word;    // behind the title
};
constexpr Kind kDocs{kDocsStart, "swagger-ui", "documentation"};
constexpr Kind kReference{kReferenceStart, "scalar", "reference"};

std::string tag_of(std::string_view content) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a
    for (const char byte : content) {
        hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
    }
    std::string tag = "\"";
    for (int shift = 60; shift >= 0; shift -= 4) {
        tag += kHex[(hash >> shift) & 15];
    }
    return tag += '"';
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char byte : text) {
        switch (byte) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += byte;
        }
    }
    return out;
}

// From one path to another, so that a proxy may put both below a prefix.
std::string relative(std::string_view from, std::string_view to) {
    std::string out;
    for (auto slashes = std::ranges::count(from, '/'); slashes > 1; --slashes) {
        out += "../";
    }
    return out += to.substr(1);
}

// scheme://host[:port] of a URL that has one.
std::string_view origin_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return {};
    }
    const std::string_view origin = url.substr(0, url.find_first_of("/?#", scheme + 3));
    // Variables, and what would end the directive.
    return origin.find_first_of("{}; ,'\"\r\n\t") == std::string_view::npos ? origin
                                                                            : std::string_view();
}

std::string policy_of(const Info& info) {
    std::string policy(kPolicy);
    for (const auto& [url, description] : info.servers) {
        const std::string_view origin = origin_of(url);
        if (!origin.empty()) {
            policy += ' ';
            policy += origin;
        }
    }
    return policy;
}

class Site {
public:
    Site(const Info& info, const Paths& paths, std::span<const Asset> assets)
        : info_(info), paths_(paths), assets_(assets) {}

    void add_document(std::string_view document) {
        add({.path = paths_.document,
             .type = "application/json",
             .tag = tag_of(document),
             .cache_control = kEachTime,
             .body = std::string(document)});
    }

    void add_page(const std::string& path, const Kind& kind) {
        const std::string folder = path.substr(path.rfind('/') + 1) + '/';
        std::string html = "<!doctype html>\n<html lang=\"en\" data-document=\"" +
                           escaped(relative(path, paths_.document)) +
                           "\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width\">\n"
                           "<link rel=\"icon\" href=\"data:,\">\n<title>" +
                           escaped(info_.title) + " - " + std::string(kind.word) + "</title>\n";
        for (const Asset& asset : assets_) {
            if (!asset.name.starts_with(kind.assets)) continue;
            const std::string place = folder + std::string(asset.name);
            html += asset.type == "text/css" ? "<link rel=\"stylesheet\" href=\"" + place + "\">\n"
                                             : "<script src=\"" + place + "\" defer></script>\n";
            add({.path = path + '/' + std::string(asset.name),
                 .type = asset.type,
                 .tag = '"' + std::string(asset.name) + '"',
                 .cache_control = kOnceForAll,
                 .asset = &asset});
        }
        html += "<script src=\"" + folder +
                "start.js\" defer></script>\n</head>\n<body>\n"
                "<div id=\"page\"></div>\n<noscript>This page needs JavaScript; the document is at "
                "<a href=\"" +
                escaped(relative(path, paths_.document)) + "\">" + escaped(paths_.document) +
                "</a>.</noscript>\n</body>\n</html>\n";
        add({.path = path + "/start.js",
             .type = "text/javascript",
             .tag = tag_of(kind.start),
             .cache_control = kEachTime,
             .body = std::string(kind.start)});
        add({.path = path,
             .type = "text/html; charset=utf-8",
             .tag = tag_of(html),
             .cache_control = kEachTime,
             .policy = policy_of(info_),
             .body = std::move(html)});
    }

    std::vector<Resource> take() { return std::move(resources_); }

private:
    void add(Resource resource) { resources_.push_back(std::move(resource)); }

    const Info& info_;
    const Paths& paths_;
    std::span<const Asset> assets_;
    std::vector<Resource> resources_;
};

std::string path_fault(std::string_view name, std::string_view path) {
    const auto is_plain = [](char byte) {
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
               (byte >= '0' && byte <= '9') || std::string_view("/-._~").contains(byte);
    };
    if (path.empty() || (path.starts_with('/') && !path.ends_with('/') && !path.contains("//") &&
                         path.size() <= kPathBytesMax && std::ranges::all_of(path, is_plain))) {
        return {};
    }
    return std::string(name) + " is no path like /docs: " + std::string(path);
}

// Calls `use` with each item of a list field until it gives false.
template <typename Use>
void each_item(std::string_view field, Use use) {
    while (!field.empty()) {
        const std::size_t comma = field.find(',');
        const std::string_view item = trimmed(field.substr(0, comma));
        field.remove_prefix(comma == std::string_view::npos ? field.size() : comma + 1);
        if (!item.empty() && !use(item)) return;
    }
}

bool is_refused(std::string_view item) noexcept {
    codec::ParameterCursor cursor(item);
    codec::ParameterCursor::Parameter parameter;
    while (cursor.next(parameter)) {
        if (equal_ignoring_case(parameter.name, "q")) {
            return parameter.value.find_first_not_of("0.") == std::string_view::npos;
        }
    }
    return false;
}

}  // namespace

std::string paths_fault(const Paths& paths) {
    for (const auto& [name, path] :
         {std::pair{"path", &paths.document}, std::pair{"docs_path", &paths.docs},
          std::pair{"reference_path", &paths.reference}}) {
        if (std::string fault = path_fault(name, *path); !fault.empty()) {
            return fault;
        }
    }
    if (paths.document.empty() && !(paths.docs.empty() && paths.reference.empty())) {
        return "pages without a document: path is empty";
    }
    const bool is_twice = paths.document == paths.docs || paths.document == paths.reference ||
                          (paths.docs == paths.reference && !paths.docs.empty());
    return is_twice && !paths.document.empty() ? "two of the paths are the same" : "";
}

std::vector<Resource> resources(const Info& info, const Paths& paths, std::string_view document,
                                std::span<const Asset> assets) {
    Site site(info, paths, assets);
    if (!paths.document.empty()) site.add_document(document);
    if (!paths.docs.empty()) site.add_page(paths.docs, kDocs);
    if (!paths.reference.empty()) site.add_page(paths.reference, kReference);
    return site.take();
}

bool accepts_brotli(std::string_view field) noexcept {
    bool is_accepted = false;
    each_item(field, [&](std::string_view item) {
        const std::string_view name = trimmed(item.substr(0, item.find(';')));
        if (!equal_ignoring_case(name, "br")) return true;
        is_accepted = !is_refused(item);
        return false;
    });
    return is_accepted;
}

bool names_tag(std::string_view field, std::string_view tag) noexcept {
    bool is_named = trimmed(field) == "*";
    each_item(field, [&](std::string_view item) {
        if (item.starts_with("W/")) item.remove_prefix(2);
        is_named = is_named || item == tag;
        return !is_named;
    });
    return is_named;
}

std::string_view Unpacked::content(const Asset& asset) {
    const std::lock_guard guard(guard_);
    const auto known = std::ranges::find(entries_, &asset, &Entry::asset);
    if (known != entries_.end()) {
        return known->content;
    }
    std::string room(asset.bytes, '\0');
    if (unpack(asset, room).empty()) {
        return {};
    }
    if (entries_.empty()) {
        entries_.reserve(kAssetsMax);
    }
    if (entries_.size() == kAssetsMax) {
        return {};
    }
    entries_.push_back({&asset, std::move(room)});
    return entries_.back().content;
}

}  // namespace trivet::openapi
