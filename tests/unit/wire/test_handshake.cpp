#include <boost/test/unit_test.hpp>

#include <trellis/wire/handshake.hpp>
#include <trellis/wire/text.hpp>

using namespace trellis::wire;

namespace {
Bytes fromHex(std::string_view text) { return decodeHex(text).value(); }
std::string repeated(std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}
// The example of Protocol 3.3.
Bytes exampleInfo() {
    return fromHex("0003" "00000001" "00000006" "00000000" "00000001" + repeated("a5", 48) +
                   "00000118" "0003" "706331");
}
}  // namespace

BOOST_AUTO_TEST_SUITE(handshake)

BOOST_AUTO_TEST_CASE(auth_info_of_the_specification_is_read) {
    const auto info = parseAuthInfo(exampleInfo());
    BOOST_REQUIRE(bool(info));
    BOOST_TEST(info->agentId == arch::kLinuxX64);
    BOOST_TEST(info->platformType == 1U);
    BOOST_TEST(info->capabilities == 0x118U);
    BOOST_TEST(info->hostName == "pc1");
    BOOST_TEST(!isLegacyGroupId(info->groupId));
    BOOST_TEST((buildAuthInfo(*info) == exampleInfo()));
}

BOOST_AUTO_TEST_CASE(auth_info_without_host_name_is_legal) {
    auto message = exampleInfo();
    message.resize(70);
    const auto info = parseAuthInfo(message);
    BOOST_REQUIRE(bool(info));
    BOOST_TEST(info->hostName.empty());
}

BOOST_AUTO_TEST_CASE(auth_info_cut_anywhere_else_is_refused) {
    const auto whole = exampleInfo();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (size == 70) continue;
        BOOST_TEST_CONTEXT(size) { BOOST_TEST(!parseAuthInfo(ByteView(whole).first(size))); }
    }
}

BOOST_AUTO_TEST_CASE(host_name_with_control_characters_or_broken_utf8_is_refused) {
    for (const std::string_view name : {std::string_view("a\0b", 3), std::string_view("a\nb"),
                                        std::string_view("\xC3("), std::string_view("\x7F")}) {
        AuthInfo info;
        info.hostName = name;
        const auto parsed = parseAuthInfo(buildAuthInfo(info));
        BOOST_TEST((parsed.error == ParseError::BadValue));
    }
}

BOOST_AUTO_TEST_CASE(host_name_above_its_limit_is_refused) {
    auto message = exampleInfo();
    message.resize(70);
    appendU16(message, kMaxHostName + 1);
    append(message, std::string(kMaxHostName + 1, 'a'));
    BOOST_TEST((parseAuthInfo(message).error == ParseError::Oversized));
}

BOOST_AUTO_TEST_CASE(platform_outside_its_range_is_read_as_desktop) {
    AuthInfo info;
    info.platformType = 9;
    BOOST_TEST(parseAuthInfo(buildAuthInfo(info))->platformType == 1U);
    info.platformType = 0;
    BOOST_TEST(parseAuthInfo(buildAuthInfo(info))->platformType == 1U);
}

BOOST_AUTO_TEST_CASE(auth_request_has_exactly_98_bytes) {
    const AuthRequest request{sha384(bytesOf("a")), sha384(bytesOf("b"))};
    auto message = buildAuthRequest(request);
    BOOST_TEST(message.size() == 98U);
    BOOST_TEST((parseAuthRequest(message)->nonce == request.nonce));
    message.push_back(std::byte{0});
    BOOST_TEST((parseAuthRequest(message).error == ParseError::WrongSize));
    message.resize(97);
    BOOST_TEST((parseAuthRequest(message).error == ParseError::WrongSize));
}

BOOST_AUTO_TEST_CASE(auth_verify_lengths_are_checked_before_use) {
    const Bytes certificate(100, std::byte{1});
    const Bytes signature(256, std::byte{2});
    const auto whole = buildAuthVerify({certificate, signature});
    BOOST_TEST(parseAuthVerify(whole)->certificate.size() == 100U);
    BOOST_TEST(parseAuthVerify(whole)->signature.size() == 256U);
    for (const std::size_t size : {2U, 3U, 4U, 50U, 103U, 104U}) {
        BOOST_TEST_CONTEXT(size) { BOOST_TEST(!parseAuthVerify(ByteView(whole).first(size))); }
    }
    BOOST_TEST((parseAuthVerify(fromHex("0002000000")).error == ParseError::BadValue));
    BOOST_TEST((parseAuthVerify(fromHex("0002ffff00")).error == ParseError::Oversized));
    Bytes large = fromHex("00020001aa");
    large.resize(5 + kMaxSignature + 1);
    BOOST_TEST((parseAuthVerify(large).error == ParseError::Oversized));
}

BOOST_AUTO_TEST_CASE(confirm_has_two_bytes_and_server_id_fifty) {
    BOOST_TEST(isAuthConfirm(buildAuthConfirm()));
    BOOST_TEST(!isAuthConfirm(fromHex("000400")));
    const auto id = sha384(bytesOf("id"));
    BOOST_TEST((*parseServerId(buildServerId(id)) == id));
    BOOST_TEST((parseServerId(fromHex("0005aa")).error == ParseError::WrongSize));
    BOOST_TEST((parseServerId(fromHex("0006aa")).error == ParseError::WrongCommand));
}

BOOST_AUTO_TEST_CASE(commit_date_loses_its_nul_and_refuses_other_bytes) {
    BOOST_TEST(*parseCommitDate(buildCommitDate("2022-Nov-2 23:01:45-0700")) ==
               "2022-Nov-2 23:01:45-0700");
    BOOST_TEST((parseCommitDate(fromHex("001e41004200")).error == ParseError::BadValue));
    BOOST_TEST((parseCommitDate(buildCommitDate(std::string(65, 'a'))).error ==
                ParseError::Oversized));
}

BOOST_AUTO_TEST_CASE(one_byte_has_no_command) {
    BOOST_TEST(!commandOf(fromHex("00")).has_value());
    BOOST_TEST(!commandOf({}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
