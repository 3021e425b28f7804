#include <boost/test/unit_test.hpp>

#include "channel_fixture.hpp"
#include "core/agent/flap_guard.hpp"
#include "core/agent/negotiation.hpp"

using namespace trellis;
using namespace trellis::agent;
using namespace trellis::agent::testing;
using wire::Command;

BOOST_FIXTURE_TEST_SUITE(agent_channel, ChannelFixture)

BOOST_AUTO_TEST_CASE(new_agent_is_enrolled_and_gets_the_script) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.authenticate("reception");
    BOOST_TEST(wire::isAuthConfirm(link.receive()));
    BOOST_TEST((link.receive() == wire::buildHeader(Command::CoreModuleHash)));
    link.send(wire::buildHeader(Command::CoreModuleHash)); // has none
    const auto pushed = link.receive();
    const auto module = wire::parseCoreModule(pushed);
    BOOST_REQUIRE(bool(module));
    BOOST_TEST((*module->hash == channel->script().current()->hash));
    BOOST_TEST((*module->hash == wire::sha384(module->core)));
    link.send(wire::buildHash(Command::CoreModuleHash, *module->hash));
    BOOST_TEST((link.receive() == wire::buildHeader(Command::CoreOk)));

    BOOST_TEST(isOnline(agent));
    const auto device = directory->device(idOf(agent));
    BOOST_REQUIRE(device != nullptr);
    BOOST_TEST(device->name == "reception");
    BOOST_TEST(device->groupId == group->id);
    BOOST_TEST(device->agent.id == wire::arch::kLinuxX64);
    BOOST_TEST(device->agent.commitDate == "2022-Nov-2 23:01:45-0700");
    link.socket().stream().close();
    BOOST_TEST(eventually([&] { return !isOnline(agent); }));
}

BOOST_AUTO_TEST_CASE(pinned_agent_is_let_in_without_a_signature) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.send(wire::buildAuthConfirm());
    link.send(agent.request(link.webHash));
    link.send(agent.info(groupHash()));
    const auto reply = wire::parseAuthRequest(link.receive());
    link.send(agent.proof(*reply));
    BOOST_TEST(wire::isAuthConfirm(link.receive())); // and no cmd 2 before it
}

BOOST_AUTO_TEST_CASE(one_byte_tls_records_make_no_difference) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    const auto message = agent.request(link.webHash);
    // A masked binary frame with a zero mask: RFC 6455 section 5.2.
    std::string frame("\x82\xE2", 2);
    frame.append(4, '\0').append(wire::textOf(message));
    for (const char c : frame) link.socket().stream().write({&c, 1});
    BOOST_TEST(bool(wire::parseAuthRequest(link.receive())));
}

BOOST_AUTO_TEST_CASE(rejected_agents_are_held_in_silence) {
    const FakeAgent agent;
    const auto unknown = wire::sha384(wire::bytesOf("no such group"));
    AgentLink wrongGroup(*this, agent);
    wrongGroup.authenticate("pc1", &unknown);
    AgentLink wrongHash(*this, agent);
    wrongHash.send(agent.request(unknown));
    AgentLink wrongSignature(*this, agent);
    wrongSignature.send(agent.request(wrongSignature.webHash));
    auto reply = *wire::parseAuthRequest(wrongSignature.receive());
    wrongSignature.receive();
    reply.nonce[0] ^= std::byte{1};
    wrongSignature.send(agent.proof(reply));
    wrongSignature.send(agent.info(groupHash()));
    for (auto* link : {&wrongGroup, &wrongHash, &wrongSignature}) BOOST_TEST(link->isSilent());
    BOOST_TEST(directory->device(idOf(agent)) == nullptr);
    BOOST_TEST(channel->hub().size() == 0U);
}

BOOST_AUTO_TEST_CASE(foreign_origin_is_refused) {
    const auto reply = trellis::test::tryUpgrade(client(), "/agent.ashx",
                                                 {{"Origin", "https://evil.example"}});
    BOOST_TEST(reply.status == 403);
}

