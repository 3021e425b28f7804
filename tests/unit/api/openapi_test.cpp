#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "api_fixture.hpp"
#include "core/api/http/openapi.hpp"

using namespace trellis;
using namespace trellis::test;
namespace json = boost::json;

namespace {

const std::string kReference = TRELLIS_SOURCE_DIR "/docs/reference/";

std::string fileText(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// One member per line, so that a change of the interface can be read.
void print(const json::value& value, std::string& out, const std::string& indent = "") {
    const auto inner = indent + "  ";
    if (value.is_object() && !value.get_object().empty()) {
        out += "{\n";
        std::size_t left = value.get_object().size();
        for (const auto& [name, member] : value.get_object()) {
            out += inner + json::serialize(json::value(name)) + ": ";
            print(member, out, inner);
            out += --left > 0 ? ",\n" : "\n";
        }
        out += indent + "}";
    } else {
        out += json::serialize(value);
    }
}

/// The text of a file in docs/reference; TRELLIS_UPDATE=1 writes it first.
std::string reference(const std::string& name, const std::string& current) {
    if (std::getenv("TRELLIS_UPDATE") != nullptr)
        std::ofstream(kReference + name, std::ios::binary) << current;
    return fileText(kReference + name);
}

void collectReferences(const json::value& value, std::set<std::string>& found) {
    if (value.is_array()) {
        for (const auto& one : value.get_array()) collectReferences(one, found);
    } else if (value.is_object()) {
        for (const auto& [name, one] : value.get_object()) {
            if (name == "$ref") found.insert(std::string(one.as_string()));
            collectReferences(one, found);
        }
    }
}

json::object documentOf(sdk::Schema args, sdk::Schema result = {}) {
    auto spec = std::make_shared<api::WireSpec>();
    spec->command.name = "thing.do";
    spec->command.args = std::move(args);
    spec->command.result = std::move(result);
    return api::openApiDocument({{spec, "core"}}, "1");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(openapi, ApiFixture)

BOOST_AUTO_TEST_CASE(every_command_is_described_to_whoever_asks) {
    const auto reply = get("/api/openapi.json");
    BOOST_REQUIRE(reply.status == 200);
    const auto document = json::parse(reply.body).as_object();
    BOOST_TEST(document.at("openapi").as_string() == "3.1.0");
    const auto& paths = document.at("paths").as_object();
    BOOST_TEST(paths.size() == dispatcher.commands().size());
    for (const auto& info : dispatcher.commands()) {
        const auto* path = paths.if_contains("/api/v1/" + info.spec->command.name);
        BOOST_REQUIRE(path != nullptr);
        const auto& post = path->as_object().at("post").as_object();
        BOOST_TEST(!post.at("summary").as_string().empty());
        BOOST_TEST(post.at("responses").as_object().contains("200"));
    }
    std::set<std::string> references;
    collectReferences(document, references);
    for (const auto& one : references) {
        std::error_code failed;
        BOOST_TEST((json::value(document).find_pointer(one.substr(1), failed) != nullptr), one);
    }
}

BOOST_AUTO_TEST_CASE(nothing_that_programs_rely_on_has_changed) {
    const auto before = json::parse(fileText(kReference + "openapi.json")).as_object();
    for (const auto& change :
         api::breakingChanges(before, api::openApiDocument(dispatcher.commands(), "0.1")))
        BOOST_ERROR("programs that use the REST interface break: " + change);
}

BOOST_AUTO_TEST_CASE(the_reference_pages_are_current) {
    std::string text;
    print(api::openApiDocument(dispatcher.commands(), "0.1"), text);
    BOOST_TEST((reference("openapi.json", text + "\n") == text + "\n"),
               "docs/reference/openapi.json: run with TRELLIS_UPDATE=1");
    const auto page = api::commandReference(dispatcher.commands());
    BOOST_TEST((reference("commands.md", page) == page),
               "docs/reference/commands.md: run with TRELLIS_UPDATE=1");
}

BOOST_AUTO_TEST_CASE(changes_that_break_programs_are_told_from_those_that_do_not) {
    using sdk::Schema;
    const auto before = documentOf(
        Schema::object().prop("name", Schema::string().range(1, 100), "").prop("n", Schema::integer(), ""),
        Schema::object().prop("id", Schema::string(), ""));
    const auto count = [&](const json::object& after) {
        return api::breakingChanges(before, after).size();
    };
    const auto same = Schema::object().prop("id", Schema::string(), "");
    BOOST_TEST(count(before) == 0U);
    // More is taken, more comes back.
    BOOST_TEST(count(documentOf(Schema::object()
                                    .prop("name", Schema::string().range(0, 200), "")
                                    .prop("n", Schema::integer(), "")
                                    .prop("more", Schema::boolean(), ""),
                                Schema::object().prop("id", Schema::string(), "").prop(
                                    "also", Schema::integer(), ""))) == 0U);
    BOOST_TEST(count(json::object{{"paths", json::object()}}) == 1U);
    BOOST_TEST(count(documentOf(Schema::object().prop("name", Schema::string().range(1, 100), ""),
                                same)) == 1U);
    BOOST_TEST(count(documentOf(Schema::object()
                                    .prop("name", Schema::string().range(1, 50), "")
                                    .prop("n", Schema::integer(), "")
                                    .required({"name"}),
                                same)) == 2U);
    BOOST_TEST(count(documentOf(Schema::object()
                                    .prop("name", Schema::boolean(), "")
                                    .prop("n", Schema::integer(), ""),
                                same)) == 1U);
    BOOST_TEST(count(documentOf(Schema::object()
                                    .prop("name", Schema::string().range(1, 100), "")
                                    .prop("n", Schema::integer(), ""),
                                Schema::object().prop("other", Schema::string(), ""))) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
