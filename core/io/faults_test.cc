#include "io/faults_test.h"

#include <liburing.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace trivet::io {
namespace {

thread_local Faults* active = nullptr;

// The errno with which a call of this thread shall fail.
int fault(Call call) { return active == nullptr ? 0 : active->next(call); }

}  // namespace

Faults::Faults() { active = this; }

Faults::~Faults() { active = nullptr; }

void Faults::fail(Call call, std::uint64_t first, int error, bool is_lasting) {
    counts_ = {};
    failing_ = call;
    first_ = first;
    error_ = error;
    is_lasting_ = is_lasting;
    has_failed_ = false;
}

void Faults::stop() { first_ = 0; }

int Faults::next(Call call) {
    const std::uint64_t count = ++counts_[static_cast<std::size_t>(call)];
    if (first_ == 0 || call != failing_ || (is_lasting_ ? count < first_ : count != first_)) {
        return 0;
    }
    has_failed_ = true;
    return error_;
}

namespace {

// An operation whose completion shall tell of a failure.
struct Doomed {
    std::uint64_t user_data;
    int error;
};
constexpr std::size_t kDoomedMax = 4096;
thread_local Doomed doomed[kDoomedMax];
thread_local std::size_t doomed_count = 0;

Call call_of(std::uint8_t opcode) {
    return opcode == IORING_OP_ACCEPT ? Call::accept
           : opcode == IORING_OP_RECV ? Call::receive
                                      : Call::send;
}

// Turns entries that shall fail into ones that do nothing.
void doom_entries(io_uring* ring) {
    const io_uring_sq& queue = ring->sq;
    for (unsigned at = io_uring_smp_load_acquire(queue.khead); at != queue.sqe_tail; ++at) {
        io_uring_sqe& entry = queue.sqes[at & queue.ring_mask];
        if (entry.opcode != IORING_OP_ACCEPT && entry.opcode != IORING_OP_RECV &&
            entry.opcode != IORING_OP_SEND) {
            continue;
        }
        const int error = fault(call_of(entry.opcode));
        if (error != 0 && doomed_count < kDoomedMax) {
            doomed[doomed_count++] = {entry.user_data, error};
            const std::uint64_t user_data = entry.user_data;
            io_uring_prep_nop(&entry);
            entry.user_data = user_data;
        }
    }
}

// Their completions tell of the failure, as the kernel's would.
void fail_completions(io_uring* ring) {
    unsigned head = 0;
    io_uring_cqe* completion = nullptr;
    io_uring_for_each_cqe(ring, head, completion) {
        for (std::size_t index = 0; index < doomed_count; ++index) {
            if (completion->user_data == doomed[index].user_data && completion->res == 0 &&
                completion->flags == 0) {
                completion->res = -doomed[index].error;
                doomed[index] = doomed[--doomed_count];
                break;
            }
        }
    }
}

}  // namespace
}  // namespace trivet::io

using trivet::io::Call;
using trivet::io::fault;

