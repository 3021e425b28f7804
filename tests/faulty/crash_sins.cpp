// Sins that end the process: the crash journal names the plugin, the next start skips it once.
#include <boost/test/unit_test.hpp>

#include <csignal>

#include <sys/wait.h>

#include "tests/faulty/child.hpp"
#include "tests/faulty/world.hpp"

using namespace trellis;
using tests::spawnChild;
using tests::World;

namespace {

/// Ends a child by `command`, then starts a server over the same journal.
void checkSkippedOnce(const std::string& id, const std::string& command) {
    const auto folder = tests::newFolder();
    const int status = spawnChild(folder.string(), id, command);
    // By a signal, or by exit: sanitizers turn some of the one into the other.
    BOOST_TEST_REQUIRE((WIFSIGNALED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 99)),
               "the child should have died, its status is " << status);
    const auto useJournal = [&](plugin::Settings& settings) { settings.journal = folder / "journal"; };
    {
        World world(tests::newFolder(), {"healthy", id}, "", useJournal);
        BOOST_TEST(world.state(id) == "quarantined");
        BOOST_TEST(world.sentence(id).find("the server ended without order while code of this plugin "
                                           "was running") == 0u);
        BOOST_TEST(world.sentence(id).find("enable it to try again") != std::string::npos);
        BOOST_TEST(world.isHealthy());
        BOOST_TEST((world.host->enable(id).state == plugin::State::Running));
    }
    World again(folder, {"healthy", id}, "", useJournal);
    BOOST_TEST(again.state(id) == "running");
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_plugin_that_aborts_is_skipped_once_at_the_next_start) {
    checkSkippedOnce("aborts", "aborts.run");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_reads_wild_memory_is_skipped_once_at_the_next_start) {
    checkSkippedOnce("aborts", "aborts.crash");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_exits_the_process_is_skipped_once_at_the_next_start) {
    checkSkippedOnce("aborts", "aborts.leave");
}

BOOST_AUTO_TEST_CASE(an_orderly_end_leaves_nobody_suspected) {
    const auto folder = tests::newFolder();
    BOOST_TEST(spawnChild(folder.string(), "throws_in_command", "stop") == 0);
    World world(folder, {"healthy", "throws_in_command"}, "", [&](plugin::Settings& settings) {
        settings.journal = folder / "journal";
    });
    BOOST_TEST(world.state("throws_in_command") == "running");
}
