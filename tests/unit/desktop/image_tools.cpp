#include "image_tools.hpp"

#include <cstdio>
#include <memory>
#include <random>
#include <stdexcept>

#include <jpeglib.h>
#include <webp/decode.h>
#include <zlib.h>

namespace desktop_test {
namespace wire = trellis::wire;
namespace desktop = trellis::device::desktop;
namespace {
struct Png {
    unsigned w = 0;
    unsigned h = 0;
    unsigned depth = 0;
    unsigned kind = 0;
    std::vector<std::uint8_t> packed;
    std::vector<unsigned> palette;
};

unsigned at(wire::ByteView bytes, std::size_t index) { return std::to_integer<unsigned>(bytes[index]); }

Png readChunks(wire::ByteView file) {
    if (wire::textOf(file.first(8)) != std::string_view("\x89PNG\r\n\x1A\n", 8)) {
        throw std::runtime_error("no PNG");
    }
    Png png;
    for (auto rest = file.subspan(8); rest.size() >= 12;) {
        const std::size_t size = wire::readU32(rest);
        const auto type = wire::textOf(rest.subspan(4, 4));
        const auto data = rest.subspan(8, size);
        const auto crc = ::crc32(0, reinterpret_cast<const Bytef*>(rest.data() + 4), static_cast<uInt>(size + 4));
        if (crc != wire::readU32(rest.subspan(8 + size))) throw std::runtime_error("wrong CRC");
        if (type == "IHDR") {
            png.w = wire::readU32(data);
            png.h = wire::readU32(data.subspan(4));
            png.depth = at(data, 8);
            png.kind = at(data, 9);
        }
        if (type == "PLTE") {
            for (std::size_t i = 0; i < size; i += 3) {
                png.palette.push_back((at(data, i) << 16U) | (at(data, i + 1) << 8U) | at(data, i + 2));
            }
        }
        if (type == "IDAT") {
            for (const auto each : data) png.packed.push_back(std::to_integer<std::uint8_t>(each));
        }
        rest = rest.subspan(12 + size);
    }
    return png;
}
}  // namespace

Canvas::Canvas(desktop::Size wanted)
    : size(wanted), pixels(static_cast<std::size_t>(wanted.w) * static_cast<std::size_t>(wanted.h)) {}

desktop::Picture Canvas::picture() const {
    return {reinterpret_cast<const std::uint8_t*>(pixels.data()), size.w * 4, size};
}

void Canvas::paint(const desktop::Rect& area, unsigned count, unsigned seed) {
    std::mt19937 random(seed);
    for (int y = area.y; y < area.bottom(); ++y) {
        for (int x = area.x; x < area.right(); ++x) {
            pixels[static_cast<std::size_t>(y * size.w + x)] =
                static_cast<unsigned>((random() % count) * 0x010305U % 0x1000000U);
        }
    }
}

KvmMessage readMessage(wire::ByteView message) {
    const int type = wire::readU16(message);
    if (type != 27) return {type, message.subspan(4)};
    return {wire::readU16(message.subspan(8)), message.subspan(12)};
}

Image readPng(wire::ByteView file) {
    const auto png = readChunks(file);
    const unsigned channels = png.kind == 2 ? 3 : png.kind == 6 ? 4 : 1;
    const std::size_t width = (png.w * channels * png.depth + 7) / 8;
    std::vector<std::uint8_t> rows((width + 1) * png.h);
    uLongf size = rows.size();
    if (::uncompress(rows.data(), &size, png.packed.data(), png.packed.size()) != Z_OK || size != rows.size()) {
        throw std::runtime_error("wrong size of the pixels");
    }
    Image image{static_cast<int>(png.w), static_cast<int>(png.h), {}};
    std::vector<std::uint8_t> before(width);
    for (unsigned y = 0; y < png.h; ++y) {
        auto* row = &rows[y * (width + 1)];
        const unsigned filter = *row++;
        if (filter != 0 && filter != 2) throw std::runtime_error("unexpected filter");
        for (std::size_t i = 0; i < width; ++i) {
            if (filter == 2) row[i] = static_cast<std::uint8_t>(row[i] + before[i]);
            before[i] = row[i];
        }
        for (unsigned x = 0; x < png.w; ++x) {
            if (png.kind == 3) {
                const unsigned bits = x * png.depth;
                const unsigned value = (row[bits / 8] >> (8 - png.depth - bits % 8)) & ((1U << png.depth) - 1);
                image.pixels.push_back(png.palette.at(value));
                continue;
            }
            unsigned pixel = channels == 4 ? row[x * 4 + 3] : 0U;
            for (unsigned i = 0; i < 3; ++i) pixel = (pixel << 8U) | row[x * channels + i];
            image.pixels.push_back(pixel);
        }
    }
    return image;
}

Image readJpeg(wire::ByteView file) {
    jpeg_decompress_struct info{};
    jpeg_error_mgr error{};
    info.err = ::jpeg_std_error(&error);
    error.error_exit = [](j_common_ptr) { std::abort(); };  // the test fails loudly
    ::jpeg_create_decompress(&info);
    ::jpeg_mem_src(&info, wire::octets(file), file.size());
    ::jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_RGB;
    ::jpeg_start_decompress(&info);
    Image image{static_cast<int>(info.output_width), static_cast<int>(info.output_height), {}};
    std::vector<std::uint8_t> row(static_cast<std::size_t>(image.w) * 3);
    while (info.output_scanline < info.output_height) {
        auto* place = row.data();
        ::jpeg_read_scanlines(&info, &place, 1);
        for (std::size_t x = 0; x < row.size(); x += 3) {
            image.pixels.push_back((static_cast<unsigned>(row[x]) << 16U) | (static_cast<unsigned>(row[x + 1]) << 8U) | row[x + 2]);
        }
    }
    ::jpeg_finish_decompress(&info);
    ::jpeg_destroy_decompress(&info);
    return image;
}

Image readWebp(wire::ByteView file) {
    Image image;
    std::unique_ptr<std::uint8_t, decltype(&::WebPFree)> pixels(
        ::WebPDecodeRGB(wire::octets(file), file.size(), &image.w, &image.h), ::WebPFree);
    if (!pixels) throw std::runtime_error("no WebP");
    const auto count = static_cast<std::size_t>(image.w) * static_cast<std::size_t>(image.h);
    for (std::size_t i = 0; i < count; ++i) {
        const auto* rgb = pixels.get() + i * 3;
        image.pixels.push_back((static_cast<unsigned>(rgb[0]) << 16U) | (static_cast<unsigned>(rgb[1]) << 8U) | rgb[2]);
    }
    return image;
}

Image readImage(wire::ByteView file) {
    switch (std::to_integer<unsigned>(file[0])) {
        case 0xFF: return readJpeg(file);
        case 'R': return readWebp(file);
        default: return readPng(file);
    }
}

}  // namespace desktop_test
