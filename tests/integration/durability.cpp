// The server is killed while people change things over every door: what one of them was told is done
// is there afterwards, and nothing is half there.
//
// TRELLIS_WRITES: how many acknowledged writes; 10,000 take half a minute, and under sanitizers 2,000.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <thread>

#include <boost/test/unit_test.hpp>

#include "core/store/database.hpp"
#include "tests/integration/session.hpp"
#include "tests/support/sanitizers.hpp"

using namespace trellis::test;

namespace {

constexpr int kKills = 4;

int wantedWrites() {
    const char* text = std::getenv("TRELLIS_WRITES");
#ifdef TRELLIS_SANITIZED
    return text ? std::atoi(text) : 2'000;
#else
    return text ? std::atoi(text) : 10'000;
#endif
}

/// What one client knows: what was acknowledged, and what it asked for last without an answer.
struct Ledger {
    std::set<std::string> groups, users, tokens, events; ///< names that were made
    std::set<std::string> openGroups, openUsers, openTokens, openEvents; ///< asked for, no answer
    std::map<std::string, std::string> values;        ///< "note", "tags"... -> last acknowledged
    std::map<std::string, std::string> openValues;    ///< asked for after that, no answer
    std::vector<std::pair<std::string, std::string>> audited; ///< command and a word of its arguments
};

/// The door by which a client comes.
class Door {
public:
    virtual ~Door() = default;
    virtual json::object ask(json::object message) = 0; ///< throws ClientError once the server died
};

class ControlDoor final : public Door {
public:
    ControlDoor(const ClientOptions& client, const std::string& user)
        : control_(client, user, ServerProcess::kPassword) {}
    json::object ask(json::object message) override { return control_.ask(std::move(message)); }

private:
    Control control_;
};

/// REST with a login token, or the local socket.
class RestDoor final : public Door {
public:
    RestDoor(const ClientOptions& client, std::string token)
        : stream_(client), token_(std::move(token)) {}
    json::object ask(json::object message) override {
        HttpCall call;
        call.method = "POST";
        call.target = "/api/v1/" + json::value_to<std::string>(message.at("action"));
        message.erase("action");
        call.headers = {{"Content-Type", "application/json"}};
        if (!token_.empty())
            call.headers.emplace_back("Authorization", "Bearer " + token_);
        call.body = json::serialize(message);
        const auto reply = request(stream_, call);
        if (reply.status != 200)
            return {{"result", "status " + std::to_string(reply.status) + " " + reply.body}};
        auto answer = json::parse(reply.body).as_object();
        answer.emplace("result", "ok");
        return answer;
    }

private:
    Stream stream_;
    std::string token_;
};

enum class Kind : std::uint8_t { Control = 1, Rest, Local };

/// A client with an account, a group and a device of its own.
struct Client {
    Kind kind = Kind::Control;
    std::string name;    ///< also the account's
    std::string token;   ///< of REST
    std::string groupId; ///< that it edits
    std::string deviceId;
    Ledger ledger;
    int count = 0;
};

class Writer {
public:
    Writer(Client& client, Door& door, std::atomic<int>& written)
        : client_(client), door_(door), written_(written) {}

    void one() {
        const auto number = std::to_string(++client_.count);
        const auto word = client_.name + "-" + number;
        if (client_.kind == Kind::Local) {
            make({{"action", "group.add"}, {"name", word}}, ledger().groups, ledger().openGroups, word);
            return;
        }
        switch (client_.count % 10) {
        case 0:
            make({{"action", "createmesh"}, {"meshname", word}, {"meshtype", 2}}, ledger().groups,
                 ledger().openGroups, word);
            return;
        case 1:
        case 5:
            change("desc", {{"action", "editmesh"}, {"meshid", client_.groupId}, {"desc", word}}, word);
            return;
        case 2:
        case 6:
            change("tags", {{"action", "changedevice"}, {"nodeid", client_.deviceId}, {"tags", word}},
                   word);
            return;
        case 3:
            if (client_.kind == Kind::Control && client_.count % 100 == 3) {
                make({{"action", "adduser"}, {"username", word}, {"pass", "Another-pass-1!"}},
                     ledger().users, ledger().openUsers, word);
                return;
            }
            [[fallthrough]];
        case 9:
            make({{"action", "setDeviceEvent"}, {"nodeid", client_.deviceId}, {"msg", word}},
                 ledger().events, ledger().openEvents, word);
            return;
        case 4:
            if (client_.kind == Kind::Control && ledger().tokens.size() < 50) {
                make({{"action", "createLoginToken"}, {"name", word}, {"expire", 0}}, ledger().tokens,
                     ledger().openTokens, word);
                return;
            }
            [[fallthrough]];
        default:
            change("note", {{"action", "setNotes"}, {"id", client_.deviceId}, {"notes", word}}, word);
        }
    }

private:
    Ledger& ledger() { return client_.ledger; }

