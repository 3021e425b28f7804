/// Reads what the encoders write: PNG of this program's own kinds, JPEG by libjpeg.
#pragma once

#include <trellis/wire/bytes.hpp>

#include <cstdint>
#include <vector>

namespace desktop_test {

struct Image {
    int w = 0;
    int h = 0;
    std::vector<unsigned> pixels;  ///< 0xRRGGBB, PNG with alpha 0xAARRGGBB
};
/// Throws std::runtime_error for anything else.
Image readPng(trellis::wire::ByteView file);
Image readJpeg(trellis::wire::ByteView file);
Image readWebp(trellis::wire::ByteView file);
Image readImage(trellis::wire::ByteView file);

}  // namespace desktop_test
