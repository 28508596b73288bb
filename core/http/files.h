#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/list.h"
#include "base/memory.h"
#include "base/random.h"
#include "http/exchange.h"
#include "http/file_cache.h"
#include "http/file_mount.h"
#include "http/file_request.h"
#include "http/file_transfer.h"
#include "http/reply.h"
#include "io/loop.h"
#include "io/off_loop.h"
#include "io/open_beneath.h"
#include "proto/conditional/preconditions.h"
#include "proto/range/byte_ranges.h"

namespace trivet::http {

class Server;

// Sends files, for one loop: finds them, tells by preconditions and ranges what of them is wanted,
// and answers. Nothing here waits for a disk on the loop's thread: what the kernel does not have in
// memory is found and read by another. Owned by the loop's worker, which passes on what the server
// tells of exchanges with is_file set; outlives the connections, which send from its memory. Loop
// thread only.
class Files {
public:
    Files(Server& server, Memory& memory, io::Loop& loop, bool has_openat2 = true) noexcept
        : server_(server), memory_(memory), off_loop_(loop), opener_(has_openat2), cache_(memory) {}
    ~Files() { stop(); }
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    // Answers a GET or HEAD of the mount's route, now or later.
    void serve(Exchange& exchange, const FileMount& mount) noexcept;
    // Answers with a file of a handler's choice. Status::argument or header: the request cannot be
    // answered so, and is not. Status::gone: the client has left, and the exchange ended.
    Status send(Exchange& exchange, const FileRequest& request) noexcept;

    // Goes on with what was waited for. Once a turn.
    void collect() noexcept { off_loop_.collect(); }
    // Whether something is looked for or read by the other thread.
    bool is_busy() const noexcept { return off_loop_.under_way() > 0; }
    // The end, before the server's: what was waited for never comes.
    void stop() noexcept {
        off_loop_.stop();
        clear();
    }
    // The same in a forked child, to which the thread has not come.
    void disown() noexcept {
        off_loop_.disown();
        clear();
    }

    void on_writable(Exchange& exchange) noexcept;

    const FileCache& cache() const noexcept { return cache_; }

private:
    friend struct FileEntry;
    friend struct FileTransfer;

    // files.cc
    void clear() noexcept;
    void look_for(Exchange& exchange, FileRequest& request) noexcept;
    void load(FileEntry& entry, Exchange& exchange, FileRequest& request) noexcept;
    bool wait_for(FileEntry& entry, Exchange& exchange, FileRequest& request) noexcept;
    void take(FileEntry& entry, FoundFiles& found) noexcept;
    void finish_load(FileEntry& entry) noexcept;
    void unpin(FileEntry& entry) noexcept;
    void respond(FileEntry& entry, Exchange& exchange, FileRequest& request) noexcept;
    void respond_missing(Exchange& exchange, FileRequest& request) noexcept;
    void respond_error(Exchange& exchange, const FileRequest& request, int error) noexcept;
    void redirect(Exchange& exchange) noexcept;

    // file_answer.cc
    void answer(FileEntry& entry, std::size_t coding, Exchange& exchange,
                const FileRequest& request) noexcept;
    void send_part(Exchange& exchange, const Reply& reply, FileBody& body, std::uint64_t first,
                   std::uint64_t size) noexcept;
    void send_parts(Exchange& exchange, Reply& reply, std::span<http1::HeaderView> fields,
                    FileBody& body, const range::ByteRanges& ranges) noexcept;
    void refuse_range(Exchange& exchange, std::uint64_t size) noexcept;
    bool begin(Exchange& exchange, const Reply& reply, std::uint64_t length) noexcept;
    void finish_reply(Exchange& exchange, const Reply& reply) noexcept;

    // file_transfer.cc
    // One that has yet to be given its parts; nullptr when memory is out.
    FileTransfer* make_transfer(Exchange& exchange, FileBody& body) noexcept;
    void go_on(FileTransfer& transfer) noexcept;
    Status write_next(FileTransfer& transfer, Exchange& exchange, bool& is_full) noexcept;
    Status read_next(FileTransfer& transfer, const FilePart& part) noexcept;
    void end_transfer(FileTransfer& transfer) noexcept;

    Server& server_;
    Memory& memory_;
    io::OffLoop off_loop_;
    io::BeneathOpener opener_;
    FileCache cache_;
    Random random_;  // of boundaries
    List<FileTransfer, FileTransferTag> transfers_;
};

}  // namespace trivet::http
