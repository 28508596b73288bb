#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/str.h"
#include "codec/encoder.h"
#include "http/chain.h"
#include "http/client.h"
#include "http/content_stream.h"
#include "http/trailers.h"
#include "proto/http1/cookie.h"
#include "proto/http1/field.h"
#include "proto/http1/request_head.h"
#include "proto/url/query.h"
#include "route/router.h"

namespace trivet::http {

class Connection;
class ContentDecoder;
class Form;
struct DecoderLimits;
struct FileTransfer;
struct FormConfig;

enum RequestFlag : std::uint32_t { kKeepAlive = 1, kGone = 2 };

// What was asked, laid out like the ABI's trivet_request_view.
struct RequestView {
    std::uint32_t size = sizeof(RequestView);
    std::uint32_t flags = 0;
    std::uint64_t id = 0;
    Str method;
    Str target;
    Str path;
    Str query;
    Str body;
    const http1::HeaderView* headers = nullptr;
    std::size_t header_count = 0;
    const url::Param* params = nullptr;
    std::size_t param_count = 0;
    std::uint32_t version = 0;
    std::uint32_t refusal = 0;  // for the fallback: what the engine would answer
};

inline constexpr std::uint32_t kNoRoute = 0;         // routers number their routes from 1
inline constexpr std::size_t kAddedFieldsMax = 100;  // of one answer, by add_field()

inline constexpr std::uint64_t kUnknownLength = ~std::uint64_t{0};  // of a streamed answer

// What a request is ready for, as the ABI's TRIVET_READY_*.
enum class Ready : std::uint32_t { read = 1, write = 2, gone = 4 };

// Who is told of it. Dropped with the request.
struct ReadyCallback {
    void (*function)(std::uint64_t request, std::uint32_t ready, void* user_data) = nullptr;
    void* user_data = nullptr;
    void (*drop)(void* user_data) = nullptr;
};

// How a streamed answer tells where it ends.
enum class Framing : std::uint8_t { none, length, chunked, close };

// An answer that is written in pieces.
struct AnswerStream {
    std::uint64_t left = 0;        // of the promised length
    std::uint64_t written_ms = 0;  // when the last piece was, if that matters
    std::string_view beat;         // written when nothing else was for beat_ms; static
    std::uint32_t beat_ms = 0;     // 0: never
    Framing framing = Framing::none;
    bool is_begun = false;
    bool keep_alive = false;
    bool is_promised = false;  // `left` is to be kept
    bool is_plain = false;     // whatever middleware says: its bytes are those of others as well
    codec::Encoder* encoder = nullptr;  // of the server's; what is written goes through it
};

// One request and its answer to be, whatever the protocol version. Lives in the server's slab from
// the end of its head to the end of its answer; the connection may go before. While is_in_place,
// the view points into the receive buffer; detach() moves it into the exchange's own memory. Fails
// only for want of memory.
class Exchange {
public:
    static constexpr std::size_t kInlineFields = 16;

    explicit Exchange(BlockPool& pool) noexcept : arena(pool.memory()), body(pool), pool_(pool) {}

    // Drops what is kept with a request that was never answered.
    ~Exchange() {
        set_data(nullptr, nullptr);
        set_ready({});
        close_streams();
    }
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    // Begins a request whose head lies at `base`. False when memory is out.
    bool begin(const char* base, const http1::RequestHead& head) noexcept;
    // Fills in the path parameters, decoded. A failure is Status::argument (malformed escape) or
    // memory.
    Status take_params(const route::Match& match) noexcept;
    // Moves everything that lies in the receive buffer into memory of the exchange.
    bool detach() noexcept;
    // Forgets the request; drops what was kept with it.
    void end() noexcept;

    // Has the content stream: it is delivered as it arrives. False when memory is out.
    bool open_content() noexcept;
    // nullptr when memory is out.
    Trailers* open_trailers() noexcept;
    // Has the content decoded, and takes the fields out that describe it as it was sent. False when
    // memory is out.
    bool open_decoder(std::span<const codec::Coding> codings, const DecoderLimits& limits) noexcept;
    // nullptr when memory is out. Once.
    Form* open_form(const FormConfig& config) noexcept;
    // nullptr: nobody has asked for one. On any thread that may read the view.
    Form* form() const noexcept { return form_.load(std::memory_order_acquire); }
    // The trailer fields of the request, once the content has been read.
    std::span<const http1::HeaderView> trailer_fields() const noexcept {
        // Not looked at before, for the loop may be writing them while another thread asks.
        if (content != nullptr && !content->is_read()) {
            return {};
        }
        return trailers != nullptr ? trailers->fields() : std::span<const http1::HeaderView>{};
    }

