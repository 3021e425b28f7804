/// Still pictures: JPEG by libjpeg-turbo, PNG by zlib, WebP by libwebp.
#pragma once

#include "agent/desktop/geometry.hpp"

#include <trellis/wire/bytes.hpp>

#include <memory>
#include <optional>

namespace trellis::device::desktop {

/// Keeps its memory from picture to picture.
class JpegEncoder {
public:
    JpegEncoder();
    ~JpegEncoder();
    JpegEncoder(const JpegEncoder&) = delete;
    JpegEncoder& operator=(const JpegEncoder&) = delete;
    /// `quality` 1-100. The bytes are good until the next call; empty if the library failed.
    wire::ByteView encode(const Picture& picture, int quality);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Colours of `picture` if they are at most `limit` (<= 256), in order of appearance; else nullopt.
std::optional<std::vector<std::uint32_t>> coloursOf(const Picture& picture, std::size_t limit);

/// Lossless, without alpha: indexed when there are at most 256 colours, else RGB. Empty if zlib failed.
wire::Bytes encodePng(const Picture& picture);
/// Lossless, without alpha: two thirds of a PNG where there are many colours, for four times the work. Empty if
/// the library failed.
wire::Bytes encodeWebp(const Picture& picture);
/// With alpha, for pointers.
wire::Bytes encodePng(const Cursor& cursor);

/// Pixels `area` of a copy of `from` that has the size `to`, by averaging; written to their place in `into`
/// (to.w * 4 bytes a row).
void scaleArea(const Picture& from, Size to, const Rect& area, std::uint8_t* into);

}  // namespace trellis::device::desktop
