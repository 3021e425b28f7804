// The tests' program is the desktop program, too: the agent starts itself for it.
#define BOOST_TEST_MODULE desktop
#define BOOST_TEST_NO_MAIN
#include "agent/platform/linux/desktop/blank.hpp"
#include "agent/platform/linux/desktop/program.hpp"
#include "agent/platform/linux/desktop/virtual_display.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstring>

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "desktop") == 0) {
        return trellis::device::desktop::runDesktopProgram();
    }
    if (argc == 2 && std::strcmp(argv[1], "virtual-screen") == 0) {
        return trellis::device::desktop::runVirtualScreen();
    }
    if (argc == 2 && std::strcmp(argv[1], "blank-monitors") == 0) {
        return trellis::device::desktop::runBlankProgram();
    }
    ::signal(SIGPIPE, SIG_IGN);
    return boost::unit_test::unit_test_main(init_unit_test, argc, argv);
}
