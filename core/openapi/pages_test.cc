#include "openapi/pages.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trivet::openapi {
namespace {

const std::vector<Asset> kAssets = packed_assets();

const Resource& at(const std::vector<Resource>& resources, std::string_view path) {
    const auto found = std::ranges::find(resources, path, &Resource::path);
    EXPECT_NE(found, resources.end()) << path;
    return *found;
}

TEST(Pages, decode_a_file_once) {
    Unpacked unpacked;
    for (const Asset& asset : kAssets) {
        const std::string_view content = unpacked.content(asset);
        EXPECT_EQ(content.size(), asset.bytes) << asset.name;
        EXPECT_EQ(unpacked.content(asset).data(), content.data());
    }
}

TEST(Pages, refer_to_the_document_and_to_files_of_their_own) {
    const auto found = resources({.title = "A <b> & \"c\""}, {}, "{}", kAssets);
    EXPECT_EQ(at(found, "/openapi.json").body, "{}");
    const Resource& docs = at(found, "/docs");
    EXPECT_NE(docs.body.find("data-document=\"openapi.json\""), std::string::npos) << docs.body;
    EXPECT_NE(docs.body.find("<title>A &lt;b&gt; &amp; &quot;c&quot; - "), std::string::npos);
    EXPECT_EQ(docs.body.find("<script>"), std::string::npos);
    at(found, "/docs/start.js");
    at(found, "/reference/start.js");
    std::size_t assets = 0;
    for (const Resource& resource : found) {
        if (resource.asset == nullptr) continue;
        ++assets;
        const bool is_docs = resource.path.starts_with("/docs/");
        const Resource& page = at(found, is_docs ? "/docs" : "/reference");
        EXPECT_NE(page.body.find("\"" + resource.path.substr(1) + "\""), std::string::npos);
        EXPECT_NE(resource.cache_control.find("immutable"), std::string_view::npos);
    }
    EXPECT_EQ(assets, 3U);
}

TEST(Pages, work_below_other_paths) {
    const auto found = resources({}, {"/api/v1/spec.json", "/x/y/docs", ""}, "{}", kAssets);
    const Resource& docs = at(found, "/x/y/docs");
    EXPECT_NE(docs.body.find("data-document=\"../../api/v1/spec.json\""), std::string::npos);
    EXPECT_NE(docs.body.find("src=\"docs/swagger-ui."), std::string::npos) << docs.body;
    EXPECT_TRUE(std::ranges::none_of(found, [](const Resource& resource) {
        return resource.asset != nullptr && resource.asset->name.starts_with("scalar");
    }));
    EXPECT_TRUE(resources({}, {"", "", ""}, "{}", kAssets).empty());
}

TEST(Pages, let_nothing_leave_but_to_the_servers_of_the_document) {
    const auto policy = [](std::vector<std::pair<std::string, std::string>> servers) {
        const auto found = resources({.servers = std::move(servers)}, {}, "{}", kAssets);
        return at(found, "/docs").policy;
    };
    EXPECT_TRUE(policy({{"/v1", ""}}).ends_with("connect-src 'self'"));
    EXPECT_TRUE(policy({{"https://{x}.example", ""}}).ends_with("connect-src 'self'"));
    EXPECT_TRUE(policy({{"https://a; script-src *", ""}}).ends_with("connect-src 'self'"));
    EXPECT_TRUE(policy({{"https://a.example:8443/v1", ""}, {"http://b", ""}})
                    .ends_with("connect-src 'self' https://a.example:8443 http://b"));
}

TEST(Pages, tags_change_with_the_content) {
    const auto one = resources({}, {}, "{}", kAssets);
    const auto other = resources({.title = "B"}, {}, "[]", kAssets);
    EXPECT_NE(at(one, "/openapi.json").tag, at(other, "/openapi.json").tag);
    EXPECT_NE(at(one, "/docs").tag, at(other, "/docs").tag);
    EXPECT_EQ(at(one, "/docs/start.js").tag, at(other, "/docs/start.js").tag);
}

TEST(Pages, paths_that_cannot_be_served_are_named) {
    EXPECT_EQ(paths_fault({}), "");
    EXPECT_EQ(paths_fault({"", "", ""}), "");
    EXPECT_EQ(paths_fault({"/a", "/b", ""}), "");
    for (const char* path : {"/", "a", "/a/", "//a", "/{a}", "/a?", "/a b", "/ü"}) {
        EXPECT_NE(paths_fault({path, "/b", "/c"}), "") << path;
        EXPECT_NE(paths_fault({"/a", path, ""}), "") << path;
        EXPECT_NE(paths_fault({"/a", "", path}), "") << path;
    }
    EXPECT_NE(paths_fault({"/" + std::string(1024, 'a'), "", ""}), "");
    EXPECT_NE(paths_fault({"", "/docs", ""}), "");
    EXPECT_NE(paths_fault({"/a", "/a", ""}), "");
    EXPECT_NE(paths_fault({"/a", "/b", "/b"}), "");
}

TEST(Pages, reads_what_clients_accept) {
    for (const char* field : {"br", "gzip, br", "gzip;q=1.0, BR;q=0.5", "br ; q=0.001"}) {
        EXPECT_TRUE(accepts_brotli(field)) << field;
    }
    for (const char* field : {"", "gzip", "br;q=0", "br; q=0.000", "brotli", "*", ",,"}) {
        EXPECT_FALSE(accepts_brotli(field)) << field;
    }
    for (const char* field : {"\"a\"", "W/\"a\"", "\"b\" , \"a\"", "*"}) {
        EXPECT_TRUE(names_tag(field, "\"a\"")) << field;
    }
    for (const char* field : {"", "a", "\"b\"", "\"aa\""}) {
        EXPECT_FALSE(names_tag(field, "\"a\"")) << field;
    }
}

}  // namespace
}  // namespace trivet::openapi
