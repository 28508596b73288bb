#include "app/folder_list.h"

#include <gtest/gtest.h>

namespace trivet::app {
namespace {

using Folders = std::vector<ServedFolder>;

TEST(FolderList, reads_prefixes_and_folders) {
    EXPECT_EQ(parse_folder_list("/assets = public/a=b ,/=site,").value(),
              (Folders{{"/assets", "public/a=b"}, {"/", "site"}}));
    EXPECT_EQ(parse_folder_list("").value(), Folders{});
}

TEST(FolderList, says_what_is_wrong) {
    for (const std::string_view text :
         {"/assets", "assets=public", "=public", "/assets=", "/a=b,,"}) {
        const auto parsed = parse_folder_list(text);
        ASSERT_FALSE(parsed.has_value()) << text;
        EXPECT_NE(parsed.error().find("begins with a slash"), std::string::npos);
    }
    EXPECT_EQ(parse_folder_list("/a=b,/a=c").error(), "'/a=c': its prefix is there twice");
    std::string text;
    for (std::size_t count = 0; count < kServedFoldersMax; ++count) {
        text += "/" + std::to_string(count) + "=x,";
    }
    EXPECT_EQ(parse_folder_list(text).value().size(), kServedFoldersMax);
    EXPECT_EQ(parse_folder_list(text + "/z=x").error(), "'/z=x': it is one more than 16");
}

}  // namespace
}  // namespace trivet::app
