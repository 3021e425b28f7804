#include "desktop_index.hpp"

#include <algorithm>

#include "image_size.hpp"

namespace recording {
namespace {

constexpr unsigned kCell = 16;
constexpr unsigned kMaxSide = 8192;
constexpr std::size_t kMaxPerCell = 32;
constexpr std::size_t kMaxAreas = 4 + 8 * 4096;

unsigned u16(std::span<const std::byte> bytes, std::size_t at) noexcept {
    return std::to_integer<unsigned>(bytes[at]) << 8 | std::to_integer<unsigned>(bytes[at + 1]);
}

}  // namespace

kvm::Command kvm::parse(std::span<const std::byte> message) noexcept {
    if (message.size() < 4) return {};
    const auto type = u16(message, 0);
    const auto size = u16(message, 2);
    if (type != kJumbo || size != 8) {
        if (size < 4 || size > message.size()) return {};
        return {type, message.subspan(4, size - 4U)};
    }
    if (message.size() < 12) return {};
    const auto inner = static_cast<std::size_t>(u16(message, 4)) << 16 | u16(message, 6);
    if (inner < 4 || inner > message.size() - 8) return {};
    return {u16(message, 8), message.subspan(12, inner - 4)};
}

DesktopIndex::DesktopIndex(std::uint64_t base, unsigned width, unsigned height)
    : hasBegun_(true), writesEntries_(false), base_(base) {
    screen(width, height);
}

void DesktopIndex::see(std::uint64_t offset, std::uint64_t timeMs, bool isDeviceBinary,
                       std::span<const std::byte> data) {
    if (!hasBegun_) {
        hasBegun_ = true;
        base_ = offset;
        startMs_ = timeMs;
    }
    const auto elapsed = static_cast<std::int64_t>(timeMs) - static_cast<std::int64_t>(startMs_);
    if (writesEntries_ && (written_ + 1) * kIntervalMs < elapsed) writeEntries(offset - base_, elapsed);
    if (!isDeviceBinary) return;
    const auto command = kvm::parse(data);
    const auto& payload = command.payload;
    switch (command.type) {
    case kvm::kTile: tile(offset - base_, payload); break;
    case kvm::kScreen:
        if (payload.size() >= 4) screen(u16(payload, 0), u16(payload, 2));
        break;
    // What was copied from elsewhere can't be told by a list of tiles: no entry until it is all new.
    case kvm::kCopy: isUnknown_ = true; break;
    case kvm::kStream:
        hasStream_ = true;
        hasKey_ = false;
        stream_ = offset - base_;
        frames_.clear();
        break;
    case kvm::kAreas:
        if (payload.size() <= kMaxAreas) areas_.assign(payload.begin(), payload.end());
        noteFrame(offset - base_);
        break;
    case kvm::kFrame:
        if (payload.size() >= 5) frame(offset - base_, payload);
        break;
    default: break;
    }
}

void DesktopIndex::screen(unsigned width, unsigned height) {
    // MeshAgent on Windows begins so, before it has looked at the screen.
    if (width == 0 || height == 0) return;
    width_ = width;
    height_ = height;
    hasTiles_ = hasStream_ = hasKey_ = false;
    tiles_.clear();
    areas_.clear();
    frames_.clear();
    // A side that no screen has: replayed from the start, as without an index.
    isUnknown_ = width == 0 || height == 0 || width > kMaxSide || height > kMaxSide;
    columns_ = isUnknown_ ? 0 : (width + kCell - 1) / kCell;
    rows_ = isUnknown_ ? 0 : (height + kCell - 1) / kCell;
    cells_.assign(static_cast<std::size_t>(columns_) * rows_, {});
}

void DesktopIndex::frame(std::uint64_t pointer, std::span<const std::byte> payload) {
    if ((std::to_integer<unsigned>(payload[4]) & 1) != 0) {
        hasKey_ = true;
        key_ = pointer;
        frames_.clear();
        isUnknown_ = cells_.empty();
    } else noteFrame(pointer);
    const bool hasAreas = areas_.size() >= 4 && std::equal(payload.begin(), payload.begin() + 4, areas_.begin());
    if (!hasAreas) paint({0, 0, width_, height_}, pointer);
    for (std::size_t at = 4; hasAreas && at + 8 <= areas_.size(); at += 8) {
        const std::span<const std::byte> area = std::span(areas_).subspan(at, 8);
        paint({u16(area, 0), u16(area, 2), u16(area, 0) + u16(area, 4), u16(area, 2) + u16(area, 6)}, pointer);
    }
}

void DesktopIndex::noteFrame(std::uint64_t pointer) {
    if (hasAllFrames()) frames_.push_back(pointer);
}

bool DesktopIndex::covers(const Area& area, unsigned column, unsigned row) const noexcept {
    return area.left <= column * kCell && area.top <= row * kCell &&
           area.right >= std::min((column + 1) * kCell, width_) &&
           area.bottom >= std::min((row + 1) * kCell, height_);
}

void DesktopIndex::paint(const Area& wanted, std::uint64_t pointer) {
    if (cells_.empty()) return;  // a screen of a size that none has
    const Area area{wanted.left, wanted.top, std::min(wanted.right, width_), std::min(wanted.bottom, height_)};
    for (auto row = area.top / kCell; row * kCell < area.bottom; ++row) {
        for (auto column = area.left / kCell; column * kCell < area.right; ++column) {
            auto& cell = cells_[static_cast<std::size_t>(row) * columns_ + column];
            if (covers(area, column, row)) cell.tiles.clear();
            cell.frame = pointer;
        }
    }
}

void DesktopIndex::tile(std::uint64_t pointer, std::span<const std::byte> payload) {
    if (payload.size() < 8 || cells_.empty()) return;
    const auto size = imageSize(payload.subspan(4));
    const auto left = u16(payload, 0), top = u16(payload, 2);
    if (!size || left >= width_ || top >= height_) return;
    const Area area{left, top, std::min(left + size->width, width_), std::min(top + size->height, height_)};
    for (auto row = top / kCell; row * kCell < area.bottom; ++row) {
        for (auto column = left / kCell; column * kCell < area.right; ++column) {
            auto& cell = cells_[static_cast<std::size_t>(row) * columns_ + column];
            if (covers(area, column, row)) {
                cell.tiles.clear();
                cell.frame = 0;
            }
            if (cell.tiles.size() < kMaxPerCell) cell.tiles.push_back(pointer);
            else isUnknown_ = true;
        }
    }
    hasTiles_ = true;
    tiles_[pointer] = area;
    if (tiles_.size() >= forgetAt_) forgetHidden();
}

bool DesktopIndex::hidesFrame(std::uint64_t tile, const Area& area) const {
    for (auto row = area.top / kCell; row * kCell < area.bottom; ++row) {
        for (auto column = area.left / kCell; column * kCell < area.right; ++column) {
            if (cells_[static_cast<std::size_t>(row) * columns_ + column].frame > tile) return true;
        }
    }
    return false;
}

std::vector<std::uint64_t> DesktopIndex::tiles() const {
    std::vector<std::uint64_t> out;
    for (const auto& cell : cells_) out.insert(out.end(), cell.tiles.begin(), cell.tiles.end());
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    // Frames behind the key frame are drawn anew over their tiles. What was there before it, it shows itself,
    // less sharp.
    std::erase_if(out, [&](auto each) { return hasKey() && each < key_ && hidesFrame(each, tiles_.at(each)); });
    return out;
}

/// All until then are the same: nothing has come between.
void DesktopIndex::writeEntries(std::uint64_t pointer, std::int64_t elapsedMs) {
    // A screen of no size tells players to start from the entry before, or the beginning.
    const bool isEmpty = !isKnown();
    auto entry = '[' + std::to_string(pointer) + ',' + std::to_string(isEmpty ? 0 : width_) + ',' +
                 std::to_string(isEmpty ? 0 : height_);
    if (!isEmpty && hasTiles_) {
        for (const auto each : tiles()) entry += ',' + std::to_string(each);
    }
    entry += ']';
    const auto stream = !isEmpty && hasStream_ ? '[' + std::to_string(stream_) + ',' + std::to_string(key_) + ']'
                                               : std::string("null");
    std::string frames = hasAllFrames() ? "[" : "null";
    for (std::size_t i = 0; !isEmpty && hasAllFrames() && i < frames_.size(); ++i) {
        frames += (i == 0 ? "" : ",") + std::to_string(frames_[i]);
    }
    if (hasAllFrames()) frames += ']';
    while ((written_ + 1) * kIntervalMs < elapsedMs && written_ < kMaxEntries &&
           entries_.size() + frameLists_.size() < kMaxBytes) {
        const auto* comma = written_++ == 0 ? "" : ",";
        (entries_ += comma) += entry;
        (streams_ += comma) += stream;
        (frameLists_ += comma) += frames;
    }
}

/// Tiles that no cell names any more.
void DesktopIndex::forgetHidden() {
    std::unordered_map<std::uint64_t, Area> named;
    for (const auto& cell : cells_) {
        for (const auto each : cell.tiles) named[each] = tiles_.at(each);
    }
    tiles_ = std::move(named);
    forgetAt_ = std::max(kForgetAt, tiles_.size() * 2);
}

std::string DesktopIndex::json() const {
    if (!hasBegun_) return {};
    return "{\"indexInterval\":10,\"indexStartTime\":" + std::to_string(startMs_) + ",\"indexes\":[" +
           entries_ + "],\"streams\":[" + streams_ + "],\"frames\":[" + frameLists_ + "]}";
}

}  // namespace recording
