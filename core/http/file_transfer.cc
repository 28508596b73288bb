// Files that are read while they are sent, and those of which several parts are.
#include "http/file_transfer.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

#include "http/files.h"
#include "http/server.h"

namespace trivet::http {
namespace {

std::int64_t read_at(int fd, char* out, std::size_t size, std::uint64_t first,
                     bool may_wait) noexcept {
    const iovec room{out, size};
    for (;;) {
        const ssize_t count =
            ::preadv2(fd, &room, 1, static_cast<off_t>(first), may_wait ? 0 : RWF_NOWAIT);
        if (count >= 0) {
            return count;
        }
        if (errno != EINTR) {
            return errno == EOPNOTSUPP ? -EAGAIN : -errno;
        }
    }
}

void release_piece(void* piece) noexcept {
    Memory& memory = *static_cast<FilePiece*>(piece)->memory;
    memory.release(piece, sizeof(FilePiece));
}

}  // namespace

bool FileTransfer::add(const FilePart& part) noexcept {
    if (part_count == parts.size()) {
        return false;
    }
    parts[part_count++] = part;
    return true;
}

void FileTransfer::run() noexcept {
    read_result = read_at(body->descriptor(), piece->bytes, read_size, read_first, true);
}

void FileTransfer::on_done() noexcept {
    is_reading = false;
    files.go_on(*this);
}

FileTransfer* Files::make_transfer(Exchange& exchange, FileBody& body) noexcept {
    void* const room = memory_.allocate(sizeof(FileTransfer));
    if (room == nullptr) {
        return nullptr;
    }
    auto* const transfer = new (room) FileTransfer(*this, server_.pool());
    body.hold();
    transfer->body = &body;
    transfer->slot = exchange.slot;
    transfer->generation = exchange.generation;
    transfers_.push_back(*transfer);
    return transfer;
}

void Files::end_transfer(FileTransfer& transfer) noexcept {
    if (Exchange* const exchange = server_.find(transfer.slot, transfer.generation)) {
        exchange->transfer = nullptr;
        exchange->is_file = false;
    }
    if (transfer.piece != nullptr) {
        release_piece(transfer.piece);
    }
    transfer.body->let_go();
    transfer.~FileTransfer();
    memory_.release(&transfer, sizeof(FileTransfer));
}

void Files::on_writable(Exchange& exchange) noexcept {
    if (exchange.transfer != nullptr && !exchange.transfer->is_reading) {
        go_on(*exchange.transfer);
    }
}

// Writes until the connection has enough, the file has to be waited for, or the end.
void Files::go_on(FileTransfer& transfer) noexcept {
    bool is_full = false;
    Status status = Status::ok;
    while (status == Status::ok && !is_full) {
        Exchange* const exchange = server_.find(transfer.slot, transfer.generation);
        if (exchange == nullptr) {
            end_transfer(transfer);
            return;
        }
        if (transfer.part_index == transfer.part_count) {
            end_transfer(transfer);
            server_.finish(*exchange);
            return;
        }
        status = write_next(transfer, *exchange, is_full);
    }
    if (status == Status::again || status == Status::ok) {
        return;  // told when it has been read, or there is room
    }
    Exchange* const exchange = server_.find(transfer.slot, transfer.generation);
    end_transfer(transfer);
    if (exchange != nullptr) {
        server_.break_off(
            *exchange);  // less than was promised: the client must not take it for all
    }
}

// Status::again: the other thread reads.
Status Files::write_next(FileTransfer& transfer, Exchange& exchange, bool& is_full) noexcept {
    FilePart& part = transfer.parts[transfer.part_index];
    std::size_t written = 0;
    Status status = Status::ok;
    if (part.is_text) {
        written = static_cast<std::size_t>(part.size);
        status = server_.write(
            exchange, transfer.text.view().substr(static_cast<std::size_t>(part.first), written),
            is_full);
    } else if (transfer.body->is_in_memory()) {
        written = static_cast<std::size_t>(part.size);
        transfer.body->hold();
        status = server_.write(
            exchange,
            LentBytes{transfer.body->view().substr(static_cast<std::size_t>(part.first), written),
                      let_go_of, transfer.body},
            is_full);
    } else {
        status = read_next(transfer, part);
        if (status == Status::ok) {
            written = static_cast<std::size_t>(transfer.read_result);
            FilePiece* const piece = std::exchange(transfer.piece, nullptr);
            status = server_.write(
                exchange, LentBytes{{piece->bytes, written}, release_piece, piece}, is_full);
        }
    }
    if (status == Status::ok) {
        part.first += written;
        part.size -= written;
        transfer.part_index += part.size == 0 ? 1 : 0;
    }
    return status;
}

Status Files::read_next(FileTransfer& transfer, const FilePart& part) noexcept {
    if (transfer.piece == nullptr) {
        transfer.piece = static_cast<FilePiece*>(memory_.allocate(sizeof(FilePiece)));
        if (transfer.piece == nullptr) {
            return Status::memory;
        }
        transfer.piece->memory = &memory_;
        transfer.read_first = part.first;
        transfer.read_size =
            static_cast<std::size_t>(std::min<std::uint64_t>(part.size, kFilePieceBytes));
        transfer.read_result = read_at(transfer.body->descriptor(), transfer.piece->bytes,
                                       transfer.read_size, transfer.read_first, false);
        if (transfer.read_result == -EAGAIN) {
            transfer.is_reading = off_loop_.add(transfer);
            if (transfer.is_reading) {
                return Status::again;
            }
            transfer.run();
        }
    }
    // Nothing where something was: the file has been cut meanwhile.
    return transfer.read_result > 0 ? Status::ok : Status::system;
}

}  // namespace trivet::http