    // Keeps a pointer with the request; drops the one before.
    void set_data(void* data, void (*drop)(void*)) noexcept;
    void* data() const noexcept { return data_; }
    // Drops the one before.
    void set_ready(const ReadyCallback& callback) noexcept;
    const ReadyCallback& ready() const noexcept { return ready_; }
    // Adds a field, copied, to the answer to come. Fails with header, limit or memory.
    Status add_field(std::string_view name, std::string_view value) noexcept;
    // Whether an answer gets fields that are not its own.
    bool adds_fields(std::uint32_t status) const noexcept {
        return first_added_ != nullptr || (status == 405 && !allow.empty());
    }
    // The fields of an answer, those added and Allow among them, in `room`; nullopt when memory is
    // out. Not in the arena, which the handler's thread may be using.
    std::optional<std::span<const http1::HeaderView>> answer_fields(
        std::span<const http1::HeaderView> fields, std::uint32_t status,
        Buffer& room) const noexcept;

    // nullptr when there is none.
    const http1::HeaderView* find_header(std::string_view name) const noexcept;
    // The first query parameter or cookie of a name; nullopt when there is none.
    std::expected<std::optional<std::string_view>, Status> find_query(
        std::string_view name) noexcept;
    std::expected<std::optional<std::string_view>, Status> find_cookie(
        std::string_view name) noexcept;
    // All query parameters and cookies, decoded once. Fail with memory, or limit when there are
    // more than kQueryParamsMax or kCookiesMax: none is left out silently.
    std::expected<std::span<const url::Param>, Status> query_items() noexcept;
    std::expected<std::span<const http1::Cookie>, Status> cookie_items() noexcept;

    // The authority of an absolute target stands for the Host field (RFC 9112 section 3.2.2).
    void replace_host(std::string_view authority) noexcept;
    // Another thread may be reading the view of an event.
    void mark_gone() noexcept {
        std::atomic_ref(view.flags).fetch_or(kGone, std::memory_order_relaxed);
    }

    bool is_head_request() const noexcept { return std::string_view(view.method) == "HEAD"; }

    std::uint32_t slot = 0;        // written by the slab
    std::uint32_t generation = 0;  // written by the slab
    std::uint32_t route = kNoRoute;
    std::uint32_t gate = 0;          // it has come through, and has yet to leave
    std::uint16_t refusal = 0;       // a status to answer with once the content is read
    bool is_in_after_hooks = false;  // and so must not be answered
    bool has_after_hooks = false;    // the dispatcher is asked before the answer is written
    bool is_error_handled = false;   // the error handler was asked
    bool lingers = false;            // content was left unread: the answer is the connection's last
    bool is_in_place = false;
    bool is_delivered = false;
    bool is_event = false;        // was delivered as an event: any one thread at a time may read it
    bool is_body_read = false;    // by a reader of pieces, to whom the whole is one
    bool is_read_posted = false;  // content that is awaited comes as an event
    bool is_write_posted = false;  // room that is awaited was asked for by another thread
    bool is_content_due = false;   // an event that reads content waits to be handed out
    bool is_kept = false;  // a step of another thread, which may be reading it, is under way
    bool is_answer_posted = false;  // in pieces, by a thread that is told of room when it asks
    bool is_form_posted = false;    // the end of the form comes as an event
    bool is_file = false;           // a file answers it: whoever handled it has nothing more to say
    Connection* connection = nullptr;
    Peer peer;
    const Client* client = nullptr;  // once somebody has asked
    RequestView view;
    Str allow;  // of a refusal
    Arena arena;
    Buffer body;
    ContentStream* content = nullptr;  // unless the whole content is in the view
    ContentDecoder* decoder = nullptr;
    Trailers* trailers = nullptr;
    FileTransfer* transfer = nullptr;  // of the file, once it has begun
    AnswerStream answer;
    const Chain* chain = nullptr;  // the middleware it has come to
    ChainNotes notes;              // of the chain, when there is one

private:
    struct AddedField {
        http1::HeaderView field;
        AddedField* next;
    };

    void shift(Str& text, const char* from, const char* to) const noexcept;
    template <typename Part, typename... Arguments>
    Part* make(Arguments&&... arguments) noexcept;
    template <typename Part>
    void unmake(Part* part) noexcept;
    void close_streams() noexcept;
    void drop_fields(std::string_view name) noexcept;

    BlockPool& pool_;
    const char* base_ = nullptr;
    std::size_t head_size_ = 0;
    http1::HeaderView inline_fields_[kInlineFields];
    std::span<const url::Param> query_items_;
    std::span<const http1::Cookie> cookie_items_;
    void* data_ = nullptr;
    void (*data_drop_)(void*) = nullptr;
    ReadyCallback ready_;
    AddedField* first_added_ = nullptr;
    AddedField* last_added_ = nullptr;
    std::size_t added_count_ = 0;
    std::atomic<Form*> form_{nullptr};
    bool has_streams_ = false;  // one of content, decoder, trailers and form is there
    bool has_query_items_ = false;
    bool has_cookie_items_ = false;
};

}  // namespace trivet::http
