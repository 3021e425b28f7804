// Own tunnels: a plugin at the viewer's end.
#include <boost/test/unit_test.hpp>

#include "relay_fixture.hpp"

#include <atomic>
#include <mutex>

using namespace trellis;
using namespace trellis::relay;
using namespace trellis::relay::testing;

namespace {

/// What the plugin's end has seen.
struct Seen {
    std::mutex mutex;
    std::string log;
    std::shared_ptr<sdk::TunnelControl> control;
    std::atomic<int> roomCount{0};

    void add(const std::string& text) {
        const std::scoped_lock lock(mutex);
        log += text + " ";
    }
    std::string text() {
        const std::scoped_lock lock(mutex);
        return log;
    }
};

/// Hands its control to the test and looks on.
class Holder final : public sdk::TunnelHandler {
public:
    explicit Holder(std::shared_ptr<sdk::TunnelControl>& control) : control_(control) {}
    void onOpen(const std::shared_ptr<sdk::TunnelControl>& control) override { control_ = control; }

private:
    std::shared_ptr<sdk::TunnelControl>& control_;
};

class Viewer final : public sdk::TunnelHandler {
public:
    explicit Viewer(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}
    void onOpen(const std::shared_ptr<sdk::TunnelControl>& control) override {
        seen_->control = control;
        seen_->add("open");
    }
    sdk::Verdict onFrame(sdk::Side side, sdk::Frame& frame) override {
        const std::string text(net::asText(frame.bytes));
        seen_->add((side == sdk::Side::Device ? "d:" : "v:") + text);
        return text == "close" ? sdk::Verdict::Close : sdk::Verdict::Drop;
    }
    void onWritable(sdk::Side) override { ++seen_->roomCount; }
    void onClose(std::string_view reason) override { seen_->add("closed: " + std::string(reason)); }

private:
    const std::shared_ptr<Seen> seen_;
};

struct OwnFixture : RelayFixture {
    std::shared_ptr<Seen> seen = std::make_shared<Seen>();

    sdk::OwnTunnel own() const { return {wanted().caller, deviceId(), 1}; }
    /// Opened, and where the device is told to connect.
    std::pair<OpenedTunnel, std::string> openOwn(const sdk::OwnTunnel& tunnel) {
        auto opened = relay->openOwn(tunnel, std::make_unique<Viewer>(seen));
        message = link->receiveJson();
        return {opened, std::string(message.at("value").as_string()).substr(1)};
    }
    std::unique_ptr<WsClient> join(const sdk::OwnTunnel& tunnel) {
        const auto [opened, target] = openOwn(tunnel);
        auto end = std::make_unique<WsClient>(client(), target);
        BOOST_TEST(end->receiveText() == "c");
        return end;
    }
    bool sees(const std::string& text) {
        return eventually([&] { return seen->text().find(text) != std::string::npos; });
    }
};

/// A tunnel under way, and a watcher that may hold its ends.
struct Held : OwnFixture {
    std::shared_ptr<sdk::TunnelControl> watcher;
    TunnelRegistry::Registration kept = relay->registry().addWatcher(
        "recording", [this](const sdk::TunnelInfo&) { return std::make_unique<Holder>(watcher); });
    std::unique_ptr<WsClient> end = join(own());

