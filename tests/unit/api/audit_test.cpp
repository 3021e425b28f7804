// The audit trail: a chain of records in which any change is found.
#include <boost/test/unit_test.hpp>

#include "../auth/fixture.hpp"

#include <array>
#include <fstream>
#include <thread>

#include "core/api/audit/list.hpp"
#include "core/api/audit/verify.hpp"
#include "core/api/audit_store.hpp"
#include "core/store/copy.hpp"
#include "core/store/migrations.hpp"

using namespace trellis;
using namespace trellis::test;
namespace audit = api::audit;
using audit::Fault;

namespace {

api::AuditRecord record(const std::string& command, const char* result = "ok") {
    api::AuditRecord made;
    made.time = std::chrono::system_clock::now();
    made.command = command;
    made.userId = "user//anna";
    made.address = "192.0.2.1";
    made.target = "mesh//x";
    made.arguments = {{"name", "a b'\"\xC3\xA4"}};
    made.result = result;
    return made;
}

struct Trail : DirectoryFixture {
    bus::WorkerPool pool{{2, 1000, "test"}};
    store::Settings settings{*database, store::SecretBox::fromFile(folder.path() / "secret.key")};
    std::filesystem::path headFile = folder.path() / "audit.head";
    std::unique_ptr<api::StoredAudit> trail;

