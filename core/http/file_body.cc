#include "http/file_body.h"

#include <new>
#include <utility>

namespace trivet::http {
std::int64_t FileStamp::modified_seconds() const noexcept {
    const std::int64_t seconds = modified_ns / kNsPerSecond;
    return seconds * kNsPerSecond > modified_ns ? seconds - 1 : seconds;
}

FileBody* FileBody::make(Memory& memory, std::size_t size) noexcept {
    void* const room = memory.allocate(sizeof(FileBody) + size);
    return room == nullptr ? nullptr : new (room) FileBody(memory, Fd(), size);
}

FileBody* FileBody::make(Memory& memory, Fd fd, std::uint64_t size) noexcept {
    void* const room = memory.allocate(sizeof(FileBody));
    return room == nullptr ? nullptr : new (room) FileBody(memory, std::move(fd), size);
}

void FileBody::let_go() noexcept {
    if (--references_ > 0) {
        return;
    }
    Memory& memory = memory_;
    const std::size_t size = bytes_held();
    this->~FileBody();
    memory.release(this, size);
}

}  // namespace trivet::http
