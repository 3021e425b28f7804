/// The plugin on a host without a network, with a database in memory and a device that has people.
#pragma once

#include <filesystem>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <trellis/sdk/testing_directory.hpp>

#include "bytes.hpp"
#include "src/recorder.hpp"
#include "src/session.hpp"

namespace recording::tests {

using namespace trellis::testing;
namespace fs = std::filesystem;

inline constexpr auto kDevice = "node//AAAA";

struct World {
    explicit World(json::object options = {{"protocols", {"terminal", "desktop"}}, {"min_free_mib", 0}}) {
        Poco::Data::SQLite::Connector::registerConnector();
        database = std::make_unique<Poco::Data::Session>("SQLite", ":memory:");
        host.useDatabase([this](const auto& work) {
            if (isDatabaseAway) throw Error(ErrorCode::Unavailable, "the database is away");
            work(*database);
        });
        directory = FakeDirectory::offerTo(host);
        directory->add(DirectoryDevice{kDevice, "mesh//one", "One", "", "web 01", "Debian", {"prod"}, true, false});
        directory->add(DirectoryUser{"user//ada", "ada", "", 0, false, {"ugrp//ops"}, "Ada"});
        directory->add(DirectoryUser{"user//eve", "eve", "", site_right::kRecordings, false, {}, "Eve"});
        directory->add(DirectoryUser{"user/east/tom", "tom", "east", site_right::kAdmin, false, {}, "Tom"});
        pages = FakePageEvents::offerTo(host, {"user//ada", "user//eve", "user/east/tom"});
        start(std::move(options), true);
    }
    void start(json::object options, bool isNew) {
        Collector collector;
        const auto described = linkedPlugin();
        described->describe(collector);
        std::string text;
        for (const auto& step : collector.all.migrations) text += isNew ? step.sqlite : "";
        for (std::size_t end; (end = text.find(';')) != std::string::npos; text.erase(0, end + 1)) {
            *database << text.substr(0, end), Poco::Data::Keywords::now;
        }
        plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), host, std::move(options));
        host.settle();
    }
    void restart(json::object options) {
        if (plugin) plugin->stop();
        host.beginStart();
        start(std::move(options), false);
    }
    static TunnelInfo info() {
        TunnelInfo info;
        info.id = "relay-id";
        info.deviceId = kDevice;
        info.caller.userId = "user//ada";
        info.caller.userName = "ada";
        info.viewerAddress = "192.0.2.1:5";
        info.isRecordable = true;
        return info;
    }
    std::unique_ptr<TunnelHandler> open(std::uint16_t protocol = 1, TunnelInfo of = info()) {
        tunnel = std::make_shared<FakeTunnel>();
        return plugin->watchTunnel(protocol, std::move(of), tunnel);
    }
    static void frame(TunnelHandler& handler, Side side, const std::string& bytes, bool isText = false) {
        Frame frame{asBytes(bytes), isText};
        BOOST_TEST((handler.onFrame(side, frame) == Verdict::Forward));
    }
    void record(const std::string& output = "hello\r\n") {
        auto handler = open();
        BOOST_REQUIRE(handler);
        frame(*handler, Side::Device, output);
        handler->onClose("");
        host.settle();
    }
    json::array list(json::object args = {}) {
        return plugin->call("recording.list", std::move(args)).at("recordings").as_array();
    }
    std::string folder(const char* name) { return host.dataDir() + "/" + name; }
    std::string file(const json::value& entry) {
        return folder("files") + "/" + std::string(entry.at("name").as_string());
    }
    json::value search(const std::string& text, int limit = 100) {
        return plugin->call("recording.search", {{"text", text}, {"limit", limit}});
    }
    std::size_t filesIn(const char* name) {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder(name)), {}));
    }

    FakeHost host;
    std::unique_ptr<Poco::Data::Session> database;
    bool isDatabaseAway = false;
    std::shared_ptr<FakeDirectory> directory;
    std::shared_ptr<FakePageEvents> pages;
    std::shared_ptr<FakeTunnel> tunnel;
    std::unique_ptr<PluginUnderTest> plugin;  // the last, so that it stops first
};

}  // namespace recording::tests
