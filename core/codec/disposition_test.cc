#include "codec/disposition.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace trivet::codec {
namespace {

// "name", "name|filename", or what is wrong.
std::string read(std::string_view field) {
    // Exactly the room that is enough, so that the address sanitizer sees a byte too many.
    std::vector<char> room(field.size());
    const auto disposition = parse_disposition(field, room.data());
    if (!disposition) {
        constexpr std::string_view kNames[] = {"!malformed", "!name", "!text"};
        return std::string(kNames[static_cast<std::size_t>(disposition.error())]);
    }
    std::string text(disposition->name);
    return disposition->has_filename ? text + '|' + std::string(disposition->filename) : text;
}

TEST(Disposition, reads_names_and_file_names) {
    EXPECT_EQ(read(R"(form-data; name="a")"), "a");
    EXPECT_EQ(read(R"(form-data; name="a"; filename="b.txt")"), "a|b.txt");
    EXPECT_EQ(read(R"(FORM-DATA;filename=b.txt;NAME=a;size=3)"), "a|b.txt");
    EXPECT_EQ(read(R"(form-data; name=""; filename="")"), "|");
    EXPECT_EQ(read("form-data; name=\"\xc3\xbc\"; filename=\"\xe2\x82\xac\""),
              "\xc3\xbc|\xe2\x82\xac");
}

TEST(Disposition, decodes_what_browsers_encode) {
    EXPECT_EQ(read(R"(form-data; name="a%22b%0D%0Ac"; filename="%22.txt")"), "a\"b\r\nc|\".txt");
    EXPECT_EQ(read(R"(form-data; name="%20%2522%0d%2")"), "%20%2522%0d%2");
    EXPECT_EQ(read(R"(form-data; name=%22)"), "%22");
}

TEST(Disposition, decodes_what_other_clients_escape) {
    EXPECT_EQ(read(R"(form-data; name="say \"a\\b\""; filename="C:\new\x")"),
              R"(say "a\b"|C:\new\x)");
}

TEST(Disposition, an_extended_file_name_beats_the_plain_one) {
    EXPECT_EQ(read("form-data; name=a; filename=b; filename*=UTF-8''%e2%82%ac%20rates"),
              "a|\xe2\x82\xac rates");
    EXPECT_EQ(read("form-data; name=a; filename*=utf-8'en'c; filename=b"), "a|c");
    EXPECT_EQ(read("form-data; name=a; filename*=utf-8''"), "a|");
}

TEST(Disposition, refuses_malformed_extended_file_names) {
    for (const char* value : {"c", "utf-8'c", "iso-8859-1''c", "''c", "utf-8''%", "utf-8''%4",
                              "utf-8''%4g", "utf-8''a'b", "utf-8''a*b", "\"utf-8''c\""}) {
        EXPECT_EQ(read(std::string("form-data; name=a; filename*=") + value), "!malformed")
            << value;
    }
}

TEST(Disposition, refuses_other_types_and_repetitions) {
    for (const char* field :
         {"", "form-data2; name=a", "attachment; name=a", "form-data; name=a; name=b",
          "form-data; name=a; filename=b; filename=c", "form-data; name=a;", "form-data name=a",
          "form-data; name=a; filename*=utf-8''b; filename*=utf-8''c", "form-data; name=\"a",
          "form-data; name=a b"}) {
        EXPECT_EQ(read(field), "!malformed") << field;
    }
}

TEST(Disposition, a_name_must_be_there) {
    EXPECT_EQ(read("form-data"), "!name");
    EXPECT_EQ(read("form-data; filename=a; name*=utf-8''b"), "!name");
}

TEST(Disposition, names_are_text) {
    EXPECT_EQ(read("form-data; name=\"\xff\""), "!text");
    EXPECT_EQ(read("form-data; name=a; filename=\"\xc3\""), "!text");
    EXPECT_EQ(read("form-data; name=a; filename*=utf-8''%ff"), "!text");
    EXPECT_EQ(read("form-data; name=a; filename*=utf-8''%00"), "!text");
}

std::string attachment(std::string_view name) {
    std::string room(disposition_size_max(name), '?');
    const char* const end = write_attachment(room.data(), name);
    room.resize(static_cast<std::size_t>(end - room.data()));
    return room;
}

TEST(Disposition, says_under_which_name_a_file_is_to_be_saved) {
    EXPECT_EQ(attachment("report.pdf"), "attachment; filename=\"report.pdf\"");
    EXPECT_EQ(attachment("a b.txt"), "attachment; filename=\"a b.txt\"");
    EXPECT_EQ(attachment("\xe2\x82\xac.txt"),
              "attachment; filename=\"___.txt\"; filename*=UTF-8''%E2%82%AC.txt");
    EXPECT_EQ(attachment("a\"\\/\r\n%.txt"),
              "attachment; filename=\"a______.txt\"; filename*=UTF-8''a%22%5C%2F%0D%0A%25.txt");
    EXPECT_EQ(attachment("it's*"), "attachment; filename=\"it's*\"");
    EXPECT_EQ(attachment("\xff' *"),
              "attachment; filename=\"_' *\"; filename*=UTF-8''%FF%27%20%2A");
}

}  // namespace
}  // namespace trivet::codec
