/// Pictures to encode, and what reads them: PNG of this program's own kinds, JPEG by libjpeg, WebP by libwebp.
#pragma once

#include "agent/desktop/geometry.hpp"

#include <trellis/wire/bytes.hpp>

#include <cstdint>
#include <vector>

namespace desktop_test {

struct Image {
    int w = 0;
    int h = 0;
    std::vector<unsigned> pixels;  ///< 0xRRGGBB, PNG with alpha 0xAARRGGBB
};
/// A picture in memory, black at first.
struct Canvas {
    trellis::device::desktop::Size size;
    std::vector<unsigned> pixels;
    explicit Canvas(trellis::device::desktop::Size wanted);
    trellis::device::desktop::Picture picture() const;
    /// `count` colours, spread over the range; the same for the same count and area.
    void paint(unsigned count) { paint({0, 0, size.w, size.h}, count, count); }
    void paint(const trellis::device::desktop::Rect& area, unsigned count, unsigned seed);
};

/// A message of the KVM protocol (specification, section 7.2), jumbo or not.
struct KvmMessage {
    int type = 0;
    trellis::wire::ByteView body;
};
KvmMessage readMessage(trellis::wire::ByteView message);

/// Throws std::runtime_error for anything else.
Image readPng(trellis::wire::ByteView file);
Image readJpeg(trellis::wire::ByteView file);
Image readWebp(trellis::wire::ByteView file);
Image readImage(trellis::wire::ByteView file);

}  // namespace desktop_test
