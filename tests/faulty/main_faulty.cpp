// The test program; as `faulty --child ...` the process that a sin ends.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_ALTERNATIVE_INIT_API
#define BOOST_TEST_MODULE faulty
#include <boost/test/unit_test.hpp>

#include <cstring>

#include "tests/faulty/child.hpp"

int main(int argc, char** argv) {
    if (argc == 5 && std::strcmp(argv[1], "--child") == 0) {
        return trellis::tests::runChild(argv[2], argv[3], argv[4]);
    }
    const int result = boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
    // Plugins that were given up have threads that never end.
    std::fflush(nullptr);
    std::_Exit(result);
}
