// The device list in pages, and the commands of the server's and the account's own pages.
#include <boost/test/unit_test.hpp>

#include <set>

#include "command_fixture.hpp"

#include "core/net/ws_deflate.hpp"

using namespace trellis;
using namespace trellis::test;

namespace {

struct PageFixture : CommandFixture {
    json::object page(Control& as, const std::string& after, int limit) {
        json::object message{{"action", "device.page"}, {"responseid", "r"}, {"limit", limit}};
        if (!after.empty())
            message["after"] = after;
        return as.ask(std::move(message)).at("result").as_object();
    }
    /// Ids of all pages; each page has at most `limit` rows.
    std::vector<std::string> all(Control& as, int limit) {
        std::vector<std::string> ids;
        std::string after;
        do {
            const auto one = page(as, after, limit);
            const auto& rows = one.at("rows").as_array();
            BOOST_TEST(rows.size() <= static_cast<std::size_t>(limit));
            for (const auto& row : rows)
                ids.emplace_back(row.as_array().at(0).as_string());
            after = one.at("next").is_null() ? "" : std::string(one.at("next").as_string());
        } while (!after.empty() && ids.size() < 100);
        return ids;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(device_pages, PageFixture)

BOOST_AUTO_TEST_CASE(pages_of_every_size_give_each_device_once) {
    const auto second = addGroup(owner, "Office");
    std::set<std::string> expected{device->id};
    for (int i = 0; i < 4; ++i) {
        expected.insert(enrol(group, "a" + std::to_string(i))->id);
        expected.insert(enrol(second, "b" + std::to_string(i))->id);
    }
    for (const int limit : {1, 2, 3, 4, 5, 9, 100}) {
        const auto ids = all(control, limit);
        BOOST_TEST(ids.size() == expected.size());
        BOOST_TEST((std::set<std::string>(ids.begin(), ids.end()) == expected));
    }
}

BOOST_AUTO_TEST_CASE(a_row_says_what_nodes_says) {
    directory->updateDevice(device->id, [](model::Device& one) {
        one.desc = "rack";
        one.tags = {"prod"};
    });
    const auto answer = page(control, "", 10);
    const auto& columns = answer.at("columns").as_array();
    const auto& row = answer.at("rows").as_array().at(0).as_array();
    const auto value = [&](std::string_view name) -> json::value {
        for (std::size_t i = 0; i < columns.size(); ++i)
            if (columns[i].as_string() == json::string_view(name.data(), name.size()))
                return i < row.size() ? row[i] : json::value(nullptr);
        return "no such column";
    };
    BOOST_TEST(value("_id") == json::value(device->id));
    BOOST_TEST(value("meshid") == json::value(0));
    BOOST_TEST(answer.at("groups").as_array().at(0) == json::value(group->id));
    BOOST_TEST(value("name") == json::value("pc1"));
    BOOST_TEST(value("desc") == json::value("rack"));
    BOOST_TEST((value("tags") == json::value(json::array{"prod"})));
    BOOST_TEST(value("conn") == json::value(1));
    BOOST_TEST(value("consent").is_null());
}

BOOST_AUTO_TEST_CASE(only_what_the_caller_sees_is_in_it_directly_linked_devices_too) {
    auto other = signIn("stranger");
    BOOST_TEST(all(other, 10).empty());
    directory->setLink(stranger->id, device->id, model::right::kRemoteControl);
    BOOST_TEST((all(other, 1) == std::vector<std::string>{device->id}));
    const auto group2 = addGroup(stranger, "Theirs");
    const auto theirs = enrol(group2, "pc2");
    for (const int limit : {1, 2, 10})
        BOOST_TEST(all(other, limit).size() == 2u);
    // A place that somebody made up leads nowhere else.
    BOOST_TEST(page(other, group->id + " ", 10).at("rows").as_array().size() <= 2u);
    BOOST_TEST(page(other, "zzz", 10).at("rows").as_array().size() <= 1u);
}

BOOST_AUTO_TEST_CASE(
    long_answers_are_deflated_for_clients_that_offer_it_and_short_ones_go_as_they_are) {
    for (int i = 0; i < 40; ++i)
        directory->updateDevice(enrol(group, "pc" + std::to_string(i))->id,
                                [](model::Device& one) { one.desc = std::string(500, 'd'); });
    auto client = connect("/control.ashx", {{"x-meshauth", meshAuth("owner", kPassword)},
                                            {"Sec-WebSocket-Extensions", "permessage-deflate"}});
    client.await("userinfo");
    // As soon as one is deflated, a client that takes frames as text would no longer understand it.
    const auto answer = [&](json::object message) {
        client.send(message);
        for (;;) {
            auto frame = client.socket().receiveFrame();
            std::string plain = frame.payload;
            if (frame.rsv1)
                BOOST_REQUIRE((net::inflateMessage(net::asBytes(frame.payload), 1'000'000, plain) ==
                               net::InflateResult::Done));
            if (frame.opcode == 1 && text(parse(plain), "action") == text(message, "action"))
                return std::make_pair(frame.rsv1, plain);
        }
    };
    const auto [isDeflated, page] = answer({{"action", "device.page"}, {"responseid", "r"}});
    BOOST_TEST(isDeflated);
    BOOST_TEST(parse(page).at("result").at("rows").as_array().size() == 41u);
    BOOST_TEST(!answer({{"action", "account.webstate"}, {"responseid", "r"}}).first);
}

BOOST_AUTO_TEST_CASE(the_page_keeps_its_views_in_the_state_of_the_account) {
    const json::object views{{"trellisViews", "[[\"a\",\"q=x\"]]"}, {"evil", "x"}};
    BOOST_TEST(resultOf({{"action", "userWebState"}, {"state", json::serialize(views)}}) == "ok");
    const auto kept = control.ask({{"action", "account.webstate"}, {"responseid", "r"}});
    BOOST_TEST(text(kept.at("result").as_object(), "state") ==
               "{\"trellisViews\":\"[[\\\"a\\\",\\\"q=x\\\"]]\"}");
}

BOOST_AUTO_TEST_CASE(the_state_of_the_server_is_for_its_administrators) {
    auto boss = signIn("admin");
    const auto state =
        boss.ask({{"action", "server.state"}, {"responseid", "r"}}).at("result").as_object();
    BOOST_TEST(state.at("devices") == 1);
    BOOST_TEST(state.at("connected") == 1);
    BOOST_TEST(state.at("memory").to_number<std::uint64_t>() > 1'000'000u);
    BOOST_TEST(!text(state, "database").empty());
    for (const auto* name : {"server.state", "relay.list"}) {
        const auto refused = control.ask({{"action", name}, {"responseid", "r"}});
        BOOST_TEST(text(refused.at("error").as_object(), "code") == "forbidden");
    }
    const auto missing = boss.ask({{"action", "relay.end"}, {"responseid", "r"}, {"id", "none"}});
    BOOST_TEST(text(missing.at("error").as_object(), "code") == "not_found");
    const auto refused =
        control.ask({{"action", "relay.end"}, {"responseid", "r"}, {"id", "none"}});
    BOOST_TEST(text(refused.at("error").as_object(), "code") == "forbidden");
}

BOOST_AUTO_TEST_CASE(own_sessions_are_listed_and_ended_and_nobody_elses) {
    const auto mine = sessions.create(owner->id, "192.0.2.1", "Firefox");
    const auto theirs = sessions.create(stranger->id, "192.0.2.2", "Chrome");
    const auto list = control.ask({{"action", "session.list"}, {"responseid", "r"}})
                          .at("result")
                          .at("sessions")
                          .as_array();
    const auto has = [&](const std::string& id) {
        return std::any_of(list.begin(), list.end(), [&](const json::value& one) {
            return text(one.as_object(), "id") == id;
        });
    };
    BOOST_TEST(has(mine.session.publicId));
    BOOST_TEST(!has(theirs.session.publicId));
    const auto stolen = control.ask(
        {{"action", "session.end"}, {"responseid", "r"}, {"id", theirs.session.publicId}});
    BOOST_TEST(text(stolen.at("error").as_object(), "code") == "not_found");
    BOOST_TEST(sessions.find(theirs.secret).has_value());
    control.ask({{"action", "session.end"}, {"responseid", "r"}});
    BOOST_TEST(!sessions.find(mine.secret).has_value());
    BOOST_TEST(sessions.find(theirs.secret).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
