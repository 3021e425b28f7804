#include "agent/desktop/codec.hpp"
#include "agent/desktop/image.hpp"
#include "image_tools.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstring>
#include <random>

using namespace trellis::device::desktop;

namespace {
using desktop_test::Canvas;

/// What `read` makes of what `encode` writes is the picture, whatever its size and number of colours.
template <class Encode, class Read> void checkExact(Encode encode, Read read) {
    for (const Size size : {Size{1, 1}, Size{7, 3}, Size{32, 32}, Size{33, 5}, Size{256, 128}}) {
        for (const unsigned count : {1U, 2U, 3U, 4U, 5U, 16U, 17U, 255U, 256U, 257U, 50'000U}) {
            Canvas canvas(size);
            canvas.paint(count);
            const auto image = read(encode(canvas.picture()));
            BOOST_TEST((image.w == size.w && image.h == size.h));
            BOOST_TEST((image.pixels == canvas.pixels), size.w << "x" << size.h << " with " << count);
        }
    }
}
}  // namespace

BOOST_AUTO_TEST_SUITE(images)

BOOST_AUTO_TEST_CASE(png_and_webp_are_exact_for_any_number_of_colours_and_any_size) {
    checkExact([](const Picture& picture) { return encodePng(picture); }, desktop_test::readPng);
    checkExact(encodeWebp, desktop_test::readWebp);
}

BOOST_AUTO_TEST_CASE(webp_is_smaller_for_what_a_camera_sees) {
    Canvas canvas({256, 128});
    std::mt19937 random(1);
    for (int y = 0; y < canvas.size.h; ++y) {
        for (int x = 0; x < canvas.size.w; ++x) {
            const auto grey = static_cast<unsigned>(x / 2 + y / 2) + static_cast<unsigned>(random() % 8);
            canvas.pixels[static_cast<std::size_t>(y * canvas.size.w + x)] =
                grey << 16U | (grey + 20) << 8U | (grey / 2 + static_cast<unsigned>(random() % 4));
        }
    }
    BOOST_TEST(encodeWebp(canvas.picture()).size() * 4 < encodePng(canvas.picture()).size() * 3);
}

BOOST_AUTO_TEST_CASE(few_colours_make_a_small_file) {
    Canvas canvas({256, 128});
    canvas.paint(2);
    BOOST_TEST(encodePng(canvas.picture()).size() < 256 * 128 / 8 + 400);
}

BOOST_AUTO_TEST_CASE(colours_are_counted_up_to_a_limit) {
    Canvas canvas({64, 64});
    canvas.paint(20);
    BOOST_TEST(coloursOf(canvas.picture(), 20)->size() == 20);
    BOOST_TEST(!coloursOf(canvas.picture(), 19).has_value());
}

BOOST_AUTO_TEST_CASE(a_pointer_keeps_its_alpha) {
    Cursor cursor;
    cursor.size = {2, 1};
    cursor.rgba = {10, 20, 30, 40, 255, 0, 0, 255};
    const auto image = desktop_test::readPng(encodePng(cursor));
    BOOST_TEST(image.pixels.at(0) == 0x280A141EU);
    BOOST_TEST(image.pixels.at(1) == 0xFFFF0000U);
    BOOST_TEST(encodePng(Cursor{}).empty());
}

BOOST_AUTO_TEST_CASE(jpeg_looks_like_the_picture_and_the_encoder_can_be_used_again) {
    JpegEncoder jpeg;
    for (const Size size : {Size{640, 256}, Size{33, 17}, Size{1, 1}}) {
        Canvas canvas(size);
        for (std::size_t i = 0; i < canvas.pixels.size(); ++i) {
            canvas.pixels[i] = 0x405060U + static_cast<unsigned>(i / static_cast<std::size_t>(size.w)) % 64;
        }
        const auto image = desktop_test::readJpeg(jpeg.encode(canvas.picture(), 90));
        BOOST_REQUIRE((image.w == size.w && image.h == size.h));
        for (std::size_t i = 0; i < image.pixels.size(); i += 97) {
            BOOST_TEST(std::abs(static_cast<int>(image.pixels[i] & 255U) - static_cast<int>(canvas.pixels[i] & 255U)) < 12);
        }
    }
}

BOOST_AUTO_TEST_CASE(scaling_a_part_gives_what_scaling_everything_gives) {
    Canvas canvas({100, 60});
    canvas.paint(1000);
    const Size to{70, 45};
    std::vector<std::uint8_t> whole(static_cast<std::size_t>(to.w * to.h * 4));
    auto parts = whole;
    scaleArea(canvas.picture(), to, {0, 0, to.w, to.h}, whole.data());
    for (int y = 0; y < to.h; y += 9) scaleArea(canvas.picture(), to, {0, y, 31, 9}, parts.data());
    for (int y = 0; y < to.h; y += 9) scaleArea(canvas.picture(), to, {31, y, 39, 9}, parts.data());
    BOOST_TEST((whole == parts));
}

BOOST_AUTO_TEST_CASE(planes_of_a_part_are_those_of_the_whole_also_for_odd_sizes) {
    Canvas canvas({37, 21});
    canvas.paint(1000);
    Planes whole(canvas.size);
    Planes parts(canvas.size);
    BOOST_TEST((whole.size() == Size{38, 22}));
    whole.update(canvas.picture(), {0, 0, 37, 21});
    for (const Rect& area : {Rect{0, 0, 32, 21}, Rect{32, 0, 5, 21}}) parts.update(canvas.picture(), area);
    BOOST_TEST(std::memcmp(whole.y(), parts.y(), 38 * 22) == 0);
    BOOST_TEST(std::memcmp(whole.u(), parts.u(), 19 * 11 - 1) == 0);
    // Luma of BT.709: white 235, black 16.
    Canvas white({2, 2});
    white.pixels = {0xFFFFFF, 0xFFFFFF, 0xFFFFFF, 0xFFFFFF};
    Planes one({2, 2});
    one.update(white.picture(), {0, 0, 2, 2});
    BOOST_TEST(static_cast<int>(one.y()[0]) == 235);
    BOOST_TEST(static_cast<int>(one.u()[0]) == 128);
}

BOOST_AUTO_TEST_CASE(planes_at_half_size_are_those_of_the_mean_also_in_parts) {
    Canvas canvas({75, 41});
    canvas.paint(1000);
    Canvas half({38, 21});
    // An odd side: the last pixel stands for itself alone.
    for (int y = 0; y < 21; ++y) {
        for (int x = 0; x < 38; ++x) {
            const auto at = [&](int dx, int dy) {
                return canvas.pixels[static_cast<std::size_t>(std::min(2 * y + dy, 40) * 75 + std::min(2 * x + dx, 74))];
            };
            unsigned pixel = 0;
            for (unsigned shift = 0; shift < 24; shift += 8) {
                const auto colour = [&](unsigned value) { return (value >> shift) & 255U; };
                pixel |= (colour(at(0, 0)) + colour(at(1, 0)) + colour(at(0, 1)) + colour(at(1, 1)) + 2) / 4 << shift;
            }
            half.pixels[static_cast<std::size_t>(y * 38 + x)] = pixel;
        }
    }
    Planes wanted(half.size);
    wanted.update(half.picture(), {0, 0, 38, 21});
    Planes parts(canvas.size, 2);
    BOOST_REQUIRE((parts.size() == wanted.size()));
    for (const Rect& area : {Rect{0, 0, 32, 41}, Rect{32, 0, 32, 41}, Rect{64, 0, 11, 41}}) {
        parts.update(canvas.picture(), area);
    }
    BOOST_TEST(std::memcmp(wanted.y(), parts.y(), 38 * 22) == 0);
    BOOST_TEST(std::memcmp(wanted.u(), parts.u(), 19 * 11) == 0);
    BOOST_TEST(std::memcmp(wanted.v(), parts.v(), 19 * 11) == 0);
}

BOOST_AUTO_TEST_CASE(each_codec_begins_with_a_key_frame_and_says_little_about_a_still_picture) {
    for (const char* name : {"h264", "vp9"}) {
        Planes planes({320, 240});
        Canvas canvas({320, 240});
        canvas.paint(3000);
        planes.update(canvas.picture(), {0, 0, 320, 240});
        auto encoder = makeEncoder(name, planes.size(), 1'000'000);
        if (!encoder) {
            BOOST_TEST_MESSAGE(name << " is not installed");
            continue;
        }
        const auto first = encoder->encode(planes, true, 0);
        BOOST_TEST(first.isKey);
        const auto size = first.data.size();
        BOOST_TEST(size > 1000);
        const auto second = encoder->encode(planes, false, 33);
        BOOST_TEST(!second.isKey);
        BOOST_TEST(second.data.size() < size / 2);
        BOOST_TEST(encoder->encode(planes, true, 66).isKey);
    }
    BOOST_TEST(chooseCodec({"av1", "h264"}) == "h264");
    BOOST_TEST(chooseCodec({"av1"}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
