/// The plugin in a test: a database in memory, some devices and people.
#pragma once

#include <memory>
#include <string>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/testing_directory.hpp>

namespace scripts::tests {

using namespace trellis::sdk;
using namespace trellis::testing;

struct World {
    World() {
        Poco::Data::SQLite::Connector::registerConnector();
        database = std::make_unique<Poco::Data::Session>("SQLite", ":memory:");
        host.useDatabase([this](const auto& work) {
            *database << "BEGIN", Poco::Data::Keywords::now;
            try {
                work(*database);
            } catch (...) {
                *database << "ROLLBACK", Poco::Data::Keywords::now;
                throw;
            }
            *database << "COMMIT", Poco::Data::Keywords::now;
        });
        directory = FakeDirectory::offerTo(host);
        page = FakePageEvents::offerTo(host, {"user//ada", "user//bob"});
        directory->add(DirectoryUser{"user//ada", "ada", "", 0, false, {}});
        directory->add(DirectoryUser{"user//bob", "bob", "", 0, false, {"ugrp//ops"}});
        directory->add(DirectoryUser{"user//root", "root", "", site_right::kAdmin, false, {}});
        for (const auto* name : {"a", "b", "c"}) {
            device(name, "mesh//one", {"web"});
            directory->grant("user//ada", id(name), device_right::kRemoteCommand);
        }
        directory->grant("user//bob", id("a"), device_right::kRemoteControl);
    }

    static std::string id(const std::string& name) { return "node//" + name; }
    void device(const std::string& name, const std::string& group, std::vector<std::string> tags) {
        directory->add(DirectoryDevice{id(name), group, "One", "", name, "Debian", std::move(tags),
                                       true, false});
    }
    PluginUnderTest& start(json::object options = {}) {
        if (!plugin) {
            // Tables have to be there before start(), which only a described plugin can tell.
            Collector collector;
            linkedPlugin()->describe(collector);
            if (!hasTables) {
                std::string text = collector.all.migrations.at(0).sqlite;
                for (std::size_t end; (end = text.find(';')) != std::string::npos;
                     text.erase(0, end + 1)) {
                    *database << text.substr(0, end), Poco::Data::Keywords::now;
                }
                hasTables = true;
            }
            plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), host, std::move(options));
        }
        return *plugin;
    }
    void restart() {
        plugin->stop();
        plugin.reset();
        start();
    }

    static As as(const std::string& name) {
        As who;
        who.caller.userId = "user//" + name;
        who.caller.userName = name;
        who.caller.siteRights = name == "root" ? site_right::kAdmin : 0;
        return who;
    }
    json::value call(const std::string& command, const json::object& args,
                     const std::string& who = "ada") {
        return start().call("scripts." + command, args, as(who));
    }
    std::string run(json::object args, const std::string& who = "ada") {
        args.emplace("text", "echo hi");
        args.emplace("interpreter", "sh");
        return std::string(call("run", args, who).at("job").as_string());
    }
    /// The device says that it is there.
    void ready(const std::string& name, const json::array& known = {},
               const std::string& boot = "boot-1") {
        start().agentMessage(id(name),
                             {{"action", "scripts.ready"}, {"boot", boot}, {"runs", known}});
        host.settle();
    }
    /// Tokens that a device was sent to run.
    std::vector<std::string> sentTo(const std::string& name) const {
        std::vector<std::string> tokens;
        for (const auto& sent : host.deviceMessages()) {
            if (sent.deviceId == id(name) && sent.message.at("action") == "scripts.run")
                tokens.emplace_back(sent.message.at("run").as_string());
        }
        return tokens;
    }
    void result(const std::string& name, json::object message) {
        message["action"] = "scripts.result";
        start().agentMessage(id(name), message);
        host.settle();
    }
    std::string stateOf(const std::string& job, const std::string& name,
                        const std::string& who = "ada") {
        const auto found = call("job", {{"job", job}}, who);
        for (const auto& one : found.at("runs").as_array()) {
            if (one.at("nodeid").as_string() == std::string_view(id(name)))
                return std::string(one.at("state").as_string());
        }
        return "absent";
    }

    FakeHost host;
    std::unique_ptr<Poco::Data::Session> database;
    std::shared_ptr<FakeDirectory> directory;
    std::shared_ptr<FakePageEvents> page;
    bool hasTables = false;
    std::unique_ptr<PluginUnderTest> plugin; // the last, so that it stops first
};

inline json::object on(std::initializer_list<const char*> names) {
    json::array devices;
    for (const auto* name : names)
        devices.emplace_back(World::id(name));
    return {{"devices", devices}};
}

inline auto hasCode(ErrorCode code) {
    return [code](const Error& error) { return error.code() == code; };
}

} // namespace scripts::tests
