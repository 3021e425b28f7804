// Commands and messages to devices.
#include <boost/test/unit_test.hpp>

#include "command_fixture.hpp"

using namespace trellis;
using namespace trellis::test;

BOOST_FIXTURE_TEST_SUITE(acting_on_devices, CommandFixture)

BOOST_AUTO_TEST_CASE(a_command_is_sent_with_who_asked) {
    BOOST_TEST(resultOf({{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                         {"cmds", "id"}, {"runAsUser", 0}, {"rights", 1}, {"userid", "user//x"}}) ==
               "OK");
    const auto sent = devices.sent().at(0).message;
    BOOST_TEST(text(sent, "action") == "runcommands");
    BOOST_TEST(sent.at("type") == 3);
    BOOST_TEST(text(sent, "userid") == owner->id);
    BOOST_TEST(sent.at("rights") == 0xFFFFFFFFu);
    BOOST_TEST(text(sent, "sessionid").starts_with(owner->id + "/"));
    BOOST_TEST(!sent.contains("nodeids"));
}

BOOST_AUTO_TEST_CASE(output_goes_to_who_asked_and_to_nobody_else) {
    auto watching = withRights("eve", 0xFFFFFFFF);
    control.send({{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                  {"cmds", "id"}, {"reply", true}, {"responseid", "meshctrl"}});
    BOOST_TEST(eventually([&] { return devices.sent().size() == 1; }));
    const auto sent = devices.sent().at(0).message;
    const auto token = text(sent, "responseid");
    BOOST_TEST(token != "meshctrl");
    const json::object answer{{"action", "msg"}, {"type", "runcommands"}, {"result", "uid=0"},
                              {"responseid", token}, {"nodeid", device->id}};
    // Another device cannot answer for this one.
    auto forged = answer;
    forged["nodeid"] = "node//" + std::string(64, 'f');
    forged["result"] = "forged";
    api.control().hub().toSession(text(sent, "sessionid"), forged);
    api.control().hub().toSession(text(sent, "sessionid"), answer);
    for (;;) {
        const auto message = control.await("msg");
        if (text(message, "responseid") != "meshctrl") continue;
        BOOST_TEST(text(message, "result") == "uid=0");
        break;
    }
    watching.send({{"action", "ping"}});
    for (;;) {
        const auto message = parse(watching.socket().receiveText());
        BOOST_TEST(text(message, "action") != "msg");
        if (text(message, "action") == "pong") break;
    }
}

BOOST_AUTO_TEST_CASE(running_commands_is_refused_with_the_right_words) {
    const auto run = [&](Control& as, json::object extra) {
        json::object message{{"action", "runcommands"}, {"nodeids", {device->id}}, {"type", 0},
                             {"cmds", "id"}};
        for (auto& member : extra) message[member.key()] = member.value();
        return resultOf(as, message);
    };
    const auto offline = enrol(group, "pc2");
    BOOST_TEST(run(control, {{"nodeids", {offline->id}}}) == "Agent not connected");
    BOOST_TEST(run(control, {{"type", 2}}) == "Invalid command type");
    BOOST_TEST(run(control, {{"type", 9}}) == "Invalid command type");
    BOOST_TEST(run(control, {{"nodeids", {"node/other/x"}}}) == "Invalid nodeid");
    BOOST_TEST(run(control, {{"nodeids", {"node/other/" + std::string(64, 'x')}}}) == "Invalid domain");
    BOOST_TEST(run(control, {{"cmds", ""}}) == "Invalid commands");
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(run(as, {}) == "Access denied");
    BOOST_TEST(run(as, {{"type", 4}}) == "Access denied");
    auto other = signIn("stranger");
    // Who has rights somewhere is told that they are missing here, who has none that nothing is there.
    BOOST_TEST(run(other, {}) == "Invalid nodeid");
    directory->setLink(stranger->id, addGroup(owner, "Elsewhere")->id,
                       model::right::kRemoteControl);
    BOOST_TEST(run(other, {}) == "Access denied");
    BOOST_TEST(devices.sent().empty());
}

BOOST_AUTO_TEST_CASE(messages_are_checked_with_and_without_an_answer_wanted) {
    BOOST_TEST(resultOf({{"action", "msg"}, {"type", "ps"}, {"nodeid", device->id}}) == "OK");
    BOOST_TEST(text(devices.sent().at(0).message, "type") == "ps");
    auto viewer = withRights("eve", model::right::kRemoteControl | model::right::kViewOnly);
    BOOST_TEST(resultOf(viewer, {{"action", "msg"}, {"type", "pskill"}, {"value", "1"},
                                 {"nodeid", device->id}}) == "Unable to route");
    viewer.send({{"action", "msg"}, {"type", "pskill"}, {"value", "1"}, {"nodeid", device->id}});
    auto plain = withRights("bob", model::right::kRemoteControl);
    BOOST_TEST(resultOf(plain, {{"action", "msg"}, {"type", "console"}, {"value", "help"},
                                {"nodeid", device->id}}) == "Unable to route");
    auto other = signIn("stranger");
    BOOST_TEST(resultOf(other, {{"action", "msg"}, {"type", "ps"}, {"nodeid", device->id}}) ==
               "Unable to route");
    viewer.ask({{"action", "meshes"}}); // everything before it has been served
    BOOST_TEST(devices.sent().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_tunnel_is_asked_for_at_the_relay) {
    const auto cookies = control.ask({{"action", "authcookie"}});
    BOOST_TEST(urls.readAuth(text(cookies, "cookie"), "").has_value());
    BOOST_TEST(urls.readRelayAuth(text(cookies, "rcookie")).has_value());
    const auto value = "*/meshrelay.ashx?p=1&nodeid=" + device->id + "&id=abc";
    BOOST_TEST(resultOf({{"action", "msg"}, {"type", "tunnel"}, {"usage", 1}, {"value", value},
                         {"nodeid", device->id}}) == "OK");
    const auto opened = tunnels.opened.with([](auto& all) { return all; });
    BOOST_TEST(opened.at(0).value == value);
    BOOST_TEST(opened.at(0).caller.userId == owner->id);
    BOOST_TEST(devices.sent().empty()); // telling the agent is the relay's business
}

BOOST_AUTO_TEST_CASE(the_page_s_tunnel_has_a_ticket_and_its_refusals_a_code) {
    const auto answer =
        control.ask({{"action", "tunnel.open"}, {"nodeid", device->id}, {"protocol", 1}});
    BOOST_TEST(text(answer.at("result").as_object(), "id") == "ticket");
    const auto refused =
        control.ask({{"action", "tunnel.open"}, {"nodeid", device->id}, {"protocol", 666}});
    BOOST_TEST(text(refused.at("error").as_object(), "code") == "forbidden");
    auto other = signIn("stranger");
    const auto hidden =
        other.ask({{"action", "tunnel.open"}, {"nodeid", device->id}, {"protocol", 1}});
    BOOST_TEST(text(hidden.at("error").as_object(), "code") == "not_found");
}

BOOST_AUTO_TEST_CASE(a_notice_needs_its_right) {
    BOOST_TEST(resultOf({{"action", "toast"}, {"nodeids", {device->id}}, {"msg", "hi"}}) == "ok");
    auto as = withRights("eve", model::right::kRemoteControl);
    BOOST_TEST(resultOf(as, {{"action", "toast"}, {"nodeids", {device->id}}, {"msg", "hi"}}) ==
               "Access Denied");
}

BOOST_AUTO_TEST_SUITE_END()
