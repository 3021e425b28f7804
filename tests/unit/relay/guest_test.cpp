// Guests: people without an account at the viewer's end of a tunnel, in a user's name.
#include <boost/test/unit_test.hpp>

#include "relay_fixture.hpp"

#include "core/relay/tunnel_ledger.hpp"

using namespace trellis;
using namespace trellis::relay;
using namespace trellis::relay::testing;

namespace {

namespace right = sdk::device_right;

struct GuestFixture : RelayFixture {
    sdk::GuestTunnel guest() const {
        sdk::GuestTunnel out;
        out.userId = user->id;
        out.deviceId = deviceId();
        out.protocol = 1;
        out.deviceRights = right::kRemoteControl | right::kNoDesktop;
        out.sponsor = {sdk::Scope::Device, right::kRemoteControl | right::kGuestSharing,
                       right::kLimitedInput, ""};
        out.consent = 16;
        out.guestName = "Gus";
        out.ticket = "abc";
        out.address = "192.0.2.7";
        return out;
    }
    std::pair<OpenedTunnel, std::string> openGuest() {
        auto opened = relay->openForGuest("sharing", guest());
        message = link->receiveJson();
        const std::string value(message.at("value").as_string());
        return {opened, value.substr(1)};
    }
    Ends runningGuest() {
        const auto [opened, deviceTarget] = openGuest();
        Ends out;
        out.id = opened.id;
        out.viewer = std::make_unique<WsClient>(client(), opened.viewerPath);
        out.device = std::make_unique<WsClient>(client(), deviceTarget);
        BOOST_TEST(out.viewer->receiveText() == "c");
        BOOST_TEST(out.device->receiveText() == "c");
        out.viewer->sendText("1");
        BOOST_TEST(out.device->receiveText() == "1");
        return out;
    }
    /// The user has exactly these rights from now on.
    void limit(std::uint32_t bits) { directory->setLink(user->id, group->id, bits); }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(guests, GuestFixture)

BOOST_AUTO_TEST_CASE(device_is_told_who_comes_in_whose_name_and_with_what_rights) {
    openGuest();
    BOOST_TEST(message.at("guestname").as_string() == "Gus");
    BOOST_TEST(message.at("guestuserid").as_string() == user->id);
    BOOST_TEST(message.at("userid").as_string() == user->id);
    BOOST_TEST(message.at("remoteaddr").as_string() == "192.0.2.7");
    BOOST_TEST(message.at("consent").to_number<int>() == 16);
    BOOST_TEST(message.at("rights").to_number<std::uint32_t>() ==
               (right::kRemoteControl | right::kNoDesktop));
}

BOOST_AUTO_TEST_CASE(guest_never_has_more_than_the_user_and_all_restrictions) {
    limit(right::kRemoteControl | right::kGuestSharing | right::kViewOnly);
    openGuest();
    BOOST_TEST(message.at("rights").to_number<std::uint32_t>() ==
               (right::kRemoteControl | right::kNoDesktop | right::kViewOnly));
    auto wanted = guest();
    wanted.deviceRights |= right::kAgentConsole | right::kRemoteCommand;
    relay->openForGuest("sharing", wanted);
    BOOST_TEST((link->receiveJson().at("rights").to_number<std::uint32_t>() &
                (right::kAgentConsole | right::kRemoteCommand)) == 0U);
}

BOOST_AUTO_TEST_CASE(user_without_the_right_has_no_guests) {
    for (const auto bits : {right::kRemoteControl, right::kGuestSharing,
                            right::kRemoteControl | right::kGuestSharing | right::kLimitedInput,
                            right::kRemoteControl | right::kGuestSharing | right::kNoTerminal}) {
        limit(bits);
        BOOST_CHECK_THROW(relay->openForGuest("sharing", guest()), sdk::Error);
    }
    auto wanted = guest();
    limit(right::kRemoteControl | right::kGuestSharing);
    wanted.deviceRights = right::kRemoteControl | right::kNoTerminal; // not shared with him
    BOOST_CHECK_THROW(relay->openForGuest("sharing", wanted), sdk::Error);
}

BOOST_AUTO_TEST_CASE(only_the_secret_lets_a_guest_in_and_only_once) {
    const auto [opened, target] = openGuest();
    const auto& path = opened.viewerPath;
    const auto bare = path.substr(0, path.find("&guest="));
    BOOST_TEST(status(bare) == 401);
    BOOST_TEST(status(bare + "&guest=") == 401);
    BOOST_TEST(status(bare + "&guest=" + std::string(64, 'a')) == 401);
    BOOST_TEST(status(bare, cookie(user)) == 403); // not even the user himself
    BOOST_TEST(status(path + "&auth=junk") == 101);
}

BOOST_AUTO_TEST_CASE(secret_is_good_for_its_device_and_protocol_alone) {
    const auto [opened, target] = openGuest();
    const auto secret = opened.viewerPath.substr(opened.viewerPath.find("&guest="));
    const auto node = "&nodeid=" + wire::percentEncode(deviceId());
    BOOST_TEST(status("/meshrelay.ashx?p=8" + node + "&id=" + opened.id + secret) == 403);
    BOOST_TEST(status("/meshrelay.ashx?p=1&nodeid=" + wire::percentEncode("node//" + std::string(64, 'B')) +
                      "&id=" + opened.id + secret) == 403);
    BOOST_TEST(status("/meshrelay.ashx?p=1" + node + "&id=other" + secret) == 401);
    const auto own = open(wanted()).first; // a user's tunnel has no guest
    BOOST_TEST(status("/meshrelay.ashx?p=1" + node + "&id=" + own.id + secret) == 401);
}

BOOST_AUTO_TEST_CASE(guest_is_named_to_handlers_and_in_the_event) {
    sdk::TunnelInfo seen;
    const auto watch = relay->registry().addWatcher("test", [&](const sdk::TunnelInfo& info) {
        seen = info;
        return nullptr;
    });
    auto ends = runningGuest();
    BOOST_TEST(seen.guestName == "Gus");
    BOOST_TEST(seen.ticket == "sharing/abc");
    BOOST_TEST(seen.deviceRights == (right::kRemoteControl | right::kNoDesktop));
    ends.viewer->sendClose();
    BOOST_TEST(ends.device->waitForClose() == 1000);
    BOOST_TEST(eventually([&] {
        const auto all = events.query({.deviceId = deviceId(), .action = "relaylog"});
        return !all.empty() && all.front().extra.at("guestname").as_string() == "Gus";
    }));
}

BOOST_AUTO_TEST_CASE(guest_is_cut_when_the_user_loses_what_it_takes) {
    for (const auto bits : {right::kRemoteControl,
                            right::kRemoteControl | right::kGuestSharing | right::kNoTerminal}) {
        limit(right::kRemoteControl | right::kGuestSharing);
        auto ends = runningGuest();
        limit(bits);
        BOOST_TEST(ends.viewer->waitForClose() == 1008);
    }
}

BOOST_AUTO_TEST_CASE(a_ticket_is_cut_alone_and_before_anybody_has_come) {
    auto ends = runningGuest();
    const auto [waiting, target] = openGuest();
    auto other = guest();
    other.ticket = "other";
    const auto kept = relay->openForGuest("sharing", other);
    link->receiveJson();
    BOOST_TEST(relay->cutGuests("sharing", "abcd", "x") == 0U);
    BOOST_TEST(relay->cutGuests("elsewhere", "abc", "x") == 0U);
    BOOST_TEST(relay->cutGuests("sharing", "abc", "revoked") == 2U);
    BOOST_TEST(ends.viewer->waitForClose() == 1008);
    BOOST_TEST(status(waiting.viewerPath) == 401);
    BOOST_TEST(relay->cutGuests("sharing", "", "the plugin stops") == 1U);
    BOOST_TEST(status(kept.viewerPath) == 401);
}

BOOST_AUTO_TEST_CASE(guests_cannot_use_up_the_users_own_sessions) {
    for (std::size_t i = 0; i < TunnelLedger::kMaxPerGuest; ++i) {
        relay->openForGuest("sharing", guest());
        link->receiveJson();
    }
    BOOST_CHECK_THROW(relay->openForGuest("sharing", guest()), sdk::Error);
    BOOST_CHECK_NO_THROW(open(wanted()));
}

BOOST_AUTO_TEST_SUITE_END()
