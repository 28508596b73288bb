#include "base/list.h"

#include <gtest/gtest.h>

namespace trivet {
namespace {

struct ReadyTag {};
struct Item : ListNode<ReadyTag> {
    explicit Item(int number) : value(number) {}
    int value;
};

TEST(List, keeps_order_and_unlinks_anywhere) {
    List<Item, ReadyTag> list;
    Item a(1);
    Item b(2);
    Item c(3);
    list.push_back(a);
    list.push_back(b);
    list.push_back(c);
    b.unlink();
    EXPECT_EQ(list.pop_front()->value, 1);
    EXPECT_EQ(list.pop_front()->value, 3);
    EXPECT_EQ(list.pop_front(), nullptr);
}

TEST(List, pushing_a_linked_item_moves_it) {
    List<Item, ReadyTag> list;
    Item a(1);
    Item b(2);
    list.push_back(a);
    list.push_back(b);
    list.push_back(a);
    EXPECT_EQ(list.pop_front()->value, 2);
    EXPECT_EQ(list.pop_front()->value, 1);
}

TEST(List, a_destroyed_item_leaves_the_list) {
    List<Item, ReadyTag> list;
    Item a(1);
    {
        Item b(2);
        list.push_back(b);
        list.push_back(a);
    }
    EXPECT_EQ(list.front()->value, 1);
}

}  // namespace
}  // namespace trivet