// What the linker puts in the place of the calls (--wrap).
extern "C" {

int __real_accept4(int fd, sockaddr* address, socklen_t* size, int flags);
int __wrap_accept4(int fd, sockaddr* address, socklen_t* size, int flags) {
    errno = fault(Call::accept);
    return errno != 0 ? -1 : __real_accept4(fd, address, size, flags);
}

ssize_t __real_recv(int fd, void* bytes, size_t size, int flags);
ssize_t __wrap_recv(int fd, void* bytes, size_t size, int flags) {
    errno = fault(Call::receive);
    return errno != 0 ? -1 : __real_recv(fd, bytes, size, flags);
}

ssize_t __real_send(int fd, const void* bytes, size_t size, int flags);
ssize_t __wrap_send(int fd, const void* bytes, size_t size, int flags) {
    errno = fault(Call::send);
    return errno != 0 ? -1 : __real_send(fd, bytes, size, flags);
}

int __real_epoll_ctl(int epoll, int operation, int fd, epoll_event* event);
int __wrap_epoll_ctl(int epoll, int operation, int fd, epoll_event* event) {
    errno = fault(Call::epoll_control);
    return errno != 0 ? -1 : __real_epoll_ctl(epoll, operation, fd, event);
}

int __real_epoll_wait(int epoll, epoll_event* events, int count, int timeout);
int __wrap_epoll_wait(int epoll, epoll_event* events, int count, int timeout) {
    errno = fault(Call::epoll_wait);
    return errno != 0 ? -1 : __real_epoll_wait(epoll, events, count, timeout);
}

int __real_epoll_create1(int flags);
int __wrap_epoll_create1(int flags) {
    errno = fault(Call::epoll_create);
    return errno != 0 ? -1 : __real_epoll_create1(flags);
}

int __real_eventfd(unsigned count, int flags);
int __wrap_eventfd(unsigned count, int flags) {
    errno = fault(Call::eventfd);
    return errno != 0 ? -1 : __real_eventfd(count, flags);
}

void* __real_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset);
void* __wrap_mmap(void* address, size_t size, int protection, int flags, int fd, off_t offset) {
    errno = fault(Call::map);
    return errno != 0 ? MAP_FAILED : __real_mmap(address, size, protection, flags, fd, offset);
}

void* __real_malloc(size_t size);
void* __wrap_malloc(size_t size) {
    return fault(Call::allocate) != 0 ? nullptr : __real_malloc(size);
}

// operator new(size_t, const std::nothrow_t&)
void* __real__ZnwmRKSt9nothrow_t(size_t size, const std::nothrow_t& tag);
void* __wrap__ZnwmRKSt9nothrow_t(size_t size, const std::nothrow_t& tag) {
    return fault(Call::allocate) != 0 ? nullptr : __real__ZnwmRKSt9nothrow_t(size, tag);
}

int __real_io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* params);
int __wrap_io_uring_queue_init_params(unsigned entries, io_uring* ring, io_uring_params* params) {
    const int error = fault(Call::ring_set_up);
    return error != 0 ? -error : __real_io_uring_queue_init_params(entries, ring, params);
}

io_uring_buf_ring* __real_io_uring_setup_buf_ring(io_uring* ring, unsigned count, int group,
                                                  unsigned flags, int* result);
io_uring_buf_ring* __wrap_io_uring_setup_buf_ring(io_uring* ring, unsigned count, int group,
                                                  unsigned flags, int* result) {
    *result = -fault(Call::ring_buffers);
    return *result != 0 ? nullptr
                        : __real_io_uring_setup_buf_ring(ring, count, group, flags, result);
}

int __real_io_uring_register_eventfd(io_uring* ring, int fd);
int __wrap_io_uring_register_eventfd(io_uring* ring, int fd) {
    const int error = fault(Call::ring_eventfd);
    return error != 0 ? -error : __real_io_uring_register_eventfd(ring, fd);
}

int __real_io_uring_submit_and_get_events(io_uring* ring);
int __wrap_io_uring_submit_and_get_events(io_uring* ring) {
    const int error = fault(Call::ring_submit);
    if (error != 0) {
        return -error;
    }
    trivet::io::doom_entries(ring);
    const int result = __real_io_uring_submit_and_get_events(ring);
    trivet::io::fail_completions(ring);
    return result;
}

int __real_io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** completion,
                                            unsigned count, __kernel_timespec* limit,
                                            sigset_t* signals);
int __wrap_io_uring_submit_and_wait_timeout(io_uring* ring, io_uring_cqe** completion,
                                            unsigned count, __kernel_timespec* limit,
                                            sigset_t* signals) {
    const int error = fault(Call::ring_submit);
    if (error != 0) {
        return -error;
    }
    trivet::io::doom_entries(ring);
    const int result =
        __real_io_uring_submit_and_wait_timeout(ring, completion, count, limit, signals);
    trivet::io::fail_completions(ring);
    return result;
}

}  // extern "C"
