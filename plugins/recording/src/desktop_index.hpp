/// The index of a desktop recording: every ten seconds which blocks rebuild the picture.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace recording {

/// Commands of the KVM protocol that matter to a picture (agent-protocol specification, section 7.2, and
/// docs/design/desktop-stream.md).
namespace kvm {
inline constexpr unsigned kTile = 3, kCopy = 4, kScreen = 7, kJumbo = 27, kStream = 200, kFrame = 201, kAreas = 207;
/// One command as it lies in a binary message.
struct Command {
    unsigned type = 0;                   ///< of a jumbo the inner one
    std::span<const std::byte> payload;  ///< behind type and size
};
/// Type 0 when the message is too short or its sizes don't agree.
Command parse(std::span<const std::byte> message) noexcept;
}  // namespace kvm

/// Fed with everything that is recorded, in order; offsets are those of block headers in the file.
class DesktopIndex {
public:
    static constexpr std::int64_t kIntervalMs = 10'000;
    static constexpr std::size_t kMaxBytes = 32 * 1024 * 1024;  ///< then no more entries are added
    static constexpr std::int64_t kMaxEntries = 100'000;        ///< eleven days
    static constexpr std::size_t kMaxFrames = 2048;             ///< pointers; see frames()

    DesktopIndex() = default;
    /// Goes on from a screen of this size on which nothing has been drawn; writes no entries. Pointers count
    /// from `base`.
    DesktopIndex(std::uint64_t base, unsigned width, unsigned height);

    void see(std::uint64_t offset, std::uint64_t timeMs, bool isDeviceBinary,
             std::span<const std::byte> data);
    /// The data of the extra block (section 9), "" when there is nothing to tell. Besides the wire's
    /// members `streams` has, for each entry, [block of the stream's description, of the key frame], or
    /// null: there the key frame is drawn whole, then the tiles, and then everything behind the key frame.
    /// `frames` has the pointers of frames() for each entry, or null where they are too many.
    std::string json() const;

    // ---- the picture after what has been seen; pointers count from the first block -----------------------
    /// False when tiles and frames can't tell: after a copy, and between a stream and its first key frame.
    bool isKnown() const noexcept { return !isUnknown_ && (!hasStream_ || hasKey_); }
    bool hasKey() const noexcept { return hasStream_ && hasKey_; }
    unsigned width() const noexcept { return width_; }
    unsigned height() const noexcept { return height_; }
    std::uint64_t stream() const noexcept { return stream_; }  ///< if hasKey()
    std::uint64_t key() const noexcept { return key_; }        ///< if hasKey()
    /// Coded frames behind the key frame, each behind its areas, and the areas of a frame to come.
    const std::vector<std::uint64_t>& frames() const noexcept { return frames_; }
    bool hasAllFrames() const noexcept { return frames_.size() < kMaxFrames; }
    /// Tiles of which something can be seen, sorted.
    std::vector<std::uint64_t> tiles() const;

private:
    struct Area {
        unsigned left = 0, top = 0, right = 0, bottom = 0;
    };
    void tile(std::uint64_t pointer, std::span<const std::byte> payload);
    void screen(unsigned width, unsigned height);
    void frame(std::uint64_t pointer, std::span<const std::byte> payload);
    void paint(const Area& area, std::uint64_t pointer);
    void forgetHidden();
    bool covers(const Area& area, unsigned column, unsigned row) const noexcept;
    /// A tile is drawn whole: where a coded frame lies over a part of it, it would hide that.
    bool hidesFrame(std::uint64_t tile, const Area& area) const;
    void writeEntries(std::uint64_t pointer, std::int64_t elapsedMs);
    void noteFrame(std::uint64_t pointer);

    bool hasBegun_ = false, writesEntries_ = true, isUnknown_ = true;
    std::uint64_t base_ = 0, startMs_ = 0;
    std::int64_t written_ = 0;  ///< entries
    unsigned width_ = 0, height_ = 0, columns_ = 0, rows_ = 0;
    /// What lies in each cell of 16 px.
    struct Cell {
        std::vector<std::uint64_t> tiles;  ///< the one that covers it, and those that cover parts of it since
        std::uint64_t frame = 0;           ///< the last coded frame that covers a part of it
    };
    std::vector<Cell> cells_;
    static constexpr std::size_t kForgetAt = 20'000;
    std::unordered_map<std::uint64_t, Area> tiles_;  ///< those in cells, and some that have gone from there
    std::size_t forgetAt_ = kForgetAt;
    bool hasTiles_ = false, hasStream_ = false, hasKey_ = false;
    std::uint64_t stream_ = 0, key_ = 0;
    std::vector<std::byte> areas_;      ///< the payload of the last 207
    std::vector<std::uint64_t> frames_;
    std::string entries_, streams_, frameLists_;
};

}  // namespace recording
