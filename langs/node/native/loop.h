#pragma once

#include <vector>

#include "values.h"

namespace trivet_node {

// The memory a loop shares with src/batch.ts, which has the same numbers:
//   word 0          bytes of packed answers that JavaScript has written
//   kEventsOffset   events of the turn, four words each
//   kRepliesOffset  the packed answers and steps of answers in pieces, each a trivet_reply_record
//                   without header fields
inline constexpr size_t kSharedBytes = 65536;
inline constexpr size_t kEventsOffset = 64;
inline constexpr size_t kEventsMax = 256;
inline constexpr size_t kEventWords = 4;
inline constexpr size_t kRepliesOffset = kEventsOffset + kEventsMax * kEventWords * 4;
static_assert(kRepliesOffset % 8 == 0);

// Kinds of events beyond the ABI's: a timer's end {kind, id}, a failed turn {kind, status}, and a
// packed step of an answer in pieces that the engine refused {kind, status, request}.
inline constexpr uint32_t kEventTimer = 0x100;
inline constexpr uint32_t kEventFailure = 0x101;
inline constexpr uint32_t kEventRefusal = 0x102;

// A loop as JavaScript has it. libuv drives it after attach(): a poll handle on the loop's
// descriptor turns it, a prepare handle submits before libuv sleeps, a timer covers the loop's
// deadlines. A turn calls JavaScript once for all its events; answers come back through the shared
// memory. Owned jointly by the JavaScript object and the open libuv handles; its thread only.
class LoopBox {
public:
    static napi_value create(const Arguments& arguments);

    [[nodiscard]] trivet_loop* loop() const { return loop_; }
    [[nodiscard]] LoopBox* next() const { return next_; }
    [[nodiscard]] bool is_turning() const { return is_turning_; }
    [[nodiscard]] AppBox* app() const { return app_; }

    // One turn that leaves its events in the shared memory and their number in out_count.
    trivet_status turn(int64_t timeout_ms, size_t* out_count);
    trivet_status run();
    // Hands the answers that JavaScript has written to the engine.
    void replay();
    // Has libuv turn the loop.
    trivet_status attach();
    void detach();
    void set_referenced(bool is_referenced);
    // Frees the engine's loop and lets go of everything; a second call does nothing.
    void close();
    trivet_status start_timer(uint64_t delay_ms, uint32_t id, trivet_timer* out_timer);
    // The bytes of the index-th event of the present batch, which answers a posted read.
    trivet_status content(uint32_t index, trivet_str* out_bytes) const;

    void retain() { ++references_; }
    void release();

private:
    struct Timer {
        LoopBox* box;
        uint32_t id;
    };
    struct Refusal {
        trivet_status status;
        trivet_request request;
    };

    LoopBox() = default;
    ~LoopBox() = default;
    static void on_poll(uv_poll_t* handle, int status, int events);
    static void on_prepare(uv_prepare_t* handle);
    static void on_deadline(uv_timer_t* handle);
    static void on_closed(uv_handle_t* handle);
    static void on_timer(void* user_data);

    trivet_status open_handles();
    void close_handles();
    void drive();
    void deliver(size_t count);
    void arm();
    size_t write_events(size_t count);
    size_t write_own_events(size_t count);
    void replay_step(const trivet_reply_record& record, trivet_str body);
    void write_event(size_t index, uint32_t kind, uint32_t first, uint64_t second);
    // Lets go of what JavaScript lent; not while its callback runs.
    void forget();
    void link();
    void unlink();

    Addon* addon_ = nullptr;
    AppBox* app_ = nullptr;
    trivet_loop* loop_ = nullptr;
    LoopBox* next_ = nullptr;
    LoopBox* previous_ = nullptr;
    uint32_t references_ = 1;
    uint32_t* shared_ = nullptr;
    // Strong while attached, so that a listening loop lives without anybody holding it; weak
    // otherwise, for the JavaScript object holds both.
    napi_ref memory_ = nullptr;
    napi_ref on_turn_ = nullptr;
    napi_async_context context_ = nullptr;
    uv_poll_t poll_{};
    uv_prepare_t prepare_{};
    uv_timer_t timer_{};
    uint32_t open_handles_ = 0;
    uint64_t armed_until_ = 0;
    bool is_attached_ = false;
    bool is_turning_ = false;
    bool is_delivering_ = false;
    std::vector<uint32_t> fired_;
    std::vector<Refusal> refusals_;
    trivet_event events_[kEventsMax];
};

// nullptr, with an error thrown, when the loop is closed.
LoopBox* live_loop(const Arguments& arguments);

}  // namespace trivet_node
