// What one display sends to those who watch it, without an X server: which parts go as which message.
#include "agent/desktop/kvm_message.hpp"
#include "agent/desktop/stream.hpp"
#include "image_tools.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>

using namespace trellis::device;
using namespace trellis::device::desktop;
namespace wire = trellis::wire;

namespace {
constexpr Size kScreen{960, 640};
constexpr int kPictureMessage = 3;
constexpr int kCodedFrame = 201;
constexpr int kCodecStart = 200;
constexpr int kMarkMessage = 203;

struct Message {
    int type = 0;
    wire::Bytes body;
};

/// A screen in memory and one page of ours in front of it, which draws at once.
struct Scene {
    desktop_test::Canvas canvas;
    std::uint32_t frames = 0;
    Stream stream;
    std::vector<Message> messages;
    Viewer viewer;
    unsigned painted = 0;  // times
    bool acknowledges = true;
    Clock::time_point now = Clock::now();

    explicit Scene(const std::string& codec, Size size = kScreen)
        : canvas{size}, stream(Display{1, {0, 0, size.w, size.h}, true}, frames), viewer(1, options(), take()) {
        viewer.codec = codec;
        viewer.interval = Milliseconds(0);
        stream.join(viewer);
        send();
        rest();
    }
    static ViewerOptions options() {
        ViewerOptions wanted;
        wanted.version = 1;
        return wanted;
    }
    Viewer::Send take() {
        return [this](ViewerId, LinkKind, wire::ByteView payload) {
            const auto [type, body] = desktop_test::readMessage(payload);
            messages.push_back({type, {body.begin(), body.end()}});
        };
    }
    void paint(const Rect& area, unsigned colours) {
        canvas.paint(area, colours, ++painted);
        stream.changed(canvas.picture(), area, {&viewer}, now);
    }
    /// One turn; what came of it.
    void send() {
        messages.clear();
        stream.send(canvas.picture(), {&viewer}, now);
        viewer.outstanding = 0;
        if (acknowledges) acknowledge();
    }
    void acknowledge() {
        for (const auto& message : messages) {
            if (message.type == kCodedFrame || message.type == kMarkMessage) {
                viewer.flow.done(wire::readU32(message.body), 0, Milliseconds(0), Clock::now());
            }
        }
    }
    /// Until everything is exact.
    void rest() {
        now += std::chrono::seconds(1);
        for (int turn = 0; turn < 200 && !(viewer.lossy.isEmpty() && viewer.dirty.isEmpty()); ++turn) send();
        BOOST_REQUIRE((viewer.lossy.isEmpty() && viewer.dirty.isEmpty()));
        messages.clear();
    }
    int count(int type) const {
        return static_cast<int>(std::count_if(messages.begin(), messages.end(),
                                              [&](const Message& each) { return each.type == type; }));
    }
    /// Sizes and first bytes of the pictures.
    std::vector<std::pair<Rect, unsigned>> pictures() const {
        std::vector<std::pair<Rect, unsigned>> found;
        for (const auto& [type, body] : messages) {
            if (type != kPictureMessage) continue;
            const wire::ByteView view = body;
            const auto image = desktop_test::readImage(view.subspan(4));
            found.emplace_back(Rect{wire::readU16(view), wire::readU16(view.subspan(2)), image.w, image.h},
                               std::to_integer<unsigned>(body[4]));
        }
        return found;
    }
};
constexpr unsigned kPng = 0x89;
constexpr unsigned kWebp = 'R';
constexpr unsigned kFew = 16;
constexpr unsigned kMany = 5'000;
}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(an_area_of_few_colours_is_one_picture_however_large) {
    Scene scene("h264");
    scene.paint({64, 64, 512, 448}, kFew);
    scene.send();
    const auto pictures = scene.pictures();
    BOOST_REQUIRE(pictures.size() == 1);
    BOOST_TEST((pictures[0].first == Rect{64, 64, 512, 448}));
    BOOST_TEST(pictures[0].second == kPng);
    BOOST_TEST(scene.count(kCodedFrame) == 0);
}

BOOST_AUTO_TEST_CASE(a_text_beside_something_coded_is_exact_and_many_go_with_the_frame) {
    Scene scene("h264");
    const Rect photograph{320, 320, 256, 256};
    scene.paint(photograph, kMany);
    scene.paint({32, 32, 64, 32}, kFew);
    scene.send();
    BOOST_TEST(scene.count(kCodedFrame) == 1);
    BOOST_TEST(scene.count(kPictureMessage) == 1);

    scene.rest();
    scene.paint(photograph, kMany);
    for (int i = 0; i < 5; ++i) scene.paint({32 + i * 128, 32, 64, 32}, kFew);
    scene.send();
    BOOST_TEST(scene.count(kCodedFrame) == 1);
    BOOST_TEST(scene.count(kPictureMessage) == 0);
    scene.rest();
}

