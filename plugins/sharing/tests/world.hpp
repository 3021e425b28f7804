/// A server with a device, an owner and a database in memory, around the plugin.
#pragma once

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <trellis/sdk/testing_directory.hpp>

namespace sharing::tests {

using namespace trellis::testing;

inline constexpr auto kDevice = "node//AAAAAAAA";
inline constexpr auto kGroup = "mesh//GGGGGGGG";
inline constexpr auto kOwner = "user//owner";

struct World {
    World() {
        Poco::Data::SQLite::Connector::registerConnector();
        database = std::make_unique<Poco::Data::Session>("SQLite", ":memory:");
        host.useDatabase([this](const auto& work) { work(*database); });
        DirectoryDevice device;
        device.id = kDevice;
        device.groupId = kGroup;
        device.name = "lab-1";
        device.osDescription = "Debian 12";
        device.isOnline = true;
        directory->add(std::move(device));
        lockOwner(false);
        allow(device_right::kAdmin);
        host.addPart("shell", {"shell", UiSlot::DeviceTab, "shell.title", "", "shell.js", {}, {1}});
        plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), host);
        for (const auto& step : plugin->declared().migrations) {
            for (std::size_t at = 0; at < step.sqlite.size();) {
                const auto end = step.sqlite.find(';', at);
                *database << step.sqlite.substr(at, end - at), Poco::Data::Keywords::now;
                at = end + 1;
            }
        }
    }

    void lockOwner(bool isLocked) {
        DirectoryUser owner;
        owner.id = kOwner;
        owner.name = "owner";
        owner.displayName = "Olga Owner";
        owner.isLocked = isLocked;
        directory->add(std::move(owner));
    }
    /// The owner's rights on the device from now on.
    void allow(std::uint32_t rights) {
        directory->grant(kOwner, kDevice, rights);
        directory->grant(kOwner, kGroup, rights);
    }
    As owner() const {
        As as;
        as.caller.userId = kOwner;
        as.caller.userName = "Olga Owner";
        as.caller.siteRights = 0;
        as.deviceId = kDevice;
        as.groupId = kGroup;
        return as;
    }
    json::value run(const std::string& command, json::object args) {
        return plugin->call(command, std::move(args), owner());
    }
    /// A share without end of the terminal, changed by `more`; the answer to its maker.
    json::object share(json::object more = {}) {
        json::object args{{"nodeid", kDevice}, {"guestname", "Gus"}, {"p", 1}, {"consent", 0}, {"expire", 0}};
        for (const auto& [name, value] : more) args[name] = value;
        return run("createDeviceShareLink", std::move(args)).as_object();
    }
    static std::string linkOf(const json::object& made) {
        const std::string url(made.at("url").as_string());
        return url.substr(url.find("?c=") + 3);
    }
    HttpResponse guest(const std::string& verb, json::object body, const std::string& address = "192.0.2.9") {
        HttpRequest request;
        request.method = "POST";
        request.path = "/plugins/sharing/guest/" + verb;
        request.body = json::serialize(body);
        As as;
        as.caller = {};
        as.caller.address = address;
        return plugin->request(std::move(request), as);
    }
    static json::object bodyOf(const HttpResponse& answer) {
        return json::parse(answer.body).as_object();
    }

    std::unique_ptr<Poco::Data::Session> database;
    FakeHost host;
    std::shared_ptr<FakeDirectory> directory = FakeDirectory::offerTo(host);
    std::unique_ptr<PluginUnderTest> plugin;
};

}  // namespace sharing::tests
