#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/status_gen.h"

namespace trivet::app {

// What a record asks for: a whole answer, or a step of content in pieces.
enum class PostKind : std::uint32_t {
    reply = 0,
    read = 1,
    begin = 2,
    write = 3,
    end = 4,
    abort = 5,
    form = 6,
    sse_begin = 7,
    sse_subscribe = 8,
    file = 9,
    mount = 10
};
inline constexpr std::uint32_t kPostKinds = 11;

// How a file is sent, as the ABI's TRIVET_FILE_*.
inline constexpr std::uint32_t kFileDotFiles = 1;
inline constexpr std::uint32_t kFileNoSymlinks = 2;
inline constexpr std::uint32_t kFileFlagsEnd = 4;

// Bits of the status of sse_subscribe.
inline constexpr std::uint32_t kSubscribeHasLastId = 1;
inline constexpr std::uint32_t kSubscribeTells = 2;

// Head of one packed step, laid out like the ABI's trivet_reply_record; what follows it is
// described there.
struct ReplyRecord {
    std::uint64_t request = 0;
    std::uint32_t kind = 0;
    std::uint32_t status = 0;
    std::uint32_t content = 0;
    std::uint32_t header_count = 0;
    std::uint32_t headers_bytes = 0;
    std::uint32_t reserved = 0;
    std::uint64_t body_bytes = 0;
    std::uint64_t length = 0;
};

// Bytes of a whole record with its padding; 0 when it does not fit into `available`.
std::size_t record_size(const ReplyRecord& record, std::size_t available) noexcept;
// Whether the packed fields of a record that fits are well-formed.
bool are_fields_well_formed(const ReplyRecord& record, const char* fields) noexcept;

// Answers on their way to a loop from other threads: a lock-free stack of batches that the loop
// takes whole. Any thread pushes, the loop's thread takes. Memory comes from malloc, as it changes
// threads.
class PostQueue {
public:
    struct Batch {
        Batch* next;
        std::size_t size;
        char* records() noexcept { return reinterpret_cast<char*>(this + 1); }
    };

    // Bytes that may wait for the loop; a batch for an empty queue may be larger.
    static constexpr std::size_t kWaitingBytesMax = std::size_t{256} << 20;

    PostQueue() = default;
    ~PostQueue();
    PostQueue(const PostQueue&) = delete;
    PostQueue& operator=(const PostQueue&) = delete;

    // Checks and copies the records. Fails with argument, memory or limit, and has then
    // taken nothing.
    Status push(const void* records, std::size_t size) noexcept;
    bool empty() const noexcept { return head_.load(std::memory_order_seq_cst) == nullptr; }
    // All batches, oldest first; give each back with release().
    Batch* take_all() noexcept;
    static void release(Batch* batch) noexcept;

private:
    std::atomic<Batch*> head_{nullptr};
    std::atomic<std::size_t> waiting_bytes_{0};
};

}  // namespace trivet::app