    Trail() { start(); }
    void start() {
        trail.reset();
        trail = std::make_unique<api::StoredAudit>(*database, pool, settings, headFile);
    }
    void fill(int count) {
        for (int i = 1; i <= count; ++i)
            trail->append(record("command" + std::to_string(i)));
    }
    audit::SealKey key() { return audit::SealKey(settings); }
    audit::Verdict verify(const std::optional<audit::Point>& noted = std::nullopt) {
        const auto sealKey = key();
        return audit::verify(*database, sealKey, audit::HeadFile(headFile, sealKey), noted);
    }
    void sql(const std::string& text, const store::Values& values = {}) {
        database->transaction([&](store::Session& session) { session.run(text, values); });
    }
    std::vector<audit::Link> links() {
        std::vector<audit::Link> found;
        database->read([&](store::Session& session) {
            found = audit::list(session, {.limit = 10000}, audit::Order::OldestFirst);
        });
        return found;
    }
    /// Writes all records from `from` on anew, as somebody who knows everything but the key.
    void rechain(std::size_t from) {
        const auto all = links();
        auto before = from == 0 ? audit::kNoHash : all[from - 1].hash;
        for (auto at = from; at < all.size(); ++at) {
            auto link = all[at];
            link.place = static_cast<std::int64_t>(at) + 1;
            before = audit::hashOf(before, link);
            sql("UPDATE audit SET hash=? WHERE number=?", {before, link.number});
        }
    }
    void expect(Fault fault, std::int64_t place, const audit::Verdict& verdict) {
        BOOST_REQUIRE(verdict.finding.has_value());
        BOOST_TEST(audit::faultName(verdict.finding->fault) == audit::faultName(fault));
        BOOST_TEST(verdict.finding->place == place, verdict.finding->text);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(audit_trail, Trail)

BOOST_AUTO_TEST_CASE(a_trail_as_it_was_written_is_whole) {
    BOOST_TEST(!verify().finding.has_value()); // empty
    fill(3);
    const auto verdict = verify();
    BOOST_TEST(!verdict.finding.has_value());
    BOOST_TEST(verdict.records == 3);
    BOOST_TEST(verdict.last.place == 3);
    BOOST_TEST(verdict.afterHead == 0);
}

BOOST_AUTO_TEST_CASE(what_was_done_is_on_disk_when_append_returns) {
    trail->append(record("done"));
    BOOST_TEST(links().size() == 1u); // nobody has flushed
    trail->append(record("refused", "forbidden"));
    trail->flush();
    BOOST_TEST(links().size() == 2u);
}

BOOST_AUTO_TEST_CASE(every_field_of_a_record_counts) {
    fill(3);
    for (const std::string column : {"domain", "user_id", "address", "command", "target", "arguments",
                                     "result", "trace_id"}) {
        std::string before;
        database->read([&](store::Session& session) {
            session.query("SELECT " + column + " FROM audit WHERE place=2", {},
                          [&](const store::Row& row) { before = row.text(0); });
        });
        sql("UPDATE audit SET " + column + "=? WHERE place=2", {before + "x"});
        expect(Fault::Changed, 2, verify());
        sql("UPDATE audit SET " + column + "=? WHERE place=2", {before});
        BOOST_TEST(!verify().finding.has_value());
    }
    sql("UPDATE audit SET time_ms=time_ms+1 WHERE place=2");
    expect(Fault::Changed, 2, verify());
}

BOOST_AUTO_TEST_CASE(a_removed_record_is_found) {
    fill(4);
    sql("DELETE FROM audit WHERE place=2");
    expect(Fault::Missing, 2, verify());
}

BOOST_AUTO_TEST_CASE(a_removed_first_record_is_found) {
    fill(3);
    sql("DELETE FROM audit WHERE place=1");
    expect(Fault::Missing, 1, verify());
}

BOOST_AUTO_TEST_CASE(exchanged_records_are_found) {
    fill(4);
    sql("UPDATE audit SET place=99 WHERE place=2");
    sql("UPDATE audit SET place=2 WHERE place=3");
    sql("UPDATE audit SET place=3 WHERE place=99");
    expect(Fault::Changed, 2, verify());
}

BOOST_AUTO_TEST_CASE(an_inserted_record_is_found) {
    fill(2);
    sql("INSERT INTO audit (time_ms, domain, user_id, address, command, target, arguments, result, "
        "trace_id) VALUES (1, '', '', '', 'forged', '', '{}', 'ok', '')");
    expect(Fault::Foreign, 0, verify());
    start(); // a restart doesn't adopt it
    const auto verdict = verify();
    expect(Fault::Foreign, 0, verdict);
    BOOST_TEST(verdict.finding->record.command == "forged");
}

BOOST_AUTO_TEST_CASE(a_record_appended_without_the_key_is_found) {
    fill(2);
    auto before = audit::Point{2, links().back().hash};
    audit::Link forged = links().back();
    forged.place = 3;
    forged.command = "forged";
    forged.hash = audit::hashOf(before.hash, forged);
    database->transaction([&](store::Session& session) { audit::write(session, forged); });
    expect(Fault::Unsealed, 3, verify());
}

BOOST_AUTO_TEST_CASE(a_chain_that_was_written_anew_is_found) {
    fill(4);
    sql("UPDATE audit SET user_id='user//bob' WHERE place=2");
    rechain(1);
    expect(Fault::Unsealed, 2, verify());
}

BOOST_AUTO_TEST_CASE(an_end_that_was_cut_off_is_found) {
    fill(5);
    sql("DELETE FROM audit WHERE place>=4");
    const auto verdict = verify();
    expect(Fault::Truncated, 4, verdict);
    BOOST_TEST(verdict.records == 3);
}

BOOST_AUTO_TEST_CASE(a_cut_end_stays_known_after_the_server_went_on) {
    fill(5);
    trail.reset();
    sql("DELETE FROM audit WHERE place>=4");
    start();
    trail->append(record("later"));
    const auto verdict = verify();
    expect(Fault::Noticed, 4, verdict);
    BOOST_TEST(verdict.records == 5);
}

BOOST_AUTO_TEST_CASE(an_older_state_of_everything_is_found_by_a_noted_end) {
    fill(3);
    const auto noted = verify().last;
    BOOST_TEST(!verify(noted).finding.has_value());
    trail.reset();
    sql("DELETE FROM audit WHERE place=3");
    std::filesystem::remove(headFile);
    expect(Fault::Truncated, 3, verify(noted));
}

BOOST_AUTO_TEST_CASE(a_lost_or_forged_head_is_found) {
    fill(2);
    std::filesystem::remove(headFile);
    expect(Fault::BadHead, 2, verify());
    std::ofstream(headFile) << "1 " << links().front().hash << " " << std::string(64, 'a') << "\n";
    expect(Fault::BadHead, 2, verify());
}

BOOST_AUTO_TEST_CASE(retention_deletes_from_the_front_and_leaves_a_whole_chain) {
    fill(5);
    BOOST_TEST(trail->expire(std::chrono::hours(1)) == 0u);
    BOOST_TEST(trail->expire(std::chrono::hours(-1)) == 4u); // all are older: the last one stays
    const auto verdict = verify();
    BOOST_TEST(!verdict.finding.has_value());
    BOOST_TEST(verdict.first.place == 4);
    BOOST_TEST(verdict.records == 2); // and the one that says so
    BOOST_TEST(links().back().command == "audit.expire");
    start();
    trail->append(record("later"));
    BOOST_TEST(!verify().finding.has_value());
    // A checkpoint that somebody else wrote hides nothing.
    sql("DELETE FROM audit WHERE place=5");
    sql("UPDATE audit_checkpoint SET place=5, hash='" + links().front().hash + "'");
    expect(Fault::BadCheckpoint, 5, verify());
}

BOOST_AUTO_TEST_CASE(older_records_are_chained_once) {
    test::TempFolder other;
    const auto old = openDatabase(other);
    // As migration 1 has it; its text has to be the same, so it is taken from what has been applied.
    store::Migration first{1, "audit", "", ""};
    database->read([&](store::Session& session) {
        session.query("SELECT sqlite, postgresql FROM schema_texts WHERE owner='api' AND number=1", {},
                      [&](const store::Row& row) {
                          first.sqlite = row.text(0);
                          first.postgresql = row.text(1);
                      });
    });
    store::migrate(*old, "api", std::array{first});
    old->transaction([](store::Session& session) {
        for (int i = 0; i < 700; ++i)
            session.run("INSERT INTO audit (time_ms, domain, user_id, address, command, target, "
                        "arguments, result, trace_id) VALUES (?, '', '', '', 'old', '', '{}', 'ok', '')",
                        {std::int64_t{1000 + i}});
    });
    model::Directory directoryOfOld(*old);
    directoryOfOld.load();
    store::Settings own(*old, store::SecretBox::fromFile(other.path() / "secret.key"));
    const auto head = other.path() / "audit.head";
    api::StoredAudit upgraded(*old, pool, own, head);
    upgraded.append(record("new"));
    const audit::SealKey sealKey(own);
    const auto verdict = audit::verify(*old, sealKey, audit::HeadFile(head, sealKey));
    BOOST_TEST(!verdict.finding.has_value());
    BOOST_TEST(verdict.records == 701);
}

BOOST_AUTO_TEST_CASE(a_copied_database_has_the_same_chain) {
    fill(3);
    test::TempFolder other;
    const auto copy = store::Database::open({.url = store::defaultUrl(other.path())});
    store::copyDatabase(*database, *copy);
    const auto sealKey = key();
    const auto verdict = audit::verify(*copy, sealKey, audit::HeadFile(headFile, sealKey));
    BOOST_TEST(!verdict.finding.has_value());
    BOOST_TEST(verdict.records == 3);
}

BOOST_AUTO_TEST_CASE(records_are_found_by_what_they_say) {
    fill(12);
    auto other = record("group.add", "forbidden");
    other.userId = "user//bob";
    trail->append(other);
    trail->flush();
    const auto count = [&](const audit::Filter& filter) {
        std::size_t found = 0;
        database->read([&](store::Session& s) { found = audit::list(s, filter).size(); });
        return found;
    };
    BOOST_TEST(count({}) == 13u);
    BOOST_TEST(count({.userId = "user//bob"}) == 1u);
    BOOST_TEST(count({.command = "command1"}) == 1u);
    BOOST_TEST(count({.command = "command1*"}) == 4u); // 1, 10, 11, 12
    BOOST_TEST(count({.command = "%*"}) == 0u);
    BOOST_TEST(count({.result = "forbidden"}) == 1u);
    BOOST_TEST(count({.afterPlace = 10}) == 3u);
    BOOST_TEST(count({.beforePlace = 3}) == 2u);
    BOOST_TEST(count({.limit = 5}) == 5u);
    BOOST_TEST(count({.domain = "other"}) == 0u);
}

BOOST_AUTO_TEST_CASE(many_threads_share_one_chain) {
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] { fill(50); });
    for (auto& thread : threads)
        thread.join();
    const auto verdict = verify();
    BOOST_TEST(!verdict.finding.has_value());
    BOOST_TEST(verdict.records == 200);
}

BOOST_AUTO_TEST_SUITE_END()
