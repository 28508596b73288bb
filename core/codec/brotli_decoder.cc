#include <brotli/decode.h>

#include <new>

#include "codec/decoder.h"

namespace trivet::codec {
namespace {

class BrotliDecoder final : public Decoder {
public:
    explicit BrotliDecoder(BrotliDecoderState* state) noexcept : state_(state) {}

    DecodeResult decode(std::string_view& input, std::span<char>& room) noexcept override {
        std::size_t input_left = input.size();
        std::size_t room_left = room.size();
        const auto* next_input = reinterpret_cast<const std::uint8_t*>(input.data());
        auto* next_output = reinterpret_cast<std::uint8_t*>(room.data());
        const BrotliDecoderResult result = BrotliDecoderDecompressStream(
            state_, &input_left, &next_input, &room_left, &next_output, nullptr);
        input.remove_prefix(input.size() - input_left);
        room = room.subspan(room.size() - room_left);
        if (result == BROTLI_DECODER_RESULT_SUCCESS) {
            return DecodeResult::end;
        }
        if (result != BROTLI_DECODER_RESULT_ERROR) {
            return DecodeResult::progress;
        }
        const BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state_);
        const bool is_memory = code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
                               code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
        return is_memory ? DecodeResult::memory : DecodeResult::malformed;
    }

    bool restart() noexcept override { return false; }

    void close() noexcept override { BrotliDecoderDestroyInstance(state_); }

private:
    BrotliDecoderState* const state_;
};

}  // namespace

Decoder* make_brotli_decoder(DecoderMemory& memory) noexcept {
    void* const block = memory.allocate(sizeof(BrotliDecoder));
    if (block == nullptr) {
        return nullptr;
    }
    BrotliDecoderState* const state = BrotliDecoderCreateInstance(
        [](void* opaque, std::size_t size) {
            return static_cast<DecoderMemory*>(opaque)->allocate(size);
        },
        [](void* opaque, void* address) { static_cast<DecoderMemory*>(opaque)->release(address); },
        &memory);
    if (state == nullptr) {
        memory.release(block);
        return nullptr;
    }
    return new (block) BrotliDecoder(state);
}

}  // namespace trivet::codec
