#include <boost/test/unit_test.hpp>

#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

using namespace trellis::wire;

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(file_has_the_lines_of_the_specification_in_order) {
    Settings in;
    in.groupName = "Lab";
    in.groupId.fill(std::byte{0xAB});
    in.serverId.fill(std::byte{0xCD});
    in.server = "wss://server.example:8443/agent.ashx";
    std::string ab;
    std::string cd;
    for (int i = 0; i < 48; ++i) {
        ab += "AB";
        cd += "CD";
    }
    BOOST_TEST(buildSettings(in) == "\r\nMeshName=Lab\r\nMeshType=2\r\nMeshID=0x" + ab +
                                        "\r\nServerID=" + cd +
                                        "\r\nMeshServer=wss://server.example:8443/agent.ashx\r\n");
}

BOOST_AUTO_TEST_CASE(group_name_with_line_ends_adds_no_key) {
    Settings in;
    in.groupName = "a\r\nMeshServer=wss://evil/agent.ashx\n";
    in.server = "wss://good/agent.ashx";
    const auto back = parseSettings(buildSettings(in));
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(back->at("MeshServer") == "wss://good/agent.ashx");
}

BOOST_AUTO_TEST_CASE(reading_trims_and_skips_as_specified) {
    const auto back = parseSettings("\r\n# MeshServer=x\n  MeshID = 0xAA \r\nCoreModule=1\nnothing\n"
                                    "Tag=\nMeshID=0xBB\n=x\nurl=a=b");
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST(back->size() == 3U);
    BOOST_TEST(back->at("MeshID") == "0xBB");
    BOOST_TEST(back->at("Tag").empty());
    BOOST_TEST(back->at("url") == "a=b");
}

BOOST_AUTO_TEST_CASE(settings_above_their_limit_are_refused) {
    BOOST_TEST(!parseSettings(std::string(kMaxSettings + 1, 'a')).has_value());
}

BOOST_AUTO_TEST_CASE(trailer_is_found_only_with_its_guid_and_a_sane_size) {
    auto tail = buildSettingsTrailer(300);
    BOOST_TEST(tail.size() == kSettingsTrailer);
    BOOST_TEST(*embeddedSettingsSize(tail) == 300U);
    BOOST_TEST(!embeddedSettingsSize(buildSettingsTrailer(kMaxSettings + 1)).has_value());
    tail[10] ^= std::byte{1};
    BOOST_TEST(!embeddedSettingsSize(tail).has_value());
    BOOST_TEST(!embeddedSettingsSize({}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
