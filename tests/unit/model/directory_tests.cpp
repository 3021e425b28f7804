#include "fixture.hpp"

#include "core/model/rights.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using namespace trellis::model;
using sdk::Error;
using sdk::ErrorCode;
using test::is;
using test::isAt;

namespace {

struct Fixture : test::DirectoryFixture {
    UserPtr joe = addUser("Joe");
    GroupPtr group = addGroup(joe);
};

std::string nowhere() {
    return newId(IdKind::Device, "");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(people, Fixture)

BOOST_AUTO_TEST_CASE(a_name_is_taken_in_any_case) {
    BOOST_CHECK_EXCEPTION(addUser("JOE"), Error, isAt(ErrorCode::Conflict, "/username"));
    BOOST_TEST(directory->userByName("", "jOE")->id == joe->id);
    BOOST_TEST(directory->userByName("", "joe ") == nullptr);
    BOOST_TEST(directory->userByName("other", "joe") == nullptr);
    BOOST_TEST(directory->userCount("") == 1U);
}

BOOST_AUTO_TEST_CASE(bad_fields_are_named_and_change_nothing) {
    const auto edit = [&](auto change) {
        directory->updateUser(joe->id, [&](User& user) { change(user); });
    };
    BOOST_CHECK_EXCEPTION(edit([](User& user) { user.email = "a\nb"; }), Error,
                          isAt(ErrorCode::InvalidArgument, "/email"));
    BOOST_CHECK_EXCEPTION(edit([](User& user) { user.realName = std::string(257, 'x'); }), Error,
                          isAt(ErrorCode::InvalidArgument, "/realname"));
    BOOST_CHECK_EXCEPTION(edit([](User& user) { user.realName = "\xFF"; }), Error,
                          isAt(ErrorCode::InvalidArgument, "/realname"));
    BOOST_CHECK_EXCEPTION(edit([](User& user) { user.extra["x"] = std::string(40'000, 'x'); }),
                          Error, is(ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(addGroup(joe, ""), Error, isAt(ErrorCode::InvalidArgument, "/meshname"));
    BOOST_CHECK_EXCEPTION(addGroup(joe, std::string(129, 'x')), Error,
                          isAt(ErrorCode::InvalidArgument, "/meshname"));
    BOOST_TEST(directory->user(joe->id) != nullptr);
    BOOST_TEST((*directory->user(joe->id) == *stored()->user(joe->id)));
    BOOST_TEST(directory->groups("").size() == 1U);
}

BOOST_AUTO_TEST_CASE(unknown_things_are_not_found) {
    BOOST_CHECK_EXCEPTION(directory->updateUser("user//nobody", [](User&) {}), Error,
                          is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->removeUser("user//nobody"), Error, is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->removeDevice(nowhere()), Error, is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->removeGroup(newId(IdKind::Group, "")), Error,
                          is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->setLink(joe->id, nowhere(), 8), Error,
                          is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->setLink("user//nobody", group->id, 8), Error,
                          is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->moveDevice(enrol(group)->id, newId(IdKind::Group, "")), Error,
                          is(ErrorCode::NotFound));
}

BOOST_AUTO_TEST_CASE(a_change_cannot_give_another_identity_or_links) {
    directory->updateUser(joe->id, [&](User& user) {
        user.id = "user//root";
        user.domain = "x";
        user.links["mesh//forged"] = right::kGroupAdmin;
        user.realName = "Joe D";
    });
    const auto after = directory->user(joe->id);
    BOOST_REQUIRE(after != nullptr);
    BOOST_TEST(after->realName == "Joe D");
    BOOST_TEST(after->domain.empty());
    BOOST_TEST(after->links.size() == 1U);
    BOOST_TEST(directory->user("user//root") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_maker_of_a_group_has_all_rights_on_it) {
    BOOST_TEST(directory->user(joe->id)->links.at(group->id) == right::kGroupAdmin);
    BOOST_TEST(group->links.at(joe->id) == right::kGroupAdmin);
    BOOST_TEST(group->creatorName == "Joe");
}

BOOST_AUTO_TEST_CASE(links_are_seen_from_both_sides_and_survive_a_restart) {
    const auto ann = addUser("ann");
    const auto device = enrol(group);
    UserGroup team;
    team.name = "Team";
    const auto teamId = directory->addUserGroup(team)->id;
    directory->setLink(ann->id, device->id, 8);
    directory->setLink(ann->id, teamId, 99);
    directory->setLink(teamId, group->id, 0);
    directory->flush();
    restart();
    BOOST_TEST(directory->device(device->id)->links.at(ann->id) == 8U);
    BOOST_TEST(directory->user(ann->id)->links.at(device->id) == 8U);
    BOOST_TEST(directory->user(ann->id)->links.at(teamId) == 1U);
    BOOST_TEST(directory->userGroup(teamId)->users.contains(ann->id));
    BOOST_TEST(directory->userGroup(teamId)->links.at(group->id) == 0U);
    BOOST_TEST(directory->group(group->id)->links.at(teamId) == 0U);
    BOOST_TEST(directory->removeLink(ann->id, teamId));
    BOOST_TEST(!directory->removeLink(ann->id, teamId));
    BOOST_TEST(directory->userGroup(teamId)->users.empty());
}

BOOST_AUTO_TEST_CASE(links_make_sense_or_are_refused) {
    User foreign;
    foreign.name = "eve";
    foreign.domain = "other";
    const auto eve = directory->addUser(foreign);
    const auto device = enrol(group);
    BOOST_CHECK_EXCEPTION(directory->setLink(eve->id, group->id, 8), Error,
                          is(ErrorCode::InvalidArgument, "domain"));
    BOOST_CHECK_THROW(directory->setLink(device->id, group->id, 8), Error);
    BOOST_CHECK_THROW(directory->setLink(group->id, joe->id, 8), Error);
    BOOST_CHECK_THROW(directory->setLink(joe->id, eve->id, 8), Error);
    BOOST_CHECK_THROW(directory->setLink("", "", 8), Error);
}

BOOST_AUTO_TEST_CASE(removing_a_user_removes_it_everywhere) {
    const auto ann = addUser("ann");
    const auto device = enrol(group);
    directory->setLink(ann->id, group->id, 8);
    directory->setLink(ann->id, device->id, 8);
    directory->removeUser(ann->id);
    BOOST_TEST(directory->user(ann->id) == nullptr);
    BOOST_TEST(!directory->group(group->id)->links.contains(ann->id));
    BOOST_TEST(!directory->device(device->id)->links.contains(ann->id));
    directory->flush();
    restart();
    BOOST_TEST(!directory->group(group->id)->links.contains(ann->id));
    addUser("ann"); // a new one inherits nothing
    BOOST_TEST(directory->userByName("", "ann")->links.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_removal_keeps_the_user) {
    BOOST_CHECK_THROW(
        directory->removeUser(joe->id, [](const User&) { throw Error(ErrorCode::Conflict, "no"); }),
        Error);
    BOOST_TEST(directory->user(joe->id) != nullptr);
    BOOST_TEST(stored()->user(joe->id) != nullptr);
}

BOOST_AUTO_TEST_CASE(a_removed_group_takes_its_devices_along_also_unsaved_ones) {
    const auto saved = enrol(group);
    directory->flush();
    const auto unsaved = enrol(group);
    directory->removeGroup(group->id);
    BOOST_TEST(directory->group(group->id) == nullptr);
    BOOST_TEST(directory->hiddenGroup(group->id) != nullptr);
    BOOST_TEST(directory->device(saved->id) == nullptr);
    BOOST_TEST(directory->device(unsaved->id) == nullptr);
    BOOST_TEST(directory->user(joe->id)->links.empty());
    BOOST_CHECK_EXCEPTION(enrol(group), Error, is(ErrorCode::NotFound));
    BOOST_CHECK_EXCEPTION(directory->setLink(joe->id, group->id, 8), Error,
                          is(ErrorCode::NotFound));
    restart();
    BOOST_TEST(directory->deviceCount() == 0U);
    BOOST_TEST(directory->hiddenGroup(group->id) != nullptr);
    BOOST_TEST(directory->reviveGroup(group->id)->links.empty());
    directory->removeGroup(group->id, RemoveKind::Erase);
    BOOST_TEST(stored()->hiddenGroup(group->id) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_device_moves_between_groups) {
    const auto other = addGroup(joe, "Other");
    const auto device = enrol(group);
    directory->moveDevice(device->id, other->id);
    BOOST_TEST(directory->devicesOf(group->id).empty());
    BOOST_REQUIRE_EQUAL(directory->devicesOf(other->id).size(), 1U);
    BOOST_TEST(stored()->device(device->id)->groupId == other->id);
}

BOOST_AUTO_TEST_CASE(users_written_by_another_process_are_taken_over) {
    {
        const auto other = stored();
        User user;
        user.name = "new";
        other->addUser(user);
        other->updateUser(joe->id, [](User& record) { record.passwordHash = "changed"; });
    }
    BOOST_TEST(directory->userByName("", "new") == nullptr);
    directory->reloadUsers();
    BOOST_TEST(directory->userByName("", "new") != nullptr);
    BOOST_TEST(directory->user(joe->id)->passwordHash == "changed");
    BOOST_TEST(directory->user(joe->id)->links.contains(group->id));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(agents, Fixture)

BOOST_AUTO_TEST_CASE(an_agent_cannot_enrol_without_a_group_twice_or_elsewhere) {
    auto device = deviceIn(group);
    device.groupId = newId(IdKind::Group, "");
    BOOST_CHECK_EXCEPTION(directory->enrolDevice(device), Error, is(ErrorCode::NotFound));
    const auto first = enrol(group);
    auto again = deviceIn(group);
    again.id = first->id;
    BOOST_CHECK_EXCEPTION(directory->enrolDevice(again), Error, is(ErrorCode::Conflict));
    device = deviceIn(group);
    device.id = "node/other/" + std::string(64, 'A');
    device.domain = "other";
    BOOST_CHECK_EXCEPTION(directory->enrolDevice(device), Error, is(ErrorCode::InvalidArgument));
    device.id = "node//x";
    BOOST_CHECK_EXCEPTION(directory->enrolDevice(device), Error, is(ErrorCode::InvalidArgument));
    BOOST_TEST(directory->deviceCount() == 1U);
}

BOOST_AUTO_TEST_CASE(what_agents_say_is_cut_and_cleaned) {
    auto device = deviceIn(group);
    device.name = std::string(10'000, 'n');
    device.osDesc = "\x1B]0;evil\x07 \xFF";
    device.icon = 77;
    device.users.assign(1000, std::string(1000, 'u'));
    const auto record = directory->enrolDevice(device);
    BOOST_TEST(record->name.size() == 256U);
    BOOST_TEST(record->osDesc == " ]0;evil  \xEF\xBF\xBD");
    BOOST_TEST(record->icon == 1U);
    BOOST_TEST(record->users.size() == 64U);
    const auto touched = directory->touchDevice(record->id, [](Device& it) {
        it.extra["volumes"] = std::string(100'000, 'v');
        it.name = "";
        it.agent.core = std::string(1000, 'c');
    });
    BOOST_TEST(touched->extra.empty());
    BOOST_TEST(touched->name == record->name);
    BOOST_TEST(touched->agent.core.size() == 256U);
}

BOOST_AUTO_TEST_CASE(an_agent_cannot_change_whose_it_is) {
    const auto device = enrol(group);
    const auto other = addGroup(joe, "Other");
    directory->touchDevice(device->id, [&](Device& it) {
        it.id = nowhere();
        it.groupId = other->id;
        it.domain = "x";
        it.links["user//eve"] = right::kGroupAdmin;
        it.osDesc = "Debian";
    });
    const auto after = directory->device(device->id);
    BOOST_TEST(after->groupId == group->id);
    BOOST_TEST(after->domain.empty());
    BOOST_TEST(after->links.empty());
    BOOST_TEST(after->osDesc == "Debian");
    BOOST_TEST(directory->touchDevice(nowhere(), [](Device&) {}) == nullptr);
}

BOOST_AUTO_TEST_CASE(nesting_that_would_not_load_again_is_not_taken) {
    const auto device = enrol(group);
    json::value deep = 1;
    for (int i = 0; i < 200; ++i)
        deep = json::array{deep};
    directory->touchDevice(device->id, [&](Device& it) { it.extra["av"] = deep; });
    directory->flush();
    BOOST_TEST(directory->device(device->id)->extra.empty());
    BOOST_TEST(stored()->device(device->id) != nullptr);
}

BOOST_AUTO_TEST_CASE(what_people_set_is_not_cut_by_an_agent) {
    const auto device = enrol(group);
    std::string name;
    for (int i = 0; i < 200; ++i)
        name += "\xC3\xA4"; // 200 characters, 400 bytes
    directory->updateDevice(device->id, [&](Device& it) { it.name = name; });
    directory->touchDevice(device->id, [](Device& it) { it.osDesc = "x"; });
    BOOST_TEST(directory->device(device->id)->name == name);
}

BOOST_FIXTURE_TEST_CASE(agents_need_no_database_and_nothing_is_lost_when_it_comes_back, test::Hurried<Fixture>) {
    const auto device = enrol(group);
    directory->flush();
    const auto other = test::openDatabase(folder);
    other->transaction([&](store::Session& session) {
        session.run("DELETE FROM side_documents");
        directory->touchDevice(device->id, [](Device& it) { it.osDesc = "new"; });
        const auto token = directory->agentConnected(device->id, "1.2.3.4:5");
        BOOST_TEST(token != 0U);
        BOOST_CHECK_EXCEPTION(directory->flush(), Error, is(ErrorCode::Unavailable, "locked"));
        BOOST_CHECK_EXCEPTION(directory->updateGroup(group->id, [](Group& it) { it.desc = "x"; }),
                              Error, is(ErrorCode::Unavailable, "locked"));
        BOOST_TEST(directory->group(group->id)->desc.empty()); // not saved, so not shown
        BOOST_CHECK_EXCEPTION(enrol(group), Error, is(ErrorCode::Unavailable, "locked"));
        BOOST_TEST(directory->devicesOf(group->id).size() == 1U);
    });
    directory->flush();
    BOOST_TEST(stored()->device(device->id)->osDesc == "new");
    BOOST_TEST(stored()->device(device->id)->lastAddress == "1.2.3.4:5");
}

BOOST_AUTO_TEST_CASE(presence_follows_the_newest_connection) {
    const auto device = enrol(group);
    BOOST_TEST(directory->agentConnected(nowhere(), "x") == 0U);
    const auto first = directory->agentConnected(device->id, "1.1.1.1:1");
    time.advance(std::chrono::seconds(5));
    const auto second = directory->agentConnected(device->id, "2.2.2.2:2");
    BOOST_TEST(!directory->agentDisconnected(device->id, first));
    BOOST_TEST(!directory->agentDisconnected(device->id, 0));
    BOOST_TEST(directory->presence(device->id).address == "2.2.2.2:2");
    BOOST_TEST(directory->presence(device->id).agentSinceMs == *time.ms);
    BOOST_TEST(directory->connectedCount() == 1U);
    BOOST_TEST(directory->agentDisconnected(device->id, second));
    BOOST_TEST(!directory->agentDisconnected(device->id, second));
    BOOST_TEST(directory->connectedCount() == 0U);
    BOOST_TEST(!directory->presence(device->id).isConnected());
    BOOST_TEST(directory->presence(device->id).power == 0U);
}

BOOST_AUTO_TEST_CASE(other_connections_stay_when_the_agent_goes) {
    const auto device = enrol(group);
    directory->updatePresence(device->id, [](Presence& it) {
        it.connection |= connection::kAmtCira;
        it.power = 1;
    });
    const auto token = directory->agentConnected(device->id, "x");
    directory->agentDisconnected(device->id, token);
    BOOST_TEST(directory->presence(device->id).connection == connection::kAmtCira);
    BOOST_TEST(directory->connectedCount() == 1U);
    directory->removeDevice(device->id);
    BOOST_TEST(directory->connectedCount() == 0U);
}

BOOST_AUTO_TEST_CASE(all_fields_survive_a_restart) {
    auto device = deviceIn(group, "n");
    device.type = 3;
    device.host = "h";
    device.ip = "10.0.0.1";
    device.osDesc = "os";
    device.desc = "line\nline";
    device.icon = 4;
    device.consent = 127;
    device.tags = {"a", "b"};
    device.agent = {1, 6, 0xFFFFFFFF, "core", "date", "tag", true};
    device.users = {"root"};
    device.lockedUsers = {"x"};
    device.lastBootMs = 1;
    device.extra["av"] = json::array{json::object{{"product", "x"}, {"enabled", true}}};
    const auto made = directory->enrolDevice(device);
    User user;
    user.name = "Full";
    user.siteRights = 0xFFFFFFFF;
    user.removeRights = 0xFFFFFFFF;
    user.email = "a@b";
    user.isEmailVerified = true;
    user.realName = "r";
    user.phone = "1";
    user.lang = "de";
    user.flags = 3;
    user.consent = 5;
    user.loginS = user.pastLoginS = user.accessS = 7;
    user.passwordChangedS = -1;
    user.passwordHash = "$argon2id$";
    user.realms = {"x"};
    user.extra["quota"] = 5;
    const auto full = directory->addUser(user);
    directory->updateGroup(group->id, [](Group& it) {
        it.desc = "d";
        it.flags = 2;
        it.consent = 64;
        it.extra["expireDevs"] = 3;
    });
    restart();
    BOOST_TEST((*directory->device(made->id) == *made));
    BOOST_TEST((*directory->user(full->id) == *full));
    BOOST_TEST(directory->group(group->id)->extra.at("expireDevs").as_int64() == 3);
    BOOST_TEST(directory->group(group->id)->createdMs == 1'700'000'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
