#include "proto/url/percent.h"

#include <gtest/gtest.h>

#include <string>

namespace trivet::url {
namespace {

class Percent : public testing::Test {
protected:
    std::string path(std::string_view raw) {
        const auto decoded = path_decode(raw, arena_);
        return decoded ? std::string(*decoded) : std::string(name(decoded.error()));
    }
    std::string form(std::string_view raw) {
        const auto decoded = form_decode(raw, arena_);
        EXPECT_TRUE(decoded.has_value());
        EXPECT_TRUE(form_equal(raw, *decoded)) << raw;
        EXPECT_FALSE(form_equal(raw, std::string(*decoded) + "x"));
        EXPECT_FALSE(form_equal(std::string(raw) + "x", *decoded));
        return std::string(*decoded);
    }

    Memory memory_;
    Arena arena_{memory_};
};

TEST_F(Percent, plain_text_is_not_copied) {
    const std::string_view raw = "/plain-text";
    EXPECT_EQ(path_decode(raw, arena_)->data(), raw.data());
    EXPECT_EQ(form_decode(raw, arena_)->data(), raw.data());
    EXPECT_EQ(memory_.bytes_in_use(), 0u);
}

TEST_F(Percent, decodes_paths) {
    EXPECT_EQ(path("/a%20b"), "/a b");
    EXPECT_EQ(path("%C3%bc%2f%2F"), "\xc3\xbc//");
    EXPECT_EQ(path("/a+b"), "/a+b");
    EXPECT_EQ(path("%2541"), "%41");
    EXPECT_EQ(path("%ff%01"), "\xff\x01");
}

TEST_F(Percent, rejects_malformed_escapes_in_paths) {
    for (const char* raw :
         {"%", "/%", "/%4", "/%zz", "/%4g", "/%g4", "/a%2", "%%41", "%+1", "%-1", "% 1"}) {
        EXPECT_EQ(path(raw), "TRIVET_E_ARGUMENT") << raw;
    }
}

TEST_F(Percent, rejects_nul_in_paths) { EXPECT_EQ(path("/a%00"), "TRIVET_E_ARGUMENT"); }

TEST_F(Percent, decodes_forms) {
    EXPECT_EQ(form("a+b%20c"), "a b c");
    EXPECT_EQ(form("%2B%26%3d"), "+&=");
    EXPECT_EQ(form("%c3%BC"), "\xc3\xbc");
    EXPECT_EQ(form("%00"), std::string(1, '\0'));
    EXPECT_EQ(form(""), "");
}

TEST_F(Percent, malformed_escapes_in_forms_stand_for_themselves) {
    EXPECT_EQ(form("100%"), "100%");
    EXPECT_EQ(form("%4"), "%4");
    EXPECT_EQ(form("%zz%41"), "%zzA");
    EXPECT_EQ(form("%%41"), "%A");
}

TEST_F(Percent, reports_failing_memory) {
    memory_.set_failure_hook([](void*, std::size_t) { return true; }, nullptr);
    EXPECT_EQ(path_decode("%41", arena_).error(), Status::memory);
    EXPECT_EQ(form_decode("%41", arena_).error(), Status::memory);
}

}  // namespace
}  // namespace trivet::url
