#include "http/files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <utility>

#include "base/str.h"
#include "http/file_path.h"
#include "http/file_transfer.h"
#include "http/server.h"

namespace trivet::http {
namespace {

// A request whose file changes each time it has been found is given up.
constexpr std::uint8_t kFindsMax = 6;

// Said to clients as "there is none": names that are not there, or lead out, or may not be read.
bool is_absence(int error) noexcept {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ELOOP:
        case EXDEV:
        case EACCES:
        case ENAMETOOLONG:
        case ENXIO:
        case ENODEV:
            return true;
        default:
            return false;
    }
}

std::string_view path_of_target(const Exchange& exchange) noexcept {
    const std::string_view target = exchange.view.target;
    return target.substr(0, target.find('?'));
}

// A page, for which a fallback may stand, has no extension in its name.
bool asks_for_page(const Exchange& exchange) noexcept {
    return file_name(path_of_target(exchange)).find('.') == std::string_view::npos;
}

}  // namespace

// Who waits for a file; the request's texts lie in the exchange.
struct FileWaiter {
    std::uint32_t slot;
    std::uint32_t generation;
    FileRequest request;
    FileWaiter* next;
};

void Files::clear() noexcept {
    while (FileTransfer* const transfer = transfers_.front()) {
        transfer->is_reading = false;
        end_transfer(*transfer);
    }
    cache_.for_each([this](FileEntry& entry) {
        while (FileWaiter* const waiter = entry.first_waiter) {
            entry.first_waiter = waiter->next;
            memory_.release(waiter, sizeof(FileWaiter));
        }
    });
}

void Files::serve(Exchange& exchange, const FileMount& mount) noexcept {
    FileRequest request;
    request.mount = &mount;
    request.follows_symlinks = mount.follows_symlinks;
    request.has_variants = mount.has_variants;
    std::string_view rest;
    if (!raw_rest(exchange, mount.prefix_names, rest)) {
        redirect(exchange);
        return;
    }
    std::array<char, kFilePathBytesMax> room;
    const auto path = read_file_path(rest, mount.has_dot_files, room);
    if (!path) {
        server_.tell_missing(exchange);
        return;
    }
    if (path->is_directory && mount.index.empty()) {
        respond_missing(exchange, request);
        return;
    }
    request.path = path->text;
    if (path->is_directory) {
        if (path->text.size() + 1 + mount.index.size() > kFilePathBytesMax) {
            server_.tell_missing(exchange);
            return;
        }
        char* end = room.data() + path->text.size();
        if (!path->text.empty()) {
            *end++ = '/';
        }
        end = append(end, mount.index);
        request.path = {room.data(), static_cast<std::size_t>(end - room.data())};
    }
    look_for(exchange, request);
}

Status Files::send(Exchange& exchange, const FileRequest& given) noexcept {
    if (exchange.is_in_after_hooks || exchange.answer.is_begun || exchange.is_file) {
        return Status::state;
    }
    const bool is_text = http1::is_valid_field_value(given.content_type) &&
                         http1::is_valid_field_value(given.cache_control);
    const Status checked = check_reply(
        {.status = given.status, .content = Content::none, .fields = given.fields, .body = {}});
    if (checked != Status::ok || !is_text) {
        return checked == Status::ok ? Status::header : checked;
    }
    const bool is_path = !given.path.empty() && given.path.size() <= kFilePathBytesMax &&
                         given.path.find('\0') == std::string_view::npos &&
                         given.directory.find('\0') == std::string_view::npos;
    if (given.directory.empty() && !is_path) {
        return Status::argument;
    }
    if (exchange.connection == nullptr) {
        server_.break_off(exchange);
        return Status::gone;
    }
    FileRequest request = given;
    // Of a client's path nothing is an error of the program.
    if (!request.directory.empty() &&
        (!is_path || !is_file_path(request.path, request.has_dot_files))) {
        server_.reply_problem(exchange, 404, {});
        return Status::ok;
    }
    look_for(exchange, request);
    return Status::ok;
}

void Files::look_for(Exchange& exchange, FileRequest& request) noexcept {
    const FileKey key{.mount = request.mount,
                      .directory = request.mount != nullptr
                                       ? std::string_view(request.mount->directory)
                                       : request.directory,
                      .path = request.path,
                      .follows_symlinks = request.follows_symlinks};
    FileEntry* entry = cache_.find(key);
    if (entry == nullptr) {
        entry = cache_.add(key);
        if (entry == nullptr) {
            respond_error(exchange, request, ENOMEM);
            return;
        }
        entry->files = this;
        entry->has_variants = request.has_variants;
    }
    const std::uint64_t now = server_.loop().clock().now_ms();
    ++entry->pins;
    if (entry->is_loading) {
        wait_for(*entry, exchange, request);
    } else if (entry->is_known && now - entry->checked_ms < FileCache::kFreshMs) {
        respond(*entry, exchange, request);
    } else {
        load(*entry, exchange, request);
    }
    unpin(*entry);
}

// What is not there is not kept: to look again costs less than to be filled with names that
// somebody makes up.
void Files::unpin(FileEntry& entry) noexcept {
    --entry.pins;
    if (entry.is_idle() && (!entry.is_known || entry.known[kIdentityFile].found.error != 0)) {
        cache_.remove(entry);
    }
}

