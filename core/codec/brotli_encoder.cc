#include <brotli/encode.h>

#include <algorithm>
#include <csetjmp>
#include <cstdint>
#include <new>

#include "base/list.h"
#include "codec/encoder.h"

namespace trivet::codec {
namespace {

// A larger hint makes the library take tables that are meant for files.
constexpr std::uint64_t kSizeHintMax = 256 * 1024;
constexpr std::uint32_t kWindowLogMin = 10;  // RFC 7932 section 9.1

BrotliEncoderOperation operation_of(Flush flush) noexcept {
    switch (flush) {
        case Flush::none:
            return BROTLI_OPERATION_PROCESS;
        case Flush::all:
            return BROTLI_OPERATION_FLUSH;
        case Flush::end:
            break;
    }
    return BROTLI_OPERATION_FINISH;
}

struct HeldTag {};

// What stands in front of each block of one encoder.
struct Held : ListNode<HeldTag> {};
static_assert(sizeof(Held) == 16, "what follows stays aligned");

// The library cannot begin anew with what it has, but its memory is kept by EncoderMemory. Debian's
// is built to end the process when an allocation fails. So none is seen to fail: the allocator
// jumps back to encode(), over frames of the library alone, and what these had allocated is
// released here.
class BrotliEncoder final : public Encoder {
public:
    explicit BrotliEncoder(EncoderMemory& memory) noexcept
        : Encoder(Coding::brotli), memory_(memory) {}

    bool begin(int level, std::uint64_t size) noexcept override {
        close();
        state_ = BrotliEncoderCreateInstance(
            [](void* opaque, std::size_t bytes) {
                return static_cast<BrotliEncoder*>(opaque)->allocate(bytes);
            },
            [](void* opaque, void* block) { static_cast<BrotliEncoder*>(opaque)->release(block); },
            this);
        if (state_ == nullptr) {
            return false;
        }
        const std::uint64_t hint = std::min(size, kSizeHintMax);
        std::uint32_t window_log = kWindowLogMin;
        while (window_log < kEncoderWindowLog && (std::uint64_t{1} << window_log) < hint + 16) {
            ++window_log;
        }
        BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, static_cast<std::uint32_t>(level));
        BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, window_log);
        BrotliEncoderSetParameter(state_, BROTLI_PARAM_SIZE_HINT, static_cast<std::uint32_t>(hint));
        return true;
    }

    EncodeResult encode(std::string_view& input, std::span<char>& room,
                        Flush flush) noexcept override {
        std::jmp_buf failure;
        // NOLINTNEXTLINE(cert-err52-cpp): nothing that is jumped over has a destructor.
        if (setjmp(failure) != 0) {
            failure_ = nullptr;
            drop();
            return EncodeResult::failed;
        }
        failure_ = &failure;
        const EncodeResult result = run(input, room, operation_of(flush));
        failure_ = nullptr;
        return result;
    }

    void close() noexcept override {
        if (state_ != nullptr) {
            BrotliEncoderDestroyInstance(state_);
            state_ = nullptr;
        }
    }

private:
    EncodeResult run(std::string_view& input, std::span<char>& room,
                     BrotliEncoderOperation operation) noexcept {
        while (state_ != nullptr) {
            std::size_t input_left = input.size();
            std::size_t room_left = room.size();
            const auto* next_input = reinterpret_cast<const std::uint8_t*>(input.data());
            auto* next_output = reinterpret_cast<std::uint8_t*>(room.data());
            if (BrotliEncoderCompressStream(state_, operation, &input_left, &next_input, &room_left,
                                            &next_output, nullptr) != BROTLI_TRUE) {
                break;
            }
            input.remove_prefix(input.size() - input_left);
            room = room.subspan(room.size() - room_left);
            if (input.empty() && BrotliEncoderHasMoreOutput(state_) != BROTLI_TRUE) {
                return EncodeResult::done;
            }
            if (room.empty()) {
                return EncodeResult::full;
            }
        }
        return EncodeResult::failed;
    }

    void* allocate(std::size_t size) noexcept {
        void* const block =
            size < SIZE_MAX - sizeof(Held) ? memory_.allocate(size + sizeof(Held)) : nullptr;
        if (block == nullptr) {
            if (failure_ != nullptr) {
                std::longjmp(*failure_, 1);  // NOLINT(cert-err52-cpp): as above
            }
            return nullptr;
        }
        auto* const held = new (block) Held;
        held_.push_back(*held);
        return held + 1;
    }

    void release(void* address) noexcept {
        if (address != nullptr) {
            Held* const held = static_cast<Held*>(address) - 1;
            held->~Held();
            memory_.release(held);
        }
    }

    // Forgets a state that was left in the middle of something.
    void drop() noexcept {
        while (Held* const held = held_.front()) {
            release(held + 1);
        }
        state_ = nullptr;
    }

    EncoderMemory& memory_;
    BrotliEncoderState* state_ = nullptr;
    std::jmp_buf* failure_ = nullptr;  // where to go; within encode() alone
    List<Held, HeldTag> held_;
};

}  // namespace

Encoder* make_brotli_encoder(EncoderMemory& memory) noexcept {
    void* const block = memory.allocate(sizeof(BrotliEncoder));
    return block != nullptr ? new (block) BrotliEncoder(memory) : nullptr;
}

}  // namespace trivet::codec
