#include "schema/document.h"

#include <gtest/gtest.h>

#include <string>

#include "schema/wording.h"

namespace trivet::schema {
namespace {

class DocumentTest : public testing::Test {
protected:
    // The text as it was understood, or where it was not.
    std::string read(std::string_view text) {
        switch (document_.read(text)) {
            case Read::good:
                return json_of(document_, 0);
            case Read::malformed:
                return "byte " + std::to_string(document_.offset());
            case Read::deep:
                return "deep at " + std::to_string(document_.offset());
            case Read::memory:
                return "memory";
        }
        return {};
    }

    Memory memory_;
    Document document_{memory_};
};

TEST_F(DocumentTest, reads_values) {
    EXPECT_EQ(read("null"), "null");
    EXPECT_EQ(read(" true\n"), "true");
    EXPECT_EQ(read("\tfalse\r"), "false");
    EXPECT_EQ(read("-0"), "0");
    EXPECT_EQ(read("[]"), "[]");
    EXPECT_EQ(read("{ }"), "{}");
    EXPECT_EQ(read(R"([1, "a" ,[true,{"b":null}], {"c" : {}, "d":[ ] }])"),
              R"([1,"a",[true,{"b":null}],{"c":{},"d":[]}])");
    EXPECT_EQ(read(R"("\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t")"),
              "\"\xc3\xa9\xf0\x9f\x98\x80\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009\"");
    EXPECT_EQ(read("\"0123456789 \xc3\xa9 0123456789\""), "\"0123456789 \xc3\xa9 0123456789\"");
}

TEST_F(DocumentTest, says_where_a_text_is_malformed) {
    EXPECT_EQ(read(""), "byte 0");
    EXPECT_EQ(read("  "), "byte 2");
    EXPECT_EQ(read("nul"), "byte 3");
    EXPECT_EQ(read("nuLl"), "byte 2");
    EXPECT_EQ(read("1 2"), "byte 2");
    EXPECT_EQ(read("[1,]"), "byte 3");
    EXPECT_EQ(read("[1 2]"), "byte 3");
    EXPECT_EQ(read("[1}"), "byte 2");
    EXPECT_EQ(read("{\"a\":1,}"), "byte 7");
    EXPECT_EQ(read("{\"a\" 1}"), "byte 5");
    EXPECT_EQ(read("{a:1}"), "byte 1");
    EXPECT_EQ(read("{\"a\":1]"), "byte 6");
    EXPECT_EQ(read("[1"), "byte 2");
    EXPECT_EQ(read("]"), "byte 0");
    EXPECT_EQ(read("'a'"), "byte 0");
    EXPECT_EQ(read("\xef\xbb\xbf{}"), "byte 0");
    EXPECT_EQ(read("NaN"), "byte 0");
}

TEST_F(DocumentTest, reads_numbers_by_the_grammar) {
    for (const char* text :
         {"0", "-1", "10.5", "1e5", "1E-5", "0.1e+10", "1e400", "123456789012345678901234567890"}) {
        EXPECT_EQ(document_.read(text), Read::good) << text;
        EXPECT_EQ(document_.raw(0), text);
    }
    EXPECT_EQ(read("01"), "byte 1");
    EXPECT_EQ(read("-"), "byte 1");
    EXPECT_EQ(read("+1"), "byte 0");
    EXPECT_EQ(read(".5"), "byte 0");
    EXPECT_EQ(read("1."), "byte 2");
    EXPECT_EQ(read("1.e5"), "byte 2");
    EXPECT_EQ(read("1e"), "byte 2");
    EXPECT_EQ(read("1e+x"), "byte 3");
    EXPECT_EQ(read("-Infinity"), "byte 1");
}

TEST_F(DocumentTest, reads_strings_strictly) {
    EXPECT_EQ(read("\"abc"), "byte 4");
    EXPECT_EQ(read("\"a\nb\""), "byte 2");
    EXPECT_EQ(read("\"0123456\x1f\""), "byte 8");
    EXPECT_EQ(read(R"("\x")"), "byte 2");
    EXPECT_EQ(read(R"("\)"), "byte 2");
    EXPECT_EQ(read(R"("\u12g4")"), "byte 5");
    EXPECT_EQ(read(R"("\u12)"), "byte 5");
    EXPECT_EQ(read("\"\xff\""), "byte 1");
    EXPECT_EQ(read("\"ab\xc3\""), "byte 3");
    EXPECT_EQ(read("\"\xed\xa0\x80\""), "byte 1");
}

TEST_F(DocumentTest, half_a_surrogate_pair_is_no_character) {
    EXPECT_EQ(read(R"("a\ud800")"), "byte 2");
    EXPECT_EQ(read(R"("\ud800\n")"), "byte 1");
    EXPECT_EQ(read(R"("\ud800\u0041")"), "byte 1");
    EXPECT_EQ(read(R"("\ud800\ud800")"), "byte 1");
    EXPECT_EQ(read(R"("\udc00")"), "byte 1");
}

TEST_F(DocumentTest, bounds_the_depth) {
    const std::string good = std::string(kDepthMax, '[') + std::string(kDepthMax, ']');
    EXPECT_EQ(read(good), good);
    EXPECT_EQ(read("[" + good + "]"), "deep at 64");
    EXPECT_EQ(read(std::string(100'000, '[')), "deep at 64");
    EXPECT_EQ(document_.read("[[1]]", 1), Read::deep);
    EXPECT_EQ(document_.read("[1]", 1), Read::good);
    EXPECT_EQ(document_.read("[[],[],{}]", 2), Read::good);
}

TEST_F(DocumentTest, gives_back_what_a_large_text_took) {
    std::string large = "[0";
    for (int item = 0; item < 10'000; ++item) {
        large += ",0";
    }
    ASSERT_EQ(document_.read(large + "]"), Read::good);
    EXPECT_EQ(document_.count(), 10'002u);
    EXPECT_GT(memory_.bytes_in_use(), Document::kKeptBytes);
    document_.clear();
    EXPECT_EQ(memory_.bytes_in_use(), 0u);
    ASSERT_EQ(document_.read("[0,0]"), Read::good);
    document_.clear();
    EXPECT_GT(memory_.bytes_in_use(), 0u);
    EXPECT_LE(memory_.bytes_in_use(), Document::kKeptBytes);
}

TEST_F(DocumentTest, stands_every_failure_of_memory) {
    std::string text = "[0";
    for (int item = 0; item < 1000; ++item) {
        text += ",0";
    }
    text += "]";
    int failures = 0;
    for (int good = 0;; ++good) {
        Memory memory;
        int left = good;
        memory.set_failure_hook(
            [](void* count, std::size_t) { return (*static_cast<int*>(count))-- <= 0; }, &left);
        Document document(memory);
        if (document.read(text) == Read::good) {
            break;
        }
        ++failures;
    }
    EXPECT_GT(failures, 3);
}

}  // namespace
}  // namespace trivet::schema
