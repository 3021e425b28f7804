#define BOOST_TEST_MODULE agentd
#include <boost/test/unit_test.hpp>

#include <csignal>

namespace {
// As the program itself does: OpenSSL writes to sockets whose other end has gone.
struct IgnoreBrokenPipes {
    IgnoreBrokenPipes() { ::signal(SIGPIPE, SIG_IGN); }
};
}  // namespace
BOOST_TEST_GLOBAL_FIXTURE(IgnoreBrokenPipes);
