#include "proto/proxy/extension.h"

#include <gtest/gtest.h>

#include <string>

#include "proto/proxy/writing_test.h"

namespace trivet::proxy {
namespace {

Extensions extensions_of(const std::string& text) {
    Extensions extensions;
    EXPECT_TRUE(read_extensions(text, extensions));
    return extensions;
}

bool is_refused(const std::string& text) {
    Extensions extensions;
    return !read_extensions(text, extensions);
}

std::string tls_head(int client, std::uint32_t verify) {
    return static_cast<char>(client) + four_bytes(verify);
}

TEST(ProxyExtension, reads_what_it_knows) {
    const std::string text = entry(0x01, "h2") + entry(0x02, "b\xc3\xbc.example") +
                             entry(0x05, std::string("\0\1", 2)) + entry(0x04, "padding") +
                             entry(0x03, four_bytes(0xdeadbeef));
    const Extensions extensions = extensions_of(text);
    EXPECT_EQ(extensions.alpn, "h2");
    EXPECT_EQ(extensions.authority, "b\xc3\xbc.example");
    EXPECT_EQ(extensions.unique_id, std::string_view("\0\1", 2));
    EXPECT_EQ(extensions.checksum_offset, text.size() - 4);
    EXPECT_EQ(extensions.checksum, 0xdeadbeefu);
    EXPECT_FALSE(extensions.tls);
}

TEST(ProxyExtension, passes_over_what_it_does_not_know) {
    for (const int type : {0x00, 0x04, 0x06, 0x1f, 0x30, 0xe0, 0xea, 0xff}) {
        const Extensions extensions = extensions_of(entry(type, "") + entry(type, "twice"));
        EXPECT_TRUE(extensions.alpn.empty() && extensions.authority.empty() &&
                    extensions.unique_id.empty() && !extensions.tls && !extensions.checksum_offset);
    }
    EXPECT_TRUE(extensions_of("").alpn.empty());
    EXPECT_EQ(extensions_of(entry(1, "") + entry(1, "h2")).alpn, "h2");
}

TEST(ProxyExtension, refuses_an_entry_without_its_end) {
    const std::string whole = entry(0x05, "id") + entry(0xe0, "abc");
    for (std::size_t size = 1; size < whole.size(); ++size) {
        EXPECT_EQ(is_refused(whole.substr(0, size)), size != 5) << size;
    }
    EXPECT_TRUE(is_refused(std::string("\x05\xff\xff", 3)));
    EXPECT_TRUE(is_refused(entry(0x04, "") + std::string("\0", 1)));
}

TEST(ProxyExtension, refuses_wrong_sizes) {
    EXPECT_TRUE(is_refused(entry(0x03, "abc")));
    EXPECT_TRUE(is_refused(entry(0x03, "abcde")));
    EXPECT_TRUE(is_refused(entry(0x03, "")));
    EXPECT_TRUE(is_refused(entry(0x20, "abcd")));
    EXPECT_TRUE(is_refused(entry(0x05, std::string(129, 'x'))));
    EXPECT_TRUE(is_refused(entry(0x01, std::string(256, 'x'))));
    EXPECT_TRUE(is_refused(entry(0x02, std::string(256, 'x'))));
    EXPECT_EQ(extensions_of(entry(0x05, std::string(128, 'x'))).unique_id.size(), 128u);
}

TEST(ProxyExtension, refuses_what_is_said_twice) {
    EXPECT_TRUE(is_refused(entry(0x01, "h2") + entry(0x01, "h2")));
    EXPECT_TRUE(is_refused(entry(0x02, "a") + entry(0x04, "") + entry(0x02, "b")));
    EXPECT_TRUE(is_refused(entry(0x03, "abcd") + entry(0x03, "abcd")));
    EXPECT_TRUE(is_refused(entry(0x05, "a") + entry(0x05, "b")));
    EXPECT_TRUE(is_refused(entry(0x20, tls_head(0, 0)) + entry(0x20, tls_head(0, 0))));
    EXPECT_TRUE(is_refused(entry(0x20, tls_head(1, 0) + entry(0x21, "a") + entry(0x21, "b"))));
}

TEST(ProxyExtension, an_authority_is_text_without_controls) {
    for (const std::string& text :
         {std::string("a\0b", 3), std::string("a b"), std::string("a\r\nX: y"),
          std::string("a\x7f"), std::string("\xff"), std::string("a\t")}) {
        EXPECT_TRUE(is_refused(entry(0x02, text))) << text;
    }
}

TEST(ProxyExtension, reads_what_is_said_of_tls) {
    const std::string text =
        entry(0x20, tls_head(1, 1) + entry(0x21, "TLSv1.3") + entry(0x24, "SHA256") +
                        entry(0x23, "TLS_AES_128_GCM_SHA256") + entry(0x22, "client"));
    const Tls tls = *extensions_of(text).tls;
    EXPECT_TRUE(tls.is_tls);
    EXPECT_FALSE(tls.has_certificate);
    EXPECT_FALSE(tls.is_verified);
    EXPECT_EQ(tls.version, "TLSv1.3");
    EXPECT_EQ(tls.cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(tls.common_name, "client");
}

TEST(ProxyExtension, only_a_certificate_that_was_found_good_is_verified) {
    struct Case {
        int client;
        std::uint32_t verify;
        bool is_tls, has_certificate, is_verified;
    };
    for (const auto& [client, verify, is_tls, has_certificate, is_verified] :
         {Case{0, 0, false, false, false}, Case{1, 0, true, false, false},
          Case{3, 0, true, true, true}, Case{5, 0, true, true, true}, Case{7, 1, true, true, false},
          Case{3, 0x80000000, true, true, false}, Case{6, 0, false, false, false},
          Case{0xf8, 0, false, false, false}}) {
        const Tls tls = *extensions_of(entry(0x20, tls_head(client, verify))).tls;
        EXPECT_EQ(tls.is_tls, is_tls) << client;
        EXPECT_EQ(tls.has_certificate, has_certificate) << client;
        EXPECT_EQ(tls.is_verified, is_verified) << client;
    }
}

TEST(ProxyExtension, what_is_said_of_tls_ends_where_it_does) {
    EXPECT_TRUE(is_refused(entry(0x20, tls_head(1, 0) + "\x21")));
    EXPECT_TRUE(is_refused(entry(0x20, tls_head(1, 0) + std::string("\x21\0\4abc", 6))));
    // Its entry reaches into the one behind it.
    EXPECT_TRUE(
        is_refused(entry(0x20, tls_head(1, 0) + std::string("\x21\0\x03", 3)) + entry(0x05, "")));
}

}  // namespace
}  // namespace trivet::proxy
