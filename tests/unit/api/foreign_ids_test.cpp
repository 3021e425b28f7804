// Every command, every argument that may hold an id, ids of all kinds that belong to another
// tenant: what exists there is refused exactly as what does not, and nothing of it is told or
// touched.
#include <boost/test/unit_test.hpp>

#include "outcome.hpp"

#include <cctype>

using namespace trellis;
using namespace trellis::test;

namespace {

constexpr const char* kMark = "FOREIGN-THING";

struct TwoTenants : OutcomeFixture {
    model::GroupPtr foreignGroup;
    model::DevicePtr foreignDevice;
    model::UserPtr foreignUser;
    model::UserGroupPtr foreignTeam, team;
    sdk::Caller boss;

    TwoTenants() {
        config.domains["other"] = {};
        directory->setLink(admin->id, group->id, kEverything);
        team = addTeam("team");
        boss = callerFor(*directory->user(admin->id));
        model::User user;
        user.domain = "other";
        user.name = "foreign";
        user.realName = kMark;
        user.siteRights = model::site::kFullAdmin;
        foreignUser = directory->addUser(std::move(user));
        model::Group made;
        made.domain = "other";
        made.name = kMark;
        foreignGroup = directory->addGroup(std::move(made), foreignUser);
        foreignDevice = online(foreignGroup, kMark);
        side.put(foreignDevice->id, model::SideKind::Note, kMark);
        foreignTeam = addTeam(kMark, "other");
        directory->setLink(foreignUser->id, foreignTeam->id, 1);
        directory->setLink(foreignTeam->id, foreignGroup->id, 8);
        foreignUser = directory->user(foreignUser->id);
        foreignGroup = directory->group(foreignGroup->id);
        foreignTeam = directory->userGroup(foreignTeam->id);
        foreignDevice = directory->device(foreignDevice->id);
    }

    struct Pair {
        std::string known, unknown;
    };
    std::vector<Pair> ids() const {
        std::vector<Pair> all;
        for (const auto& id :
             {foreignDevice->id, foreignGroup->id, foreignUser->id, foreignTeam->id})
            all.push_back({id, id.substr(0, id.rfind('/') + 1) + another(shortId(id))});
        for (const auto& id : {foreignDevice->id, foreignUser->id})
            all.push_back({shortId(id), another(shortId(id))});
        return all;
    }
    /// Other letters and digits; marks stay where they are, since some arguments are read by them.
    static std::string another(std::string last) {
        for (char& c : last)
            if (std::isalnum(static_cast<unsigned char>(c)) != 0)
                c = c == 'z' ? 'a' : c == 'Z' ? 'A' : c == '9' ? '0' : static_cast<char>(c + 1);
        return last;
    }

    /// Something that the schema takes; ids of our own where the name says which.
    json::value sample(const std::string& name, const sdk::Schema& schema) const {
        if (name == "nodeid" || name == "meshid" || name == "userid" || name == "ugrpid" ||
            name == "user") {
            return json::value(name == "nodeid"   ? device->id
                               : name == "meshid" ? group->id
                               : name == "ugrpid" ? team->id
                                                  : stranger->id);
        }
        if (name == "nodeids")
            return json::array{device->id};
        const auto& node = schema.node();
        switch (node.kind) {
        case sdk::SchemaKind::OneOf:
            return json::value(node.words.front());
        case sdk::SchemaKind::Integer:
            return std::max<std::int64_t>(node.min.value_or(0), 0);
        case sdk::SchemaKind::Number:
            return 0.0;
        case sdk::SchemaKind::Boolean:
            return false;
        case sdk::SchemaKind::Array:
            return json::array{sample("", node.items.front())};
        case sdk::SchemaKind::Object:
            return json::object();
        case sdk::SchemaKind::AnyOf:
            return sample("", node.items.front());
        case sdk::SchemaKind::String: { // another one each time: some may be used once only
            auto text = std::to_string(++samples);
            const auto size = std::max<std::int64_t>(node.min.value_or(0), 9);
            return json::value(std::string(static_cast<std::size_t>(size) - text.size(), 'a') +
                               text);
        }
        default:
            return "a";
        }
    }

    json::object argsWith(const sdk::CommandSpec& command, const std::string& name,
                          json::value value) const {
        json::object args;
        for (const auto& prop : command.args.node().props)
            if (prop.required)
                args[prop.name] = sample(prop.name, prop.value);
        args[name] = std::move(value);
        return args;
    }

    mutable int samples = 0;

