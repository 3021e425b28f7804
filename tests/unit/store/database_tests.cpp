#include "support.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <sys/stat.h>
#include <thread>
#include <vector>

using namespace trellis;
using sdk::Error;
using sdk::ErrorCode;
using store::Row;
using store::Session;
using test::is;

namespace {

/// For what only a database in a file can show.
auto onSqliteOnly() {
    return boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
        return boost::test_tools::assertion_result(test::postgresUrl() == nullptr);
    });
}

auto onPostgresOnly() {
    return boost::unit_test::precondition([](boost::unit_test::test_unit_id) {
        return boost::test_tools::assertion_result(test::postgresUrl() != nullptr);
    });
}

struct Fixture {
    test::TempFolder folder;
    std::unique_ptr<store::Database> database = test::openDatabase(folder);

    Fixture() {
        database->transaction([](Session& session) {
            session.run("CREATE TABLE t (id BIGINT PRIMARY KEY, text TEXT)");
            session.run("CREATE TABLE child (id BIGINT PRIMARY KEY, t BIGINT REFERENCES t (id))");
        });
    }
    static std::int64_t count(const store::Database& in) {
        std::int64_t result = -1;
        in.read([&](Session& session) {
            session.query("SELECT count(*) FROM t", {},
                          [&](const Row& row) { result = row.integer(0); });
        });
        return result;
    }
    std::int64_t count() const { return count(*database); }
    static void insert(Session& session, std::int64_t id, std::string text = "x") {
        session.run("INSERT INTO t (id, text) VALUES (?, ?)", {id, std::move(text)});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(database, Fixture)

BOOST_AUTO_TEST_CASE(unknown_urls_are_refused_with_what_is_accepted) {
    for (const char* url : {"", "mysql://x/y", "trellis.db", "sqlite"})
        BOOST_CHECK_EXCEPTION(store::engineOf(url), Error,
                              is(ErrorCode::InvalidArgument, "sqlite:<path>"));
    BOOST_CHECK_EXCEPTION(store::Database::open({.url = "sqlite::memory:"}), Error,
                          is(ErrorCode::InvalidArgument));
    BOOST_CHECK_EXCEPTION(store::Database::open({.url = "sqlite:/no/such/folder/x.db"}), Error,
                          is(ErrorCode::Unavailable, "/no/such/folder/x.db"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_and_kept) {
    const auto path = folder.path() / "other.db";
    const std::string content(8192, 'x');
    std::FILE* file = std::fopen(path.c_str(), "w");
    BOOST_REQUIRE_EQUAL(std::fwrite(content.data(), 1, content.size(), file), content.size());
    std::fclose(file);
    BOOST_CHECK_THROW(store::Database::open({.url = "sqlite:" + path.string()}), Error);
    BOOST_TEST(std::filesystem::file_size(path) == content.size());
}

BOOST_AUTO_TEST_CASE(the_file_belongs_to_its_owner_alone, *onSqliteOnly()) {
    struct stat status {};
    BOOST_REQUIRE_EQUAL(::stat((folder.path() / "trellis.db").c_str(), &status), 0);
    BOOST_TEST((status.st_mode & 077) == 0U);
    BOOST_REQUIRE_EQUAL(::stat((folder.path() / "trellis.db-wal").c_str(), &status), 0);
    BOOST_TEST((status.st_mode & 077) == 0U);
}

BOOST_AUTO_TEST_CASE(work_that_throws_leaves_nothing) {
    struct Own {};
    BOOST_CHECK_THROW(database->transaction([](Session& session) {
        insert(session, 1);
        throw Own{};
    }),
                      Own);
    BOOST_TEST(count() == 0);
    database->transaction([](Session& session) { insert(session, 1); });
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(constraints_are_conflicts_and_end_their_transaction) {
    database->transaction([](Session& session) { insert(session, 1); });
    BOOST_CHECK_EXCEPTION(database->transaction([](Session& session) { insert(session, 1); }),
                          Error, is(ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(database->transaction([](Session& session) {
        session.run("INSERT INTO child (id, t) VALUES (?, ?)", {std::int64_t{1}, std::int64_t{9}});
    }),
                          Error, is(ErrorCode::Conflict));
    const auto stubborn = [](Session& session) {
        insert(session, 2);
        try {
            insert(session, 1);
        } catch (const Error&) {
            // What follows would stand alone on an engine that has rolled back by now.
        }
    };
    BOOST_CHECK_EXCEPTION(database->transaction(stubborn), Error, is(ErrorCode::Conflict));
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_said_and_nothing_is_half_written, *onSqliteOnly()) {
    database.reset();
    const auto small = test::openDatabase(folder, 40);
    const auto fill = [](Session& session) {
        for (std::int64_t id = 0; id < 200; ++id)
            insert(session, id, std::string(2000, 'x'));
    };
    BOOST_CHECK_EXCEPTION(small->transaction(fill), Error,
                          is(ErrorCode::Unavailable, "no space left"));
    BOOST_TEST(count(*small) == 0);
    small->transaction([](Session& session) { insert(session, 1); });
    BOOST_TEST(count(*small) == 1);
}

BOOST_AUTO_TEST_CASE(a_full_disk_that_the_work_swallows_still_undoes_all, *onSqliteOnly()) {
    database.reset();
    const auto small = test::openDatabase(folder, 40);
    const auto stubborn = [](Session& session) {
        for (std::int64_t id = 0; id < 200; ++id) {
            try {
                insert(session, id, std::string(2000, 'x'));
            } catch (const Error&) {
                // SQLite may have rolled back by now: what follows must not stand alone.
            }
        }
    };
    BOOST_CHECK_EXCEPTION(small->transaction(stubborn), Error, is(ErrorCode::Unavailable));
    BOOST_TEST(count(*small) == 0);
}

BOOST_FIXTURE_TEST_CASE(a_database_locked_by_another_is_said_and_works_again_afterwards, test::Hurried<Fixture>) {
    const auto other = test::openDatabase(folder);
    other->transaction([&](Session& session) {
        insert(session, 7);
        BOOST_CHECK_EXCEPTION(database->transaction([](Session& own) { insert(own, 1); }), Error,
                              is(ErrorCode::Unavailable, "locked by another process"));
        BOOST_TEST(count() == 0); // readers go on
    });
    database->transaction([](Session& session) { insert(session, 1); });
    BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_said_and_made_anew, *onPostgresOnly()) {
    const auto endSessions = [&] {
        const auto other = test::openDatabase(folder);
        other->transaction([](Session& session) {
            session.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                          "WHERE pid <> pg_backend_pid() AND "
                          "application_name = current_setting('application_name')",
                          {}, [](const Row&) {});
        });
    };
    BOOST_TEST(count() == 0); // there is an idle reader now
    endSessions();
    database->transaction([](Session& session) { insert(session, 1); });
    BOOST_TEST(count() == 1);
    BOOST_CHECK_EXCEPTION(database->transaction([&](Session& session) {
        insert(session, 2);
        session.query("SELECT pg_terminate_backend(pg_backend_pid())", {}, [](const Row&) {});
    }),
                          Error, is(ErrorCode::Unavailable));
    BOOST_TEST(count() == 1);
    database->transaction([](Session& session) { insert(session, 3); });
    BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(urls_of_postgresql_are_checked_and_keep_their_password) {
    for (const char* url : {"postgresql://u:se%20cret@h/d", "postgresql://u:secret@h/d?nonsense=1",
                            "postgresql://u:secret@[h/d"})
        BOOST_CHECK_EXCEPTION(store::Database::open({.url = url}), Error, [](const Error& error) {
            return error.code() == ErrorCode::InvalidArgument &&
                   std::string(error.what()).find("cret") == std::string::npos;
        });
    BOOST_CHECK_EXCEPTION(
        store::Database::open({.url = "postgresql://u:secret@127.0.0.1:1/d"}), Error,
        [](const Error& error) {
            const std::string text = error.what();
            return error.code() == ErrorCode::Unavailable && text.find("127.0.0.1") != text.npos &&
                   text.find("secret") == text.npos;
        });
}

BOOST_AUTO_TEST_CASE(reading_cannot_write) {
    BOOST_CHECK_THROW(database->read([](Session& session) { insert(session, 1); }), Error);
    BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_sees_one_state) {
    database->read([&](Session& session) {
        const auto see = [&] {
            std::int64_t result = -1;
            session.query("SELECT count(*) FROM t", {},
                          [&](const Row& row) { result = row.integer(0); });
            return result;
        };
        BOOST_TEST(see() == 0);
        database->transaction([](Session& writer) { insert(writer, 1); });
        BOOST_TEST(see() == 0);
    });
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(a_transaction_inside_a_transaction_is_refused) {
    BOOST_CHECK_EXCEPTION(
        database->transaction([&](Session&) { database->transaction([](Session&) {}); }), Error,
        is(ErrorCode::Internal, "inside"));
    database->transaction([](Session& session) { insert(session, 1); });
    BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(when_all_readers_are_busy_the_next_is_told_so) {
    store::DatabaseOptions options;
    options.url = test::databaseUrl(folder.path());
    options.busyTimeout = std::chrono::milliseconds(20);
    options.readers = 1;
    const auto narrow = store::Database::open(options);
    narrow->read([&](Session&) {
        BOOST_CHECK_EXCEPTION(narrow->read([](Session&) {}), Error,
                              is(ErrorCode::Unavailable, "busy"));
    });
    BOOST_TEST(count(*narrow) == 0);
}

BOOST_AUTO_TEST_CASE(broken_sql_is_internal_and_does_not_show_itself) {
    BOOST_CHECK_EXCEPTION(
        database->transaction([](Session& session) { session.run("SELEC secret"); }), Error,
        [](const Error& error) {
            return error.code() == ErrorCode::Internal &&
                   std::string(error.what()).find("secret") == std::string::npos;
        });
}

BOOST_AUTO_TEST_CASE(values_come_back_as_they_went) {
    const std::string odd = "a b'\"; DROP TABLE t; -- \xC3\xA4";
    database->transaction([&](Session& session) {
        session.run("CREATE TABLE v (a BIGINT, b TEXT, c TEXT, d BIGINT)");
        session.run("INSERT INTO v VALUES (?, ?, ?, ?)",
                    {std::int64_t{9'000'000'000'000}, std::string(), odd, store::Value{}});
    });
    database->read([&](Session& session) {
        session.query("SELECT a, b, c, d FROM v", {}, [&](const Row& row) {
            BOOST_TEST(row.integer(0) == 9'000'000'000'000);
            BOOST_TEST(row.text(1).empty());
            BOOST_TEST(!row.isNull(1));
            BOOST_TEST(row.text(2) == odd);
            BOOST_TEST(row.isNull(3));
            BOOST_TEST(row.integer(3) == 0);
            BOOST_CHECK_THROW(row.number32(0), Error);
            BOOST_CHECK_THROW(row.text(0), Error);
            BOOST_CHECK_THROW(row.integer(2), Error);
            BOOST_CHECK_THROW(row.text(4), Error);
        });
    });
}

BOOST_AUTO_TEST_CASE(text_with_a_zero_byte_is_refused_rather_than_cut) {
    BOOST_CHECK_EXCEPTION(
        database->transaction([](Session& session) { insert(session, 1, std::string("a\0b", 3)); }),
        Error, is(ErrorCode::InvalidArgument, "zero byte"));
    BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(writers_and_readers_of_many_threads_lose_nothing) {
    store::DatabaseOptions options;
    options.url = test::databaseUrl(folder.path());
    const auto patient = store::Database::open(options);
    std::atomic<std::int64_t> next{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 25; ++n) {
                patient->transaction([&](Session& session) { insert(session, ++next); });
                count(*patient);
            }
        });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(count(*patient) == 100);
}

BOOST_AUTO_TEST_SUITE_END()
