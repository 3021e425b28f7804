// What a guest gets, and what nobody gets.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace sharing::tests;

namespace {

constexpr auto kNever = "token-999";

}  // namespace

BOOST_FIXTURE_TEST_CASE(a_guest_is_told_what_is_shared_by_whom_and_what_can_show_it, World) {
    const auto link = linkOf(share());
    const auto answer = guest("state", {{"c", link}});
    BOOST_TEST(answer.status == 200);
    const auto body = bodyOf(answer);
    BOOST_TEST(body.at("state").as_string() == "open");
    BOOST_TEST(body.at("by").as_string() == "Olga Owner");
    BOOST_TEST(body.at("device").at("name").as_string() == "lab-1");
    BOOST_TEST(body.at("parts").at("contributions").as_array().size() == 1u);
    bool isUncached = false;
    bool isSilent = false;
    for (const auto& [name, value] : answer.headers) {
        isUncached = isUncached || (name == "Cache-Control" && value == "no-store");
        isSilent = isSilent || (name == "Referrer-Policy" && value == "no-referrer");
    }
    BOOST_TEST(isUncached);
    BOOST_TEST(isSilent);
}

BOOST_FIXTURE_TEST_CASE(before_its_time_the_device_is_not_named, World) {
    const auto link = linkOf(share({{"expire", nullptr}, {"start", 4'000'000'000}, {"end", 4'000'003'600}}));
    const auto body = bodyOf(guest("state", {{"c", link}}));
    BOOST_TEST(body.at("state").as_string() == "early");
    BOOST_TEST(!body.contains("device"));
    BOOST_TEST(guest("open", {{"c", link}, {"protocol", 1}}).status == 403);
    BOOST_TEST(host.guestTunnels().empty());
}

BOOST_FIXTURE_TEST_CASE(after_its_time_it_is_over_even_when_it_was_tidied_away, World) {
    const auto link = linkOf(share({{"expire", nullptr}, {"start", 1000}, {"end", 2000}}));
    BOOST_TEST(bodyOf(guest("state", {{"c", link}})).at("state").as_string() == "over");
    run("deviceShares", {{"nodeid", kDevice}});
    BOOST_TEST(bodyOf(guest("state", {{"c", link}})).at("state").as_string() == "over");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_link_and_a_revoked_one_get_the_same_answer, World) {
    const auto made = share();
    run("removeDeviceShare", {{"nodeid", kDevice}, {"publicid", made.at("publicid")}});
    const auto unknown = guest("state", {{"c", kNever}});
    const auto revoked = guest("state", {{"c", linkOf(made)}});
    BOOST_TEST(unknown.status == 404);
    BOOST_TEST(revoked.status == 404);
    BOOST_TEST(unknown.body == revoked.body);
    BOOST_TEST(guest("state", {{"c", 7}}).body == unknown.body);
    BOOST_TEST(guest("state", {{"c", "not <a> token"}}).body == unknown.body);
}

BOOST_FIXTURE_TEST_CASE(a_share_is_worth_what_its_owner_may_do_now, World) {
    const auto link = linkOf(share());
    allow(device_right::kRemoteControl);
    BOOST_TEST(guest("state", {{"c", link}}).status == 404);
    allow(device_right::kRemoteControl | device_right::kGuestSharing | device_right::kNoTerminal);
    BOOST_TEST(guest("open", {{"c", link}, {"protocol", 1}}).status == 404);
    allow(device_right::kAdmin);
    BOOST_TEST(guest("state", {{"c", link}}).status == 200);
    lockOwner(true);
    BOOST_TEST(guest("state", {{"c", link}}).status == 404);
}

BOOST_FIXTURE_TEST_CASE(a_session_is_opened_with_the_terms_of_the_share_and_written_down, World) {
    const auto made = share({{"viewOnly", true}, {"consent", 16}});
    const auto answer = guest("open", {{"c", linkOf(made)}, {"protocol", 8}});
    BOOST_TEST(answer.status == 200);
    const auto wanted = host.guestTunnels().at(0);
    BOOST_TEST(wanted.userId == kOwner);
    BOOST_TEST(wanted.deviceId == kDevice);
    BOOST_TEST(wanted.protocol == 8);
    BOOST_TEST(wanted.guestName == "Gus");
    BOOST_TEST(wanted.consent == 16u);
    BOOST_TEST(wanted.ticket == made.at("publicid").as_string());
    BOOST_TEST((wanted.deviceRights & device_right::kViewOnly) != 0u);
    const auto audit = host.audits().at(0);
    BOOST_TEST(audit.action == "sharing.guestSession");
    BOOST_TEST(audit.details.at("guestname").as_string() == "Gus");
    BOOST_TEST(audit.address == "192.0.2.9");
    BOOST_TEST(host.records().back().extra.at("guestname").as_string() == "Gus");
}