    void compare(const std::string& command, const std::string& argument,
                 const json::object& withKnown, const json::object& withUnknown, const Pair& pair) {
        if (directory->device(device->id)->name != "pc1") // a command before may have renamed it
            directory->updateDevice(device->id, [](model::Device& own) { own.name = "pc1"; });
        auto known = outcomeOf(boss, command, withKnown);
        auto unknown = outcomeOf(boss, command, withUnknown);
        for (auto* text : {&known.answer, &known.raw})
            replaceAll(*text, pair.known, "<id>");
        replaceAll(unknown.answer, pair.unknown, "<id>");
        BOOST_TEST(known.answer == unknown.answer,
                   command << " tells whether " << argument << '=' << pair.known
                           << " exists: " << known.answer << " / " << unknown.answer);
        BOOST_TEST(known.effect == unknown.effect, command << ' ' << argument << '=' << pair.known
                                                           << ": " << known.effect << " / "
                                                           << unknown.effect);
        BOOST_TEST(known.raw.find(kMark) == std::string::npos, command << " shows " << known.raw);
    }

    /// The tenant's records are the very objects that they were.
    void requireUntouched(const std::string& command) {
        BOOST_REQUIRE_MESSAGE(directory->group(foreignGroup->id) == foreignGroup, command);
        BOOST_REQUIRE_MESSAGE(directory->user(foreignUser->id) == foreignUser, command);
        BOOST_REQUIRE_MESSAGE(directory->device(foreignDevice->id) == foreignDevice, command);
        BOOST_REQUIRE_MESSAGE(directory->userGroup(foreignTeam->id) == foreignTeam, command);
        for (const auto& sent : devices.sent())
            BOOST_REQUIRE_MESSAGE(sent.deviceId != foreignDevice->id, command << " told it");
        for (const auto& cut : devices.disconnected())
            BOOST_REQUIRE_MESSAGE(cut != foreignDevice->id, command << " cut it");
        for (const auto& opened : tunnels.opened.with([](const auto& all) { return all; }))
            BOOST_REQUIRE_MESSAGE(opened.deviceId != foreignDevice->id, command << " opened it");
        BOOST_REQUIRE_MESSAGE(events.query({.domain = "other"}).empty(),
                              command << " left an event");
    }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(foreign_ids_are_refused_as_unknown_ones_by_every_command, TwoTenants) {
    std::size_t compared = 0;
    for (const auto& info : dispatcher.commands()) {
        const auto& command = info.spec->command;
        for (const auto& prop : command.args.node().props) {
            for (const auto& pair : ids()) {
                for (const bool isList : {false, true}) {
                    const auto as = [&](const std::string& id) {
                        return isList ? json::value(json::array{id}) : json::value(id);
                    };
                    if (!prop.value.accepts(as(pair.known)) ||
                        !prop.value.accepts(as(pair.unknown)))
                        continue;
                    compare(command.name, prop.name, argsWith(command, prop.name, as(pair.known)),
                            argsWith(command, prop.name, as(pair.unknown)), pair);
                    requireUntouched(command.name + " " + prop.name);
                    ++compared;
                }
            }
        }
    }
    BOOST_TEST(compared > 400U);
}

BOOST_FIXTURE_TEST_CASE(lists_and_counts_stay_inside_the_tenant, TwoTenants) {
    model::Event event;
    event.domain = "other";
    event.etype = "node";
    event.action = "changenode";
    event.msg = kMark;
    events.record(std::move(event));
    for (const auto& info : dispatcher.commands()) {
        const auto& command = info.spec->command;
        json::object args;
        for (const auto& prop : command.args.node().props)
            if (prop.required)
                args[prop.name] = sample(prop.name, prop.value);
        if (command.name == "deleteuser" || command.name == "removedevices" ||
            command.name == "deleteusergroup")
            continue; // they would take away what the others are asked about
        const auto outcome = outcomeOf(boss, command.name, args);
        BOOST_TEST(outcome.raw.find(kMark) == std::string::npos, command.name << outcome.raw);
    }
    const auto numbers = outcomeOf(boss, "serverstats", {{"interval", 0}});
    BOOST_TEST(numbers.raw.find("AgentSessions") == std::string::npos); // 0 stops, tells nothing
    const auto told = parse(outcomeOf(boss, "serverstats", {{"interval", 5000}}).raw);
    const auto& state = told.at("values").at("ServerState").as_object();
    BOOST_TEST(state.at("AgentSessions").to_number<int>() == 1); // ours; theirs is connected too
    BOOST_TEST(state.at("UserAccounts").to_number<int>() == 3);
}
