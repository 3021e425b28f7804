#include <boost/test/unit_test.hpp>

#include "relay_fixture.hpp"

#include <thread>

using namespace trellis;
using namespace trellis::relay;
using namespace trellis::relay::testing;

BOOST_FIXTURE_TEST_SUITE(pump, RelayFixture)

BOOST_AUTO_TEST_CASE(options_and_number_come_first_and_types_are_kept) {
    auto ends = pair();
    ends.viewer->sendText(R"({"type":"options","cols":80})");
    BOOST_TEST(ends.device->receiveText() == R"({"type":"options","cols":80})");
    ends.viewer->sendText("8"); // another number of the same plugin
    BOOST_TEST(ends.device->receiveText() == "8");
    ends.viewer->sendBinary(std::string("\x00\xFF", 2));
    ends.viewer->sendText("text");
    BOOST_TEST(ends.device->receiveBinary() == std::string("\x00\xFF", 2));
    BOOST_TEST(ends.device->receiveText() == "text");
    ends.device->sendText("up");
    ends.device->sendBinary("");
    ends.device->sendBinary("data");
    BOOST_TEST(ends.viewer->receiveText() == "up");
    BOOST_TEST(ends.viewer->receiveBinary() == "");
    BOOST_TEST(ends.viewer->receiveBinary() == "data");
    BOOST_TEST(relay->tunnels().at(0).info.protocol == 8);
}

