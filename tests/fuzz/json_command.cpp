// A message of a control connection, from its bytes to the answer of the real handler, with a
// database in memory and nobody at the other ends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include "core/api/api.hpp"
#include "core/api/control/command_sink.hpp"
#include "core/api/parse.hpp"
#include "core/store/settings.hpp"
#include "core/telemetry/log.hpp"
#include "tests/unit/api/fakes.hpp"

#include <boost/json/serialize.hpp>

namespace {

namespace json = boost::json;

using namespace trellis;

/// What answers are made of has to be printable, whatever came in.
struct PrintingSink final : api::CallSink {
    void onResult(json::value value) override { printed = json::serialize(value).size(); }
    void onMessage(json::object message) override { printed = json::serialize(message).size(); }
    void onError(const sdk::Error& error, const std::string& trace,
                 const std::optional<api::WireError>&) override {
        printed = json::serialize(api::errorObject(error, trace)).size();
    }
    void onDone() override { ++done; }
    std::size_t printed = 0;
    int done = 0;
};

std::filesystem::path newFolder() {
    const bool hasMemory = std::filesystem::exists("/dev/shm");
    std::string pattern = (hasMemory ? "/dev/shm" : "/tmp") + std::string("/trellis-fuzz-XXXXXX");
    if (!::mkdtemp(pattern.data())) std::abort();
    static std::filesystem::path made = pattern;
    std::atexit([] {
        std::error_code ignored;
        std::filesystem::remove_all(made, ignored);
    });
    return pattern;
}

struct World {
    std::filesystem::path folder = newFolder();
    std::unique_ptr<store::Database> database = store::Database::open(
        {store::defaultUrl(folder), std::chrono::milliseconds(5000), 2, 0});
    model::Directory directory{*database};
    model::EventLog events{*database};
    auth::Sessions sessions{*database};
    auth::LoginTokens tokens{*database};
    auth::ApiTokens apiTokens{*database, directory};
    auth::Throttle throttle{{}};
    auth::AccountService accounts{directory, events, sessions, tokens};
    auth::LoginService logins{directory, events, throttle, tokens};
    config::ServerConfig config;
    net::Loops loops{1, "fuzz"};
    bus::WorkerPool pool{{1, 1000, "fuzz"}};
    bus::Timers timers;
    bus::EventBus bus;
    bus::Decisions decisions;
    model::SideDocuments side{*database};
    model::PowerLog power{directory};
    auth::RightsDecider rights{directory};
    store::Settings settings{*database, store::SecretBox::fromFile(folder / "secret.key")};
    auth::SetupToken setupToken{settings, directory};
    auth::Factors factors{*database, settings.box(), directory, accounts};
    auth::UrlTokens urls{settings};
    api::DirectoryAccess access{directory, rights};
    test::FakeAudit audit;
    api::Dispatcher dispatcher{{&access, &audit, &timers, &pool, &decisions, &telemetry::log("f")}};
    test::FakeDevices devices;
    test::FakeTunnels tunnels;
    test::FakeInstall install;
    test::FakeServer server;
    std::unique_ptr<api::Api> api;
    std::string group, device;

    World() {
        directory.load();
        sessions.load();
        api = std::make_unique<api::Api>(
            api::Context{config,   loops,    pool,     timers,     bus,     decisions, directory, events,
                         side,     rights,   accounts,   factors, logins,  tokens, apiTokens, sessions,  setupToken,
                         urls,     access,   dispatcher, devices, tunnels,   install,   server,
                         power,    folder / "files"});
        model::User user;
        user.name = "fuzz";
        // What grows without end is switched off: groups and accounts.
        user.siteRights = model::site::kNoNewGroups;
        directory.addUser(user);
    }
    /// A group and a device to work on, made anew after a command removed them.
    void furnish() {
        if (directory.device(device)) return;
        if (!directory.group(group)) {
            model::Group made;
            made.name = "Lab";
            group = directory.addGroup(made, directory.user("user//fuzz"))->id;
        }
        model::Device made;
        made.id = device = "node//" + std::string(64, 'n');
        made.groupId = group;
        made.name = made.rname = "pc";
        directory.enrolDevice(made);
        devices.setOnline(device);
    }
};

World& world() {
    // Never destroyed: its threads are not worth an orderly end here.
    static auto* one = [] {
        telemetry::openLog({telemetry::LogLevel::Error, "/dev/null"});
        return new World;
    }();
    return *one;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    auto parsed = api::parseMessage(text, 64 * 1024);
    if (!parsed.object) return 0;
    auto& here = world();
    here.furnish();
    const auto* action = parsed.object->if_contains("action");
    const auto* name = action ? action->if_string() : nullptr;
    if (!name) return 0;
    sdk::Caller caller;
    caller.userId = "user//fuzz";
    caller.userName = "fuzz";
    caller.sessionId = "user//fuzz/0123456789";
    caller.address = "127.0.0.1";
    caller.siteRights = model::site::kNoNewGroups;
    auto sink = std::make_shared<PrintingSink>();
    here.dispatcher.run({std::string(name->data(), name->size()), std::move(*parsed.object), caller,
                         sdk::Clock::now() + sdk::Seconds(5)},
                        sink);
    here.audit.records.with([](auto& all) { all.clear(); });
    here.devices.state.with([](auto& now) { now.sent.clear(), now.disconnected.clear(); });
    here.tunnels.opened.with([](auto& all) { all.clear(); });
    if (sink->done > 1) std::abort();
    return 0;
}
