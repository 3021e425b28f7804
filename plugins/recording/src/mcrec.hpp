/// Recording files: a chain of blocks (agent-protocol specification, section 9). Numbers are big-endian.
///
///     u16 type | u16 flags | u32 size of the data | u64 time, ms since 1970 | data
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recording::mcrec {

enum class BlockType : std::uint16_t { First = 1, Traffic, End, Extra };

namespace flag {
inline constexpr std::uint16_t kBinary = 1;  ///< a binary message
inline constexpr std::uint16_t kUser = 2;    ///< sent by the viewer
}  // namespace flag

inline constexpr std::size_t kHeaderSize = 16;
/// Of one block's data. A relay that records shows messages up to 1 MiB; others' files may hold more.
inline constexpr std::size_t kMaxBlock = 64 * 1024 * 1024;
inline constexpr std::string_view kEnd = "MeshCentralMCREC";
/// The last block of an indexed file; its time is the offset of the extra block.
inline constexpr std::string_view kIndexedEnd = "MeshCentralMCNDX";
/// Size of the last block with its header, indexed or not.
inline constexpr std::size_t kTailSize = kHeaderSize + 16;

struct Header {
    std::uint16_t type = 0;
    std::uint16_t flags = 0;
    std::uint32_t size = 0;
    std::uint64_t time = 0;
};

Header readHeader(std::span<const std::byte, kHeaderSize> bytes) noexcept;
void appendBlock(std::string& out, BlockType type, std::uint16_t flags, std::uint64_t time,
                 std::string_view data);

struct Block {
    Header header;
    std::uint64_t offset = 0;         ///< of the header in the file
    std::span<const std::byte> data;  ///< valid until the next call of the reader
    std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(data.data()), data.size()};
    }
};

/// Walks through a file of any size, one block in memory at a time.
class Reader {
public:
    /// Fills `into` from `offset` on and returns how many bytes there were.
    using Read = std::function<std::size_t(std::uint64_t offset, std::span<std::byte> into)>;
    enum class Result : std::uint8_t {
        Found = 1,
        End,        ///< the file ended with a last block, or exactly behind a block
        Truncated,  ///< the last block is not all there: the server died while it wrote
        Bad,        ///< what follows is no block; where() is its offset
    };

    /// `from`: offset of the block to begin with.
    Reader(Read read, std::uint64_t size, std::uint64_t from = 0)
        : read_(std::move(read)), size_(size), at_(from) {}
    Result next(Block& block);
    /// Offset behind the last whole block.
    std::uint64_t where() const noexcept { return at_; }
    bool hasSeenEnd() const noexcept { return hasSeenEnd_; }

private:
    Read read_;
    std::uint64_t size_;
    std::uint64_t at_;
    bool hasSeenEnd_ = false;
    std::vector<std::byte> data_;
};

/// The index of an indexed file.
struct Tail {
    bool isIndexed = false;
    std::uint64_t endTime = 0;      ///< when the session ended
    std::uint64_t extraOffset = 0;  ///< of the extra block's header
    std::uint32_t extraSize = 0;    ///< of its data
};
/// Nothing when the file does not end with a last block, as one whose server died.
std::optional<Tail> readTail(const Reader::Read& read, std::uint64_t size);

/// Where the messages begin, and when the first of them was sent (of a file without any: when it began).
struct Start {
    std::uint64_t offset = 0;
    std::uint64_t time = 0;
};
/// Throws Error{NotFound} when the file does not begin with a first block.
Start firstMessage(const Reader::Read& read, std::uint64_t size);

/// What the first block says. Fields that are missing are "" or 0.
struct FirstBlock {
    std::string userId, userName, sessionId, viewerAddress, deviceAddress, time, deviceId, deviceName;
    std::string guest;  ///< ours; players pass over it
    std::int64_t protocol = 0;
};
std::string writeFirst(const FirstBlock& first);
/// Nothing for another magic, another version or what is no JSON object. The protocol may be a number
/// or, as MeshCentral writes it, text.
std::optional<FirstBlock> parseFirst(std::string_view json);

/// `relaysession[-<domain>]-YYYY-MM-DD-HH-MM-SS-<user>-<device>-<id>.mcrec`; the time is UTC. Characters
/// other than letters, digits, dot, dash and underscore become '_', long names are cut.
std::string fileName(std::string_view domain, std::uint64_t time, std::string_view user,
                     std::string_view device, std::string_view id);
/// A name that fileName() could have made, so that it names nothing outside of its folder.
bool isFileName(std::string_view name) noexcept;

}  // namespace recording::mcrec