BOOST_AUTO_TEST_CASE(protocol_that_was_not_opened_never_reaches_the_device) {
    for (const std::string& first : {std::string("5"), std::string("1x"), std::string(" 1"),
                                     std::string("-1"), std::string("99999"), std::string("c")}) {
        auto ends = pair();
        ends.viewer->sendText(first);
        BOOST_TEST(ends.viewer->waitForClose() == 1008);
        BOOST_TEST(ends.device->receive().opcode == 8);
    }
    auto ends = pair();
    ends.viewer->sendBinary("1");
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    auto chatty = pair();
    for (int i = 0; i < 20; ++i) chatty.viewer->sendText("{}");
    BOOST_TEST(chatty.viewer->waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(large_frame_passes_as_one_frame) {
    auto ends = running();
    const std::string large(3 * 1024 * 1024, 'x');
    std::thread sender([&] { ends.device->sendBinary(large); });
    const auto frame = ends.viewer->receiveFrame();
    sender.join();
    BOOST_TEST(frame.fin);
    BOOST_TEST(frame.payload.size() == large.size());
}

BOOST_AUTO_TEST_CASE(fragments_are_joined_towards_the_device) {
    auto ends = running();
    ends.viewer->sendFrame(2, "one ", false);
    ends.viewer->sendFrame(0, "two ", false);
    ends.viewer->sendFrame(0, "three", true);
    const auto frame = ends.device->receiveFrame();
    BOOST_TEST(frame.fin);
    BOOST_TEST(frame.opcode == 2);
    BOOST_TEST(frame.payload == "one two three");
}

BOOST_AUTO_TEST_CASE(sender_is_held_back_while_the_receiver_does_not_read) {
    auto ends = running();
    const std::string piece(64 * 1024, 'x');
    std::atomic<std::size_t> sent{0};
    std::thread sender([&] {
        ends.device->stream().setTimeout(std::chrono::seconds(2));
        try {
            while (sent < 400U * 1024 * 1024) {
                ends.device->sendBinary(piece);
                sent += piece.size();
            }
        } catch (const trellis::test::ClientError&) { // held back for two seconds
        }
    });
    sender.join();
    // What the kernel's buffers hold, and no more: far from what was to be sent.
    BOOST_TEST(sent < 64U * 1024 * 1024);
    BOOST_TEST(relay->size() == 1U);
}

BOOST_AUTO_TEST_CASE(held_back_data_arrives_complete_once_it_is_read) {
    auto ends = running();
    constexpr int kPieces = 400;
    std::thread sender([&] {
        for (int i = 0; i < kPieces; ++i) {
            ends.device->sendBinary(std::string(50000, static_cast<char>('a' + i % 26)));
        }
    });
    bool isInOrder = true;
    for (int i = 0; i < kPieces; ++i) {
        const auto got = ends.viewer->receiveBinary();
        isInOrder = isInOrder && got == std::string(50000, static_cast<char>('a' + i % 26));
    }
    sender.join();
    BOOST_TEST(isInOrder);
    BOOST_TEST(relay->tunnels().at(0).bytesToViewer == 50000U * kPieces);
}

BOOST_AUTO_TEST_CASE(end_that_vanishes_takes_the_other_along) {
    auto ends = running();
    ends.viewer->stream().reset();
    BOOST_TEST(ends.device->waitForClose() == 1001);
    auto again = running();
    again.device->sendClose(1000);
    BOOST_TEST(again.viewer->waitForClose() == 1000);
    BOOST_TEST(eventually([&] { return relay->size() == 0; }));
    model::EventFilter filter;
    filter.action = "relaylog";
    BOOST_TEST(eventually([&] { return events.query(filter).size() == 2; }));
}

BOOST_AUTO_TEST_CASE(a_server_that_stops_says_so_by_the_close_code) {
    auto ends = running();
    relay->cutAll();
    BOOST_TEST(ends.viewer->waitForClose() == 1012);
    BOOST_TEST(ends.device->waitForClose() == 1012);
}

BOOST_AUTO_TEST_CASE(withdrawn_right_locked_user_and_removed_device_cut_the_tunnel) {
    auto ends = running();
    directory->setLink(user->id, group->id, 8 | 512);
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.device->waitForClose() == 1008);
    directory->setLink(user->id, group->id, 8);

    auto second = running();
    directory->updateUser(user->id, [](model::User& who) { who.siteRights = model::site::kLocked; });
    BOOST_TEST(second.viewer->waitForClose() == 1008);
    directory->updateUser(user->id, [](model::User& who) { who.siteRights = 0; });

    auto third = running();
    directory->removeDevice(deviceId());
    BOOST_TEST(third.viewer->waitForClose() == 1008);
}

/// Each way in which a right goes ends the session, and both of its ends within a second.
BOOST_AUTO_TEST_CASE(every_way_of_losing_a_right_cuts_within_a_second) {
    const auto other = addGroup(nullptr, "Other");
    const auto give = [&](model::Rights bits) { directory->setLink(user->id, group->id, bits); };
    const std::vector<std::pair<const char*, std::function<void()>>> ways{
        {"link removed", [&] { directory->removeLink(user->id, group->id); }},
        {"right taken", [&] { give(0); }},
        {"forbidding bit", [&] { give(8 | 512); }},
        {"view only", [&] { give(8 | 256); }},
        {"limited input", [&] { give(8 | 4096); }},
        {"removeRights",
         [&] { directory->updateUser(user->id, [](model::User& who) { who.removeRights = 8; }); }},
        {"locked",
         [&] {
             directory->updateUser(user->id,
                                   [](model::User& who) { who.siteRights = model::site::kLocked; });
         }},
        {"device moved", [&] { directory->moveDevice(deviceId(), other->id); }},
    };
    for (const auto& [what, lose] : ways) {
        BOOST_TEST_CONTEXT(what) {
            give(8);
            auto ends = running();
            const auto since = std::chrono::steady_clock::now();
            lose();
            BOOST_TEST(ends.viewer->waitForClose() == 1008);
            BOOST_TEST(ends.device->waitForClose() == 1008);
            BOOST_TEST((std::chrono::steady_clock::now() - since < std::chrono::seconds(1)));
            directory->updateUser(user->id, [](model::User& who) {
                who.removeRights = 0;
                who.siteRights = 0;
            });
            directory->moveDevice(deviceId(), group->id);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_change_that_takes_nothing_leaves_the_session_alone) {
    directory->setLink(user->id, group->id, 8 | 256);
    auto ends = running();
    directory->setLink(user->id, group->id, 8 | 256 | 8192); // events do not concern it
    directory->setLink(user->id, group->id, 8 | 64);
    directory->updateUser(user->id, [](model::User& who) { who.siteRights = model::site::kUserGroups; });
    ends.viewer->sendText("still here");
    BOOST_TEST(ends.device->receiveText() == "still here");
}

BOOST_AUTO_TEST_CASE(deleted_users_and_groups_cut_the_tunnel) {
    auto ends = running();
    directory->removeUser(user->id);
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.device->waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(deleted_group_cuts_the_tunnels_of_its_devices) {
    auto ends = running();
    directory->removeGroup(group->id);
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.device->waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(right_that_came_through_a_user_group_goes_with_it) {
    model::UserGroup wanted;
    wanted.name = "Night shift";
    const auto shift = directory->addUserGroup(wanted)->id;
    const auto join = [&] {
        directory->setLink(shift, group->id, 8);
        directory->setLink(user->id, shift, 1);
    };
    join();
    directory->removeLink(user->id, group->id);
    auto ends = running(); // by the user group alone
    directory->removeLink(user->id, shift);
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.device->waitForClose() == 1008);
    join();
    auto second = running();
    directory->removeLink(shift, group->id);
    BOOST_TEST(second.viewer->waitForClose() == 1008);
    join();
    auto third = running();
    directory->removeUserGroup(shift);
    BOOST_TEST(third.viewer->waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(plugin_that_goes_takes_its_tunnels_along) {
    auto ends = running();
    const auto [opened, target] = open(wanted());
    shells = {};
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.device->waitForClose() == 1008);
    BOOST_TEST(status(target) == 401);
    BOOST_TEST(status(opened.viewerPath, cookie(user)) == 404);
    shells = relay->registry().add("terminal", spec("terminal", {1, 8}, 512), {});
    running();
}

BOOST_AUTO_TEST_CASE(logout_and_account_removal_cut_by_session_and_user) {
    auto ends = running();
    BOOST_TEST(relay->cutSession("user//anna/other", "x") == 0U);
    BOOST_TEST(relay->cutSession("user//anna/0123456789", "logged out") == 1U);
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    auto loggedOut = running();
    for (const auto& session : sessions.list(user->id)) {
        relay->cutSession(session.publicId, "the login session ended");
    }
    BOOST_TEST(loggedOut.viewer->waitForClose() == 1008);
    auto again = running();
    BOOST_TEST(relay->cutUser(user->id, "removed") == 1U);
    BOOST_TEST(again.device->waitForClose() == 1008);
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// Says what it is told to about each frame.
struct Interceptor final : sdk::TunnelHandler {
    /// Shared: the relay may close the tunnel after the test's own variables are gone.
    explicit Interceptor(std::shared_ptr<std::string> log) : log_(std::move(log)) {}
    void onOpen(const std::shared_ptr<sdk::TunnelControl>& control) override {
        *log_ += "open ";
        control_ = control;
    }
    void onStart(std::string_view text) override { *log_ += "s:" + std::string(text) + " "; }
    sdk::Verdict onFrame(sdk::Side side, sdk::Frame& frame) override {
        const std::string text(net::asText(frame.bytes));
        *log_ += (side == sdk::Side::Viewer ? "v:" : "d:") + text + " ";
        if (text == "drop") return sdk::Verdict::Drop;
        if (text == "answer") control_->send(side, "answered", true);
        if (text == "cut") control_->close("enough");
        if (text == "hold") {
            control_->pause(side);
            control_->send(sdk::Side::Viewer, "held", true); // both take effect in this order
        }
        if (text == "close") return sdk::Verdict::Close;
        if (text == "throw") throw std::runtime_error("fault");
        if (text == "replace") {
            frame.bytes = net::asBytes("replaced");
            return sdk::Verdict::Replaced;
        }
        return sdk::Verdict::Forward;
    }
    void onClose(std::string_view) override { *log_ += "closed"; }
    std::shared_ptr<std::string> log_;
    std::shared_ptr<sdk::TunnelControl> control_;
};

constexpr std::size_t kPart = 1024 * 1024;

/// How much was shown at a time.
struct Sizes {
    std::vector<std::size_t> all() {
        const std::scoped_lock lock(mutex);
        return sizes;
    }
    std::mutex mutex;
    std::vector<std::size_t> sizes;
};

/// Sends a message that the relay need not have taken before somebody reads at the other end.
std::jthread sending(WsClient& device, const std::string& large) {
    return std::jthread([&] {
        try {
            device.sendBinary(large);
        } catch (const trellis::test::ClientError&) { // the tunnel has ended
        }
    });
}

/// Writes it down, and lets everything pass but what has the size `unwanted`.
struct Sizer final : sdk::TunnelHandler {
    explicit Sizer(std::shared_ptr<Sizes> sizes, std::size_t unwanted = ~std::size_t{})
        : sizes_(std::move(sizes)), unwanted_(unwanted) {}
    sdk::Verdict onFrame(sdk::Side side, sdk::Frame& frame) override {
        if (side == sdk::Side::Viewer) return sdk::Verdict::Forward;
        const std::scoped_lock lock(sizes_->mutex);
        sizes_->sizes.push_back(frame.bytes.size());
        return frame.bytes.size() == unwanted_ ? sdk::Verdict::Drop : sdk::Verdict::Forward;
    }
    std::shared_ptr<Sizes> sizes_;
    const std::size_t unwanted_;
};

/// Sends back what it gets.
struct Echo final : sdk::StreamHandler {
    void onOpen(const std::shared_ptr<sdk::Stream>& stream) override { stream_ = stream; }
    void onData(std::span<const std::byte> bytes) override {
        stream_->write(bytes);
        if (net::asText(bytes) == "end") stream_->closeAfterFlush();
    }
    std::shared_ptr<sdk::Stream> stream_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plugins, RelayFixture)

BOOST_AUTO_TEST_CASE(watcher_sees_whole_messages_and_may_drop_replace_and_close) {
    const auto seen = std::make_shared<std::string>();
    const auto kept = relay->registry().addWatcher("recording", [&](const sdk::TunnelInfo& info) {
        *seen += std::to_string(info.protocol) + " ";
        return std::make_unique<Interceptor>(seen);
    });
    auto ends = running();
    ends.viewer->sendText("drop");
    ends.viewer->sendFrame(1, "rep", false);
    ends.viewer->sendFrame(0, "lace", true);
    BOOST_TEST(ends.device->receiveText() == "replaced");
    ends.device->sendBinary("up");
    BOOST_TEST(ends.viewer->receiveBinary() == "up");
    ends.viewer->sendText("close");
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(eventually([&] { return relay->size() == 0; }));
    BOOST_TEST(*seen == "1 open s:1 v:drop v:replace d:up v:close closed");
}

BOOST_AUTO_TEST_CASE(handler_is_shown_how_the_viewer_began) {
    const auto seen = std::make_shared<std::string>();
    const auto kept = relay->registry().addWatcher("recording", [&](const sdk::TunnelInfo&) {
        return std::make_unique<Interceptor>(seen);
    });
    auto ends = pair();
    ends.viewer->sendText(R"({"type":"options"})");
    ends.viewer->sendText("1");
    ends.viewer->sendText("x");
    while (ends.device->receiveText() != "x") {}
    BOOST_TEST(*seen == R"(open s:{"type":"options"} s:1 v:x )");
}

BOOST_AUTO_TEST_CASE(handler_speaks_holds_an_end_and_closes) {
    std::shared_ptr<sdk::TunnelControl> control;
    const auto seen = std::make_shared<std::string>();
    const auto kept = relay->registry().addWatcher("policy", [&](const sdk::TunnelInfo&) {
        return std::make_unique<Interceptor>(seen);
    });
    auto ends = running();
    ends.viewer->sendText("answer");
    BOOST_TEST(ends.viewer->receiveText() == "answered");
    BOOST_TEST(ends.device->receiveText() == "answer");
    ends.device->sendText("hold"); // nothing more is read from the device
    BOOST_TEST(ends.viewer->receiveText() == "hold");
    BOOST_TEST(ends.viewer->receiveText() == "held");
    ends.device->sendText("late");
    ends.viewer->sendText("cut");
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.viewer->closeReason() == "enough");
    BOOST_TEST(seen->find("late") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(recorded_tunnel_says_so_to_both_ends) {
    std::vector<sdk::TunnelInfo> asked;
    const auto seen = std::make_shared<std::string>();
    auto kept = relay->registry().addRecorder(
        "recording",
        [&](const sdk::TunnelInfo& info) {
            asked.push_back(info);
            return info.protocol == 1;
        },
        [&](const sdk::TunnelInfo& info) {
            *seen += info.isRecorded ? "recorded " : "not recorded ";
            return std::make_unique<Interceptor>(seen);
        });
    auto ends = pair(1, "cr");
    ends.viewer->sendText("1");
    BOOST_TEST(ends.device->receiveText() == "1");
    BOOST_TEST(*seen == "recorded open s:1 ");
    BOOST_REQUIRE(asked.size() == 1U);
    BOOST_TEST(asked.front().isRecordable);
    BOOST_TEST(asked.front().viewerAddress.find("127.0.0.1:") == 0U);
    BOOST_TEST(asked.front().deviceAddress.find("127.0.0.1:") == 0U);
    kept = relay->registry().addRecorder(
        "recording", [](const sdk::TunnelInfo&) { return false; },
        [](const sdk::TunnelInfo&) -> std::unique_ptr<sdk::TunnelHandler> {
            throw std::runtime_error("not asked");
        });
    running();
    kept = relay->registry().addRecorder(
        "recording", [](const sdk::TunnelInfo&) -> bool { throw std::runtime_error("fault"); }, {});
    const auto [opened, deviceTarget] = open(wanted());
    WsClient viewer(client(), opened.viewerPath, cookie(user));
    WsClient agentEnd(client(), deviceTarget);
    BOOST_TEST(viewer.waitForClose() == 1011);
}

BOOST_AUTO_TEST_CASE(watched_tunnel_refuses_messages_above_its_limit) {
    const auto seen = std::make_shared<std::string>();
    const auto kept = relay->registry().addWatcher("recording", [&](const sdk::TunnelInfo&) {
        return std::make_unique<Interceptor>(seen);
    });
    auto ends = running();
    ends.viewer->sendBinary(std::string(1024 * 1024 + 1, 'x'));
    BOOST_TEST(ends.viewer->waitForClose() == 1009);
}

BOOST_AUTO_TEST_CASE(large_message_of_a_watched_device_arrives_whole_and_is_shown_in_parts) {
    const auto sizes = std::make_shared<Sizes>();
    const auto kept = relay->registry().addWatcher(
        "recording", [&](const sdk::TunnelInfo&) { return std::make_unique<Sizer>(sizes); });
    auto ends = running();
    std::vector<std::size_t> shown;
    for (const std::size_t more : {0UL, 1UL, kPart / 2}) {
        std::string large(2 * kPart + more, 'x');
        for (std::size_t at = 0; at < large.size(); at += 997) large[at] = static_cast<char>(at);
        const auto sender = sending(*ends.device, large);
        const auto frame = ends.viewer->receiveFrame();
        BOOST_TEST(frame.fin);
        BOOST_TEST((frame.payload == large));
        shown.insert(shown.end(), {kPart, kPart, more});
    }
    ends.device->sendText("goes on");
    BOOST_TEST(ends.viewer->receiveText() == "goes on");
    shown.push_back(7);
    BOOST_TEST(sizes->all() == shown, boost::test_tools::per_element());
    BOOST_TEST(relay->tunnels().at(0).bytesToViewer == 6 * kPart + kPart / 2 + 1 + 7);
}

BOOST_AUTO_TEST_CASE(large_message_of_which_a_part_is_dropped_ends_the_tunnel) {
    const auto unwanted = std::make_shared<std::size_t>(0);
    const auto kept = relay->registry().addWatcher("policy", [&](const sdk::TunnelInfo&) {
        return std::make_unique<Sizer>(std::make_shared<Sizes>(), *unwanted);
    });
    const std::string large(kPart + 5, 'x');
    // Inside a message, as one is when the second part is dropped, there is no close frame.
    for (const auto& [size, code] : {std::pair(kPart, 1009), std::pair(std::size_t{5}, 1006)}) {
        *unwanted = size;
        auto ends = running();
        const auto sender = sending(*ends.device, large);
        BOOST_TEST(ends.viewer->waitForClose() == code);
        BOOST_TEST(ends.device->waitForClose() == 1009);
    }
}

BOOST_AUTO_TEST_CASE(watched_device_may_not_send_large_text_nor_large_messages_in_fragments) {
    const auto sizes = std::make_shared<Sizes>();
    const auto kept = relay->registry().addWatcher(
        "recording", [&](const sdk::TunnelInfo&) { return std::make_unique<Sizer>(sizes); });
    auto ends = running();
    ends.device->sendText(std::string(kPart, 'x'));
    BOOST_TEST(ends.viewer->waitForClose() == 1009);
    BOOST_TEST(ends.device->waitForClose() == 1009);
    auto second = running();
    second.device->sendFrame(2, std::string(kPart / 2, 'x'), false);
    second.device->sendFrame(0, std::string(kPart / 2, 'x'), false);
    second.device->sendFrame(0, "x", true);
    BOOST_TEST(second.device->waitForClose() == 1009);
    BOOST_TEST(sizes->all().empty());
}

BOOST_AUTO_TEST_CASE(faulty_handler_costs_only_its_tunnel) {
    const auto seen = std::make_shared<std::string>();
    auto kept = relay->registry().addWatcher("faulty", [&](const sdk::TunnelInfo&) {
        return std::make_unique<Interceptor>(seen);
    });
    auto ends = running();
    auto other = running();
    ends.viewer->sendText("throw");
    BOOST_TEST(ends.viewer->waitForClose() == 1011);
    other.viewer->sendText("fine");
    BOOST_TEST(other.device->receiveText() == "fine");
    kept = relay->registry().addWatcher("faulty", [](const sdk::TunnelInfo&)
                                            -> std::unique_ptr<sdk::TunnelHandler> {
        throw std::runtime_error("no");
    });
    auto third = pair();
    third.viewer->sendText("1");
    BOOST_TEST(third.viewer->waitForClose() == 1011);
}

BOOST_AUTO_TEST_CASE(refusal_of_a_plugin_is_told_to_the_viewer) {
    const auto kept = relay->registry().addWatcher("quota", [](const sdk::TunnelInfo&)
                                            -> std::unique_ptr<sdk::TunnelHandler> {
        throw sdk::Error(sdk::ErrorCode::Forbidden, "three sessions are open already");
    });
    auto ends = pair();
    ends.viewer->sendText("1");
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(ends.viewer->closeReason() == "three sessions are open already");
}

BOOST_AUTO_TEST_CASE(endpoint_serves_the_viewer_without_an_agent) {
    const auto kept = relay->registry().addEndpoint(
        "amt", spec("amt", {100}), [](const sdk::TunnelInfo&) { return std::make_unique<Echo>(); });
    const auto opened = relay->open(wanted({}, 100));
    WsClient viewer(client(), opened.viewerPath, cookie(user));
    BOOST_TEST(viewer.receiveText() == "c");
    viewer.sendBinary("hello");
    BOOST_TEST(viewer.receiveBinary() == "hello");
    viewer.sendText("{}"); // control messages are not for it
    viewer.sendBinary("end");
    BOOST_TEST(viewer.receiveBinary() == "end");
    BOOST_TEST(viewer.waitForClose() == 1000);
    BOOST_TEST(eventually([&] { return relay->size() == 0; }));
    WsClient late(client(), opened.viewerPath, cookie(user)); // used up
    BOOST_TEST(late.waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(numbers_belong_to_one_plugin) {
    BOOST_CHECK_THROW((void)relay->registry().add("other", spec("x", {8}), {}), sdk::Error);
    BOOST_CHECK_THROW((void)relay->registry().add("other", spec("x", {}), {}), sdk::Error);
    BOOST_CHECK_THROW((void)relay->registry().add("other", spec("x", {0}), {}), sdk::Error);
    auto site = spec("x", {9});
    site.requires_.scope = sdk::Scope::Site;
    BOOST_CHECK_THROW((void)relay->registry().add("other", site, {}), sdk::Error);
    BOOST_TEST(relay->registry().all().size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
