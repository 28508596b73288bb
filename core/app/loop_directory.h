#pragma once

#include <cstdint>

namespace trivet::app {

class Worker;

// What a request handle says: mark of the library's copy (8 bits), loop (6), slot (18), generation
// (32).
struct HandleParts {
    std::uint32_t loop;
    std::uint32_t slot;
    std::uint32_t generation;
};

// Directory of this copy's live loops, the one process-wide table there is: a request handle names
// its loop by an index into it, so that answering needs no other argument. It holds addresses, no
// state. Joining and leaving may happen on any thread; looking up takes no lock.
inline constexpr std::uint32_t kLoopsMax = 64;

struct DirectoryEntry {
    std::uint32_t index = kLoopsMax;  // kLoopsMax: the directory is full
    std::uint32_t first_generation = 0;
};

DirectoryEntry join_directory(Worker& worker) noexcept;
// `next_generation` is above every generation the loop has used, so that none comes again.
void leave_directory(std::uint32_t index, std::uint32_t next_generation) noexcept;

// Tells this copy of the library from others in the process; 8 bits, never 0.
std::uint64_t handle_mark() noexcept;
// Where generations begin: even, not 0, and unlike in other processes.
std::uint32_t random_generation() noexcept;

std::uint64_t make_handle(std::uint32_t loop, std::uint32_t slot,
                          std::uint32_t generation) noexcept;
// False when the handle was made by another copy of the library, or by nobody.
bool split_handle(std::uint64_t handle, HandleParts& out) noexcept;

// The worker of a loop, and whether the calling thread owns it. nullptr when the loop has ended.
Worker* find_worker(std::uint32_t loop, bool& is_owner) noexcept;

}  // namespace trivet::app
