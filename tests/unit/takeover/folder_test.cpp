// Folders that are not whole: each is refused with the place, and nothing is written.
#include "fixture.hpp"

#include "core/takeover/members.hpp"
#include "core/takeover/nedb_line.hpp"

using namespace trellis;
using test::MeshFolder;

namespace {

bool holds(const std::string& text, const std::string& part) {
    const bool isThere = text.find(part) != std::string::npos;
    if (!isThere)
        BOOST_TEST_MESSAGE(text);
    return isThere;
}

} // namespace

BOOST_AUTO_TEST_SUITE(takeover_folder)

BOOST_FIXTURE_TEST_CASE(the_last_line_of_an_id_counts, MeshFolder) {
    group();
    user("ada", R"(,"email":"old@example.org")");
    user("gone");
    user("ada", R"(,"email":"new@example.org")");
    document(R"({"$$indexCreated":{"fieldName":"type"}})");
    document(R"({"_id":"user//gone","$$deleted":true})");
    auto read = source();
    takeover::rehearse(read);
    BOOST_TEST(read.report().countOf("account") == 1U);
    BOOST_TEST(read.report().countOf("device group") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_ends_in_the_middle_is_refused_with_its_line, MeshFolder) {
    group();
    std::ofstream(folder.path() / "meshcentral.db", std::ios::app) << R"({"_id":"user//ada","ty)";
    const auto text = refusal();
    BOOST_TEST(holds(text, "meshcentral.db, line 3: the file ends in the middle of a line"));
}

BOOST_FIXTURE_TEST_CASE(a_line_that_is_no_json_is_refused_with_its_line, MeshFolder) {
    document("{nonsense}");
    group();
    BOOST_TEST(holds(refusal(), "meshcentral.db, line 2: not JSON"));
}

BOOST_FIXTURE_TEST_CASE(a_broken_event_file_is_refused_as_well, MeshFolder) {
    group();
    event(R"({"action":"x"})");
    BOOST_TEST(holds(refusal(), "meshcentral-events.db, line 1: the document has no \"_id\""));
}

BOOST_FIXTURE_TEST_CASE(a_line_beyond_the_limit_is_not_read, MeshFolder) {
    document(R"({"_id":"x","v":")" + std::string(takeover::kMaxLine, 'a') + "\"}");
    BOOST_TEST(holds(refusal(), "meshcentral.db, line 2: the line is longer than 16 MiB"));
}

BOOST_FIXTURE_TEST_CASE(other_databases_are_told_apart, MeshFolder) {
    write("meshcentral.db", "SQLite format 3\n");
    BOOST_TEST(holds(refusal(), "SQLite"));
    write("meshcentral.db", std::string(200, 'Q') + "\n");
    BOOST_TEST(holds(refusal(), "encrypted (dbEncryptKey"));
    write("meshcentral.db", R"({"_id":"a","x":1})"
                            "\n");
    BOOST_TEST(holds(refusal(), "has no SchemaVersion"));
    write("config.json", R"({"settings":{"MongoDb":"mongodb://127.0.0.1"}})");
    BOOST_TEST(holds(refusal(), "settings.mongodb"));
}

BOOST_FIXTURE_TEST_CASE(encrypted_fields_are_refused, MeshFolder) {
    user("ada", R"(,"_CRYPT":"abc")");
    BOOST_TEST(holds(refusal(), "dbRecordsEncryptKey"));
}

BOOST_FIXTURE_TEST_CASE(an_older_schema_is_refused, MeshFolder) {
    write("meshcentral.db", R"({"_id":"SchemaVersion","value":1})"
                            "\n");
    BOOST_TEST(holds(refusal(), "schema version 1"));
}

BOOST_FIXTURE_TEST_CASE(missing_files_are_named, MeshFolder) {
    std::filesystem::remove(folder.path() / "agentserver-cert-private.key");
    BOOST_TEST(holds(refusal(), "agentserver-cert-private.key: missing"));
}

BOOST_FIXTURE_TEST_CASE(a_missing_database_or_configuration_is_named, MeshFolder) {
    std::filesystem::remove(folder.path() / "meshcentral.db");
    BOOST_TEST(holds(refusal(), "meshcentral.db: "));
    std::filesystem::remove(folder.path() / "config.json");
    BOOST_TEST(holds(refusal(), "config.json: missing"));
}

BOOST_FIXTURE_TEST_CASE(a_key_that_does_not_fit_is_refused, MeshFolder) {
    std::filesystem::copy(folder.path() / "root-cert-private.key",
                          folder.path() / "agentserver-cert-private.key",
                          std::filesystem::copy_options::overwrite_existing);
    BOOST_TEST(holds(refusal(), "agentserver-cert-private.key: is not the key of"));
}

BOOST_FIXTURE_TEST_CASE(faults_of_the_configuration_have_their_place, MeshFolder) {
    write("config.json", "{\n  \"settings\": {,}\n}");
    BOOST_TEST(holds(refusal(), "config.json:2:"));
    write("config.json", "[1]");
    BOOST_TEST(holds(refusal(), "expected an object"));
}

BOOST_AUTO_TEST_CASE(escaped_keys_are_undone_once) {
    BOOST_TEST(takeover::unescapedKey("user//b%2Eob") == "user//b.ob");
    BOOST_TEST(takeover::unescapedKey("a%252Eb") == "a%2Eb");
    BOOST_TEST(takeover::unescapedKey("%24%2C%") == "$,%");
}

BOOST_AUTO_TEST_CASE(lines_are_limited) {
    std::string fault;
    BOOST_TEST(!takeover::parseNedbLine(R"({"_id":)" + std::string(64, '[') + "}", fault));
    BOOST_TEST(!takeover::parseNedbLine("{\"_id\":\"\xff\"}", fault));
    BOOST_TEST(!takeover::parseNedbLine(R"({"_id":5})", fault));
    BOOST_TEST(!takeover::parseNedbLine(R"({"_id":")" + std::string(2000, 'a') + "\"}", fault));
}

BOOST_AUTO_TEST_SUITE_END()