BOOST_AUTO_TEST_CASE(what_has_many_colours_becomes_exact_as_webp_and_never_so_for_old_viewers) {
    Scene scene("h264");
    const Rect photograph{320, 320, 128, 128};
    scene.paint(photograph, kMany);
    scene.send();
    BOOST_TEST(scene.count(kPictureMessage) == 0);
    scene.now += std::chrono::seconds(1);
    scene.send();
    for (const auto& [area, first] : scene.pictures()) BOOST_TEST(first == kWebp);
    BOOST_TEST(scene.count(kPictureMessage) > 0);
    BOOST_TEST(scene.viewer.lossy.isEmpty());

    scene.viewer.options.version = 0;
    scene.stream.setWish({true, kQuality, kWhole});
    scene.paint(photograph, kMany);
    scene.send();
    for (const auto& [area, first] : scene.pictures()) BOOST_TEST(first == kPng);
    BOOST_TEST(scene.count(kPictureMessage) > 0);
}

BOOST_AUTO_TEST_CASE(what_is_not_answered_when_the_frames_begin_anew_becomes_exact_again) {
    // The page lets go what it has not drawn yet, and draws the next frame over everything.
    for (const bool isBehind : {true, false}) {
        Scene scene("h264");
        scene.acknowledges = !isBehind;
        scene.paint({320, 320, 128, 128}, kMany);
        scene.send();
        BOOST_REQUIRE(scene.count(kCodedFrame) == 1);
        scene.viewer.needsKey = true;
        scene.now += std::chrono::seconds(2);  // key frames are rare
        scene.paint({320, 320, 128, 128}, kMany);
        scene.send();
        BOOST_REQUIRE(scene.count(kCodecStart) == 1);
        // Where everything was drawn, its areas are kept to and nothing is sent twice.
        BOOST_TEST(scene.viewer.lossy.test(0, 0) == isBehind);
        scene.acknowledges = true;
        scene.acknowledge();
        scene.rest();
    }
}

BOOST_AUTO_TEST_CASE(a_large_picture_is_coded_at_half_of_each_side_and_exact_at_rest) {
    for (const auto& [size, coded] : {std::pair(Size{1920, 1200}, Size{1920, 1200}), {{2561, 1440}, {1282, 720}}}) {
        Scene scene("h264", size);
        scene.viewer.needsKey = true;
        scene.now += std::chrono::seconds(2);
        scene.paint({320, 320, 512, 512}, kMany);
        scene.send();
        BOOST_REQUIRE(scene.count(kCodecStart) == 1);
        const wire::ByteView start = scene.messages.front().body;
        BOOST_TEST((Size{wire::readU16(start.subspan(2)), wire::readU16(start.subspan(4))} == coded));
        BOOST_TEST(scene.viewer.lossy.test(10, 10));
        BOOST_TEST(!scene.viewer.lossy.test(0, 0));
        scene.rest();
    }
}

BOOST_AUTO_TEST_CASE(no_picture_is_larger_than_the_page_takes_and_its_sides_keep_their_relation) {
    BOOST_TEST((shownSize({11520, 2160}, kWhole) == Size{11520, 2160}));
    BOOST_TEST((shownSize({1921, 1081}, 512) == Size{960, 540}));
    BOOST_TEST((shownSize({3000, 1}, 64) == Size{187, 1}));
    for (const Size whole : {Size{16384, 4096}, Size{8192, 8192}, Size{4000, 16000}}) {
        const auto size = shownSize(whole, kWhole);
        BOOST_TEST(static_cast<long>(size.w) * size.h <= kMaxShown);
        BOOST_TEST(static_cast<long>(size.w) * size.h > kMaxShown * 0.99);
        BOOST_TEST(static_cast<double>(size.w) / size.h == static_cast<double>(whole.w) / whole.h,
                   boost::test_tools::tolerance(0.001));
    }
    BOOST_TEST((capturedSize({11520, 2160}) == Size{11520, 2160}));
    BOOST_TEST((capturedSize({32767, 32767}) == Size{16384, 4096}));
}

BOOST_AUTO_TEST_CASE(pictures_of_the_pointer_do_not_stop_sharpening) {
    Scene scene("h264");
    scene.paint({320, 320, 128, 128}, kMany);
    scene.send();
    for (int i = 0; i < 40; ++i) scene.viewer.send(pointerImageMessage(0, 0, wire::Bytes(50'000)));
    scene.viewer.outstanding = 0;
    scene.rest();
}

BOOST_AUTO_TEST_SUITE_END()
