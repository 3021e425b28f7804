// The wire's four actions, without a server.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace sharing::tests;

namespace {

std::string refusal(const std::function<void()>& run) {
    try {
        run();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(the_whole_request_comes_back_with_link_and_id, World) {
    const auto made = share({{"port", nullptr}, {"other", "kept"}});
    BOOST_TEST(made.at("result").as_string() == "OK");
    BOOST_TEST(made.at("other").as_string() == "kept");
    BOOST_TEST(made.at("port").is_null());
    BOOST_TEST(!made.contains("expire"));  // 0 is no time
    BOOST_TEST(std::string(made.at("url").as_string()).starts_with("https://server.test/sharing?c="));
    BOOST_TEST(made.at("publicid").as_string().size() >= 20u);
}

BOOST_FIXTURE_TEST_CASE(times_come_back_in_milliseconds, World) {
    const auto made = share({{"expire", nullptr}, {"start", 4'000'000'000}, {"end", 4'000'003'600}});
    BOOST_TEST(made.at("start").to_number<std::int64_t>() == 4'000'000'000'000);
    BOOST_TEST(made.at("expire").to_number<std::int64_t>() == 4'000'003'600'000);
}

BOOST_FIXTURE_TEST_CASE(only_who_made_it_is_told_the_link, World) {
    share();
    const auto own = run("deviceShares", {{"nodeid", "AAAAAAAA"}}).as_object();
    BOOST_TEST(own.at("nodeid").as_string() == kDevice);
    const auto entry = own.at("deviceShares").as_array().at(0).as_object();
    BOOST_TEST(entry.contains("url"));
    BOOST_TEST(entry.at("guestName").as_string() == "Gus");
    BOOST_TEST(!entry.contains("nodeid"));

    auto other = owner();
    other.caller.userId = "user//other";
    directory->grant("user//other", kDevice, device_right::kAdmin);
    const auto seen = plugin->call("deviceShares", {{"nodeid", kDevice}}, other).as_object();
    BOOST_TEST(!seen.at("deviceShares").as_array().at(0).as_object().contains("url"));
}

BOOST_FIXTURE_TEST_CASE(a_group_lists_the_shares_of_its_devices, World) {
    share();
    const auto list = run("deviceMeshShares", {{"meshid", kGroup}}).as_object();
    BOOST_TEST(list.at("deviceShares").as_array().at(0).at("nodeid").as_string() == kDevice);
}

BOOST_FIXTURE_TEST_CASE(without_the_right_nothing_is_shown_made_or_removed, World) {
    const auto made = share();
    const auto id = made.at("publicid");
    for (const auto rights : {device_right::kRemoteControl, device_right::kGuestSharing,
                              device_right::kRemoteControl | device_right::kGuestSharing |
                                  device_right::kLimitedInput,
                              0u}) {
        allow(rights);
        BOOST_TEST(refusal([&] { run("deviceShares", {{"nodeid", kDevice}}); }) == "Access denied");
        BOOST_TEST(refusal([&] { run("deviceMeshShares", {{"meshid", kGroup}}); }) == "Access denied");
        BOOST_TEST(refusal([&] { share(); }) == "Access denied");
        BOOST_TEST(refusal([&] {
            run("removeDeviceShare", {{"nodeid", kDevice}, {"publicid", id}});
        }) == "Access denied");
    }
    allow(device_right::kAdmin);
    BOOST_TEST(run("deviceShares", {{"nodeid", kDevice}}).at("deviceShares").as_array().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_protocol_that_the_user_may_not_use_is_not_shared, World) {
    allow(device_right::kRemoteControl | device_right::kGuestSharing | device_right::kNoTerminal);
    BOOST_TEST(refusal([&] { share({{"p", 1}}); }) == "Access denied");
    BOOST_TEST(refusal([&] { share({{"p", 2}}); }) == "");
}

BOOST_FIXTURE_TEST_CASE(who_may_only_look_shares_only_looking, World) {
    allow(device_right::kRemoteControl | device_right::kGuestSharing | device_right::kViewOnly);
    BOOST_TEST(share().at("viewOnly").as_bool());
}

BOOST_FIXTURE_TEST_CASE(removing_cuts_the_guests_and_is_told, World) {
    const auto made = share();
    const std::string id(made.at("publicid").as_string());
    const auto gone = run("removeDeviceShare", {{"nodeid", kDevice}, {"publicid", id}}).as_object();
    BOOST_TEST(gone.at("result").as_string() == "OK");
    BOOST_TEST(gone.at("removed").at("publicid").as_string() == id);
    BOOST_TEST(host.cutTickets().at(0) == id);
    BOOST_TEST(refusal([&] { run("removeDeviceShare", {{"nodeid", kDevice}, {"publicid", id}}); }) ==
               "Invalid device share identifier.");

    std::vector<std::string> actions;
    for (const auto& event : host.records()) actions.push_back(event.action);
    const std::vector<std::string> expected{"addedDeviceShare", "deviceShareUpdate",
                                            "removedDeviceShare", "deviceShareUpdate"};
    BOOST_TEST(actions == expected, boost::test_tools::per_element());
    BOOST_TEST(host.records().at(2).extra.at("msgid").to_number<int>() == 102);
    // What everybody hears who sees the device holds no link.
    BOOST_TEST(json::serialize(host.records().at(1).extra).find("c=") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(the_page_is_told_what_can_be_shared_and_shown, World) {
    share();
    const auto list = run("sharing.list", {{"nodeid", kDevice}}).as_object();
    BOOST_TEST((list.at("kinds") == json::value(json::array{1})));
    const auto entry = list.at("shares").as_array().at(0).as_object();
    BOOST_TEST(entry.at("state").as_string() == "open");
    BOOST_TEST(entry.at("by").as_string() == "Olga Owner");
}

BOOST_FIXTURE_TEST_CASE(a_removed_device_takes_its_shares_along, World) {
    share();
    plugin->publish(kDeviceRemoved, DeviceEvent{kDevice, kGroup, "", "lab-1"});
    BOOST_TEST(run("deviceShares", {{"nodeid", kDevice}}).at("deviceShares").as_array().empty());
}
