#include "core/store/copy.hpp"

#include "core/store/migrations.hpp"
#include "support.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis;
using sdk::Error;
using sdk::ErrorCode;
using store::Migration;
using store::Row;
using store::Session;
using test::is;

namespace {

const std::string kOdd = "a b'\"; \xC3\xA4\n";

/// One database of each engine where there are two, else two of the same.
struct Fixture {
    test::TempFolder folder;
    test::TempFolder otherFolder;
    std::unique_ptr<store::Database> file =
        store::Database::open({.url = store::defaultUrl(folder.path())});
    std::unique_ptr<store::Database> other = test::openDatabase(otherFolder);

    static void fill(store::Database& database) {
        const std::vector<Migration> model = {
            {1, "things",
             "CREATE TABLE owners (id TEXT PRIMARY KEY, big INTEGER, note TEXT);"
             "CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);"
             "CREATE TABLE links (number BIGINT NOT NULL REFERENCES events (number), "
             "holder TEXT NOT NULL REFERENCES owners (id), PRIMARY KEY (holder, number));",
             "CREATE TABLE owners (id TEXT PRIMARY KEY, big BIGINT, note TEXT);"
             "CREATE TABLE events (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
             "text TEXT NOT NULL);"
             "CREATE TABLE links (number BIGINT NOT NULL REFERENCES events (number), "
             "holder TEXT NOT NULL REFERENCES owners (id), PRIMARY KEY (holder, number));"}};
        store::migrate(database, "model", model);
        const std::string own = "CREATE TABLE p_webhook_sent (url TEXT, tries BIGINT);";
        const std::vector<Migration> plugin = {{1, "sent", own, own}};
        store::migrate(database, "webhook", plugin);
        database.transaction([](Session& session) {
            for (std::int64_t i = 0; i < 1203; ++i)
                session.run("INSERT INTO owners VALUES (?, ?, ?)",
                            {"id" + std::to_string(i), 5'000'000'000 + i,
                             i % 2 == 0 ? store::Value{kOdd} : store::Value{}});
            for (std::int64_t i = 0; i < 5; ++i)
                session.run("INSERT INTO events (text) VALUES (?)", {kOdd});
            session.run("DELETE FROM events WHERE number=5");
            session.run("INSERT INTO links VALUES (?, ?)", {std::int64_t{2}, std::string("id7")});
            for (int i = 0; i < 3; ++i) // the same row thrice, and no key
                session.run("INSERT INTO p_webhook_sent VALUES (?, ?)",
                            {std::string("x"), std::int64_t{1}});
        });
    }
    static std::string contents(const store::Database& database) {
        std::string text;
        database.read([&](Session& session) {
            for (const char* sql :
                 {"SELECT id, big, COALESCE(note, '-') FROM owners ORDER BY big",
                  "SELECT text, CAST(number AS BIGINT), 'e' FROM events ORDER BY number",
                  "SELECT holder, number, 'l' FROM links", "SELECT url, tries, 'p' FROM p_webhook_sent"})
                session.query(sql, {}, [&](const Row& row) {
                    text += row.text(0) + '|' + std::to_string(row.integer(1)) + '|' + row.text(2) +
                            '\n';
                });
        });
        return text;
    }
    static std::int64_t nextNumber(store::Database& database) {
        std::int64_t number = 0;
        database.transaction([&](Session& session) {
            session.query("INSERT INTO events (text) VALUES ('new') RETURNING CAST(number AS BIGINT)",
                          {}, [&](const Row& row) { number = row.integer(0); });
        });
        return number;
    }
    static bool hasTables(store::Database& database) {
        try {
            contents(database);
            return true;
        } catch (const Error&) {
            return false;
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(copy, Fixture)

BOOST_AUTO_TEST_CASE(everything_arrives_there_and_back) {
    fill(*file);
    const auto copied = store::copyDatabase(*file, *other);
    BOOST_TEST(copied.size() == 6U); // the four, and two about migrations
    BOOST_TEST(contents(*other) == contents(*file));

    const test::TempFolder third;
    const auto back = store::Database::open({.url = store::defaultUrl(third.path())});
    store::copyDatabase(*other, *back);
    BOOST_TEST(contents(*back).find("id1202|5000001202|" + kOdd) != std::string::npos);
    BOOST_TEST(contents(*back).size() == contents(*file).size());
    // Numbers are not given twice, and the steps count as applied.
    BOOST_TEST(nextNumber(*other) == 6);
    BOOST_TEST(nextNumber(*back) == 6);
    BOOST_CHECK_NO_THROW(store::migrate(*back, "webhook",
                                        std::vector<Migration>{{1, "sent",
                                                                "CREATE TABLE p_webhook_sent (url "
                                                                "TEXT, tries BIGINT);",
                                                                "CREATE TABLE p_webhook_sent (url "
                                                                "TEXT, tries BIGINT);"}}));
}

BOOST_AUTO_TEST_CASE(a_target_that_holds_something_is_left_alone) {
    fill(*file);
    fill(*other);
    const auto before = contents(*other);
    BOOST_CHECK_EXCEPTION(store::copyDatabase(*file, *other), Error,
                          is(ErrorCode::Conflict, "empty"));
    BOOST_TEST(contents(*other) == before);
}

BOOST_AUTO_TEST_CASE(a_table_of_unknown_origin_is_said_and_nothing_is_kept) {
    fill(*file);
    file->transaction([](Session& session) { session.run("CREATE TABLE stranger (x BIGINT)"); });
    BOOST_CHECK_EXCEPTION(store::copyDatabase(*file, *other), Error,
                          is(ErrorCode::Conflict, "stranger"));
    BOOST_TEST(!hasTables(*other));
    file->transaction([](Session& session) { session.run("DROP TABLE stranger"); });
    BOOST_TEST(store::copyDatabase(*file, *other).size() == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
