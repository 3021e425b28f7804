#include "agent/link/settings.hpp"

#include <boost/test/unit_test.hpp>

using trellis::device::readSettings;

namespace {
const std::string kId(96, 'A');
std::string msh(const std::string& servers, const std::string& ids, const std::string& more = "") {
    return "\r\nMeshName=g\r\nMeshType=2\r\nMeshID=0x" + kId + "\r\nServerID=" + ids +
           "\r\nMeshServer=" + servers + "\r\n" + more;
}
std::string errorOf(const std::string& text) { return readSettings(text).error; }
bool says(const std::string& text, const char* word) {
    return errorOf(text).find(word) != std::string::npos;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(agent_settings)

BOOST_AUTO_TEST_CASE(a_file_of_the_server_is_read) {
    const auto result = readSettings(msh("wss://[2001:db8::1]:4433/sub/agent.ashx", kId));
    BOOST_REQUIRE(result.value.has_value());
    const auto& server = result.value->servers.at(0);
    BOOST_TEST(server.url.host == "2001:db8::1");
    BOOST_TEST(server.url.port == 4433);
    BOOST_TEST(server.url.path == "/sub/agent.ashx");
    BOOST_TEST(server.url.hostHeader() == "[2001:db8::1]:4433");
    BOOST_TEST((server.serverId[47] == std::byte{0xAA}));
    BOOST_TEST((result.value->groupId[0] == std::byte{0xAA}));
    BOOST_TEST(result.value->idleTimeout.count() == 120);
}

BOOST_AUTO_TEST_CASE(servers_and_ids_pair_up_in_order) {
    const auto result = readSettings(
        msh("wss://a/agent.ashx, wss://b:444/agent.ashx", kId + "," + std::string(64, 'b')));
    BOOST_REQUIRE(result.value.has_value());
    BOOST_TEST(result.value->servers.size() == 2U);
    BOOST_TEST(result.value->servers[0].url.port == 443);
    BOOST_TEST(!result.value->servers[0].isLegacyId);
    BOOST_TEST(result.value->servers[1].isLegacyId);
    BOOST_TEST((result.value->servers[1].serverId[32] == std::byte{0}));
}

BOOST_AUTO_TEST_CASE(counts_that_differ_are_refused) {
    BOOST_TEST(says(msh("wss://a/,wss://b/", kId), "ServerID count mismatch"));
}

BOOST_AUTO_TEST_CASE(a_server_without_tls_is_refused) {
    BOOST_TEST(says(msh("ws://a/agent.ashx", kId), "wss://"));
    BOOST_TEST(says(msh("local", kId), "MeshServer=local"));
    BOOST_TEST(says(msh("wss://user@a/agent.ashx", kId), "MeshServer"));
    BOOST_TEST(says(msh("wss://a:0/agent.ashx", kId), "MeshServer"));
    BOOST_TEST(says(msh("wss://a:65536/agent.ashx", kId), "MeshServer"));
    BOOST_TEST(says(msh("wss://a/x y", kId), "MeshServer"));
}

BOOST_AUTO_TEST_CASE(wrong_ids_are_refused_with_the_key_they_are_in) {
    BOOST_TEST(says(msh("wss://a/", "0x" + kId), "ServerID"));
    BOOST_TEST(says(msh("wss://a/", kId.substr(1)), "ServerID"));
    BOOST_TEST(says("MeshID=" + kId + "\nServerID=" + kId + "\nMeshServer=wss://a/", "MeshID"));
    BOOST_TEST(says("ServerID=" + kId + "\nMeshServer=wss://a/", "MeshID"));
    BOOST_TEST(says("", "MeshServer is missing"));
}

BOOST_AUTO_TEST_CASE(comments_spaces_and_deleted_keys_do_not_count) {
    const auto result = readSettings(
        msh("wss://a/", kId, "# WebProxy=evil:1\r\n  agentName = pc 7 \r\nWebProxy=p:3128\r\nWebProxy=\r\n"));
    BOOST_REQUIRE(result.value.has_value());
    BOOST_TEST(result.value->agentName == "pc 7");
    BOOST_TEST(result.value->proxy.empty());
    BOOST_TEST(result.value->all.count("WebProxy") == 0U);
}

BOOST_AUTO_TEST_CASE(flags_and_numbers_are_checked) {
    BOOST_TEST(says(msh("wss://a/", kId, "controlChannelIdleTimeout=soon\n"), "5 to 3600"));
    BOOST_TEST(says(msh("wss://a/", kId, "AgentCapabilities=8\n"), "AgentCapabilities"));
    const auto result = readSettings(
        msh("wss://a/", kId, "disableUpdate=1\nAgentCapabilities=0x00000080\nignoreProxyFile=0\n"));
    BOOST_REQUIRE(result.value.has_value());
    BOOST_TEST(result.value->disableUpdate);
    BOOST_TEST(!result.value->ignoreProxy);
    BOOST_TEST(result.value->extraCapabilities == 0x80U);
}

BOOST_AUTO_TEST_CASE(proxies_with_and_without_a_login_are_read) {
    const auto plain = trellis::device::parseProxy("http://proxy.example:3128/");
    BOOST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->port == 3128);
    BOOST_TEST(plain->authorization.empty());
    const auto login = trellis::device::parseProxy("u:p@w@10.0.0.1:80");
    BOOST_REQUIRE(login.has_value());
    BOOST_TEST(login->host == "10.0.0.1");
    BOOST_TEST(login->authorization == "Basic dTpwQHc=");
    BOOST_TEST(!trellis::device::parseProxy("a:b:c").has_value());
    BOOST_TEST(!trellis::device::parseProxy("host\r\nx:80").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
