// What a well-behaved plugin may rely on: enable, disable, reload, dependents, quiet after stop.
#include <boost/test/unit_test.hpp>

#include "core/bus/strand.hpp"
#include "core/plugin/commands.hpp"
#include "core/plugin/ui.hpp"
#include "tests/faulty/world.hpp"

using namespace trellis;
using tests::eventually;
using tests::World;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(everything_of_a_disabled_plugin_is_gone_and_comes_back) {
    World world{"healthy"};
    auto& server = world.server;
    BOOST_TEST(server.agents.scripts.get("healthy") == "var healthy = 1;\n");
    BOOST_TEST(world.host->ui().size() == 1u);
    BOOST_TEST((world.host->disable("healthy").state == plugin::State::Disabled));
    BOOST_TEST(server.commands.registry.size() == 0u);
    BOOST_TEST(server.routes.registry.size() == 0u);
    BOOST_TEST(server.tunnels.registry.size() == 0u);
    BOOST_TEST(server.agents.scripts.size() == 0u);
    BOOST_TEST(server.agents.messages.size() == 0u);
    BOOST_TEST(world.host->ui().empty());
    BOOST_TEST((world.host->enable("healthy").state == plugin::State::Running));
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_plugin_disabled_in_the_configuration_is_not_even_loaded) {
    World world({"healthy"}, "plugins: {healthy: {enabled: false}}");
    BOOST_TEST(world.state("healthy") == "disabled");
    BOOST_TEST(!world.status("healthy").isEnabled);
    BOOST_TEST((world.host->enable("healthy").state == plugin::State::Running));
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(dependents_stop_with_what_they_require_and_come_back_with_it) {
    World world{"healthy", "dependent"};
    BOOST_TEST(world.call("dependent.greet").as_string() == "Hello, you");
    world.host->disable("healthy");
    BOOST_TEST(world.state("dependent") == "stopped");
    BOOST_TEST(world.sentence("dependent") == "requires the plugin \"healthy\", which was switched off");
    BOOST_CHECK_THROW(world.host->enable("dependent"), sdk::Error);
    world.host->enable("healthy");
    BOOST_TEST(world.state("dependent") == "running");
    BOOST_TEST(world.call("dependent.greet").as_string() == "Hello, you");
}

BOOST_AUTO_TEST_CASE(a_plugin_whose_requirement_is_absent_is_refused_with_what_to_install) {
    World world{"dependent"};
    BOOST_TEST(world.state("dependent") == "refused");
    BOOST_TEST(world.sentence("dependent") ==
               "requires the plugin \"healthy\", which is not installed: install it");
}

BOOST_AUTO_TEST_CASE(a_wrong_section_misconfigures_its_plugin_with_every_problem_at_once) {
    World world({"healthy", "throws_in_command"},
                "plugins:\n  healthy:\n    greting: x\n    low: many\n");
    BOOST_TEST(world.state("healthy") == "misconfigured");
    const auto problems = world.status("healthy").problems;
    BOOST_TEST(problems.size() == 2u);
    BOOST_TEST(problems.at(0) ==
               "trellis.yaml:3:5: plugins.healthy.greting: unknown key; did you mean \"greeting\"?");
    BOOST_TEST(!world.checked.report.ok());  // the check mode refuses
    BOOST_TEST(world.state("throws_in_command") == "running");
}

BOOST_AUTO_TEST_CASE(what_configure_rejects_is_told_with_its_place) {
    World world({"healthy"}, "plugins: {healthy: {low: 9}}");
    BOOST_TEST(world.state("healthy") == "misconfigured");
    BOOST_TEST(world.sentence("healthy").find("trellis.yaml:1:") == 0u);
    BOOST_TEST(world.sentence("healthy").find("plugins.healthy.low: expected at most \"high\"") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reload_with_errors_changes_nothing) {
    World world{"healthy"};
    const auto checked = world.host->reload(
        config::loadText("plugins: {healthy: {greeting: 7, nonsense: 1}}", "trellis.yaml"));
    BOOST_TEST(!checked.report.ok());
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(a_reload_replaces_only_plugins_whose_section_changed) {
    World world{"healthy", "throws_in_command"};
    const auto since = world.status("throws_in_command").since;
    const auto checked = world.host->reload(
        config::loadText("plugins: {healthy: {greeting: Salut}}", "trellis.yaml"));
    BOOST_TEST(checked.report.ok());
    BOOST_TEST(world.call("healthy.greet").as_string() == "Salut");
    BOOST_TEST((world.status("throws_in_command").since == since));
}

BOOST_AUTO_TEST_CASE(a_new_section_that_does_not_start_leaves_the_old_one_running) {
    World world{"healthy"};
    world.host->reload(config::loadText("plugins: {healthy: {low: 9}}", "trellis.yaml"));
    BOOST_TEST(world.call("healthy.greet").as_string() == "Hello");
    BOOST_TEST(world.state("healthy") == "degraded");
    BOOST_TEST(world.sentence("healthy").find("runs with its old section") == 0u);
}

BOOST_AUTO_TEST_CASE(a_reload_switches_plugins_off_and_on) {
    World world{"healthy", "dependent"};
    world.host->reload(config::loadText("plugins: {healthy: {enabled: false}}", "trellis.yaml"));
    BOOST_TEST(world.state("healthy") == "disabled");
    BOOST_TEST(world.state("dependent") == "stopped");
    world.host->reload(config::loadText("", "trellis.yaml"));
    BOOST_TEST(world.state("dependent") == "running");
}

BOOST_AUTO_TEST_CASE(a_reply_kept_over_stop_is_answered_unavailable) {
    World world{"healthy"};
    const auto answer = world.server.commands.start("healthy.keep", {}, {}, sdk::Clock::now() + 20s);
    world.host->disable("healthy");
    BOOST_CHECK_EXCEPTION(answer->wait(sdk::Clock::now() + 20s), sdk::Error, [](const auto& error) {
        return error.code() == sdk::ErrorCode::Unavailable;
    });
}

BOOST_AUTO_TEST_CASE(a_handler_fetched_before_stop_is_refused_after_it) {
    World world{"healthy"};
    const auto handler = world.server.commands.registry.get("healthy.greet").second;
    const auto factory = world.server.tunnels.registry.get("201");
    world.host->disable("healthy");
    const auto answer = std::make_shared<tests::Answer>();
    handler({}, {}, sdk::Reply(answer));
    BOOST_CHECK_EXCEPTION(answer->wait(sdk::Clock::now()), sdk::Error, [](const auto& error) {
        return std::string(error.what()) == "the plugin healthy is not running";
    });
    BOOST_CHECK_THROW(factory(sdk::TunnelInfo{}), sdk::Error);
}

BOOST_AUTO_TEST_CASE(an_open_tunnel_is_closed_when_its_plugin_stops) {
    World world{"healthy"};
    const auto tunnel = world.server.tunnels.registry.get("201")(sdk::TunnelInfo{});
    sdk::Frame frame;
    BOOST_TEST((tunnel->onFrame(sdk::Side::Viewer, frame) == sdk::Verdict::Forward));
    world.host->disable("healthy");
    BOOST_TEST((tunnel->onFrame(sdk::Side::Viewer, frame) == sdk::Verdict::Close));
}

BOOST_AUTO_TEST_CASE(a_plugin_cannot_switch_itself_off_and_wait_for_it) {
    World world{"healthy"};
    std::vector<plugin::Registration> kept;
    for (auto& command : plugin::pluginCommands(*world.host, {})) {
        kept.push_back(world.server.commands.add("core", command.spec, command.handler));
    }
    BOOST_TEST(world.refusal("healthy.switch_me_off").find("conflict: a plugin cannot switch plugins") ==
               0u);
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(the_commands_list_and_switch_and_remember) {
    World world{"healthy"};
    std::vector<std::string> remembered;
    std::vector<plugin::Registration> kept;
    const auto remember = [&](const std::string& id, bool isEnabled) {
        remembered.push_back(id + (isEnabled ? " on" : " off"));
    };
    for (auto& command : plugin::pluginCommands(*world.host, remember)) {
        if (command.spec.name != "plugin.list") BOOST_TEST(command.spec.audited);
        BOOST_TEST((command.spec.requires_.scope == sdk::Scope::Site));
        kept.push_back(world.server.commands.add("core", command.spec, command.handler));
    }
    const auto run = [&](const std::string& name, const std::string& id) {
        return world.server.commands.call(name, {{"id", id}}, {}, sdk::Clock::now() + 20s);
    };
    BOOST_TEST(run("plugin.disable", "healthy").at("state").as_string() == "disabled");
    BOOST_TEST(run("plugin.enable", "healthy").at("state").as_string() == "running");
    BOOST_TEST(remembered == (std::vector<std::string>{"healthy off", "healthy on"}),
               boost::test_tools::per_element());
    BOOST_CHECK_EXCEPTION(run("plugin.disable", "helthy"), sdk::Error, [](const auto& error) {
        return error.code() == sdk::ErrorCode::NotFound &&
               std::string(error.what()).find("did you mean \"healthy\"?") != std::string::npos;
    });
    const auto list = world.call("plugin.list");
    BOOST_TEST(list.at("plugins").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_choice_that_cannot_be_written_changes_nothing) {
    World world{"healthy"};
    std::vector<plugin::Registration> kept;
    const auto remember = [](const std::string&, bool) {
        throw sdk::Error(sdk::ErrorCode::Unavailable, "disk full");
    };
    for (auto& command : plugin::pluginCommands(*world.host, remember)) {
        kept.push_back(world.server.commands.add("core", command.spec, command.handler));
    }
    BOOST_CHECK_THROW(world.server.commands.call("plugin.disable", {{"id", "healthy"}}, {},
                                                 sdk::Clock::now() + 20s),
                      sdk::Error);
    BOOST_TEST(world.isHealthy());
}

BOOST_AUTO_TEST_CASE(state_changes_are_published) {
    World world{"healthy"};
    std::mutex mutex;
    std::vector<std::string> seen;
    const auto strand = std::make_shared<bus::Strand>(world.server.workers);
    const auto subscription = world.server.events.on<sdk::PluginEvent>(
        sdk::kPluginStateChanged, strand, [&](const sdk::PluginEvent& event) {
            const std::scoped_lock lock(mutex);
            seen.push_back(event.id + " " + event.state);
        });
    world.host->disable("healthy");
    BOOST_TEST(eventually([&] {
        const std::scoped_lock lock(mutex);
        return !seen.empty() && seen.back() == "healthy disabled";
    }));
}

BOOST_AUTO_TEST_CASE(files_of_a_plugin_are_served_only_while_it_runs_and_only_its_own) {
    World world{"healthy"};
    const auto file = plugin::staticFile(*world.host, "healthy", "ui/healthy.js");
    BOOST_TEST_REQUIRE(file.has_value());
    BOOST_TEST(file->contentType == "text/javascript; charset=utf-8");
    for (const auto* rest : {"plugin.yaml", "healthy.so", "ui/../plugin.yaml", "ui/../../x", "ui//x.js",
                             "ui", "ui/", "ui/.hidden.js", "agent/healthy.js", "ui/none.js", "",
                             "/etc/passwd", "ui\\..\\plugin.yaml"}) {
        BOOST_TEST(!plugin::staticFile(*world.host, "healthy", rest), rest);
    }
    BOOST_TEST(!plugin::staticFile(*world.host, "nobody", "ui/healthy.js"));
    world.host->disable("healthy");
    BOOST_TEST(!plugin::staticFile(*world.host, "healthy", "ui/healthy.js"));
}

BOOST_AUTO_TEST_CASE(the_page_gets_the_contributions_that_the_caller_may_see) {
    World world{"healthy"};
    const auto all = plugin::uiFor(*world.host, [](const auto&) { return true; });
    BOOST_TEST(all.at("contributions").as_array().size() == 1u);
    const auto& tab = all.at("contributions").as_array().front().as_object();
    BOOST_TEST(tab.at("slot").as_string() == "device_tab");
    BOOST_TEST(tab.at("module").as_string() == "/plugins/healthy/ui/healthy.js?v=1.2.0");
    BOOST_TEST(all.at("plugins").as_array().front().at("i18n").as_array().front().as_string() == "en");
    const auto none = plugin::uiFor(*world.host, [](const auto&) { return false; });
    BOOST_TEST(none.at("contributions").as_array().empty());
}
