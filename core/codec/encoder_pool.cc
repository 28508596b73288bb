#include "codec/encoder_pool.h"

#include <utility>

namespace trivet::codec {

EncoderPool::~EncoderPool() {
    while (Encoder* const encoder = taken_.pop_front()) {
        end(*encoder);
    }
    for (Encoder* const encoder : idle_) {
        if (encoder != nullptr) {
            end(*encoder);
        }
    }
}

Encoder* EncoderPool::take(Coding coding, int level, std::uint64_t size) noexcept {
    Encoder* encoder = std::exchange(idle_[static_cast<std::size_t>(coding)], nullptr);
    if (encoder == nullptr) {
        encoder = make_encoder(memory_, coding);
    }
    if (encoder == nullptr) {
        return nullptr;
    }
    if (!encoder->begin(level, size)) {
        end(*encoder);
        return nullptr;
    }
    taken_.push_back(*encoder);
    return encoder;
}

void EncoderPool::give_back(Encoder& encoder) noexcept {
    static_cast<ListNode<EncoderTag>&>(encoder).unlink();
    // Brotli's cannot begin anew: what it took is of more use to others.
    if (encoder.coding() == Coding::brotli) {
        encoder.close();
    }
    Encoder*& place = idle_[static_cast<std::size_t>(encoder.coding())];
    if (place == nullptr) {
        place = &encoder;
    } else {
        end(encoder);
    }
}

void EncoderPool::end(Encoder& encoder) noexcept {
    encoder.close();
    memory_.release(&encoder);
}

}  // namespace trivet::codec
