// The service that `trellis-agent install` makes; installing itself needs root and systemd.
#include "agent/platform/linux/service.hpp"

#include <boost/test/unit_test.hpp>

using namespace trellis::device::platform;

BOOST_AUTO_TEST_SUITE(agent_service)

BOOST_AUTO_TEST_CASE(the_unit_starts_the_installed_program_and_always_again) {
    ServicePaths paths;
    paths.program = "/p/trellis-agent";
    paths.settings = "/d/a.msh";
    paths.data = "/d";
    BOOST_TEST(unitText(paths) ==
               "[Unit]\n"
               "Description=Trellis agent (remote management)\n"
               "Wants=network-online.target\n"
               "After=network-online.target\n"
               "StartLimitIntervalSec=0\n"
               "\n"
               "[Service]\n"
               "ExecStart=/p/trellis-agent run --service --msh /d/a.msh --data /d\n"
               "Restart=always\n"
               "RestartSec=5\n"
               "KillMode=control-group\n"
               "TimeoutStopSec=10\n"
               "LimitCORE=0\n"
               "StandardInput=null\n"
               "\n"
               "[Install]\n"
               "WantedBy=multi-user.target\n");
}

BOOST_AUTO_TEST_CASE(nothing_in_the_unit_takes_rights_from_an_administrators_terminal) {
    const auto text = unitText({});
    for (const char* word : {"Protect", "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "User=",
                             "CapabilityBoundingSet", "ReadOnlyPaths", "SystemCallFilter"}) {
        BOOST_TEST(text.find(word) == std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
