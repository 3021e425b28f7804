// plugin-try <folder of plugins> <id> <command> <JSON arguments> <YAML configuration>: loads and starts the plugins there as
// the server does, runs one command and prints its answer. plugin-try --new <id> <folder>: makes one.
#include <iostream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "core/config/config.hpp"
#include "core/plugin/plugin_host.hpp"
#include "core/plugin/scaffold.hpp"
#include "tests/unit/plugin/fake_ports.hpp"

namespace {

using namespace trellis;

int tryPlugin(const std::string& folder, const std::string& id, const std::string& command,
              const std::string& arguments, const std::string& yaml) {
    tests::FakeServer server;
    plugin::Settings settings;
    settings.folders = {folder};
    settings.dataDir = folder + "/data";
    settings.checkResults = true;
    plugin::PluginHost host(server.ports(), settings);
    host.discover();
    host.describe([](const std::string&) { return true; });
    const auto source = config::loadText(yaml, "trellis.yaml");
    const auto checked = host.check(source);
    if (!checked.config) {
        std::cerr << checked.report.text();
        return 78;
    }
    host.start(checked.config, source);
    const auto status = host.find(id);
    if (!status || !plugin::isActive(status->state)) {
        std::cerr << id << ": " << (status ? status->sentence : "not found") << '\n';
        return 1;
    }
    const auto answer = server.commands.call(command, boost::json::parse(arguments).as_object(), {},
                                             sdk::Clock::now() + sdk::Seconds(20));
    std::cout << boost::json::serialize(answer) << '\n';
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc == 4 && std::string(argv[1]) == "--new") {
            for (const auto& file : plugin::scaffold(argv[2], argv[3])) std::cout << file << '\n';
            return 0;
        }
        if (argc == 6) return tryPlugin(argv[1], argv[2], argv[3], argv[4], argv[5]);
        std::cerr << "usage: plugin-try <plugins> <id> <command> <arguments> <yaml>\n";
    } catch (const std::exception& error) {
        std::cerr << "plugin-try: " << error.what() << '\n';
    }
    return 1;
}
