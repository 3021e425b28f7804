// The server's part of files, without a server.
#define BOOST_TEST_MODULE files
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>
#include <set>

#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/Session.h>
#include <boost/json/value_to.hpp>
#include <trellis/sdk/testing_directory.hpp>

#include "src/push_model.hpp"

using namespace trellis::testing;

namespace {

/// The plugin with a database in memory, two devices, and a user who may use the files of one.
struct World {
    World() {
        Poco::Data::SQLite::Connector::registerConnector();
        database = std::make_unique<Poco::Data::Session>("SQLite", ":memory:");
        host.useDatabase([this](const auto& work) { work(*database); });
        directory = FakeDirectory::offerTo(host);
        page = FakePageEvents::offerTo(host, {"user//ada"});
        directory->add(DirectoryUser{"user//ada", "ada", "", 0, false, {}});
        for (const auto* name : {"a", "b"}) {
            directory->add(DirectoryDevice{std::string("node//") + name, "mesh//one", "One", "", name,
                                           "Debian", {}, true, false});
            host.addDevice({std::string("node//") + name, "mesh//one", name, "", "Debian", true});
        }
        directory->grant("user//ada", "node//a", device_right::kRemoteControl);
        directory->grant("user//ada", "node//b",
                         device_right::kRemoteControl | device_right::kNoFiles);
        Collector collector;
        linkedPlugin()->describe(collector);
        for (const auto& migration : collector.all.migrations) *database << migration.sqlite, Poco::Data::Keywords::now;
        plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), host, json::object{});
    }
    static As ada() {
        As who;
        who.caller.userId = "user//ada";
        who.caller.userName = "ada";
        who.caller.siteRights = 0;
        return who;
    }
    json::value push(const std::string& device, std::int64_t size = 3) {
        return plugin->call("files.push",
                            {{"name", "f"}, {"size", size}, {"path", "/tmp"},
                             {"devices", json::array{json::value(device)}}},
                            ada());
    }
    FakeHost host;
    std::unique_ptr<Poco::Data::Session> database;
    std::shared_ptr<FakeDirectory> directory;
    std::shared_ptr<FakePageEvents> page;
    std::unique_ptr<PluginUnderTest> plugin;  // the last, so that it stops first
};

TunnelInfo session(const std::string& id, const std::string& device) {
    TunnelInfo info;
    info.id = id;
    info.deviceId = device;
    info.caller.userId = "user//ada";
    info.caller.address = "192.0.2.7";
    return info;
}

json::object report(const std::string& tunnel, const std::string& error = "") {
    return {{"action", "files.done"},
            {"transfers", json::array{json::object{{"tunnel", tunnel},
                                                   {"direction", "up"},
                                                   {"path", "/etc/a b"},
                                                   {"size", 12},
                                                   {"sha256", std::string(64, 'a')},
                                                   {"error", error}}}}};
}

}  // namespace

BOOST_AUTO_TEST_CASE(sessions_are_counted_and_their_frames_not_watched) {
    World world;
    auto& host = world.host;
    auto& plugin = *world.plugin;
    BOOST_TEST(!plugin.openTunnel(5));
    BOOST_TEST(host.count("files_sessions_total") == 1u);
}

BOOST_AUTO_TEST_CASE(a_transfer_is_audited_in_the_name_of_who_opened_the_session) {
    World world;
    auto& host = world.host;
    auto& plugin = *world.plugin;
    plugin.openTunnel(5, session("t1", "node//a"));
    plugin.agentMessage("node//a", report("t1"));
    plugin.agentMessage("node//a", report("t1", "no space left on the device"));
    const auto audits = host.audits();
    BOOST_REQUIRE(audits.size() == 2u);
    BOOST_TEST(audits[0].action == "files.upload");
    BOOST_TEST(audits[0].userId == "user//ada");
    BOOST_TEST(audits[0].address == "192.0.2.7");
    BOOST_TEST(audits[0].target == "node//a");
    BOOST_TEST(audits[0].result == "ok");
    BOOST_TEST(audits[0].details.at("path").as_string() == "/etc/a b");
    BOOST_TEST(audits[0].details.at("sizeBytes").as_int64() == 12);
    BOOST_TEST(audits[1].result == "unavailable");
    BOOST_TEST(audits[1].details.at("error").as_string() == "no space left on the device");
    BOOST_TEST(host.count("files_bytes_total") == 12u);
}

BOOST_AUTO_TEST_CASE(a_device_reports_nothing_in_a_session_that_is_not_its_own) {
    World world;
    auto& host = world.host;
    auto& plugin = *world.plugin;
    plugin.openTunnel(5, session("t1", "node//a"));
    plugin.agentMessage("node//b", report("t1"));
    plugin.agentMessage("node//a", report("t2"));
    BOOST_TEST(host.audits().empty());
    BOOST_TEST(host.count("files_reports_dropped_total") == 2u);
}