    void ask(const json::object& message, const std::string& word) {
        const auto answer = door_.ask(message);
        const auto* result = answer.if_contains("result");
        if (result && result->is_string() && result->as_string() != "ok")
            throw std::runtime_error(json::serialize(message) + ": " + json::serialize(answer));
        ledger().audited.emplace_back(json::value_to<std::string>(message.at("action")), word);
        ++written_;
    }
    void make(const json::object& message, std::set<std::string>& made, std::set<std::string>& open,
              const std::string& word) {
        open.insert(word);
        ask(message, word);
        open.erase(word);
        made.insert(word);
    }
    void change(const std::string& what, const json::object& message, const std::string& word) {
        ledger().openValues[what] = word;
        ask(message, word);
        ledger().openValues.erase(what);
        ledger().values[what] = word;
    }

    Client& client_;
    Door& door_;
    std::atomic<int>& written_;
};

struct World {
    Site site{{.config = "limits:\n  commands_per_second: 10000\n"}};
    std::vector<Client> clients;

    World() {
        for (int i = 0; i < 3; ++i)
            add(Kind::Control, "control" + std::to_string(i));
        for (int i = 0; i < 3; ++i)
            add(Kind::Rest, "rest" + std::to_string(i));
        clients.push_back({Kind::Local, "local", {}, {}, {}, {}, 0});
    }

    void add(Kind kind, const std::string& name) {
        site.server.addAdmin(name);
        Client client{kind, name, {}, {}, {}, {}, 0};
        Control control(site.server.client(), name, ServerProcess::kPassword);
        const auto group = control.ask({{"action", "createmesh"}, {"meshname", name}, {"meshtype", 2}});
        client.groupId = json::value_to<std::string>(group.at("meshid"));
        const auto identity = site.mint.make();
        const AgentLink agent(site.server.client(), identity,
                              readSettings(site.server.ctl({"group", "settings", client.groupId})));
        client.deviceId = identity.deviceId;
        if (kind == Kind::Rest) {
            control.send({{"action", "createLoginToken"}, {"name", "rest"}, {"expire", 0}});
            const auto token = control.next("createLoginToken");
            client.token = json::value_to<std::string>(token.at("tokenUser")) + ":" +
                           json::value_to<std::string>(token.at("tokenPass"));
        }
        clients.push_back(std::move(client));
    }

    std::unique_ptr<Door> open(const Client& client) const {
        if (client.kind == Kind::Control)
            return std::make_unique<ControlDoor>(site.server.client(), client.name);
        auto options = site.server.client();
        if (client.kind == Kind::Local) {
            options.unixPath = site.server.data() + "/control.sock";
            options.tls = false;
        }
        return std::make_unique<RestDoor>(options, client.token);
    }