void Files::load(FileEntry& entry, Exchange& exchange, FileRequest& request) noexcept {
    const CodingOrder order = order_codings(exchange, request.has_variants);
    if (++request.finds > kFindsMax) {
        respond_error(exchange, request, ESTALE);
        return;
    }
    entry.wanted = order.items;
    entry.wanted_count = order.count;
    FoundFiles found;
    if (find_files(opener_, memory_, entry.query(), false, found)) {
        take(entry, found);
        respond(entry, exchange, request);
        return;
    }
    forget(found);
    entry.is_loading = true;
    if (!wait_for(entry, exchange, request)) {
        entry.is_loading = false;
        return;
    }
    entry.asked = entry.query();
    if (!off_loop_.add(entry)) {
        entry.run();  // no thread can be had: slow is better than not at all
        finish_load(entry);
    }
}

void FileEntry::run() noexcept { find_files(files->opener_, files->memory_, asked, true, found); }

void FileEntry::on_done() noexcept { files->finish_load(*this); }

void Files::take(FileEntry& entry, FoundFiles& found) noexcept {
    if (const FileMount* const mount = entry.key.mount; mount != nullptr) {
        entry.content_type = mount->type_of(entry.key.path);
        entry.cache_control = mount->cache_control_of(entry.key.path);
    }
    cache_.take(entry, found, server_.loop().clock().now_ms());
}

// False when memory is out; the exchange has been answered then.
bool Files::wait_for(FileEntry& entry, Exchange& exchange, FileRequest& request) noexcept {
    auto* const waiter = static_cast<FileWaiter*>(memory_.allocate(sizeof(FileWaiter)));
    if (waiter == nullptr || !keep_request(exchange, request)) {
        memory_.release(waiter, sizeof(FileWaiter));
        respond_error(exchange, request, ENOMEM);
        return false;
    }
    new (waiter) FileWaiter{exchange.slot, exchange.generation, request, nullptr};
    (entry.first_waiter == nullptr ? entry.first_waiter : entry.last_waiter->next) = waiter;
    entry.last_waiter = waiter;
    exchange.is_file = true;
    return true;
}

void Files::finish_load(FileEntry& entry) noexcept {
    ++entry.pins;
    entry.is_loading = false;
    take(entry, entry.found);
    FileWaiter* waiter = std::exchange(entry.first_waiter, nullptr);
    while (waiter != nullptr) {
        FileWaiter* const next = waiter->next;
        FileRequest request = waiter->request;
        Exchange* const exchange = server_.find(waiter->slot, waiter->generation);
        memory_.release(waiter, sizeof(FileWaiter));
        waiter = next;
        if (exchange == nullptr) {
            continue;
        }
        exchange->is_file = false;
        if (exchange->connection == nullptr) {
            server_.break_off(*exchange);
        } else {
            respond(entry, *exchange, request);
        }
    }
    unpin(entry);
}

void Files::respond(FileEntry& entry, Exchange& exchange, FileRequest& request) noexcept {
    if (entry.is_loading) {  // again, for what another client takes
        wait_for(entry, exchange, request);
        return;
    }
    const FoundFile& whole = entry.known[kIdentityFile].found;
    if (is_absence(whole.error)) {
        respond_missing(exchange, request);
        return;
    }
    if (whole.error != 0) {
        respond_error(exchange, request, whole.error);
        return;
    }
    if (whole.is_directory) {
        const bool has_slash = path_of_target(exchange).ends_with('/');
        if (request.mount != nullptr && !has_slash && !request.is_fallback) {
            redirect(exchange);
        } else {
            respond_missing(exchange, request);
        }
        return;
    }
    const CodingOrder order = order_codings(exchange, entry.has_variants_found());
    for (const std::uint8_t coding : std::span(order.items).first(order.count)) {
        if (entry.known[coding].found.error != 0) {
            continue;
        }
        if (entry.known[coding].found.body == nullptr) {
            load(entry, exchange, request);
        } else {
            answer(entry, coding, exchange, request);
        }
        return;
    }
}

void Files::respond_missing(Exchange& exchange, FileRequest& request) noexcept {
    if (request.mount == nullptr) {
        server_.reply_problem(exchange, 404, {});
        return;
    }
    if (request.is_fallback || request.mount->fallback.empty() || !asks_for_page(exchange)) {
        server_.tell_missing(exchange);
        return;
    }
    request.is_fallback = true;
    request.path = request.mount->fallback;
    look_for(exchange, request);
}

// Not the client's fault, and perhaps over soon.
void Files::respond_error(Exchange& exchange, const FileRequest& request, int error) noexcept {
    char cause[256];
    std::snprintf(cause, sizeof cause, "%.*s cannot be read: %s",
                  static_cast<int>(std::min<std::size_t>(request.path.size(), 128)),
                  request.path.data(), std::strerror(error));
    server_.reply_fail(exchange, cause);
}

void Files::redirect(Exchange& exchange) noexcept {
    const std::string_view location = slash_location(exchange);
    if (location.empty()) {
        respond_error(exchange, {}, ENOMEM);
        return;
    }
    if (server_.reply_redirect(exchange, 301, location) == Status::header) {
        server_.tell_missing(exchange);
    }
}

}  // namespace trivet::http
