// Reports and server administration.
#include <boost/test/unit_test.hpp>

#include "core/telemetry/log.hpp"
#include "core/telemetry/recent_errors.hpp"
#include "lab_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct ReportFixture : LabFixture {
    void session(const model::UserPtr& user, int messageId, int seconds) {
        model::Event event;
        event.etype = "relay";
        event.action = "relaylog";
        event.userId = user->id;
        event.deviceId = device->id;
        event.groupId = group->id;
        event.extra = {{"msgid", messageId}, {"msgArgs", {"id", "a", "b", seconds}},
                       {"protocol", 1}, {"bytesin", 5}, {"bytesout", 7}};
        events.record(event);
    }
    json::object report(Control& as, json::object extra) {
        const auto now = directory->nowMs() / 1000;
        json::object message{{"action", "report"}, {"type", 1}, {"groupBy", 1},
                             {"start", now - 3600}, {"end", now + 3600}, {"responseid", "r"}};
        for (auto& member : extra) message[member.key()] = member.value();
        return as.ask(message);
    }
};

json::array entries(const json::object& answer, const std::string& key) {
    return answer.at("data").at("groups").at(key).at("entries").as_array();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(reports, ReportFixture)

BOOST_AUTO_TEST_CASE(sessions_are_listed_in_the_order_of_the_columns) {
    session(owner, 10, 42);
    session(owner, 14, 1); // a start, not an end
    const auto answer = report(control, {{"showTraffic", true}});
    BOOST_TEST(!answer.contains("responseid"));
    const auto list = entries(answer, owner->id);
    BOOST_REQUIRE(list.size() == 1u);
    const auto& columns = answer.at("data").at("columns").as_array();
    const auto& entry = list[0].as_object();
    BOOST_REQUIRE(columns.size() == entry.size());
    auto value = entry.begin();
    for (const auto& column : columns)
        BOOST_TEST(text(column.as_object(), "id") == std::string((value++)->key()));
    BOOST_TEST(entry.at("length") == 42);
    BOOST_TEST(entry.at("bytesin") == 5);
    BOOST_TEST(entries(report(control, {{"groupBy", 2}}), device->id + "/" + group->id).size() == 1u);
    BOOST_TEST(report(control, {{"groupBy", 3}}).at("data").at("groups").as_object().size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_sees_one_s_own_and_a_user_manager_all) {
    session(owner, 10, 42);
    session(stranger, 11, 8);
    const auto own = report(control, {{"type", 2}});
    BOOST_REQUIRE(entries(own, "0").size() == 1u);
    BOOST_TEST(text(entries(own, "0")[0].as_object(), "userid") == owner->id);
    auto as = signIn("admin");
    logins.login({.userName = "owner", .secret = kPassword, .address = "10.0.0.1"});
    BOOST_TEST(entries(report(as, {{"type", 2}}), "0").size() == 2u);
    BOOST_TEST(report(as, {{"type", 3}}).at("data").at("groups").as_object().contains(owner->id));
    BOOST_TEST(!report(control, {{"type", 3}}).at("data").at("groups").as_object().contains(admin->id));
}

BOOST_AUTO_TEST_CASE(wrong_reports_and_those_of_others_are_refused) {
    const auto refusal = [&](json::object extra) { return text(report(control, extra), "result"); };
    BOOST_TEST(refusal({{"type", 4}}) == "Access denied");
    BOOST_TEST(refusal({{"type", 5}}) == "Invalid type");
    BOOST_TEST(refusal({{"groupBy", 0}}) == "Invalid grouping");
    BOOST_TEST(refusal({{"start", 10}, {"end", 10}}) == "Invalid time");
    const auto foreign = addGroup(stranger, "Foreign");
    BOOST_TEST(refusal({{"devGroup", foreign->id}}) == "Invalid device group");
    auto as = signIn("admin");
    const auto counts = entries(report(as, {{"type", 4}}), "0");
    BOOST_TEST(counts[0].at("record") == "users");
    BOOST_TEST(counts[0].at("recordcount") == 3);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(server_commands, LabFixture)

BOOST_AUTO_TEST_CASE(administration_needs_its_right) {
    for (const json::object& message : {json::object{{"action", "serverstats"}, {"interval", 1000}},
                                        json::object{{"action", "servertimelinestats"}, {"hours", 1}},
                                        json::object{{"action", "trafficstats"}},
                                        json::object{{"action", "trafficdelta"}},
                                        json::object{{"action", "servererrors"}},
                                        json::object{{"action", "serverclearerrorlog"}},
                                        json::object{{"action", "serverversion"}},
                                        json::object{{"action", "serverconsole"}, {"value", "info"}}})
        BOOST_TEST(resultOf(message) == "Access denied");
}

BOOST_AUTO_TEST_CASE(the_console_answers_full_administrators) {
    auto as = signIn("admin");
    const auto ask = [&](const char* line) {
        return text(as.ask({{"action", "serverconsole"}, {"value", line}}), "value");
    };
    BOOST_TEST(ask("help").find("uptime") != std::string::npos);
    BOOST_TEST(ask("INFO").find("Users: 3") != std::string::npos);
    BOOST_TEST(ask("usersessions").find("user//owner: 1") != std::string::npos);
    BOOST_TEST(ask("resetserver") == "Unknown command \"resetserver\", type \"help\" for list of "
                                     "available commands.");
    BOOST_TEST(ask("closeusersessions nobody") == "No such user.");
    BOOST_TEST(ask("closeusersessions owner") == "Closed 1 connection(s).");
    account("updater", model::site::kUpdate | model::site::kManageUsers);
    auto lesser = signIn("updater");
    BOOST_TEST(resultOf(lesser, {{"action", "serverconsole"}, {"value", "info"}}) ==
               "Access denied");
}

BOOST_AUTO_TEST_CASE(statistics_come_again_until_they_are_stopped) {
    auto as = signIn("admin");
    const auto first = as.ask({{"action", "serverstats"}, {"interval", 1000}});
    BOOST_TEST(first.at("values").at("ServerState").at("UserAccounts") == 3);
    BOOST_TEST(first.at("totalmem").to_number<double>() > 0);
    as.await("serverstats");
    as.send({{"action", "serverstats"}, {"interval", 0}, {"responseid", "r"}});
    json::object answer;
    do answer = as.await("serverstats"); while (!answer.contains("result"));
    BOOST_TEST(text(answer, "result") == "ok");
}

BOOST_AUTO_TEST_CASE(errors_of_the_log_are_shown_and_cleared) {
    telemetry::clearRecentErrors();
    telemetry::log("t").error("it broke", {{"why", "a\nb"}});
    auto as = signIn("admin");
    const auto seen = text(as.ask({{"action", "servererrors"}}), "data");
    BOOST_TEST(seen.find("it broke") != std::string::npos);
    BOOST_TEST(seen.find("a\nb") == std::string::npos);
    BOOST_TEST(resultOf(as, {{"action", "serverclearerrorlog"}}) == "ok");
    BOOST_TEST(as.ask({{"action", "servererrors"}}).at("data").is_null());
}

BOOST_AUTO_TEST_CASE(traffic_is_counted_and_told_as_a_difference) {
    auto as = signIn("admin");
    const auto stats = as.ask({{"action", "trafficstats"}}).at("stats").as_object();
    BOOST_TEST(stats.at("httpWebSocketCount").to_number<int>() >= 1);
    BOOST_TEST(stats.at("httpIn").to_number<int>() > 0);
    as.ask({{"action", "trafficdelta"}});
    get("/healthz");
    bus.publish(sdk::kTunnelClosed, sdk::TunnelEvent{"t", device->id, admin->id, 1, 5, 7});
    std::int64_t requests = 0;
    json::object relays;
    BOOST_TEST(eventually([&] {
        const auto delta = as.ask({{"action", "trafficdelta"}}).at("delta").as_object();
        requests += delta.at("httpRequestCount").to_number<std::int64_t>();
        if (!delta.at("relayIn").as_object().empty()) relays = delta.at("relayIn").as_object();
        return requests >= 1 && !relays.empty();
    }));
    BOOST_TEST(relays.at("1") == 7);
}

BOOST_AUTO_TEST_CASE(numbers_are_kept_over_time) {
    auto as = signIn("admin");
    json::array kept;
    BOOST_TEST(eventually([&] {
        kept = as.ask({{"action", "servertimelinestats"}, {"hours", 1}}).at("events").as_array();
        return !kept.empty();
    }));
    const auto& first = kept.at(0).as_object();
    BOOST_TEST(first.at("first") == 1);
    BOOST_TEST(first.at("mem").at("rss").to_number<std::int64_t>() > 0);
    BOOST_TEST(first.at("conn").as_object().contains("us"));
}

BOOST_AUTO_TEST_SUITE_END()