    /// All clients write until `count` of their writes were acknowledged; then, in the middle of it,
    /// the server is killed. Returns what went wrong otherwise.
    std::string writeAndKill(int count) {
        std::atomic<int> written{0};
        std::atomic<bool> isFaulty{false};
        std::vector<std::string> faults(clients.size());
        std::vector<std::thread> threads;
        for (std::size_t at = 0; at < clients.size(); ++at)
            threads.emplace_back([&, at] {
                try {
                    const auto door = open(clients[at]);
                    Writer writer(clients[at], *door, written);
                    for (;;)
                        writer.one();
                } catch (const ClientError&) { // killed
                } catch (const std::exception& fault) {
                    faults[at] = fault.what();
                    isFaulty = true;
                }
            });
        eventually([&] { return written >= count || isFaulty; }, 120s);
        site.server.stop(SIGKILL);
        for (auto& thread : threads)
            thread.join();
        std::string all;
        for (const auto& fault : faults)
            all += fault;
        return all;
    }
};


void checkNames(const std::set<std::string>& wanted, const std::set<std::string>& found,
                const char* what) {
    for (const auto& name : wanted)
        BOOST_TEST(found.contains(name), what << " " << name << " was acknowledged and is gone");
}

std::set<std::string> namesIn(const json::array& list, const char* member) {
    std::set<std::string> names;
    for (const auto& item : list)
        names.insert(json::value_to<std::string>(item.as_object().at(member)));
    return names;
}

/// The last acknowledged value, or the one that was asked for when the server died.
void checkValue(const Client& client, const std::string& what, const std::string& found) {
    const auto last = client.ledger.values.find(what);
    const auto open = client.ledger.openValues.find(what);
    const bool isAsked = open != client.ledger.openValues.end() && open->second == found;
    if (last != client.ledger.values.end() && !isAsked)
        BOOST_TEST(found == last->second, client.name << "'s " << what);
}

const json::object& withId(const json::array& list, const std::string& id) {
    for (const auto& item : list)
        if (json::value_to<std::string>(item.as_object().at("_id")) == id)
            return item.as_object();
    throw std::runtime_error("not there: " + id);
}

/// Groups of this client, each whole: with its creator as administrator.
void checkGroups(const Client& client, const json::array& groups) {
    checkNames(client.ledger.groups, namesIn(groups, "name"), "group");
    for (const auto& item : groups) {
        const auto& group = item.as_object();
        const auto name = json::value_to<std::string>(group.at("name"));
        if (!name.starts_with(client.name + "-"))
            continue;
        BOOST_TEST(group.at("links").as_object().contains("user//" + client.name),
                   name << " has no administrator");
        BOOST_TEST((client.ledger.groups.contains(name) || client.ledger.openGroups.contains(name)),
                   name << " was never asked for");
    }
}

void checkClient(World& world, const Client& client, const std::set<std::string>& users) {
    checkNames(client.ledger.users, users, "user");
    Control control(world.site.server.client(), client.name, ServerProcess::kPassword);
    const auto groups = control.groups();
    checkGroups(client, groups);
    const auto& group = withId(groups, client.groupId);
    if (group.contains("desc"))
        checkValue(client, "desc", json::value_to<std::string>(group.at("desc")));
    control.send({{"action", "nodes"}, {"meshid", client.groupId}});
    const auto nodes = control.next("nodes").at("nodes").as_object();
    const auto& device = withId(nodes.at(client.groupId).as_array(), client.deviceId);
    if (device.contains("tags"))
        checkValue(client, "tags", json::value_to<std::string>(device.at("tags").as_array().at(0)));
    const auto note = control.ask({{"action", "getNotes"}, {"id", client.deviceId}});
    if (note.at("notes").is_string())
        checkValue(client, "note", json::value_to<std::string>(note.at("notes")));
    control.send({{"action", "events"}, {"nodeid", client.deviceId}, {"limit", 10000}});
    const auto events = control.next("events").at("events").as_array();
    std::set<std::string> texts;
    for (const auto& event : events)
        if (const auto* text = event.as_object().if_contains("msg"); text && text->is_string())
            texts.insert(json::value_to<std::string>(*text));
    checkNames(client.ledger.events, texts, "event");
    control.send({{"action", "loginTokens"}});
    checkNames(client.ledger.tokens,
               namesIn(control.next("loginTokens").at("loginTokens").as_array(), "name"), "token");
}

/// The audit trail is whole, and holds what was acknowledged.
void checkAudit(const World& world) {
    const auto verdict = world.site.server.tryCtl({"audit", "verify"});
    BOOST_TEST(verdict.status == 0, verdict.output);
    const auto& url = world.site.server.databaseUrl();
    const auto database = trellis::store::Database::open(
        {.url = url.empty() ? trellis::store::defaultUrl(world.site.server.data()) : url});
    std::set<std::string> there;
    database->read([&](trellis::store::Session& session) {
        session.query("SELECT command, arguments FROM audit WHERE result='ok'", {},
                      [&](const trellis::store::Row& row) {
                          const auto arguments = json::parse(row.text(1)).as_object();
                          for (const auto& member : arguments)
                              if (member.value().is_string())
                                  there.insert(row.text(0) + " " +
                                               json::value_to<std::string>(member.value()));
                      });
    });
    for (const auto& client : world.clients)
        for (const auto& [command, word] : client.ledger.audited)
            BOOST_TEST(there.contains(command + " " + word),
                       "no audit record of " << command << " " << word);
}

} // namespace

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_outlives_a_kill_at_any_moment) {
    World world;
    const int each = wantedWrites() / kKills;
    std::chrono::duration<double> writing{0};
    for (int kill = 0; kill < kKills; ++kill) {
        const auto begin = std::chrono::steady_clock::now();
        const auto fault = world.writeAndKill(each);
        writing += std::chrono::steady_clock::now() - begin;
        BOOST_REQUIRE_MESSAGE(fault.empty(), fault);
        world.site.server.launch();
    }
    std::size_t count = 0;
    for (const auto& client : world.clients)
        count += client.ledger.audited.size();
    BOOST_TEST(count >= static_cast<std::size_t>(each * kKills));
    std::cout << count << " acknowledged writes, " << static_cast<long>(static_cast<double>(count) / writing.count())
              << " per second\n";
    std::set<std::string> users;
    const auto people = json::parse(world.site.server.ctl({"--json", "user", "list"}));
    for (const auto& item : people.at("users").as_array())
        users.insert(json::value_to<std::string>(item.at("name")));
    for (const auto& client : world.clients) {
        if (client.kind != Kind::Local)
            checkClient(world, client, users);
    }
    const auto list = json::parse(world.site.server.ctl({"--json", "group", "list"}));
    checkNames(world.clients.back().ledger.groups, namesIn(list.at("groups").as_array(), "name"),
               "group");
    checkAudit(world);
}

BOOST_AUTO_TEST_SUITE_END()
