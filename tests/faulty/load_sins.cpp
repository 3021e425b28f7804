// Sins found before a plugin runs: each has its sentence, and the neighbour runs.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/faulty/world.hpp"

namespace {

using trellis::tests::World;

struct Case {
    std::string id;
    std::string state;
    std::vector<std::string> parts;  ///< of the sentence: what, and what to do
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.id;
}

const std::vector<Case> kCases{
    {"throws_in_describe", "refused",
     {"describe() failed: std::runtime_error: no description today", "plugin's author"}},
    {"hangs_in_describe", "failed", {"describe() did not return within 500 ms", "restart the server"}},
    {"wrong_magic", "refused", {"does not describe a Trellis plugin", "rebuild it with this server's SDK"}},
    {"wrong_major", "refused", {"built for plugin interface 2, this server has 1", "rebuild"}},
    {"newer_minor", "refused",
     {"built for plugin interface 1.1, this server has 1.0", "update the server, or rebuild"}},
    {"short_struct", "refused", {"its description is 8 bytes long, this server needs ", "rebuild"}},
    {"wrong_toolchain", "refused",
     {"built with gcc99-cxx11abi0-boost9.9-poco9.9, this server with " TRELLIS_TOOLCHAIN_TAG, "rebuild"}},
    {"missing_symbol", "refused",
     {"missing_symbol.so does not export trellis_plugin_abi", "write TRELLIS_PLUGIN("}},
    {"undefined_symbol", "refused", {"undefined symbol: neverDefined(int)", "rebuild"}},
    {"null_create", "refused", {"create() returned nothing", "plugin's author"}},
    {"id_mismatch", "refused",
     {"its code says id \"someone_else\", plugin.yaml says \"id_mismatch\"", "install it again"}},
    {"version_mismatch", "refused",
     {"its code is version 9.9.9, plugin.yaml says 1.0.0", "install it again"}},
    {"clashing_command", "refused", {"command serverinfo already belongs to core", "disable one"}},
    {"foreign_command", "refused",
     {"command healthy.greet: names with a dot begin with the plugin's id, \"foreign_command.\""}},
    {"clashing_route", "refused",
     {"route GET /.well-known/healthy already belongs to", "disable one of the two"}},
    {"clashing_topic", "refused",
     {"topic device.connected has another payload type in the core", "disable one of the two"}},
    {"ungranted_port", "refused",
     {"listening on port 4433 is not granted", "add \"listen:4433\" to `grants` in plugin.yaml"}},
    {"missing_module", "refused", {"\"ui/../x.js\": expected a path below the plugin's folder"}},
    {"wrong_schemas", "refused", {"its options have to be a Schema::object()", "(and 1 more)"}},
    {"throws_in_configure", "failed",
     {"configure() failed: std::runtime_error: cannot read this"}},
    {"throws_in_start", "failed", {"start() failed: trellis::sdk::Error: the broker is away"}},
    {"hangs_in_start", "failed", {"start() did not return within 500 ms", "restart the server"}},
};

}  // namespace

BOOST_DATA_TEST_CASE(a_plugin_that_cannot_run_is_told_in_a_sentence_and_costs_only_itself,
                     boost::unit_test::data::make(kCases), c) {
    World world{"healthy", c.id};
    // Of two that clash the first in start order wins; the loser is the one told.
    const bool isHealthyFirst = world.state("healthy") == "running";
    const std::string loser = isHealthyFirst ? c.id : "healthy";
    BOOST_TEST(world.state(loser) == c.state);
    for (const auto& part : c.parts) {
        BOOST_TEST(world.sentence(loser).find(part) != std::string::npos,
                   "\"" << world.sentence(loser) << "\" should contain \"" << part << "\"");
    }
    BOOST_TEST(world.status(loser).since.time_since_epoch().count() != 0);
    if (isHealthyFirst) {
        BOOST_TEST(world.isHealthy());
    } else {
        world.host->disable(c.id);
        BOOST_TEST((world.host->enable("healthy").state == trellis::plugin::State::Running));
    }
}

BOOST_AUTO_TEST_CASE(what_a_failed_start_had_acquired_is_withdrawn) {
    World world{"healthy", "throws_in_start"};
    BOOST_TEST(world.server.commands.ownerOf("throws_in_start.run") == "");
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_plugin_whose_start_hung_cannot_be_enabled_until_the_server_restarts) {
    World world{"healthy", "hangs_in_start"};
    BOOST_CHECK_EXCEPTION(world.host->enable("hangs_in_start"), trellis::sdk::Error,
                          [](const auto& error) {
                              return std::string(error.what()).find("restart the server") !=
                                     std::string::npos;
                          });
    BOOST_TEST(world.host->hasLeaked());
    BOOST_TEST(world.isHealthy());
}
