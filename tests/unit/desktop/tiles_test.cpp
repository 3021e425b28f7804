#include "agent/desktop/tiles.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace trellis::device::desktop;

namespace {
/// How often each pixel is covered.
std::vector<int> covered(Size size, const std::vector<Rect>& rects) {
    std::vector<int> count(static_cast<std::size_t>(size.w * size.h));
    for (const auto& rect : rects) {
        for (int y = rect.y; y < rect.bottom(); ++y) {
            for (int x = rect.x; x < rect.right(); ++x) ++count[static_cast<std::size_t>(y * size.w + x)];
        }
    }
    return count;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(tiles)

BOOST_AUTO_TEST_CASE(an_area_sets_every_tile_that_it_touches) {
    TileMap map({100, 70});
    map.set(Rect{31, 31, 2, 2});
    BOOST_TEST(map.count() == 4);
    BOOST_TEST((map.test(0, 0) && map.test(1, 1) && !map.test(2, 0)));
    map.set(Rect{-50, -50, 5000, 5000});
    BOOST_TEST(map.count() == 12);
    map.clear(Rect{0, 0, 100, 64});
    BOOST_TEST(map.count() == 4);
    BOOST_TEST(map.touches({0, 69, 1, 1}));
    BOOST_TEST(!map.touches({0, 0, 100, 64}));
}

BOOST_AUTO_TEST_CASE(rectangles_cover_what_is_set_once_and_nothing_else) {
    const Size size{333, 257};
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        TileMap map(size);
        std::vector<Rect> single;
        for (int row = 0; row < map.rows(); ++row) {
            for (int column = 0; column < map.columns(); ++column) {
                if (random() % 100 >= static_cast<unsigned>(round * 2)) continue;
                map.set(column, row);
                single.push_back(map.areaOf(column, row));
            }
        }
        const auto rects = map.rects(4, 3);
        BOOST_TEST((covered(size, rects) == covered(size, single)));
        BOOST_TEST(rects.size() <= single.size());
        for (const auto& rect : rects) BOOST_TEST((rect.w <= 4 * kTile && rect.h <= 3 * kTile));
    }
}

BOOST_AUTO_TEST_CASE(neighbours_become_one_rectangle) {
    TileMap map({320, 320});
    map.set(Rect{32, 32, 96, 64});
    const auto rects = map.rects(64, 64);
    BOOST_REQUIRE_EQUAL(rects.size(), 1);
    BOOST_TEST((rects[0] == Rect{32, 32, 96, 64}));
}

BOOST_AUTO_TEST_CASE(only_tiles_that_differ_are_reported) {
    const Size size{70, 40};
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(size.w * size.h * 4));
    const Picture picture{pixels.data(), size.w * 4, size};
    TileHashes hashes(size);
    std::vector<Rect> changed;
    const auto look = [&] {
        changed.clear();
        hashes.compare(picture, {0, 0, size.w, size.h}, [&](const Rect& tile) { changed.push_back(tile); });
    };
    look();
    BOOST_TEST(changed.size() == 6);
    look();
    BOOST_TEST(changed.empty());
    pixels[static_cast<std::size_t>((39 * size.w + 69) * 4)] = 1;  // the last pixel
    look();
    BOOST_REQUIRE_EQUAL(changed.size(), 1);
    BOOST_TEST((changed[0] == Rect{64, 32, 6, 8}));
}

BOOST_AUTO_TEST_SUITE_END()
