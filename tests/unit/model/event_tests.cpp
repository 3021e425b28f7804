#include "fixture.hpp"

#include "core/model/event_log.hpp"
#include "core/model/side_documents.hpp"
#include "core/model/wire_documents.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::model;
using sdk::Error;
using sdk::ErrorCode;
using test::is;

namespace {

struct Fixture : test::DirectoryFixture {
    EventLog events{*database, time.clock()};

    static Event event(std::string action, std::string userId = {}) {
        Event result;
        result.action = std::move(action);
        result.userId = std::move(userId);
        return result;
    }
    std::vector<std::string> actions(EventFilter filter = {}) {
        std::vector<std::string> result;
        for (const auto& found : events.query(filter))
            result.push_back(found.action);
        return result;
    }
};

using Texts = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_log, Fixture)

BOOST_AUTO_TEST_CASE(newest_come_first_and_waiting_ones_too) {
    for (const char* action : {"a", "b", "c"})
        events.record(event(action));
    BOOST_TEST((actions() == Texts{"c", "b", "a"}));
    BOOST_TEST((actions({.limit = 2}) == Texts{"c", "b"}));
    const auto all = events.query({});
    BOOST_TEST((actions({.beforeNumber = all[0].number}) == Texts{"b", "a"}));
}

BOOST_AUTO_TEST_CASE(filters_let_through_only_what_they_name) {
    auto other = event("other");
    other.domain = "d";
    events.record(other);
    auto onDevice = event("device", "user//joe");
    onDevice.deviceId = "node//1";
    onDevice.groupId = "mesh//1";
    events.record(onDevice);
    auto targeted = event("targeted", "user//ann");
    targeted.targets = {"ugrp//1", "*"};
    events.record(targeted);
    BOOST_TEST((actions({.userId = "user//joe"}) == Texts{"device"}));
    BOOST_TEST((actions({.deviceId = "node//1"}) == Texts{"device"}));
    BOOST_TEST((actions({.action = "targeted"}) == Texts{"targeted"}));
    BOOST_TEST((actions({.domain = "d"}) == Texts{"other"}));
    BOOST_TEST((actions({.targets = {"mesh//1"}}) == Texts{"device"}));
    BOOST_TEST((actions({.targets = {"ugrp//1", "node//1"}}) == Texts{"targeted", "device"}));
    BOOST_TEST((actions({.targets = {"*"}}) == Texts{"targeted", "device"}));
    BOOST_TEST(actions({.targets = {"mesh//2"}}).empty());
    BOOST_TEST(actions({.sinceMs = *time.ms + 1}).empty());
    BOOST_TEST(actions({.userId = "' OR 1=1 --"}).empty());
}

