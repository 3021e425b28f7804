#include <boost/test/unit_test.hpp>

#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <trellis/sdk/error.hpp>

#include "core/plugin/journal.hpp"

using trellis::plugin::Journal;
using trellis::plugin::JournalScope;

namespace {

struct Folder {
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "trellis-journal-XXXXXX").string();
        path = mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

/// Ends a child process without order while it is inside the plugins named.
void dieInside(const std::filesystem::path& file, std::initializer_list<const char*> plugins) {
    const auto child = fork();
    if (child == 0) {
        const auto journal = Journal::open(file);
        std::vector<std::unique_ptr<JournalScope>> scopes;
        for (const auto* id : plugins) {
            scopes.push_back(std::make_unique<JournalScope>(journal->numberOf(id)));
        }
        _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal)

BOOST_AUTO_TEST_CASE(the_innermost_plugin_is_suspected_once) {
    const Folder folder;
    const auto file = folder.path / "journal";
    dieInside(file, {"outer", "inner"});
    BOOST_TEST(Journal::open(file)->suspects() == std::vector<std::string>{"inner"},
               boost::test_tools::per_element());
    BOOST_TEST(Journal::open(file)->suspects().empty());
}

BOOST_AUTO_TEST_CASE(nobody_is_suspected_when_no_plugin_was_running) {
    const Folder folder;
    const auto file = folder.path / "journal";
    dieInside(file, {});
    BOOST_TEST(Journal::open(file)->suspects().empty());
}

BOOST_AUTO_TEST_CASE(a_scope_that_ended_leaves_nothing_behind) {
    const Folder folder;
    const auto file = folder.path / "journal";
    const auto child = fork();
    if (child == 0) {
        const auto journal = Journal::open(file);
        { const JournalScope scope(journal->numberOf("gone")); }
        _exit(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    BOOST_TEST(Journal::open(file)->suspects().empty());
}

BOOST_AUTO_TEST_CASE(a_file_of_someone_else_is_taken_over_without_suspects) {
    const Folder folder;
    const auto file = folder.path / "journal";
    std::ofstream(file) << std::string(100'000, 'x');
    BOOST_TEST(Journal::open(file)->suspects().empty());
    struct stat info {};
    BOOST_TEST(stat(file.c_str(), &info) == 0);
}

BOOST_AUTO_TEST_CASE(a_journal_that_cannot_be_opened_says_why) {
    BOOST_CHECK_EXCEPTION(Journal::open("/nowhere/at/all"), trellis::sdk::Error, [](const auto& error) {
        return std::string(error.what()).find("/nowhere/at/all: cannot open the crash journal: ") == 0;
    });
}

BOOST_AUTO_TEST_CASE(a_link_is_not_followed) {
    const Folder folder;
    std::ofstream(folder.path / "target") << "precious";
    std::filesystem::create_symlink(folder.path / "target", folder.path / "journal");
    BOOST_CHECK_THROW(Journal::open(folder.path / "journal"), trellis::sdk::Error);
    BOOST_TEST(std::filesystem::file_size(folder.path / "target") == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
