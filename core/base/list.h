#pragma once

namespace trivet {

// Node of an intrusive doubly linked list. An object derives from it once per list it can be in.
// Unlinked nodes point to themselves.
template <typename Tag>
struct ListNode {
    ListNode* previous = this;
    ListNode* next = this;

    ListNode() = default;
    ListNode(const ListNode&) = delete;
    ListNode& operator=(const ListNode&) = delete;
    ~ListNode() { unlink(); }

    bool is_linked() const noexcept { return next != this; }
    void unlink() noexcept {
        previous->next = next;
        next->previous = previous;
        previous = this;
        next = this;
    }
};

// Intrusive list of T, which derives from ListNode<Tag>. Owns nothing; the length is bounded by
// whatever bounds the number of T.
template <typename T, typename Tag>
class List {
public:
    bool empty() const noexcept { return !head_.is_linked(); }
    void push_back(T& item) noexcept {
        ListNode<Tag>& node = item;
        node.unlink();
        node.previous = head_.previous;
        node.next = &head_;
        head_.previous->next = &node;
        head_.previous = &node;
    }
    T* front() noexcept { return empty() ? nullptr : static_cast<T*>(head_.next); }
    T* pop_front() noexcept {
        T* item = front();
        if (item != nullptr) {
            static_cast<ListNode<Tag>*>(item)->unlink();
        }
        return item;
    }
    // Moves all of `other` to the end of this list.
    void splice(List& other) noexcept {
        while (T* item = other.pop_front()) {
            push_back(*item);
        }
    }

private:
    ListNode<Tag> head_;
};

}  // namespace trivet
