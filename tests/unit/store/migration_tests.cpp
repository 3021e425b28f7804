#include "support.hpp"

#include "core/store/migrations.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using sdk::Error;
using sdk::ErrorCode;
using store::Migration;
using test::is;

namespace {

Migration step(int number, std::string sql) {
    return {number, "step " + std::to_string(number), sql, sql};
}

struct Fixture {
    test::TempFolder folder;
    std::unique_ptr<store::Database> database = test::openDatabase(folder);

    std::size_t migrate(std::string_view owner, const std::vector<Migration>& steps) {
        return store::migrate(*database, owner, steps);
    }
    bool hasTable(const std::string& name) {
        bool found = false;
        database->read([&](store::Session& session) {
            session.query(test::postgresUrl() == nullptr
                              ? "SELECT name FROM sqlite_master WHERE name=?"
                              : "SELECT tablename FROM pg_tables WHERE tablename=? AND "
                                "schemaname=current_schema()",
                          {name}, [&](const store::Row&) { found = true; });
        });
        return found;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(migrations, Fixture)

BOOST_AUTO_TEST_CASE(each_step_is_applied_once) {
    BOOST_TEST(migrate("model", {step(1, "CREATE TABLE a (x BIGINT);")}) == 1U);
    BOOST_TEST(
        migrate("model", {step(1, "CREATE TABLE a (x BIGINT);"),
                          step(2, "CREATE TABLE b (x BIGINT); INSERT INTO b VALUES (1);")}) == 1U);
    BOOST_TEST(hasTable("b"));
}

BOOST_AUTO_TEST_CASE(an_edited_step_is_refused_and_nothing_is_applied) {
    migrate("model", {step(1, "CREATE TABLE a (x BIGINT);")});
    BOOST_CHECK_EXCEPTION(migrate("model", {step(1, "CREATE TABLE a (x BIGINT, y BIGINT);"),
                                            step(2, "CREATE TABLE b (x BIGINT);")}),
                          Error, is(ErrorCode::Conflict, "was edited"));
    BOOST_TEST(!hasTable("b"));
}

BOOST_AUTO_TEST_CASE(an_edit_of_the_other_dialect_is_noticed_too) {
    migrate("model", {{1, "one", "CREATE TABLE a (x BIGINT);", "CREATE TABLE a (x BIGINT);"}});
    BOOST_CHECK_EXCEPTION(
        migrate("model", {{1, "one", "CREATE TABLE a (x BIGINT);", "CREATE TABLE a (x TEXT);"}}),
        Error, is(ErrorCode::Conflict, "was edited"));
}

BOOST_AUTO_TEST_CASE(a_newer_database_is_refused) {
    migrate("model",
            {step(1, "CREATE TABLE a (x BIGINT);"), step(2, "CREATE TABLE b (x BIGINT);")});
    BOOST_CHECK_EXCEPTION(migrate("model", {step(1, "CREATE TABLE a (x BIGINT);")}), Error,
                          is(ErrorCode::Conflict, "newer than this program"));
}

BOOST_AUTO_TEST_CASE(numbers_have_no_gaps) {
    BOOST_CHECK_EXCEPTION(migrate("model", {step(2, "CREATE TABLE a (x BIGINT);")}), Error,
                          is(ErrorCode::Conflict, "out of order"));
    BOOST_TEST(!hasTable("a"));
}

BOOST_AUTO_TEST_CASE(a_step_that_fails_half_way_leaves_nothing_and_keeps_those_before) {
    BOOST_CHECK_THROW(migrate("model", {step(1, "CREATE TABLE a (x BIGINT);"),
                                        step(2, "CREATE TABLE b (x BIGINT); CREATE TABLE a (y "
                                                "BIGINT);")}),
                      Error);
    BOOST_TEST(hasTable("a"));
    BOOST_TEST(!hasTable("b"));
    BOOST_TEST(migrate("model", {step(1, "CREATE TABLE a (x BIGINT);"),
                                 step(2, "CREATE TABLE b (x BIGINT);")}) == 1U);
}

BOOST_AUTO_TEST_CASE(a_plugin_keeps_to_its_own_names) {
    migrate("model", {step(1, "CREATE TABLE users (x BIGINT);")});
    migrate("mqtt", {step(1, "CREATE TABLE p_mqtt_topics (x BIGINT); CREATE INDEX p_mqtt_i ON "
                             "p_mqtt_topics (x);")});
    const auto first = step(1, "CREATE TABLE p_mqtt_topics (x BIGINT); CREATE INDEX p_mqtt_i ON "
                               "p_mqtt_topics (x);");
    for (const char* sql :
         {"CREATE TABLE topics (x BIGINT);", "DROP TABLE users;",
          "ALTER TABLE users ADD COLUMN y BIGINT;", "ALTER TABLE users RENAME TO p_mqtt_users;",
          "CREATE INDEX by_x ON p_mqtt_topics (x);", "CREATE TABLE p_mqtt2_x (x BIGINT);",
          "DROP TABLE schema_migrations;"})
        BOOST_CHECK_THROW(migrate("mqtt", {first, step(2, sql)}), Error);
    BOOST_TEST(hasTable("users"));
    BOOST_TEST(hasTable("schema_migrations"));
    BOOST_TEST(!hasTable("topics"));
    BOOST_TEST(!hasTable("p_mqtt_users"));
}

BOOST_AUTO_TEST_CASE(two_plugins_number_their_steps_apart) {
    migrate("mqtt", {step(1, "CREATE TABLE p_mqtt_a (x BIGINT);")});
    BOOST_TEST(migrate("smtp", {step(1, "CREATE TABLE p_smtp_a (x BIGINT);")}) == 1U);
}

BOOST_AUTO_TEST_CASE(plugin_ids_outside_the_grammar_are_refused) {
    for (const char* id :
         {"", "Mqtt", "1mqtt", "a b", "a.b", "a\"b", "model", "abcdefghijklmnopqrstuvwxyzabcdefg"})
        BOOST_CHECK_EXCEPTION(store::tablePrefix(id), Error, is(ErrorCode::InvalidArgument));
    BOOST_TEST(store::tablePrefix("ip-kvm") == "p_ip_kvm_");
}

BOOST_AUTO_TEST_CASE(statements_are_cut_outside_of_quotes_and_comments) {
    const auto cut = store::splitStatements("A ';' \"b;\" -- x;\n ; /* ; */ B ''';' ;\n ");
    BOOST_REQUIRE_EQUAL(cut.size(), 2U);
    BOOST_TEST(cut[0].find("';' \"b;\"") != std::string::npos);
    for (const char* bad : {"A", "A 'x;", "A /* x;", "A \"x;"})
        BOOST_CHECK_EXCEPTION(store::splitStatements(bad), Error, is(ErrorCode::InvalidArgument));
    BOOST_TEST(store::splitStatements(" ;; -- nothing\n").empty());
}

BOOST_AUTO_TEST_SUITE_END()
