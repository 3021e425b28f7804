// PNG (W3C, second edition), written for tiles: one pass, filter 1 or 2 for colour, none for indexes.
#include "agent/desktop/image.hpp"

#include <zlib.h>

#include <array>
#include <cstring>

namespace trellis::device::desktop {
namespace {
using wire::Bytes;
constexpr std::uint32_t kColourMask = 0x00FFFFFF;

std::uint32_t pixelAt(const std::uint8_t* at) noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, at, 4);
    return value & kColourMask;  // 0x00RRGGBB
}

void appendChunk(Bytes& out, const char* type, const std::uint8_t* data, std::size_t size) {
    wire::appendU32(out, static_cast<std::uint32_t>(size));
    const auto start = out.size();
    wire::append(out, std::string_view(type, 4));
    wire::append(out, std::as_bytes(std::span(data, size)));
    const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(out.data() + start),
                             static_cast<uInt>(out.size() - start));
    wire::appendU32(out, static_cast<std::uint32_t>(crc));
}

/// `colourType` 2 RGB, 3 indexed, 6 RGBA.
Bytes start(Size size, unsigned depth, unsigned colourType) {
    Bytes out;
    wire::append(out, std::string_view("\x89PNG\r\n\x1A\n", 8));
    Bytes header;
    wire::appendU32(header, static_cast<std::uint32_t>(size.w));
    wire::appendU32(header, static_cast<std::uint32_t>(size.h));
    for (const unsigned value : {depth, colourType, 0U, 0U, 0U}) {
        header.push_back(static_cast<std::byte>(value));
    }
    appendChunk(out, "IHDR", wire::octets(header), header.size());
    return out;
}

/// Rows with their filter bytes become the rest of the file.
Bytes finish(Bytes out, const std::vector<std::uint8_t>& rows, int level) {
    std::vector<std::uint8_t> packed(::compressBound(rows.size()));
    uLongf size = packed.size();
    if (::compress2(packed.data(), &size, rows.data(), rows.size(), level) != Z_OK) return {};
    appendChunk(out, "IDAT", packed.data(), size);
    appendChunk(out, "IEND", nullptr, 0);
    return out;
}

/// Small open-addressed table from colour to index.
class Palette {
public:
    explicit Palette(std::size_t limit) : limit_(limit) { slots_.fill(kFree); }
    /// Index of the colour, -1 if there are too many.
    int add(std::uint32_t colour) {
        auto slot = (colour * 0x9E3779B1U) >> 22U;
        while (slots_[slot] != kFree) {
            if (colours[slots_[slot]] == colour) return slots_[slot];
            slot = (slot + 1) & 1023U;
        }
        if (colours.size() >= limit_) return -1;
        slots_[slot] = static_cast<std::uint16_t>(colours.size());
        colours.push_back(colour);
        return slots_[slot];
    }
    std::vector<std::uint32_t> colours;

private:
    static constexpr std::uint16_t kFree = 0xFFFF;
    std::size_t limit_;
    std::array<std::uint16_t, 1024> slots_{};
};

/// Indexes of `picture` in `palette`, one byte each; false if there are more colours than 256.
bool readIndexes(const Picture& picture, Palette& palette, std::vector<std::uint8_t>& into) {
    into.resize(static_cast<std::size_t>(picture.size.w) * static_cast<std::size_t>(picture.size.h));
    auto* out = into.data();
    std::uint32_t last = 0xFFFFFFFF;
    int index = 0;
    for (int y = 0; y < picture.size.h; ++y) {
        const auto* row = picture.at(0, y);
        for (int x = 0; x < picture.size.w; ++x) {
            const auto colour = pixelAt(row + static_cast<std::ptrdiff_t>(x) * 4);
            if (colour != last) index = palette.add(last = colour);
            if (index < 0) return false;
            *out++ = static_cast<std::uint8_t>(index);
        }
    }
    return true;
}

Bytes encodeIndexed(Size size, const Palette& palette, const std::vector<std::uint8_t>& indexes) {
    const auto count = palette.colours.size();
    const unsigned depth = count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8;
    auto out = start(size, depth, 3);
    std::vector<std::uint8_t> table;
    for (const auto colour : palette.colours) {
        for (const unsigned shift : {16U, 8U, 0U}) {
            table.push_back(static_cast<std::uint8_t>(colour >> shift));
        }
    }
    appendChunk(out, "PLTE", table.data(), table.size());
    std::vector<std::uint8_t> rows;
    const unsigned perByte = 8 / depth;
    rows.reserve((static_cast<std::size_t>(size.w) / perByte + 2) * static_cast<std::size_t>(size.h));
    const auto* from = indexes.data();
    for (int y = 0; y < size.h; ++y) {
        rows.push_back(0);
        for (unsigned x = 0; x < static_cast<unsigned>(size.w); ++x) {
            const unsigned place = x % perByte;
            if (place == 0) rows.push_back(0);
            rows.back() |= static_cast<std::uint8_t>(*from++ << (8 - depth * (place + 1)));
        }
    }
    return finish(std::move(out), rows, Z_DEFAULT_COMPRESSION);
}

Bytes encodeRgb(const Picture& picture) {
    const auto width = static_cast<std::size_t>(picture.size.w) * 3;
    std::vector<std::uint8_t> rows;
    rows.resize((width + 1) * static_cast<std::size_t>(picture.size.h));
    std::vector<std::uint8_t> before(width);
    std::vector<std::uint8_t> row(width);
    auto* out = rows.data();
    for (int y = 0; y < picture.size.h; ++y) {
        const auto* from = picture.at(0, y);
        for (std::size_t i = 0; i < width; i += 3, from += 4) {
            row[i] = from[2];
            row[i + 1] = from[1];
            row[i + 2] = from[0];
        }
        *out++ = 2;  // "up": the row above is subtracted
        for (std::size_t i = 0; i < width; ++i) *out++ = static_cast<std::uint8_t>(row[i] - before[i]);
        std::swap(row, before);
    }
    return finish(start(picture.size, 8, 2), rows, Z_BEST_SPEED);
}
}  // namespace

std::optional<std::vector<std::uint32_t>> coloursOf(const Picture& picture, std::size_t limit) {
    Palette palette(std::min<std::size_t>(limit, 256));
    std::vector<std::uint8_t> indexes;
    if (!readIndexes(picture, palette, indexes)) return {};
    return std::move(palette.colours);
}

Bytes encodePng(const Picture& picture) {
    Palette palette(256);
    std::vector<std::uint8_t> indexes;
    return readIndexes(picture, palette, indexes) ? encodeIndexed(picture.size, palette, indexes)
                                                  : encodeRgb(picture);
}

Bytes encodePng(const Cursor& cursor) {
    if (cursor.size.w <= 0 || cursor.size.h <= 0) return {};
    const auto width = static_cast<std::size_t>(cursor.size.w) * 4;
    std::vector<std::uint8_t> rows;
    for (std::size_t y = 0; y < static_cast<std::size_t>(cursor.size.h); ++y) {
        rows.push_back(0);
        rows.insert(rows.end(), cursor.rgba.begin() + static_cast<std::ptrdiff_t>(y * width),
                    cursor.rgba.begin() + static_cast<std::ptrdiff_t>((y + 1) * width));
    }
    return finish(start(cursor.size, 8, 6), rows, Z_DEFAULT_COMPRESSION);
}

}  // namespace trellis::device::desktop