BOOST_FIXTURE_TEST_CASE(what_is_not_shared_is_not_opened, World) {
    const auto link = linkOf(share());
    for (const json::value& protocol : {json::value(2), json::value(5), json::value(0), json::value("1"),
                                        json::value(65537), json::value(nullptr)}) {
        BOOST_TEST(guest("open", {{"c", link}, {"protocol", protocol}}).status == 403);
    }
    BOOST_TEST(host.guestTunnels().empty());
}

BOOST_FIXTURE_TEST_CASE(a_guest_who_is_asked_for_a_name_has_to_give_one, World) {
    const auto link = linkOf(share({{"askName", true}}));
    for (const auto* name : {"", "   ", "two\nlines"}) {
        BOOST_TEST(guest("open", {{"c", link}, {"protocol", 1}, {"name", name}}).status == 400);
    }
    BOOST_TEST(guest("open", {{"c", link}, {"protocol", 1}, {"name", " Ada "}}).status == 200);
    BOOST_TEST(host.guestTunnels().at(0).guestName == "Ada");
}

BOOST_FIXTURE_TEST_CASE(trying_links_is_slowed_down_for_that_address_alone, World) {
    const auto link = linkOf(share());
    for (int i = 0; i < 20; ++i) BOOST_TEST(guest("state", {{"c", kNever}}).status == 404);
    BOOST_TEST(guest("state", {{"c", kNever}}).status == 429);
    BOOST_TEST(guest("state", {{"c", link}}).status == 429);
    BOOST_TEST(guest("state", {{"c", link}}, "192.0.2.10").status == 200);
    for (int i = 0; i < 20; ++i) guest("state", {{"c", kNever}}, "2001:db8:1:2::" + std::to_string(i + 1));
    BOOST_TEST(guest("state", {{"c", link}}, "2001:db8:1:2::99").status == 429);
}

BOOST_FIXTURE_TEST_CASE(one_link_does_not_use_up_all_sessions, World) {
    const auto made = share();
    GuestSession session;
    session.info.ticket = "sharing/" + std::string(made.at("publicid").as_string());
    for (int i = 0; i < 9; ++i) host.addGuestSession(session);
    BOOST_TEST(guest("open", {{"c", linkOf(made)}, {"protocol", 1}}).status == 200);
    host.addGuestSession(session);
    BOOST_TEST(guest("open", {{"c", linkOf(made)}, {"protocol", 1}}).status == 429);
}

BOOST_FIXTURE_TEST_CASE(sessions_end_when_their_share_does, World) {
    const auto made = share();
    GuestSession session;
    session.info.ticket = "sharing/" + std::string(made.at("publicid").as_string());
    host.addGuestSession(session);
    host.advance(Milliseconds(600));
    BOOST_TEST(host.cutTickets().empty());
    allow(device_right::kRemoteControl);
    host.advance(Milliseconds(600));
    BOOST_TEST(host.cutTickets().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_only_looks_types_nothing_into_a_terminal, World) {
    TunnelInfo info;
    info.ticket = "sharing/x";
    info.protocol = 1;
    info.deviceRights = device_right::kRemoteControl | device_right::kViewOnly;
    const auto& watch = plugin->declared().tunnelWatchers.at(0).factory;
    const auto handler = watch(info);
    BOOST_REQUIRE(handler);
    const std::byte key{65};
    Frame typed{{&key, 1}, false};
    BOOST_CHECK(handler->onFrame(Side::Viewer, typed) == Verdict::Drop);
    Frame resized{{&key, 1}, true};
    BOOST_CHECK(handler->onFrame(Side::Viewer, resized) == Verdict::Forward);
    BOOST_CHECK(handler->onFrame(Side::Device, typed) == Verdict::Forward);
    info.deviceRights = device_right::kRemoteControl;
    BOOST_TEST(!watch(info));
    info.ticket = "other/x";
    info.deviceRights |= device_right::kViewOnly;
    BOOST_TEST(!watch(info));
}

BOOST_FIXTURE_TEST_CASE(a_link_leads_to_the_guests_page_and_is_not_kept, World) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/sharing";
    request.query.emplace("c", "abc$@=");
    const auto answer = plugin->request(request);
    BOOST_TEST(answer.status == 302);
    BOOST_TEST((answer.headers.at(0).second == "/guest.html#/plugins/sharing/guest?c=abc$@="));
    request.query.clear();
    request.query.emplace("c", "x\r\nSet-Cookie: a=b");
    BOOST_TEST((plugin->request(request).headers.at(0).second == "/guest.html#/plugins/sharing/guest?c="));
}
