#include <boost/test/unit_test.hpp>

#include "channel_fixture.hpp"

#include <trellis/wire/settings.hpp>
#include <trellis/wire/percent.hpp>

using namespace trellis;
using namespace trellis::agent;
using namespace trellis::agent::testing;
using trellis::test::request;

namespace {

struct DownloadFixture {
    DownloadFixture()
        : server([this](AgentServices& services) {
              std::ofstream(folder.path() / "trellis-agent") << "our agent";
              services.ownAgent = folder.path() / "trellis-agent";
              services.settings.path = meshcentral.path().string();
              std::ofstream(meshcentral.path() / "meshagent_arm") << "an ARM agent";
          }) {}
    trellis::test::HttpReply get(const std::string& target, trellis::test::Fields headers = {}) {
        return request(server.client(), {.target = target, .headers = std::move(headers)});
    }
    trellis::test::TempFolder folder;
    trellis::test::TempFolder meshcentral;
    ChannelFixture server;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(downloads, DownloadFixture)

BOOST_AUTO_TEST_CASE(settings_need_a_token_or_a_user_who_sees_the_group) {
    const auto id = wire::percentEncode(server.group->id);
    BOOST_TEST(get("/meshsettings").status == 404);
    BOOST_TEST(get("/meshsettings?id=" + id).status == 401);
    BOOST_TEST(get("/meshsettings?id=junk").status == 401);
    const auto stranger = server.sessions.create(server.stranger->id, "1.2.3.4", "test");
    const auto owner = server.sessions.create(server.user->id, "1.2.3.4", "test");
    const auto cookie = [](const auth::NewSession& session) {
        return trellis::test::Fields{{"Cookie", "__Host-trellis=" + session.secret}};
    };
    BOOST_TEST(get("/meshsettings?id=" + id, cookie(stranger)).status == 401);
    BOOST_TEST(get("/meshsettings?id=" + id, cookie(owner)).status == 200);
    const auto last = wire::percentEncode(server.group->id.substr(6));
    BOOST_TEST(get("/meshsettings?id=" + last, cookie(owner)).status == 200);
}

BOOST_AUTO_TEST_CASE(token_opens_its_own_group_and_no_other_purpose_does) {
    const auto token = server.channel->installToken(server.group->id, std::chrono::minutes(5));
    const auto host = "127.0.0.1:" + std::to_string(server.listener->port());
    const auto reply = get("/meshsettings?id=" + wire::percentEncode(token), {{"Host", host}});
    BOOST_REQUIRE(reply.status == 200);
    const auto settings = wire::parseSettings(reply.body);
    BOOST_TEST(settings->at("ServerID") ==
               wire::encodeHex(server.certificates->serverId(), wire::HexCase::Upper));
    BOOST_TEST(settings->at("MeshID") ==
               "0x" + wire::encodeHex(server.groupHash(), wire::HexCase::Upper));
    BOOST_TEST(settings->at("MeshServer") == "wss://" + host + "/agent.ashx");
    BOOST_TEST(reply.body.starts_with("\r\nMeshName=Group\r\n"));
    const auto other = server.tokens.make(auth::Purpose::Download, {{"meshid", server.group->id}},
                                          std::chrono::minutes(5));
    BOOST_TEST(get("/meshsettings?id=" + wire::percentEncode(other)).status == 401);
    server.time.advance(std::chrono::minutes(6));
    BOOST_TEST(get("/meshsettings?id=" + wire::percentEncode(token)).status == 401);
}

BOOST_AUTO_TEST_CASE(tags_and_flags_cannot_add_lines) {
    const auto token =
        wire::percentEncode(server.channel->installToken(server.group->id, std::chrono::minutes(5)));
    BOOST_TEST(get("/meshsettings?id=" + token + "&tag=a%0d%0aMeshServer%3dx").status == 400);
    BOOST_TEST(get("/meshsettings?id=" + token + "&installflags=9").status == 400);
    const auto good = get("/meshsettings?id=" + token + "&tag=lab3&installflags=2");
    BOOST_TEST(wire::parseSettings(good.body)->at("Tag") == "lab3");
    BOOST_TEST(wire::parseSettings(good.body)->at("InstallFlags") == "2");
}

BOOST_AUTO_TEST_CASE(agents_come_with_name_and_hash_and_unknown_ones_are_not_found) {
    const auto own = get("/meshagents?id=6");
    BOOST_TEST(own.status == 200);
    BOOST_TEST(own.body == "our agent");
    BOOST_TEST(own.header("Content-Disposition") == "attachment; filename=\"trellis-agent\"");
    BOOST_TEST(!own.header("Last-Modified").empty());
    BOOST_REQUIRE(eventually([&] { return server.channel->binaries().find(9).has_value(); }));
    BOOST_TEST(get("/meshagents?id=9").body == "an ARM agent");
    BOOST_TEST(get("/meshagents?id=9&agent=trellis").status == 404);
    for (const char* bad : {"7", "-1", "99999", "x", "6x", "..%2f..%2fetc%2fpasswd"}) {
        BOOST_TEST_CONTEXT(bad) {
            BOOST_TEST(get(std::string("/meshagents?id=") + bad).status == 404);
        }
    }
    BOOST_TEST(get("/meshagents?id=6&meshid=junk").status == 401);
    BOOST_TEST(get("/meshagents?script=1").body.starts_with("#!/bin/sh"));
    BOOST_TEST(get("/meshagents?script=2").status == 404);
    BOOST_TEST(json::parse(get("/meshagents").body).as_array().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_group_s_id_gives_the_agent_with_its_settings_behind_it) {
    const auto id = wire::percentEncode(server.group->id.substr(6));
    const auto reply = get("/meshagents?id=6&installflags=2&meshid=" + id);
    BOOST_REQUIRE(reply.status == 200);
    BOOST_TEST(reply.body.starts_with("our agent"));
    const auto bytes = wire::bytesOf(reply.body);
    const auto size = wire::embeddedSettingsSize(bytes);
    BOOST_REQUIRE(size.has_value());
    const auto text = reply.body.substr(reply.body.size() - wire::kSettingsTrailer - *size, *size);
    const auto settings = wire::parseSettings(text);
    BOOST_TEST(settings->at("InstallFlags") == "2");
    BOOST_TEST(settings->at("MeshName") == "Group");
    BOOST_TEST(get("/meshagents?id=6&installflags=9&meshid=" + id).status == 400);
    BOOST_TEST(get("/meshagents?id=6&tag=a%0d%0ab&meshid=" + id).status == 400);
    BOOST_TEST(get("/meshagents?id=7&meshid=" + id).status == 404);
    BOOST_TEST(get("/meshagents?id=6&meshid=" + std::string(64, 'x')).status == 401);
}

BOOST_AUTO_TEST_CASE(a_signed_program_keeps_its_settings_within_its_certificates) {
    // The head of a 64-bit Windows program with a certificate table of 16 bytes at the end.
    std::string program(0x200, '\0');
    const auto put = [&](std::size_t at, std::string_view what) { program.replace(at, what.size(), what); };
    put(0, "MZ");
    put(0x3C, "\x80");
    put(0x80, std::string_view("PE\0\0", 4));
    put(0x98, "\x0B\x02");
    const std::size_t entry = 0x98 + 112 + 32;
    put(entry, std::string_view("\xF0\x01\0\0\x10\0\0\0", 8));
    put(0x1F0, "\x10");
    std::ofstream(meshcentral.path() / "MeshService64.exe", std::ios::binary) << program;
    server.channel->binaries().refresh();
    const auto id = wire::percentEncode(server.group->id.substr(6));
    const auto reply = get("/meshagents?id=4&meshid=" + id);
    BOOST_REQUIRE(reply.status == 200);
    const auto more = reply.body.size() - program.size();
    BOOST_TEST(more % 8 == 0u);
    const auto number = [&](std::size_t at) {
        return static_cast<unsigned char>(reply.body[at]) +
               256u * static_cast<unsigned char>(reply.body[at + 1]);
    };
    BOOST_TEST(number(entry + 4) == 16 + more);
    BOOST_TEST(number(0x1F0) == 16 + more);
    BOOST_TEST(wire::embeddedSettingsSize(wire::bytesOf(reply.body)).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
