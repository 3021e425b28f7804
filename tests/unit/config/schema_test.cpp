#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/schema_node.hpp>

using namespace trellis::sdk;

namespace {

Schema person() {
    return Schema::object()
        .prop("name", Schema::string().range(1, 10), "Name.")
        .prop("age", Schema::integer().range(0, 150).unit("years").byDefault(18), "Age.")
        .required({"name"});
}

json::value filled(const Schema& schema, std::string_view text) {
    json::value value = json::parse(text);
    std::vector<Problem> problems;
    BOOST_REQUIRE(schema.checkAndFill(value, problems));
    return value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(schema)

BOOST_AUTO_TEST_CASE(a_change_to_a_copy_is_not_seen_by_the_original) {
    const Schema first = Schema::integer().range(1, 5);
    Schema second = first;
    second.range(1, 50);
    BOOST_TEST(!first.accepts(json::value(7)));
    BOOST_TEST(second.accepts(json::value(7)));
}

BOOST_AUTO_TEST_CASE(a_moved_from_schema_still_answers) {
    Schema first = Schema::integer();
    const Schema second = std::move(first);
    BOOST_TEST(first.accepts(json::value(7)));
    BOOST_TEST(second.accepts(json::value(7)));
}

BOOST_AUTO_TEST_CASE(requiring_a_member_that_is_not_declared_is_a_fault_of_the_program) {
    BOOST_CHECK_THROW(Schema::object().required({"nmae"}), Error);
}

BOOST_AUTO_TEST_CASE(missing_and_mistyped_are_told_apart) {
    std::vector<Problem> problems;
    BOOST_TEST(!person().check(json::parse(R"({"age": "old"})"), problems));
    BOOST_REQUIRE(problems.size() == 2U);
    BOOST_TEST((problems[0].kind == Problem::Kind::WrongType));
    BOOST_TEST(problems[0].pointer == "/age");
    BOOST_TEST((problems[1].kind == Problem::Kind::Missing));
    BOOST_TEST(problems[1].pointer == "/name");
}

BOOST_AUTO_TEST_CASE(check_does_not_change_the_value) {
    json::value value = json::parse(R"({"name": "a"})");
    std::vector<Problem> problems;
    BOOST_TEST(person().check(value, problems));
    BOOST_TEST(json::serialize(value) == R"({"name":"a"})");
}

BOOST_AUTO_TEST_CASE(defaults_are_not_added_to_a_value_with_problems) {
    json::value value = json::parse(R"({"name": 1})");
    std::vector<Problem> problems;
    BOOST_TEST(!person().checkAndFill(value, problems));
    BOOST_TEST(value.get_object().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_absent_section_is_made_only_if_it_needs_nothing) {
    const Schema free = Schema::object().prop("x", Schema::integer().byDefault(1), "X.");
    const Schema needy = Schema(free).prop("y", Schema::integer(), "Y.").required({"y"});
    const Schema both = Schema::object().prop("free", free, "F.").prop("needy", needy, "N.");
    BOOST_TEST(json::serialize(filled(both, "{}")) == R"({"free":{"x":1}})");
    BOOST_TEST(json::serialize(filled(both, R"({"needy":{"y":2}})")) ==
               R"({"needy":{"y":2,"x":1},"free":{"x":1}})");
}

BOOST_AUTO_TEST_CASE(defaults_reach_the_items_of_lists_and_maps) {
    const Schema lists = Schema::object()
                             .prop("all", Schema::array(person()), "A.")
                             .prop("by", Schema::map(person()), "B.");
    BOOST_TEST(
        json::serialize(filled(lists, R"({"all":[{"name":"a"}],"by":{"k":{"name":"b"}}})")) ==
        R"({"all":[{"name":"a","age":18}],"by":{"k":{"name":"b","age":18}}})");
}

BOOST_AUTO_TEST_CASE(at_most_twenty_problems_are_told) {
    std::string text = "{";
    for (int i = 0; i < 1000; ++i)
        text += (i ? ",\"u" : "\"u") + std::to_string(i) + "\":1";
    std::vector<Problem> problems;
    BOOST_TEST(!person().check(json::parse(text + "}"), problems));
    BOOST_TEST(problems.size() == Schema::kMaxProblems);
}

BOOST_AUTO_TEST_CASE(a_deep_value_is_refused_without_recursing_to_its_end) {
    json::value deep = 1;
    for (int i = 0; i < 2000; ++i)
        deep = json::array{deep};
    BOOST_TEST(!Schema::any().accepts(deep));
    BOOST_TEST(!Schema::object().allowUnknown().accepts(json::object{{"x", deep}}));
}

BOOST_AUTO_TEST_CASE(lists_and_texts_without_a_range_still_have_limits) {
    const json::value list = json::array(Schema::kMaxItems + 1, json::value(1));
    BOOST_TEST(!Schema::array(Schema::integer()).accepts(list));
    BOOST_TEST(!Schema::string().accepts(json::value(std::string(Schema::kMaxText + 1, 'x'))));
    BOOST_TEST(Schema::string().accepts(json::value(std::string(Schema::kMaxText, 'x'))));
}

BOOST_AUTO_TEST_CASE(an_integer_is_not_a_float_and_not_beyond_64_bits) {
    BOOST_TEST(!Schema::integer().accepts(json::parse("3.0")));
    BOOST_TEST(!Schema::integer().accepts(json::parse("9223372036854775808")));
    BOOST_TEST(Schema::integer().accepts(json::parse("-9223372036854775808")));
    BOOST_TEST(Schema::number().accepts(json::parse("3")));
}

BOOST_AUTO_TEST_CASE(secrets_are_masked_at_every_level_and_in_every_alternative) {
    const Schema secret = Schema::string().secret();
    const Schema inner =
        Schema::object().prop("key", secret, "K.").prop("name", Schema::string(), "N.");
    const Schema all = Schema::object()
                           .prop("list", Schema::array(inner), "L.")
                           .prop("by", Schema::map(secret), "M.")
                           .prop("or", Schema::anyOf({Schema::integer(), inner}), "O.")
                           .prop("none", secret, "E.");
    json::value value = json::parse(
        R"({"list":[{"key":"k1","name":"n"}],"by":{"a":"k2"},"or":{"key":"k3"},"none":""})");
    all.maskSecrets(value);
    BOOST_TEST(
        json::serialize(value) ==
        R"({"list":[{"key":"***","name":"n"}],"by":{"a":"***"},"or":{"key":"***"},"none":""})");
}

BOOST_AUTO_TEST_CASE(a_secret_of_the_wrong_type_is_masked_and_not_repeated) {
    const Schema schema = Schema::object().prop("key", Schema::string().secret(), "K.");
    json::value value = json::parse(R"({"key": {"hidden": "k"}})");
    std::vector<Problem> problems;
    BOOST_TEST(!schema.check(value, problems));
    BOOST_TEST(problems[0].message == "expected a string");
    schema.maskSecrets(value);
    BOOST_TEST(json::serialize(value) == R"({"key":"***"})");
}

BOOST_AUTO_TEST_CASE(json_schema_names_what_editors_and_forms_need) {
    const Schema schema =
        Schema::object()
            .prop("wait_s", Schema::integer().range(1, 9).unit("s").byDefault(3), "Wait.")
            .prop("key", Schema::string().range(8, 99).secret(), "Key.")
            .prop("mode", Schema::oneOf({"a", "b"}).nullable(), "Mode.")
            .required({"key"});
    BOOST_TEST(json::serialize(schema.toJsonSchema()) ==
               R"({"type":"object","properties":{)"
               R"("wait_s":{"type":"integer","minimum":1,"maximum":9,"default":3,"x-unit":"s",)"
               R"("description":"Wait."},)"
               R"("key":{"type":"string","minLength":8,"maxLength":99,"writeOnly":true,)"
               R"("description":"Key."},)"
               R"("mode":{"anyOf":[{"type":"string","enum":["a","b"]},{"type":"null"}],)"
               R"("description":"Mode."}},)"
               R"("required":["key"],"additionalProperties":false})");
}

BOOST_AUTO_TEST_CASE(the_nearest_name_is_near) {
    const std::vector<std::string_view> known = {"topic", "keep_alive_s", "port", "broker"};
    BOOST_TEST(nearestName("topik", known) == "topic");
    BOOST_TEST(nearestName("tpoic", known) == "topic");
    BOOST_TEST(nearestName("Keep-Alive-S", known) == "keep_alive_s");
    BOOST_TEST(nearestName("keep_alive", known) == "keep_alive_s");
    BOOST_TEST(nearestName("x", known) == "");
    BOOST_TEST(nearestName("", known) == "");
    BOOST_TEST(nearestName("completely", known) == "");
    BOOST_TEST(nearestName(std::string(100000, 'x'), known) == "");
}

BOOST_AUTO_TEST_CASE(formats_accept_and_refuse) {
    struct Case {
        Format format;
        std::vector<std::string_view> good;
        std::vector<std::string_view> bad;
    };
    using namespace std::string_view_literals;
    const Case cases[] = {
        {Format::Host,
         {"a", "a.b", "xn--4ca.example", "10.0.0.1", "::1", "my_host", "a.example.",
          "1password.com"},
         {"", ".", "a..b", "-a", "a-", "10.0.0.300", "123", "a b", "a/b", "[::1]", "a:1",
          "a\0b"sv}},
        {Format::Address, {"10.0.0.1", "fe80::1"}, {"", "localhost", "10.0.0", "1.2.3.4/8", "::g"}},
        {Format::Network,
         {"10.0.0.0/8", "::/0", "fe80::/10", "1.2.3.4"},
         {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "::/129", "x/8", "/8"}},
        {Format::Url,
         {"https://a", "http://a:80/x", "https://[::1]:8443/", "wss://u:p@h.example/?q#f"},
         {"", "a", "https://", "https:///x", "https://a:0", "https://a:70000", "https://a b",
          "://a", "https://[::1", "https://a\n", "1https://a"}},
        {Format::Email, {"a@b.example"}, {"", "a", "@b", "a@", "a b@c", "a@b@c", "a@-b"}},
        {Format::Hex, {"", "00", "aBcD"}, {"0", "0g", "0x00"}},
        {Format::Identifier, {"a", "_a-b.c9"}, {"", "9a", "a b", "-a", "\u00e4"}},
        {Format::Line, {"", "any text", "\u00e4"}, {"a\nb", "a\tb", "\x7f"}}};
    for (const Case& c : cases) {
        for (const auto text : c.good)
            BOOST_TEST(matchesFormat(text, c.format), "refused: " << text);
        for (const auto text : c.bad)
            BOOST_TEST(!matchesFormat(text, c.format), "accepted: " << text);
    }
}

BOOST_AUTO_TEST_CASE(a_long_value_is_cut_between_characters) {
    std::string euros;
    for (int i = 0; i < 30; ++i)
        euros += "\u20ac";
    BOOST_TEST(describeValue(json::value(euros)).size() == 39U + 5U); // 13 signs, dots, quotes
}

BOOST_AUTO_TEST_SUITE_END()
