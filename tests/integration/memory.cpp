// What a request took for a moment goes back to the system.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "tests/integration/session.hpp"
#include "tests/support/sanitizers.hpp"

using namespace trellis::test;

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(logins_on_every_worker_leave_nothing_of_argon2_behind) {
#ifdef TRELLIS_SANITIZED
    return; // their allocators keep freed memory
#endif
    ServerProcess server;
    server.addAdmin();
    const auto client = server.client();
    // Several at once, so that several workers' arenas take part.
    std::atomic<int> granted = 0;
    std::vector<std::thread> users;
    for (int i = 0; i < 4; ++i)
        users.emplace_back([&] {
            for (int k = 0; k < 8; ++k)
                if (!signIn(client, "admin", ServerProcess::kPassword).empty()) ++granted;
        });
    for (auto& user : users) user.join();
    BOOST_TEST(granted == 32);
    // One hash takes 19 MiB. PostgreSQL's client library and what it needs take some, too.
    const bool hasClientLibrary = std::getenv("TRELLIS_TEST_POSTGRESQL") != nullptr;
    BOOST_TEST(server.residentKiB() < (hasClientLibrary ? 36U : 30U) * 1024);
}

BOOST_AUTO_TEST_SUITE_END()