BOOST_AUTO_TEST_CASE(malformed_messages_close_with_a_protocol_error) {
    const FakeAgent agent;
    AgentLink lie(*this, agent);
    lie.send(*wire::decodeHex("000204000101"));
    BOOST_TEST(lie.socket().waitForClose() == 1002);
    AgentLink later(*this, agent);
    later.connect();
    later.send(*wire::decodeHex("000b0000aabb"));
    BOOST_TEST(later.socket().waitForClose() == 1002);
}

BOOST_AUTO_TEST_CASE(oversized_messages_close_with_too_big_before_and_after) {
    const FakeAgent agent;
    AgentLink early(*this, agent);
    early.socket().sendBinary(std::string(wire::kMaxHandshakeMessage + 1, 'x'));
    BOOST_TEST(early.socket().waitForClose() == 1009);
    AgentLink later(*this, agent);
    later.connect();
    later.socket().sendText(std::string(256 * 1024 + 1, '{'));
    BOOST_TEST(later.socket().waitForClose() == 1009);
}

BOOST_AUTO_TEST_CASE(second_connection_takes_over_and_the_first_falls_silent) {
    const FakeAgent agent;
    AgentLink first(*this, agent);
    first.connect();
    AgentLink second(*this, agent);
    second.connect();
    BOOST_TEST(channel->hub().size() == 1U);
    first.send(json::object{{"action", "ping"}});
    BOOST_TEST(first.isSilent());
    BOOST_TEST(channel->hub().send(idOf(agent), {{"action", "hello"}}));
    BOOST_TEST(second.receiveJson()["action"] == "hello");
    first.socket().stream().close();
    second.send(json::object{{"action", "ping"}});
    BOOST_TEST(second.receiveJson()["action"] == "pong");
    BOOST_TEST(isOnline(agent)); // the old one's goodbye does not count
}

BOOST_AUTO_TEST_CASE(stored_group_wins_over_the_one_that_the_agent_names) {
    const FakeAgent agent;
    { AgentLink(*this, agent).connect(); }
    const auto other = addGroup(user, "Other");
    const auto otherHash = wire::hashAt(*wire::decodeId64(other->id.substr(6)));
    AgentLink again(*this, agent);
    again.authenticate("renamed", &otherHash);
    BOOST_TEST(wire::isAuthConfirm(again.receive()));
    BOOST_TEST(directory->device(idOf(agent))->groupId == group->id);
    BOOST_TEST(directory->device(idOf(agent))->rname == "renamed");
    BOOST_TEST(directory->device(idOf(agent))->name == "pc1"); // what people see stays
}

BOOST_AUTO_TEST_CASE(coreinfo_fills_the_record_and_cannot_change_native_bits) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.connect();
    link.send(json::object{{"action", "coreinfo"}, {"value", "Trellis 1"}, {"caps", 2},
                           {"osdesc", "Debian"}, {"root", true}, {"nodeid", "node//evil"}});
    BOOST_TEST(eventually([&] { return directory->device(idOf(agent))->osDesc == "Debian"; }));
    const auto device = directory->device(idOf(agent));
    BOOST_TEST(device->agent.core == "Trellis 1");
    BOOST_TEST((device->agent.caps & 2U) != 0U);
    BOOST_TEST((device->agent.caps & 16U) != 0U);
    BOOST_TEST(device->agent.isRoot);
}

BOOST_AUTO_TEST_CASE(replies_reach_only_people_with_rights_on_the_device) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.connect();
    const auto answer = [&](const char* session) {
        return json::object{{"action", "msg"}, {"type", "console"}, {"value", "x"},
                            {"sessionid", session}, {"nodeid", "node//forged"}};
    };
    link.send(answer("user//bob/0123"));
    link.send(answer("nonsense"));
    link.send(answer("user//anna/0123"));
    link.send(json::object{{"action", "msg"}, {"type", "console"}, {"userid", "user//bob"}});
    link.send(json::object{{"action", "msg"}, {"type", "console"}, {"value", "all"}});
    BOOST_TEST(eventually([&] { return this->told.all().size() >= 2; }));
    const auto all = this->told.all();
    BOOST_REQUIRE(all.size() == 2U);
    BOOST_TEST(all[0].to == "user//anna/0123");
    BOOST_TEST(std::string(all[0].message.at("nodeid").as_string()) == idOf(agent));
    BOOST_TEST(!all[0].message.contains("sessionid"));
    BOOST_TEST(all[1].to == "watchers of " + idOf(agent));
}

