/// The desktop program on a real X server, and pages that look at it.
#pragma once

#include "agent/desktop/hub.hpp"
#include "agent/desktop/kvm_message.hpp"
#include "image_tools.hpp"
#include "test_tools.hpp"
#include "x_server.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cmath>

namespace desktop_test {
using namespace trellis::device;
using namespace trellis::device::desktop;
using agentd_test::runUntil;
namespace wire = trellis::wire;

inline constexpr int kWidth = 640;
inline constexpr int kHeight = 480;

/// A page: keeps the picture and acknowledges as one does.
struct Page : Spectator {
    Hub* hub = nullptr;
    ViewerId id = 0;
    bool acknowledges = true;
    Size size;
    std::vector<unsigned> pixels;
    std::map<int, int> count;  // of messages, by type
    std::vector<std::string> controls;
    std::vector<std::string> clipboard;
    std::string ended = "not yet";
    std::vector<std::uint32_t> frames;
    std::uint32_t newest = 0;  // frame or mark
    bool isKeyFirst = false;
    wire::Bytes pointer;
    std::vector<int> displays;
    std::size_t imageBytes = 0;  // since the last size
    wire::Bytes wish;  // as MeshCentral's viewer: said again at every new size

    void onMessage(wire::ByteView message) override {
        const auto [type, body] = desktop_test::readMessage(message);
        const bool isJumbo = wire::readU16(message) == 27;
        BOOST_TEST((isJumbo || wire::readU16(message.subspan(2)) == message.size()));
        ++count[type];
        if (type == 7) resize({wire::readU16(body), wire::readU16(body.subspan(2))});
        if (type == 3) imageBytes += body.size() - 4;
        if (type == 3) draw(wire::readU16(body), wire::readU16(body.subspan(2)), desktop_test::readImage(body.subspan(4)));
        if (type == 205) pointer = {body.begin(), body.end()};
        if (type == 11) {
            displays.clear();
            for (std::size_t i = 2; i + 2 < body.size(); i += 2) displays.push_back(wire::readU16(body.subspan(i)));
        }
        if (type == 201) {
            if (frames.empty()) isKeyFirst = body[4] == std::byte{1};
            frames.push_back(wire::readU32(body));
        }
        if (type == 201 || type == 203) newest = wire::readU32(body);
        if (acknowledges && (type == 201 || type == 203)) done(newest);
    }
    void onControl(std::string_view json) override { controls.emplace_back(json); }
    void onClipboard(std::string_view text) override { clipboard.emplace_back(text); }
    void onEnd(const std::string& reason) override { ended = reason; }

    void resize(Size wanted) {
        if (size != wanted && !wish.empty()) hub->send(id, LinkKind::Commands, wish);
        size = wanted;
        imageBytes = 0;
        pixels.assign(static_cast<std::size_t>(size.w * size.h), 0xFF000000U);
    }
    void draw(int x0, int y0, const desktop_test::Image& image) {
        BOOST_REQUIRE((x0 + image.w <= size.w && y0 + image.h <= size.h));
        for (int y = 0; y < image.h; ++y) {
            for (int x = 0; x < image.w; ++x) {
                pixels[static_cast<std::size_t>((y0 + y) * size.w + x0 + x)] =
                    image.pixels[static_cast<std::size_t>(y * image.w + x)];
            }
        }
    }
    void done(std::uint32_t frame) {
        wire::Bytes message;
        wire::appendU16(message, 202);
        wire::appendU16(message, 12);
        wire::appendU32(message, frame);
        wire::appendU32(message, 0);
        hub->send(id, LinkKind::Commands, message);
    }
    void send(std::initializer_list<int> numbers) {
        wire::Bytes message;
        for (const int each : numbers) wire::appendU16(message, static_cast<std::uint16_t>(each));
        hub->send(id, LinkKind::Commands, message);
    }
    void type(int unit) {
        wire::Bytes message;
        for (const int byte : {0, 85, 0, 7, 0, unit >> 8, unit & 255}) message.push_back(static_cast<std::byte>(byte));
        hub->send(id, LinkKind::Commands, message);
    }
    /// `type`: 1 JPEG, 2 PNG; `scaling`: 1024 is everything.
    void wants(int type, int quality, int scaling) {
        wish.clear();
        for (const int each : {5, 10, type << 8 | quality, scaling, 50}) wire::appendU16(wish, static_cast<std::uint16_t>(each));
        hub->send(id, LinkKind::Commands, wish);
    }
    void hold(int key) { send({1, 6, key}); }
    void release(int key) { send({1, 6, 0x100 + key}); }
    void tap(int key) {
        hold(key);
        release(key);
    }
    /// The largest difference of a colour between what is shown and what should be.
    int worst(const std::vector<unsigned>& wanted) const {
        if (wanted.size() != pixels.size()) return 1000;
        int most = 0;
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (pixels[i] > 0xFFFFFF) return 999;  // never drawn
            for (unsigned shift = 0; shift < 24; shift += 8) {
                const int one = static_cast<int>((pixels[i] >> shift) & 255U);
                most = std::max(most, std::abs(one - static_cast<int>((wanted[i] >> shift) & 255U)));
            }
        }
        return most;
    }
};

struct Desk {
    XServer server;
    Painter painter{server.name()};
    Loop loop;
    Hub hub{loop, [this](const DesktopWish&) {
                ProgramOptions options;
                options.path = "/proc/self/exe";
                options.args = {"unit-desktop", "desktop"};
                options.environment["DISPLAY"] = server.name();
                // As the program names itself: all viewers share it.
                return std::pair(server.name() + '/' + std::to_string(::geteuid()), options);
            },
            Milliseconds(1'000)};

    explicit Desk(const std::string& screen = std::to_string(kWidth) + 'x' + std::to_string(kHeight) + "x24")
        : server(screen) {
        painter.fill(0, 0, 4096, 4096, 0x336699);
        painter.text(40, 60, "what is written here has to be read there");
        painter.noise(300, 200, 150, 90, 5);
    }
    void open(Page& page, ViewerOptions options) {
        page.hub = &hub;
        page.id = hub.open(page, {}, options);
    }
    bool waitExact(Page& page) {
        return runUntil(loop, [&] { return page.size.w > 0 && page.worst(painter.pixels(page.size.w, page.size.h)) == 0; });
    }
};
inline ViewerOptions ours(std::vector<std::string> codecs) { return {1, false, false, std::move(codecs)}; }
inline const ViewerOptions kMeshCentral{};

}  // namespace desktop_test