    Held() {
        BOOST_REQUIRE(sees("open"));
        BOOST_TEST(end->receiveText() == "1");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(own_tunnels, OwnFixture)

BOOST_AUTO_TEST_CASE(the_device_is_told_as_by_any_viewer_and_both_speak) {
    auto tunnel = own();
    tunnel.options = {{"cols", 80}};
    tunnel.accompanies = "abc";
    const auto end = join(tunnel);
    BOOST_TEST(message.at("accompanies").as_string() == "abc");
    BOOST_TEST(message.at("userid").as_string() == user->id);
    BOOST_TEST(end->receiveText() == R"({"cols":80,"type":"options"})");
    BOOST_TEST(end->receiveText() == "1");
    BOOST_REQUIRE(sees("open"));
    BOOST_TEST(seen->control->write(sdk::Side::Device, "down", false));
    BOOST_TEST(end->receiveBinary() == "down");
    end->sendText("up");
    BOOST_TEST(sees("d:up"));
    const auto facts = relay->tunnels().at(0);
    BOOST_TEST(facts.info.caller.userId == user->id);
    BOOST_TEST(eventually([&] { return relay->tunnels().at(0).bytesToViewer == 2; }));
    end->sendText("close");
    BOOST_TEST(end->waitForClose() == 1008);
    BOOST_TEST(sees("closed: closed by a plugin"));
    BOOST_TEST(relay->size() == 0U);
}

BOOST_AUTO_TEST_CASE(watchers_see_what_goes_both_ways) {
    struct Watcher final : sdk::TunnelHandler {
        explicit Watcher(std::shared_ptr<Seen> seen) : seen_(std::move(seen)) {}
        sdk::Verdict onFrame(sdk::Side side, sdk::Frame& frame) override {
            const std::string text(net::asText(frame.bytes));
            seen_->add((side == sdk::Side::Device ? "watch-d:" : "watch-v:") + text);
            return text == "drop" ? sdk::Verdict::Drop : sdk::Verdict::Forward;
        }
        std::shared_ptr<Seen> seen_;
    };
    const auto kept = relay->registry().addWatcher(
        "recording", [&](const sdk::TunnelInfo&) { return std::make_unique<Watcher>(seen); });
    const auto end = join(own());
    BOOST_REQUIRE(sees("open"));
    seen->control->write(sdk::Side::Device, "drop", false);
    seen->control->write(sdk::Side::Device, "next", false);
    BOOST_TEST(end->receiveText() == "1");
    BOOST_TEST(end->receiveBinary() == "next");
    end->sendBinary("up");
    BOOST_TEST(sees("watch-d:up d:up"));
    BOOST_TEST(sees("watch-v:drop watch-v:next"));
}

BOOST_AUTO_TEST_CASE(a_writer_is_told_to_stop_and_to_go_on) {
    const auto end = join(own());
    BOOST_REQUIRE(sees("open"));
    const std::string piece(64 * 1024, 'x');
    std::size_t sent = 0;
    for (int rounds = 0; rounds < 3; ++rounds) {
        const auto before = seen->roomCount.load();
        while (seen->control->write(sdk::Side::Device, piece, false)) ++sent;
        ++sent; // the one that was answered with false goes as well
        BOOST_REQUIRE_LT(sent, 4000U);
        if (rounds == 0) BOOST_TEST(end->receiveText() == "1");
        for (; sent > 0; --sent) BOOST_REQUIRE_EQUAL(end->receiveBinary().size(), piece.size());
        BOOST_TEST(eventually([&] { return seen->roomCount > before; }));
    }
    BOOST_TEST(relay->size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_writer_waits_as_long_as_a_watcher_holds_its_side, Held) {
    const auto isRefused = [&] {
        const bool hasRoom = seen->control->write(sdk::Side::Device, "x", false);
        BOOST_TEST(end->receiveBinary() == "x");
        return !hasRoom;
    };
    watcher->pause(sdk::Side::Viewer);
    watcher->pause(sdk::Side::Viewer); // is held once
    BOOST_REQUIRE(eventually(isRefused));
    BOOST_TEST(isRefused());
    BOOST_TEST(seen->roomCount == 0);
    watcher->resume(sdk::Side::Viewer);
    BOOST_TEST(eventually([&] { return seen->roomCount == 1; }));
    BOOST_TEST(!isRefused());
    watcher->pause(sdk::Side::Viewer);
    BOOST_REQUIRE(eventually(isRefused));
    watcher.reset(); // as when its plugin stops
    BOOST_TEST(eventually([&] { return seen->roomCount == 2; }));
}

BOOST_FIXTURE_TEST_CASE(an_end_is_read_when_none_of_its_holders_is_left, Held) {
    for (const auto& one : {watcher, seen->control}) one->pause(sdk::Side::Device);
    seen->control->resume(sdk::Side::Device);
    seen->control->write(sdk::Side::Device, "resumed", false);
    BOOST_TEST(end->receiveBinary() == "resumed");
    end->sendText("late");
    for (int i = 0; i < 20; ++i) { // enough turns of the loop to read it in
        seen->control->write(sdk::Side::Device, "turn", false);
        BOOST_TEST(end->receiveBinary() == "turn");
    }
    BOOST_TEST(seen->text().find("late") == std::string::npos);
    watcher->resume(sdk::Side::Device);
    BOOST_TEST(sees("d:late"));
}

BOOST_AUTO_TEST_CASE(nobody_else_comes_in_and_who_does_not_come_is_not_waited_for) {
    const auto [opened, target] = openOwn(own());
    BOOST_TEST(status("/meshrelay.ashx?browser=1&p=1&nodeid=" + wire::percentEncode(deviceId()) +
                          "&id=" + opened.id,
                      cookie(user)) == 403);
    relay->expireOwn("another");
    BOOST_TEST(seen->text().empty());
    relay->expireOwn(opened.id);
    BOOST_TEST(seen->text() == "closed: the device did not connect ");
    BOOST_TEST(status(target) == 401);
}

BOOST_AUTO_TEST_CASE(rights_count_at_the_opening_and_as_long_as_it_runs) {
    auto foreign = own();
    foreign.caller.userId = stranger->id;
    BOOST_CHECK_THROW(relay->openOwn(foreign, std::make_unique<Viewer>(seen)), sdk::Error);
    BOOST_TEST(seen->text().find("closed: ") == 0U);
    const auto end = join(own());
    directory->updateUser(user->id, [](model::User& who) { who.siteRights = model::site::kLocked; });
    BOOST_TEST(end->receiveText() == "1");
    BOOST_TEST(end->waitForClose() == 1008);
    BOOST_TEST(eventually([&] { return relay->size() == 0; }));
}

BOOST_AUTO_TEST_SUITE_END()
