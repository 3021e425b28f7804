#define BOOST_TEST_MODULE wire
#include <boost/test/unit_test.hpp>

#include <trellis/wire/hash.hpp>
#include <trellis/wire/text.hpp>

using namespace trellis::wire;

BOOST_AUTO_TEST_SUITE(text)

// Protocol 2.5's vector, so that the identifiers agree with every deployed agent.
constexpr std::string_view kToyKey =
    "3048024100cf5b912d0cdf837d117fb21cf7b4f1613fee6b4a02522d187d80b28544f2c174"
    "e819f869b6944aa2af76e403a6c85b68b9c77c01675cd400e6fab2982baa95030203010001";

BOOST_AUTO_TEST_CASE(key_hash_of_the_specification_gives_its_node_text) {
    const auto key = decodeHex(kToyKey);
    BOOST_REQUIRE(key.has_value());
    const Hash hash = sha384(*key);
    BOOST_TEST(encodeHex(hash, HexCase::Upper) ==
               "2F1E6A94EC2957FB55EE1FCB75379DA256C58375631F4CC8A3ADFAB92BE72A4B"
               "244D69252AF04256DF28D64989D48FAD");
    BOOST_TEST(encodeId64(hash) ==
               "Lx5qlOwpV$tV7h$LdTedolbFg3VjH0zIo636uSvnKkskTWklKvBCVt8o1kmJ1I@t");
}

BOOST_AUTO_TEST_CASE(id64_comes_back_whatever_its_length) {
    for (std::size_t size = 0; size < 50; ++size) {
        Bytes bytes;
        for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<std::byte>(i * 37 + 251));
        const auto back = decodeId64(encodeId64(bytes));
        BOOST_REQUIRE(back.has_value());
        BOOST_TEST((*back == bytes));
    }
}

BOOST_AUTO_TEST_CASE(id64_refuses_what_is_not_canonical) {
    for (const char* bad : {"A", "AA", "AAA", "AA+=", "AA/=", "====", "A===", "AB==", "AAB=", "AA=A",
                            "AA==AAAA", "AA A", "AAA\n", "AA-_"}) {
        BOOST_TEST_CONTEXT(bad) { BOOST_TEST(!decodeId64(bad).has_value()); }
    }
}

BOOST_AUTO_TEST_CASE(hex_refuses_odd_lengths_and_other_letters) {
    BOOST_TEST(!decodeHex("0").has_value());
    BOOST_TEST(!decodeHex("0g").has_value());
    BOOST_TEST(!decodeHex("0x00").has_value());
    BOOST_TEST(decodeHex("").has_value());
    BOOST_TEST(encodeHex(*decodeHex("aB09"), HexCase::Lower) == "ab09");
}

BOOST_AUTO_TEST_CASE(utf8_refuses_overlong_surrogate_and_cut_sequences) {
    for (const std::string_view good : {"", "pc1", "h\xC3\xB6st", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
        BOOST_TEST(isUtf8(good));
    }
    for (const std::string_view bad : {"\x80", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                                       "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF", "\xE2\x82"}) {
        BOOST_TEST(!isUtf8(bad));
    }
}

BOOST_AUTO_TEST_CASE(comparison_of_secrets_also_compares_their_lengths) {
    const Hash hash = sha384(bytesOf("a"));
    BOOST_TEST(equal(hash, hash));
    BOOST_TEST(!equal(hash, ByteView(hash).first(47)));
    Hash other = hash;
    other[47] ^= std::byte{1};
    BOOST_TEST(!equal(hash, other));
}

BOOST_AUTO_TEST_SUITE_END()