BOOST_AUTO_TEST_CASE(a_transfer_without_a_session_costs_no_other_its_audit) {
    World world;
    auto& plugin = *world.plugin;
    plugin.openTunnel(5, session("t1", "node//a"));
    auto both = report("");
    both.at("transfers").as_array().push_back(report("t1").at("transfers").as_array()[0]);
    plugin.agentMessage("node//a", both);
    BOOST_TEST(world.host.audits().size() == 1u);
    BOOST_TEST(world.host.count("files_reports_dropped_total") == 1u);
}

json::object begun(const std::string& tunnel) {
    auto message = report(tunnel);
    message.at("transfers").as_array()[0].as_object()["begun"] = true;
    return message;
}

BOOST_AUTO_TEST_CASE(a_transfer_that_has_only_begun_is_audited_when_the_device_says_no_more_of_it) {
    World world;
    auto& host = world.host;
    auto& plugin = *world.plugin;
    for (const auto* id : {"cut", "whole", "open"}) {
        plugin.openTunnel(5, session(id, "node//a"));
        plugin.agentMessage("node//a", begun(id));
    }
    BOOST_TEST(host.audits().empty());
    plugin.agentMessage("node//a", report("whole"));
    for (const auto* id : {"cut", "whole"}) plugin.publish(kTunnelClosed, TunnelEvent{id, "node//a", "user//ada", 5, 0, 0});
    host.advance(Seconds(10));
    BOOST_TEST(host.audits().size() == 1u);
    host.advance(Seconds(10));
    const auto audits = host.audits();
    BOOST_REQUIRE(audits.size() == 2u);
    BOOST_TEST(audits[0].result == "ok");
    BOOST_TEST(audits[1].userId == "user//ada");
    BOOST_TEST(audits[1].result == "unavailable");
    BOOST_TEST(audits[1].details.at("path").as_string() == "/etc/a b");
    host.advance(Seconds(200));
    BOOST_TEST(host.audits().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_report_of_before_the_servers_restart_is_audited) {
    World world;
    world.plugin->openTunnel(5, session("t1", "node//a"));
    world.host.settle();
    world.plugin->stop();
    world.plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), world.host, json::object{});
    world.plugin->agentMessage("node//a", report("t1"));
    world.plugin->agentMessage("node//b", report("t1"));
    const auto audits = world.host.audits();
    BOOST_REQUIRE(audits.size() == 1u);
    BOOST_TEST(audits[0].userId == "user//ada");
    BOOST_TEST(audits[0].address == "192.0.2.7");
}

BOOST_AUTO_TEST_CASE(a_report_that_is_none_is_dropped) {
    World world;
    auto& host = world.host;
    auto& plugin = *world.plugin;
    plugin.openTunnel(5, session("t1", "node//a"));
    auto wrong = report("t1");
    wrong.at("transfers").as_array()[0].as_object()["direction"] = "sideways";
    plugin.agentMessage("node//a", wrong);
    BOOST_TEST(host.audits().empty());
}

BOOST_AUTO_TEST_CASE(a_range_is_the_one_form_that_devices_ask_with) {
    std::int64_t from = 0, to = 0;
    BOOST_TEST(files::parseRange("bytes=0-9", 10, 10, from, to));
    BOOST_TEST(to == 9);
    for (const auto* bad : {"", "bytes=", "bytes=-5", "bytes=5-", "bytes=0-10", "bytes=5-4",
                            "bytes=0-1,3-4", "bytes=+0-1", "bytes=0-99999999999999999999", "0-1"})
        BOOST_TEST(!files::parseRange(bad, 10, 10, from, to), bad);
    BOOST_TEST(!files::parseRange("bytes=0-9", 10, 9, from, to));
}

BOOST_AUTO_TEST_CASE(a_push_needs_the_right_to_files_on_each_device) {
    World world;
    BOOST_CHECK_THROW(world.push("node//b"), Error);
    BOOST_CHECK_THROW(world.push("node//none"), Error);
    const auto id = json::value_to<std::string>(world.push("node//a").at("push"));
    const auto status = world.plugin->call("files.pushStatus", {{"push", id}}, World::ada());
    BOOST_TEST(status.at("devices").as_array().at(0).at("state").as_string() == "queued");
    As other;
    other.caller.userId = "user//eve";
    other.caller.siteRights = 0;
    BOOST_CHECK_THROW(world.plugin->call("files.pushStatus", {{"push", id}}, other), Error);
    BOOST_CHECK_THROW(world.plugin->call("files.pushCancel", {{"push", id}}, other), Error);
}

BOOST_AUTO_TEST_CASE(a_push_survives_a_restart_and_is_cancelled) {
    World world;
    const auto id = json::value_to<std::string>(world.push("node//a").at("push"));
    world.plugin->stop();
    world.plugin = std::make_unique<PluginUnderTest>(linkedPlugin(), world.host, json::object{});
    world.plugin->call("files.pushCancel", {{"push", id}}, World::ada());
    const auto status = world.plugin->call("files.pushStatus", {{"push", id}}, World::ada());
    BOOST_TEST(status.at("devices").as_array().at(0).at("state").as_string() == "cancelled");
}
