// Frames forwarded as they come, and the relay made of that.
#include <atomic>
#include <boost/test/unit_test.hpp>

#include "tests/unit/net/server.hpp"

using namespace trellis;
using namespace trellis::net;
using namespace trellis::net::testing;
using namespace std::chrono_literals;
using test::WsClient;

namespace {

/// What a test sees of a relayed pair.
struct Pair {
    std::mutex mutex; // guards first
    std::shared_ptr<WebSocket> first;
    std::atomic<std::size_t> mostQueued{0};
    std::atomic<int> closes{0};
    std::atomic<int> joined{0};
    std::atomic<bool> onSameLoop{false};
    Fragments fragments = Fragments::Keep;
};

/// One of two sockets that forward to each other, the way a relay does it.
class Half : public WebSocketHandler {
public:
    explicit Half(std::shared_ptr<Pair> pair) : pair_(std::move(pair)) {}

    void onOpen(WebSocket& socket) override {
        const std::lock_guard lock(pair_->mutex);
        socket.pauseReading();
        if (!pair_->first) {
            pair_->first = socket.shared_from_this();
            return;
        }
        // The second moves to the first one's loop and is joined to it there.
        const auto other = std::move(pair_->first);
        socket.moveTo(other->loop(), [pair = pair_, other](WebSocket& here) {
            pair->onSameLoop = here.loop().isCurrent() && &here.loop() == &other->loop();
            join(pair, here, *other);
            join(pair, *other, here);
            here.resumeReading();
            other->resumeReading();
            ++pair->joined;
        });
    }
    static void join(const std::shared_ptr<Pair>& pair, WebSocket& socket, WebSocket& other) {
        const auto half = std::make_shared<Half>(pair);
        half->other_ = other.shared_from_this();
        socket.setHandler(half);
        socket.receiveFrames(pair->fragments);
    }
    void onFrame(WebSocket& socket, const FrameHeader& header) override {
        other_->beginFrame(header);
        hold(socket);
    }
    void onFramePayload(WebSocket& socket, MutableBytes payload, bool) override {
        other_->framePayload(payload);
        hold(socket);
    }
    void hold(WebSocket& socket) {
        pair_->mostQueued = std::max(pair_->mostQueued.load(), other_->bufferedBytes());
        if (other_->isAboveHighWater())
            socket.pauseReading();
    }
    void onDrained(WebSocket&) override { other_->resumeReading(); }
    void onClose(WebSocket&, const WebSocketClose& close) noexcept override {
        ++pair_->closes;
        if (other_)
            other_->close(close.code < 1004 ? close.code : close_code::kGoingAway);
        other_.reset();
    }

private:
    std::shared_ptr<Pair> pair_;
    std::shared_ptr<WebSocket> other_;
};

struct Relay : Server {
    explicit Relay(bool tls = false) : Server({}, tls) {
        routeUpgrade({"/relay", RunOn::Loop}, [this](const HttpRequest&, const Upgrade& upgrade) {
            upgrade.accept(std::make_shared<Half>(pair));
        });
    }
    ~Relay() { loops.stop(); }
    WsClient join(int receiveBuffer = 0) {
        auto options = client();
        options.receiveBuffer = receiveBuffer;
        return WsClient(options, "/relay");
    }
    std::shared_ptr<Pair> pair = std::make_shared<Pair>();
};

} // namespace

BOOST_AUTO_TEST_SUITE(cut_through)

BOOST_AUTO_TEST_CASE(each_frame_arrives_as_one_frame_of_its_kind_and_size) {
    for (const bool tls : {false, true}) {
        Relay relay(tls);
        auto a = relay.join();
        auto b = relay.join();
        for (const std::size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 300000u}) {
            const std::string payload(size, 'p');
            a.sendBinary(payload);
            a.sendText(payload);
            const auto binary = b.receiveFrame();
            const auto text = b.receiveFrame();
            BOOST_REQUIRE(binary.opcode == 2 && binary.fin && binary.payload == payload);
            BOOST_REQUIRE(text.opcode == 1 && text.fin && text.payload == payload);
        }
        b.sendText("back");
        BOOST_TEST(a.receiveText() == "back");
        BOOST_TEST(relay.pair->onSameLoop);
    }
}

BOOST_AUTO_TEST_CASE(what_the_first_sent_before_the_second_came_is_kept) {
    Relay relay;
    auto a = relay.join();
    a.sendText("early");
    a.sendFrame(9, "p"); // not read either while paused
    auto b = relay.join();
    b.sendText("at once");
    BOOST_TEST(b.receiveText() == "early");
    BOOST_TEST(a.receiveText() == "at once");
}

