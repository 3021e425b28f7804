// Backups: what goes in comes out, and nothing else is taken for a backup.
#include "core/store/backup/backup.hpp"

#include "core/store/backup/sealed.hpp"
#include "core/store/migrations.hpp"
#include "support.hpp"

#include <algorithm>
#include <fstream>

#include <boost/test/unit_test.hpp>

using namespace trellis;
using sdk::ErrorCode;
using store::Migration;
using store::Session;
using test::is;
namespace backup = store::backup;
namespace fs = std::filesystem;

namespace {

const std::string kPassphrase = "a long passphrase";
constexpr backup::KeyCost kCheap{64, 1};

std::string sealed(std::string_view plain) {
    backup::TextSink out;
    backup::SealedSink sink(out, kPassphrase, kCheap);
    // In pieces that fit nowhere.
    for (std::size_t at = 0; at < plain.size(); at += 50'001)
        sink.write(plain.substr(at, 50'001));
    sink.finish();
    return out.text;
}

std::string opened(std::string_view bytes, std::string_view passphrase = kPassphrase) {
    backup::TextSource in(bytes);
    backup::SealedSource source(in, passphrase);
    std::string plain;
    for (;;) {
        std::string piece(10'007, '\0');
        piece.resize(source.read(piece.data(), piece.size()));
        plain += piece;
        if (piece.size() < 10'007)
            return plain;
    }
}

std::string textOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

struct Place {
    test::TempFolder folder, elsewhere;
    fs::path data = folder.path() / "data";
    fs::path file = folder.path() / "one.backup";
    std::unique_ptr<store::Database> database;

    Place() {
        fs::create_directory(data);
        database = test::openDatabase(elsewhere);
        const std::vector<Migration> steps = {
            {1, "things",
             "CREATE TABLE owners (id TEXT PRIMARY KEY, big INTEGER, share DOUBLE PRECISION, note TEXT);"
             "CREATE TABLE events (number INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL "
             "REFERENCES owners (id));",
             "CREATE TABLE owners (id TEXT PRIMARY KEY, big BIGINT, share DOUBLE PRECISION, note TEXT);"
             "CREATE TABLE events (number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
             "owner TEXT NOT NULL REFERENCES owners (id));"}};
        store::migrate(*database, "model", steps);
        database->transaction([](Session& session) {
            for (std::int64_t i = 0; i < 1203; ++i)
                session.run("INSERT INTO owners VALUES (?, ?, ?, ?)",
                            {"id" + std::to_string(i), 5'000'000'000 + i, 0.5,
                             i % 2 == 0 ? store::Value{std::string(200, 'x')} : store::Value{}});
            for (int i = 0; i < 3; ++i)
                session.run("INSERT INTO events (owner) VALUES (?)", {std::string("id7")});
            session.run("DELETE FROM events WHERE number=3");
        });
        put("secret.key", "k\n", 0600);
        put("certs/web.pem", std::string(200'000, 'c'), 0644);
        put("plugins/terminal/state", "", 0600);
        put("trellis.db", "not this", 0600);
        put("backups/old", "nor this", 0600);
        fs::create_symlink("/etc/passwd", data / "link");
    }

    void put(const std::string& name, const std::string& text, unsigned mode) const {
        fs::create_directories((data / name).parent_path());
        std::ofstream(data / name, std::ios::binary) << text;
        fs::permissions(data / name, static_cast<fs::perms>(mode));
    }
    backup::Made make(const std::string& version = "1.2.3") const {
        return backup::create({*database, data, {}, data / "trellis.yaml", "here", version, ""}, file,
                              kPassphrase);
    }
    backup::Totals restore(const fs::path& into, const std::string& bytes = {}) const {
        auto from = file;
        if (!bytes.empty()) {
            from = folder.path() / "other.backup";
            std::ofstream(from, std::ios::binary) << bytes;
        }
        return backup::restore(from, kPassphrase, {into, "", "1.2.3"});
    }
    /// Whether anything besides what was there before lies in the test's folder.
    bool isClean() const {
        for (const auto& entry : fs::directory_iterator(folder.path())) {
            const auto name = entry.path().filename().string();
            if (name != "data" && !name.ends_with(".backup"))
                return false;
        }
        return true;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(sealed_stream)

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_at_every_size) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, backup::kPieceSize - 1,
                                   backup::kPieceSize, backup::kPieceSize + 1, 3 * backup::kPieceSize}) {
        std::string plain(size, 'p');
        for (std::size_t at = 0; at < size; ++at)
            plain[at] = static_cast<char>(at * 31);
        const auto bytes = sealed(plain);
        BOOST_TEST((opened(bytes) == plain), "size " << size);
        if (size > 64)
            BOOST_TEST((bytes.find(plain.substr(0, 64)) == std::string::npos));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_passphrase_is_told) {
    BOOST_CHECK_EXCEPTION(opened(sealed("text"), "another passphrase"), sdk::Error,
                          is(ErrorCode::Unauthenticated, "wrong passphrase"));
}

BOOST_AUTO_TEST_CASE(a_short_passphrase_makes_no_backup) {
    backup::TextSink out;
    BOOST_CHECK_EXCEPTION(backup::SealedSink(out, "short"), sdk::Error,
                          is(ErrorCode::InvalidArgument, "12 characters"));
    BOOST_TEST(out.text.empty());
}

BOOST_AUTO_TEST_CASE(a_cut_at_any_piece_is_found) {
    const auto bytes = sealed(std::string(3 * backup::kPieceSize, 'p'));
    const auto piece = backup::kPieceSize + backup::kTagSize;
    for (const std::size_t size : {backup::kHeadSize, backup::kHeadSize + 5, backup::kHeadSize + piece,
                                   backup::kHeadSize + 2 * piece, bytes.size() - 1})
        BOOST_CHECK_EXCEPTION(opened(bytes.substr(0, size)), sdk::Error,
                              is(ErrorCode::Conflict, "damaged or truncated"));
    BOOST_CHECK_EXCEPTION(opened(bytes + "x"), sdk::Error, is(ErrorCode::Conflict));
    BOOST_CHECK_EXCEPTION(opened(bytes.substr(0, 20)), sdk::Error,
                          is(ErrorCode::InvalidArgument, "not a backup"));
}

BOOST_AUTO_TEST_CASE(exchanged_and_changed_pieces_are_found) {
    const auto good = sealed(std::string(3 * backup::kPieceSize, 'p'));
    const auto piece = backup::kPieceSize + backup::kTagSize;
    auto bytes = good;
    std::swap_ranges(bytes.begin() + backup::kHeadSize,
                     bytes.begin() + static_cast<std::ptrdiff_t>(backup::kHeadSize + piece),
                     bytes.begin() + static_cast<std::ptrdiff_t>(backup::kHeadSize + piece));
    BOOST_CHECK_EXCEPTION(opened(bytes), sdk::Error, is(ErrorCode::Conflict, "at byte 64"));
    for (const std::size_t at : {std::size_t{25}, std::size_t{45}, std::size_t{50},
                                 backup::kHeadSize + 3, good.size() - 1}) {
        bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 1);
        BOOST_CHECK_THROW(opened(bytes), sdk::Error);
    }
}

BOOST_AUTO_TEST_CASE(newer_and_greedy_heads_are_refused_before_a_key_is_made) {
    auto bytes = sealed("text");
    auto newer = bytes;
    newer[15] = 9;
    BOOST_CHECK_EXCEPTION(opened(newer), sdk::Error, is(ErrorCode::InvalidArgument, "newer version"));
    auto greedy = bytes;
    greedy[16] = 0x7f;
    BOOST_CHECK_EXCEPTION(opened(greedy), sdk::Error, is(ErrorCode::InvalidArgument, "head"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(backups, Place)

BOOST_AUTO_TEST_CASE(what_was_backed_up_is_restored) {
    const auto made = make();
    BOOST_TEST(made.totals.files == 3);
    BOOST_REQUIRE(made.skipped.size() == 1u);
    BOOST_TEST(made.skipped[0] == "link");
    BOOST_TEST((backup::verify(file, kPassphrase, "1.2.3") == made.totals));
    const auto into = folder.path() / "data2";
    BOOST_TEST((restore(into) == made.totals));
    BOOST_TEST(textOf(into / "secret.key") == "k\n");
    BOOST_TEST((textOf(into / "certs/web.pem") == std::string(200'000, 'c')));
    BOOST_TEST(fs::exists(into / "plugins/terminal/state"));
    BOOST_TEST(!fs::exists(into / "backups"));
    BOOST_TEST(!fs::exists(into / "link"));
    BOOST_TEST((fs::status(into / "secret.key").permissions() ==
                (fs::perms::owner_read | fs::perms::owner_write)));
    const auto again = store::Database::open({.url = store::defaultUrl(into)});
    again->transaction([](Session& session) {
        std::int64_t rows = 0;
        session.query("SELECT count(*) FROM owners WHERE big >= 5000000000 AND share=0.5", {},
                      [&](const store::Row& row) { rows = row.integer(0); });
        BOOST_TEST(rows == 1203);
        session.run("INSERT INTO events (owner) VALUES ('id7')");
        std::int64_t last = 0;
        session.query("SELECT max(number) FROM events", {},
                      [&](const store::Row& row) { last = row.integer(0); });
        BOOST_TEST(last == 4); // numbers are not given twice
    });
}

BOOST_AUTO_TEST_CASE(a_backup_is_one_moment_of_a_database_that_changes) {
    // The writer's transaction is open while the backup reads, and commits before it ends.
    database->transaction([&](Session& session) {
        session.run("UPDATE owners SET big=1");
        make();
    });
    const auto into = folder.path() / "data2";
    restore(into);
    store::Database::open({.url = store::defaultUrl(into)})->read([](Session& session) {
        session.query("SELECT count(*) FROM owners WHERE big=1", {},
                      [](const store::Row& row) { BOOST_TEST(row.integer(0) == 0); });
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_restored_over_something) {
    make();
    BOOST_CHECK_EXCEPTION(restore(data), sdk::Error, is(ErrorCode::Conflict, "not an empty folder"));
    const auto into = folder.path() / "elsewhere.backup";
    std::ofstream(into) << "a file";
    BOOST_CHECK_EXCEPTION(restore(into), sdk::Error, is(ErrorCode::Conflict));
    BOOST_TEST(textOf(into) == "a file");
    BOOST_TEST(isClean());
}

BOOST_AUTO_TEST_CASE(an_empty_folder_is_taken) {
    make();
    const auto into = folder.path() / "data2";
    fs::create_directory(into);
    restore(into.string() + "/");
    BOOST_TEST(fs::exists(into / "secret.key"));
}

BOOST_AUTO_TEST_CASE(a_damaged_backup_changes_nothing) {
    make();
    const auto good = textOf(file);
    for (const auto& bytes : {good.substr(0, good.size() / 2), good.substr(0, good.size() - 1),
                              good + "more", std::string("TRELLIS")}) {
        BOOST_CHECK_THROW(restore(folder.path() / "data2", bytes), sdk::Error);
        BOOST_TEST(isClean());
    }
}

BOOST_AUTO_TEST_CASE(a_newer_backup_is_refused) {
    make("1.10.0");
    BOOST_CHECK_EXCEPTION(backup::verify(file, kPassphrase, "1.9.9"), sdk::Error,
                          is(ErrorCode::InvalidArgument, "newer than this one"));
    BOOST_CHECK_EXCEPTION(restore(folder.path() / "data2"), sdk::Error,
                          is(ErrorCode::InvalidArgument, "1.10.0"));
    BOOST_TEST(isClean());
    BOOST_TEST(backup::isNewer("0.10.0", "0.9.2"));
    BOOST_TEST(!backup::isNewer("0.9", "0.9.0"));
}

BOOST_AUTO_TEST_CASE(a_failed_backup_leaves_no_file) {
    make();
    BOOST_CHECK_EXCEPTION(make(), sdk::Error, is(ErrorCode::Conflict, "exists already"));
    const auto before = textOf(file);
    const auto elsewhereFile = folder.path() / "no" / "such" / "folder.backup";
    BOOST_CHECK_THROW(
        backup::create({*database, data, {}, {}, "here", "1", ""}, elsewhereFile, kPassphrase),
        sdk::Error);
    BOOST_TEST((textOf(file) == before));
    BOOST_TEST(isClean());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(backup_archive)

namespace {

std::string archive(const std::function<void(backup::ArchiveWriter&)>& body, bool isFinished = true) {
    backup::TextSink out;
    backup::ArchiveWriter writer(out);
    writer.manifest({{"version", "1"}});
    body(writer);
    if (isFinished)
        writer.finish();
    return out.text;
}

backup::Totals read(std::string_view bytes) {
    backup::TextSource in(bytes);
    backup::ArchiveVisitor visitor;
    return backup::readArchive(in, visitor);
}

} // namespace

BOOST_AUTO_TEST_CASE(names_that_lead_out_are_refused) {
    for (const std::string path : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", ".", "a\\b",
                                   "a\nb"}) {
        BOOST_TEST(!backup::isArchivePath(path), path);
        BOOST_CHECK_THROW(archive([&](auto& writer) { writer.file({path, 0600}); }), sdk::Error);
    }
    auto bytes = archive([](auto& writer) {
        writer.file({"aa/b", 0600});
        writer.fileEnd();
    });
    bytes.replace(bytes.find("aa/b"), 4, "../b");
    BOOST_CHECK_EXCEPTION(read(bytes), sdk::Error, is(ErrorCode::Conflict, "name of a file"));
}

BOOST_AUTO_TEST_CASE(order_ends_and_counts_are_checked) {
    const auto file = [](auto& writer) {
        writer.file({"a", 0600});
        writer.data("text");
        writer.fileEnd();
    };
    BOOST_TEST(read(archive(file)).bytes == 4);
    BOOST_CHECK_EXCEPTION(read(archive(file, false)), sdk::Error, is(ErrorCode::Conflict, "end"));
    BOOST_CHECK_EXCEPTION(read(archive(file) + archive(file)), sdk::Error,
                          is(ErrorCode::Conflict, "follows"));
    BOOST_CHECK_THROW(read(archive([](auto& writer) { writer.data("text"); })), sdk::Error);
    BOOST_CHECK_THROW(read(archive([](auto& writer) { writer.fileEnd(); })), sdk::Error);
    BOOST_CHECK_THROW(read(archive([](auto& writer) {
                          writer.table({"t", {"a", "b"}, {}});
                          writer.row({std::int64_t{1}});
                          writer.tableEnd();
                      })),
                      sdk::Error);
    BOOST_CHECK_THROW(read(archive([](auto& writer) {
                          writer.table({"t\"; DROP TABLE users; --", {"a"}, {}});
                          writer.tableEnd();
                      })),
                      sdk::Error);
    BOOST_CHECK_THROW(read(""), sdk::Error);
}

BOOST_AUTO_TEST_CASE(a_length_beyond_the_limit_takes_no_memory) {
    BOOST_CHECK_EXCEPTION(read(std::string("M\xff\xff\xff\xff", 5)), sdk::Error,
                          is(ErrorCode::Conflict, "too long"));
}

BOOST_AUTO_TEST_SUITE_END()
