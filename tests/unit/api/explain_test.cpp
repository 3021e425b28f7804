// rights.explain: the words of a decision, and that the decision is the one that is enforced.
#include <boost/test/unit_test.hpp>

#include "outcome.hpp"

using namespace trellis;
using namespace trellis::test;
using sdk::ErrorCode;

namespace {

struct Explaining : OutcomeFixture {
    sdk::Caller boss = callerFor(*admin);
    model::UserPtr joe = account("joe");

    json::object ask(const sdk::Caller& caller, json::object args) {
        return dispatcher.call({"rights.explain", std::move(args), caller, std::nullopt})
            .as_object();
    }
    json::object ask(const std::string& action) {
        return ask(boss, {{"user", "joe"}, {"device", "pc1"}, {"what", action}});
    }
    static std::vector<std::string> rules(const json::object& answer) {
        std::vector<std::string> all;
        for (const auto& step : answer.at("steps").as_array())
            all.emplace_back(step.at("rule").as_string());
        return all;
    }
    auto refuses(const sdk::Caller& caller, const json::object& args) {
        try {
            ask(caller, args);
        } catch (const sdk::Error& error) {
            return std::pair(error.code(), std::string(error.what()));
        }
        return std::pair(ErrorCode::Internal, std::string("answered"));
    }
};

using Rules = std::vector<std::string>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(explaining, Explaining)

BOOST_AUTO_TEST_CASE(names_each_link_and_what_turned_it) {
    BOOST_TEST((rules(ask("changedevice")) == Rules{"no_link"}));
    const auto team = addTeam("Night shift");
    directory->setLink(joe->id, team->id, 1);
    directory->setLink(team->id, group->id, model::right::kRemoteControl | model::right::kViewOnly);
    directory->setLink(joe->id, device->id, model::right::kRemoteControl);
    auto answer = ask("msg");
    BOOST_TEST(!answer.at("allowed").as_bool());
    BOOST_TEST((rules(answer) == Rules{"link", "link", "sum", "restricted"}));
    const auto& steps = answer.at("steps").as_array();
    BOOST_TEST(steps.at(0).at("holder").at("name").as_string() == "joe");
    BOOST_TEST(steps.at(0).at("target").at("name").as_string() == "pc1");
    BOOST_TEST(steps.at(1).at("holder").at("name").as_string() == "Night shift");
    BOOST_TEST(steps.at(1).at("target").at("name").as_string() == "Lab");
    BOOST_TEST(json::serialize(steps.at(3).at("rights")) == R"(["viewonly"])");
    BOOST_TEST(answer.at("action").at("hasOwnRules").as_bool());
    BOOST_TEST((rules(ask("changedevice")) == Rules{"link", "link", "sum", "missing"}));
    BOOST_TEST(ask("getcookie").at("allowed").as_bool());
    directory->updateUser(joe->id, [](model::User& user) { user.removeRights = 8; });
    BOOST_TEST(
        (rules(ask("getcookie")) == Rules{"link", "link", "sum", "removed_right", "missing"}));
    directory->updateUser(joe->id,
                          [](model::User& user) { user.siteRights = model::site::kLocked; });
    BOOST_TEST((rules(ask("getcookie")) == Rules{"locked"}));
}

BOOST_AUTO_TEST_CASE(takes_commands_rights_and_groups) {
    directory->setLink(joe->id, group->id, model::right::kWake);
    BOOST_TEST(ask("wake").at("allowed").as_bool());
    BOOST_TEST(!ask("uninstall").at("allowed").as_bool());
    BOOST_TEST(!ask("site.manageusers").at("allowed").as_bool());
    BOOST_TEST(ask("wakedevices").at("allowed").as_bool());
    BOOST_TEST(!ask(boss, {{"user", joe->id}, {"what", "adduser"}}).at("allowed").as_bool());
    BOOST_TEST(ask(boss, {{"user", "admin"}, {"what", "adduser"}}).at("allowed").as_bool());
    const auto onGroup = ask(boss, {{"user", "joe"}, {"device", group->id}, {"what", "editmesh"}});
    BOOST_TEST((rules(onGroup) == Rules{"link", "sum", "missing"}));
    BOOST_TEST(
        refuses(boss, {{"user", "joe"}, {"what", "changedevice"}}).second.find("name the device") ==
        0U);
}

BOOST_AUTO_TEST_CASE(unknown_names_get_the_nearest_one) {
    const auto text = [&](json::object args) { return refuses(boss, args).second; };
    BOOST_TEST(text({{"user", "joee"}, {"device", "pc1"}, {"what", "msg"}}) ==
               "no user \"joee\"; did you mean \"joe\"?");
    BOOST_TEST(text({{"user", "joe"}, {"device", "pc2"}, {"what", "msg"}}) ==
               "no device \"pc2\"; did you mean \"pc1\"?");
    BOOST_TEST(text({{"user", "joe"}, {"device", "pc1"}, {"what", "remotecontroll"}}) ==
               "no command, session or right \"remotecontroll\"; did you mean \"remotecontrol\"?");
    online(group, "pc1");
    BOOST_TEST(text({{"user", "joe"}, {"device", "pc1"}, {"what", "msg"}}).find("several") == 0U);
}

BOOST_AUTO_TEST_CASE(others_ask_about_themselves_and_what_they_see) {
    const auto caller = callerFor(*joe);
    const json::object aboutOwner{{"user", "owner"}, {"device", "pc1"}, {"what", "msg"}};
    BOOST_TEST((refuses(caller, aboutOwner).first == ErrorCode::Forbidden));
    const json::object aboutNobody{{"user", "nobody"}, {"device", "pc1"}, {"what", "msg"}};
    BOOST_TEST(refuses(caller, aboutNobody).second == refuses(caller, aboutOwner).second);
    const json::object own{{"user", "joe"}, {"device", "pc1"}, {"what", "msg"}};
    BOOST_TEST(refuses(caller, own).second == "no device \"pc1\"");
    directory->setLink(joe->id, group->id, 8);
    BOOST_TEST(ask(caller, own).at("allowed").as_bool());
}

/// Whatever is asked, the answer is what the gate does.
BOOST_AUTO_TEST_CASE(the_answer_is_what_the_dispatcher_does) {
    ProbeDispatcher probe(dispatcher.commands(),
                          {&access, &audit, &timers, &pool, &decisions, &telemetry::log("t")});
    for (const std::uint32_t bits : {0U, 2U, 4U, 8U, 6U, 0x3FFFFFU, 0xFFFFFFFFU}) {
        directory->setLink(joe->id, group->id, bits);
        for (const auto& info : dispatcher.commands()) {
            const auto& command = info.spec->command;
            if (info.spec->each)
                continue; // asked by the command itself: handler_rights_test.cpp
            const json::object ids{{"nodeid", device->id}, {"meshid", group->id}};
            const bool isRun = probe.passes(callerFor(*joe), command.name, ids);
            BOOST_TEST(ask(command.name).at("allowed").as_bool() == isRun,
                       command.name << " with " << bits);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