BOOST_AUTO_TEST_CASE(very_many_targets_are_asked_in_pieces) {
    auto first = event("first");
    first.targets = {"t1"};
    events.record(first);
    auto last = event("last");
    last.targets = {"t1", "t20000"};
    events.record(last);
    EventFilter filter;
    for (int i = 1; i <= 20'000; ++i)
        filter.targets.push_back("t" + std::to_string(i));
    BOOST_TEST((actions(filter) == Texts{"last", "first"}));
}

BOOST_AUTO_TEST_CASE(text_is_cut_and_cleaned) {
    auto long_ = event("a");
    long_.msg = std::string(10'000, 'm') + "\n";
    events.record(long_);
    auto odd = event("b");
    odd.msg = "x\r\n\x1B[2J";
    events.record(odd);
    const auto all = events.query({});
    BOOST_TEST(all[0].msg == "x   [2J");
    BOOST_TEST(all[1].msg.size() == 4096U);
    BOOST_CHECK_THROW(events.record(event("")), Error);
}

BOOST_AUTO_TEST_CASE(old_and_surplus_events_go) {
    events.record(event("old"));
    time.advance(std::chrono::hours(50));
    for (int i = 0; i < 10; ++i)
        events.record(event("new" + std::to_string(i)));
    events.flush();
    BOOST_TEST(events.expire({.age = std::chrono::hours(49), .count = 100}) == 1U);
    BOOST_TEST(actions().size() == 10U);
    BOOST_TEST(events.expire({.age = std::chrono::hours(49), .count = 3}) == 7U);
    BOOST_TEST((actions() == Texts{"new9", "new8", "new7"}));
    BOOST_TEST(events.expire({.age = std::chrono::hours(49), .count = 3}) == 0U);
    events.record(event("next"));
    BOOST_TEST(events.query({}).front().number == 12);
}

BOOST_FIXTURE_TEST_CASE(a_locked_database_delays_events_and_a_long_one_drops_the_oldest, test::Hurried<Fixture>) {
    const auto other = test::openDatabase(folder);
    other->transaction([&](store::Session& session) {
        session.run("DELETE FROM side_documents");
        BOOST_CHECK_EXCEPTION(events.record(event("now"), Durability::Now), Error,
                              is(ErrorCode::Unavailable));
        for (std::size_t i = 0; i < EventLog::kMaxWaiting + 1; ++i)
            events.record(event("e" + std::to_string(i)));
    });
    BOOST_TEST(events.droppedCount() > 0U);
    BOOST_TEST(events.droppedCount() < 5U);
    BOOST_TEST(actions({.limit = 1}).front() == "e10000");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(documents, test::DirectoryFixture)

BOOST_AUTO_TEST_CASE(side_documents_are_replaced_removed_and_limited) {
    SideDocuments side(*database, time.clock());
    BOOST_TEST(!side.get("node//1", SideKind::Network).has_value());
    side.put("node//1", SideKind::Network, "{}", "h");
    side.put("node//1", SideKind::Network, "{\"a\":1}", "h2");
    BOOST_TEST(side.get("node//1", SideKind::Network)->text == "{\"a\":1}");
    BOOST_TEST(side.get("node//1", SideKind::Network)->hash == "h2");
    BOOST_TEST(side.get("node//1", SideKind::Network)->timeMs == *time.ms);
    BOOST_TEST(!side.get("node//1", SideKind::Note).has_value());
    BOOST_CHECK_EXCEPTION(
        side.put("node//1", SideKind::Note, std::string(SideDocuments::kMaxBytes + 1, 'x')), Error,
        is(ErrorCode::InvalidArgument));
    side.put("node//1", SideKind::Network, "");
    BOOST_TEST(!side.get("node//1", SideKind::Network).has_value());
}

BOOST_AUTO_TEST_CASE(side_documents_go_with_their_owner) {
    SideDocuments side(*database, time.clock());
    const auto joe = addUser("joe");
    const auto device = enrol(addGroup(joe));
    side.put(device->id, SideKind::Hardware, "{}");
    directory->removeDevice(device->id);
    BOOST_TEST(!side.get(device->id, SideKind::Hardware).has_value());
}

BOOST_AUTO_TEST_CASE(a_published_user_holds_no_secret) {
    User user;
    user.name = "Joe";
    user.passwordHash = "$argon2id$secret";
    user.siteRights = 0xFFFFFFFF;
    user.email = "joe@x.org";
    user.extra["name"] = "forged";
    const auto doc = userDocument(*directory->addUser(user));
    BOOST_TEST(json::serialize(doc) ==
               R"({"_id":"user//joe","name":"Joe","email":"joe@x.org","emailVerified":false,)"
               R"("siteadmin":4294967295,"creation":1700000000})");
}

BOOST_AUTO_TEST_CASE(a_fresh_group_has_exactly_the_observed_members) {
    // control-protocol.md section 5.3
    const auto joe = addUser("joe");
    const auto group = addGroup(joe, "G");
    const auto doc = groupDocument(*group, *directory);
    Texts keys;
    for (const auto& member : doc)
        keys.emplace_back(member.key());
    BOOST_TEST((keys == Texts{"type", "_id", "name", "mtype", "desc", "domain", "links", "creation",
                              "creatorid", "creatorname"}));
    BOOST_TEST(json::serialize(doc.at("links")) ==
               R"({"user//joe":{"name":"joe","rights":4294967295}})");
    BOOST_TEST(json::serialize(userDocument(*directory->user(joe->id)).at("links")) ==
               "{\"" + group->id + "\":{\"rights\":4294967295}}");
}

BOOST_AUTO_TEST_CASE(a_device_shows_presence_only_while_connected) {
    const auto device = enrol(addGroup(addUser("joe")));
    BOOST_TEST(!deviceDocument(*device, *directory).contains("conn"));
    BOOST_TEST(!deviceDocument(*device, *directory).contains("pwr"));
    directory->agentConnected(device->id, "x");
    const auto doc = deviceDocument(*directory->device(device->id), *directory);
    BOOST_TEST(doc.at("conn").as_uint64() == 1U);
    BOOST_TEST(doc.at("pwr").as_uint64() == 1U);
    BOOST_TEST(doc.at("agct").as_int64() == 1'700'000'000'000);
    BOOST_TEST(doc.at("meshid").as_string() == device->groupId);
    BOOST_TEST(!deviceListEntry(*device, *directory).contains("meshid"));
}

BOOST_AUTO_TEST_CASE(events_look_like_those_of_the_wire) {
    Event event;
    event.timeMs = 1'700'000'000'123;
    event.etype = "user";
    event.action = "login";
    event.userId = "user//joe";
    event.extra["msgid"] = 107;
    event.targets = {"secret"};
    const auto text = json::serialize(eventDocument(event));
    BOOST_TEST(text.find(R"("time":"2023-11-14T22:13:20.123Z")") != std::string::npos);
    BOOST_TEST(text.find("secret") == std::string::npos);
    BOOST_TEST(text.find(R"("msgid":107)") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