BOOST_AUTO_TEST_CASE(junk_in_messages_is_tolerated_up_to_a_limit) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.connect();
    for (const std::string_view junk : {"{", "{}", "{\"action\":7}", "{\"action\":\"nobody\"}",
                                        "{\"action\":\"coreinfo\",\"caps\":-1}",
                                        "{\"action\":\"msg\"}", "{\"action\":\"sysinfo\",\"data\":1}"}) {
        link.socket().sendText(junk);
    }
    link.socket().sendText(std::string(5000, '['));
    link.send(json::object{{"action", "ping"}});
    BOOST_TEST(link.receiveJson()["action"] == "pong");
    for (std::size_t i = 0; i < 101; ++i) link.socket().sendText("{broken");
    BOOST_TEST(link.socket().waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(removed_device_is_cut_and_may_enrol_again) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.connect();
    directory->removeDevice(idOf(agent));
    BOOST_TEST(link.socket().waitForClose() == 1000);
    AgentLink(*this, agent).connect();
    BOOST_TEST(directory->device(idOf(agent)) != nullptr);
}

BOOST_AUTO_TEST_CASE(deleted_group_stays_deleted_while_its_agents_are_connected) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.connect();
    directory->removeGroup(group->id);
    BOOST_TEST(eventually([&] { return channel->hub().size() == 0; }));
    BOOST_TEST(link.isSilent()); // connected still, so that it does not come back by itself
    BOOST_TEST(directory->group(group->id) == nullptr);
    link.socket().stream().close();
    AgentLink(*this, agent).connect(); // a restart of the device, say
    BOOST_REQUIRE(directory->group(group->id) != nullptr);
    BOOST_TEST(directory->group(group->id)->links.empty());
}

BOOST_AUTO_TEST_CASE(changed_script_is_asked_for_and_pushed) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.connect();
    const auto before = channel->script().current()->hash;
    const auto part = channel->script().addPart("x", "trellis.send({action:'x'});");
    BOOST_TEST((link.receive() == wire::buildHeader(Command::CoreModuleHash)));
    link.send(wire::buildHash(Command::CoreModuleHash, before));
    const auto pushed = link.receive();
    BOOST_TEST((*wire::parseCoreModule(pushed)->hash == channel->script().current()->hash));
}

BOOST_AUTO_TEST_CASE(script_that_never_fits_is_pushed_five_times_only) {
    const FakeAgent agent;
    AgentLink link(*this, agent);
    link.authenticate();
    link.receive(); // confirmed
    link.receive(); // asked
    const auto wrong = wire::buildHash(Command::CoreModuleHash, wire::sha384(wire::bytesOf("wrong")));
    for (int i = 0; i < Negotiation::kMaxPushes; ++i) {
        link.send(wrong);
        BOOST_TEST(bool(wire::parseCoreModule(link.receive())));
    }
    link.send(wrong);
    BOOST_TEST(link.isSilent());
}

