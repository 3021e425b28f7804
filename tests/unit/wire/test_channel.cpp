#include <boost/test/unit_test.hpp>

#include <trellis/wire/channel.hpp>
#include <trellis/wire/text.hpp>

using namespace trellis::wire;

BOOST_AUTO_TEST_SUITE(channel)

BOOST_AUTO_TEST_CASE(core_of_the_specification_is_built_to_the_byte) {
    const auto core = coreOf("1;");
    BOOST_TEST(encodeHex(buildCoreModule(core), HexCase::Lower) ==
               "000a0000"
               "cf540417abc252f34c1aa3c5d811ed15e4dd3a43228d377ff891c4efa3bad375"
               "e244ad10e5b40f9662812a824ac8caf9"
               "00000000313b");
}

BOOST_AUTO_TEST_CASE(core_module_comes_back_with_its_hash) {
    const auto core = coreOf("1;");
    const auto message = buildCoreModule(core, 7);
    const auto back = parseCoreModule(message);
    BOOST_REQUIRE(bool(back));
    BOOST_TEST(back->requestId == 7);
    BOOST_TEST((*back->hash == sha384(core)));
    BOOST_TEST((Bytes(back->core.begin(), back->core.end()) == core));
    BOOST_TEST(!back->compressed);
}

BOOST_AUTO_TEST_CASE(core_module_of_four_bytes_means_clear) {
    const auto back = parseCoreModule(buildHeader(Command::CoreModule));
    BOOST_REQUIRE(bool(back));
    BOOST_TEST(!back->hash.has_value());
}

BOOST_AUTO_TEST_CASE(core_module_between_the_legal_sizes_is_refused) {
    const auto whole = buildCoreModule(coreOf(""));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        if (size == kHeaderSize) continue;
        BOOST_TEST_CONTEXT(size) { BOOST_TEST(!parseCoreModule(ByteView(whole).first(size))); }
    }
}

BOOST_AUTO_TEST_CASE(hash_reply_tells_none_from_a_hash) {
    const auto hash = sha384(bytesOf("x"));
    BOOST_TEST(!parseHashReply(Command::CoreModuleHash, buildHeader(Command::CoreModuleHash))
                    ->hash.has_value());
    const auto full = buildHash(Command::AgentHash, hash, 3);
    BOOST_TEST((parseHashReply(Command::AgentHash, full)->hash == hash));
    BOOST_TEST(parseHashReply(Command::AgentHash, full)->requestId == 3);
    BOOST_TEST((parseHashReply(Command::CoreModuleHash, full).error == ParseError::WrongCommand));
    BOOST_TEST((parseHashReply(Command::AgentHash, ByteView(full).first(30)).error ==
                ParseError::WrongSize));
}

BOOST_AUTO_TEST_CASE(update_block_above_its_limit_is_refused_on_both_sides) {
    BOOST_CHECK_THROW(buildUpdateBlock(Bytes(kMaxUpdateBlock + 1)), std::length_error);
    auto message = buildUpdateBlock(Bytes(kMaxUpdateBlock));
    BOOST_TEST(parseUpdateBlock(message)->data.size() == kMaxUpdateBlock);
    message.push_back(std::byte{0});
    BOOST_TEST((parseUpdateBlock(message).error == ParseError::Oversized));
}

BOOST_AUTO_TEST_CASE(tag_has_no_request_id_and_loses_trailing_nuls) {
    Bytes message = buildAgentTag("lab 3");
    message.resize(message.size() + 2);
    BOOST_TEST(*parseAgentTag(message) == "lab 3");
    BOOST_TEST(parseAgentTag(buildAgentTag(""))->empty());
    BOOST_TEST((parseAgentTag(buildAgentTag("\xFF")).error == ParseError::BadValue));
    BOOST_TEST((parseAgentTag(buildAgentTag(std::string(kMaxTag + 1, 'a'))).error ==
                ParseError::Oversized));
}

BOOST_AUTO_TEST_SUITE_END()
