#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/list.h"
#include "codec/encoder_memory.h"
#include "codec/inflate.h"

namespace trivet::codec {

// How much of what was given has to come out.
enum class Flush : std::uint8_t {
    none,  // as much as the encoder likes
    all,   // all of it, so that a decoder has it
    end,   // all of it, and the content ends
};

enum class EncodeResult : std::uint8_t {
    done,  // the input is taken, and what has to come out has come
    full,  // the room is full: to be called again with the same flush
    failed,
};

struct LevelRange {
    int low;
    int high;
    int usual;  // for content that is made for one answer
};
// Levels above are for files that are encoded once: they keep a loop busy for too long.
LevelRange level_range(Coding coding) noexcept;
// As Content-Encoding and Accept-Encoding have it.
std::string_view name_of(Coding coding) noexcept;

inline constexpr std::uint64_t kUnknownSize = ~std::uint64_t{0};
// The least room of one call of Encoder::encode(): a flush ends in as many bytes.
inline constexpr std::size_t kEncodeRoomMin = 16;
// What decoders need of what came before, 64 KiB (gzip has 32), and what encoders look through.
inline constexpr int kEncoderWindowLog = 16;

struct EncoderTag {};

// One library behind one interface. Lives in a block of the EncoderMemory it was made with and may
// encode one content after another; loop thread only.
class Encoder : public ListNode<EncoderTag> {
public:
    explicit Encoder(Coding coding) noexcept : coding_(coding) {}
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;

    Coding coding() const noexcept { return coding_; }
    // Begins a content, of `size` bytes if that is known, whatever became of the one before. False:
    // memory is out, and it may be tried again.
    virtual bool begin(int level, std::uint64_t size) noexcept = 0;
    // Takes from the front of `input`, writes to the front of `room`, of kEncodeRoomMin bytes or
    // more, and moves both on.
    virtual EncodeResult encode(std::string_view& input, std::span<char>& room,
                                Flush flush) noexcept = 0;
    // Gives back everything but the object itself.
    virtual void close() noexcept = 0;

protected:
    ~Encoder() = default;

private:
    const Coding coding_;
};

// nullptr: memory is out, or nobody encodes with it (deflate, of which clients know two kinds).
Encoder* make_encoder(EncoderMemory& memory, Coding coding) noexcept;
Encoder* make_gzip_encoder(EncoderMemory& memory) noexcept;
Encoder* make_brotli_encoder(EncoderMemory& memory) noexcept;
Encoder* make_zstd_encoder(EncoderMemory& memory) noexcept;

}  // namespace trivet::codec