BOOST_AUTO_TEST_CASE(fragments_are_kept_or_merged_as_wished) {
    for (const auto fragments : {Fragments::Keep, Fragments::Merge}) {
        Relay relay;
        relay.pair->fragments = fragments;
        auto a = relay.join();
        auto b = relay.join();
        a.sendFrame(2, "one", false);
        a.sendFrame(9, "between");
        a.sendFrame(0, "two");
        a.sendBinary("three");
        BOOST_TEST(a.receiveFrame().payload == "between");
        const auto first = b.receiveFrame();
        if (fragments == Fragments::Keep) {
            BOOST_TEST((first.opcode == 2 && !first.fin && first.payload == "one"));
            const auto second = b.receiveFrame();
            BOOST_TEST((second.opcode == 0 && second.fin && second.payload == "two"));
        } else {
            BOOST_TEST((first.opcode == 2 && first.fin && first.payload == "onetwo"));
        }
        BOOST_TEST(b.receiveBinary() == "three");
    }
}

BOOST_AUTO_TEST_CASE(a_stalled_reader_stops_its_sender_at_the_high_mark) {
    for (const bool tls : {false, true}) {
        Relay relay(tls);
        auto a = relay.join();
        auto b = relay.join(4096);
        BOOST_TEST(test::eventually([&] { return relay.pair->joined == 1; }));
        a.stream().setTimeout(300ms);
        // One message larger than everything, and nobody reads it.
        BOOST_CHECK_THROW(a.sendBinary(std::string(16'000'000, 'm')), test::ClientError);
        BOOST_TEST(relay.pair->mostQueued > WebSocketOptions().highWater);
        BOOST_TEST(relay.pair->mostQueued <= WebSocketOptions().highWater + 64u * 1024 + 14);
    }
}

BOOST_AUTO_TEST_CASE(a_stalled_relay_goes_on_when_the_reader_does) {
    Relay relay(true);
    auto a = relay.join();
    auto b = relay.join(4096);
    std::thread sender([&] {
        for (int i = 0; i < 100; ++i)
            a.sendBinary(std::string(100'000, static_cast<char>('a' + i % 26)));
    });
    BOOST_TEST(
        test::eventually([&] { return relay.pair->mostQueued > WebSocketOptions().highWater; }));
    for (int i = 0; i < 100; ++i)
        BOOST_REQUIRE(b.receiveBinary() == std::string(100'000, static_cast<char>('a' + i % 26)));
    sender.join();
    BOOST_TEST(relay.pair->mostQueued <= WebSocketOptions().highWater + 64u * 1024 + 14);
}

BOOST_AUTO_TEST_CASE(control_frames_wait_for_the_end_of_a_forwarded_frame) {
    Relay relay;
    auto a = relay.join();
    auto b = relay.join();
    const std::string mask(4, '\0');
    a.stream().write(std::string("\x82\x8a", 2) + mask + "01234"); // half of a frame of ten
    BOOST_TEST(b.stream().readExactly(7) == std::string("\x82\x0a", 2) + "01234");
    b.sendFrame(9, "now?");
    b.sendText("through");
    BOOST_TEST(a.receiveText() == "through");
    a.stream().write("56789");
    BOOST_TEST(b.stream().readExactly(5) == "56789");
    const auto pong = b.receiveFrame();
    BOOST_TEST((pong.opcode == 10 && pong.payload == "now?"));
}

BOOST_AUTO_TEST_CASE(one_side_that_closes_closes_the_other) {
    Relay relay;
    auto a = relay.join();
    auto b = relay.join();
    a.sendClose(1000);
    BOOST_TEST(b.waitForClose() == 1000);
    b.sendClose(1000);
    BOOST_TEST(a.waitForClose() == 1000);
    BOOST_TEST(b.stream().waitForEnd());
    BOOST_TEST(test::eventually([&] { return relay.pair->closes == 2; }));
}

BOOST_AUTO_TEST_CASE(a_side_that_vanishes_inside_a_frame_cuts_the_other) {
    Relay relay;
    auto a = relay.join();
    auto b = relay.join();
    const std::string mask(4, '\0');
    a.stream().write(std::string("\x82\x8a", 2) + mask + "01234");
    b.stream().readExactly(7);
    a.stream().reset();
    BOOST_TEST(b.stream().readAll() == "");
    BOOST_TEST(test::eventually([&] { return relay.pair->closes == 2; }));
}

BOOST_AUTO_TEST_CASE(text_is_checked_while_it_passes) {
    Relay relay;
    auto a = relay.join();
    auto b = relay.join();
    a.sendText("\xff\xff");
    BOOST_TEST(a.waitForClose() == 1007);
    BOOST_TEST(b.waitForClose() != 1000);
}

BOOST_AUTO_TEST_SUITE_END()