BOOST_AUTO_TEST_CASE(flapping_agent_loses_its_script_and_then_its_voice) {
    const FakeAgent agent;
    std::vector<std::string> answers;
    for (int i = 0; i < 8; ++i) {
        AgentLink link(*this, agent);
        link.authenticate();
        if (i > static_cast<int>(FlapGuard::kSilenceAbove)) {
            BOOST_TEST(link.isSilent());
            break;
        }
        BOOST_TEST(wire::isAuthConfirm(link.receive()));
        const bool isCleared = link.receive() == wire::buildHeader(Command::CoreModule);
        BOOST_TEST(isCleared == (i > static_cast<int>(FlapGuard::kClearAbove)));
        link.socket().stream().close();
        BOOST_REQUIRE(eventually([&] { return !isOnline(agent); }));
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(agent_channel_settings)

BOOST_AUTO_TEST_CASE(slow_handshake_is_closed_at_its_deadline) {
    ChannelFixture server([](AgentServices& services) {
        services.settings.handshakeTimeout = std::chrono::seconds(1);
    });
    const FakeAgent agent;
    AgentLink link(server, agent);
    link.send(agent.info(server.groupHash()));
    BOOST_TEST(link.socket().waitForClose() == 1008);
}

BOOST_AUTO_TEST_CASE(deleted_group_never_comes_back_where_the_administrator_says_so) {
    ChannelFixture server([](AgentServices& services) { services.settings.reviveGroups = false; });
    server.directory->removeGroup(server.group->id);
    const FakeAgent agent;
    AgentLink link(server, agent);
    link.authenticate("pc1");
    BOOST_TEST(link.isSilent());
    BOOST_TEST(server.directory->group(server.group->id) == nullptr);
}

BOOST_AUTO_TEST_CASE(agents_above_the_limit_are_held) {
    ChannelFixture server([](AgentServices& services) { services.settings.maxAgents = 1; });
    const FakeAgent first(0);
    const FakeAgent second(1);
    AgentLink a(server, first);
    a.connect();
    AgentLink b(server, second);
    b.authenticate();
    BOOST_TEST(b.isSilent());
    BOOST_TEST(server.directory->device(server.idOf(second)) == nullptr);
    AgentLink again(server, first); // the one that is in may take over from itself
    again.connect();
}

BOOST_AUTO_TEST_CASE(plugin_may_refuse_an_agent) {
    ChannelFixture server([](AgentServices& services) {
        services.admit = [](const sdk::Request&, const json::object& facts) {
            return facts.at("isNew").as_bool() ? sdk::Decision::Deny : sdk::Decision::Allow;
        };
    });
    const FakeAgent agent;
    AgentLink link(server, agent);
    link.authenticate();
    BOOST_TEST(link.isSilent());
    BOOST_TEST(server.directory->device(server.idOf(agent)) == nullptr);
}

BOOST_AUTO_TEST_CASE(executable_is_streamed_block_by_block_and_only_thrice) {
    const trellis::test::TempFolder folder;
    std::string content(2 * wire::kMaxUpdateBlock + 17, 'x');
    content.front() = 'a';
    content.back() = 'z';
    std::ofstream(folder.path() / "meshagent_x86-64") << content;
    ChannelFixture server([&](AgentServices& services) {
        services.settings.update = true;
        services.settings.path = folder.path().string();
    });
    BOOST_REQUIRE(eventually([&] { return server.channel->binaries().find(6).has_value(); }));
    const FakeAgent agent;
    AgentLink link(server, agent);
    link.authenticate();
    BOOST_TEST(wire::isAuthConfirm(link.receive()));
    BOOST_TEST((link.receive() == wire::buildHeader(Command::AgentHash)));
    link.send(wire::buildHash(Command::AgentHash, wire::sha384(wire::bytesOf("old"))));
    BOOST_TEST((link.receive() == wire::buildHeader(Command::CoreModule)));
    BOOST_TEST((link.receive() == wire::buildHeader(Command::AgentUpdate)));
    std::string got;
    for (int block = 0; block < 3; ++block) {
        const auto message = link.receive();
        got += wire::textOf(wire::parseUpdateBlock(message)->data);
        link.send(json::object{{"action", "ping"}}); // ignored meanwhile
        link.send(wire::buildHeader(Command::AgentUpdateBlock, 1));
    }
    const auto end = link.receive();
    BOOST_TEST((wire::parseAgentUpdate(end)->hash == wire::sha384(wire::bytesOf(content))));
    BOOST_TEST((got == content));
    BOOST_TEST(link.isSilent());
}

BOOST_AUTO_TEST_CASE(agent_that_refuses_updates_is_not_updated) {
    const trellis::test::TempFolder folder;
    std::ofstream(folder.path() / "meshagent_x86-64") << "new";
    ChannelFixture server([&](AgentServices& services) {
        services.settings.update = true;
        services.settings.path = folder.path().string();
    });
    BOOST_REQUIRE(eventually([&] { return server.channel->binaries().find(6).has_value(); }));
    const FakeAgent agent;
    AgentLink link(server, agent);
    link.authenticate();
    link.receive();
    link.receive();
    link.send(wire::buildHash(Command::AgentHash, wire::Hash{}));
    link.takeScript();
}

BOOST_AUTO_TEST_SUITE_END()
