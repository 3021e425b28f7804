// The commands that check rights in their own code, because the wire answers for each of several
// ids, or takes a name in place of an id: what control-protocol sections 3 and 4 ask of their
// callers.
#include <boost/test/unit_test.hpp>

#include "outcome.hpp"

#include <map>
#include <set>

using namespace trellis;
using namespace trellis::test;

namespace {

/// To be visible is enough.
constexpr std::uint32_t kVisible = 0;

struct Row {
    const char* command;
    std::uint32_t needed;
    std::uint32_t forbidden;
    const char* args;       ///< $device, $group, $local, $amt, $to, $team are put in
    std::uint32_t type = 2; ///< of the group
};

constexpr Row kRows[] = {
    // section 3.4
    {"deletemesh", kEverything, 0, R"({"meshid":"$group"})"},
    {"editmesh", 1, 0, R"({"meshid":"$group","desc":"other words"})"},
    {"addmeshuser", 2, 0, R"({"meshid":"$group","userid":"$other","meshadmin":8})"},
    {"removemeshuser", 2, 0, R"({"meshid":"$group","userid":"$member"})"},
    {"createInviteLink", kVisible, 0, R"({"meshid":"$group","expire":1,"flags":0})"},
    // section 3.6
    {"nodes", kVisible, 0, R"({"meshid":"$group"})"},
    {"removedevices", 0x8000, 0, R"({"nodeids":["$device"]})"},
    {"changeDeviceMesh", 1, 0, R"({"nodeids":["$device"],"meshid":"$to"})"},
    {"addlocaldevice", 4, 0, R"({"meshid":"$group","devicename":"d","hostname":"h","type":6})", 3},
    {"addamtdevice", 4, 0,
     R"({"meshid":"$group","devicename":"d","hostname":"h","amtusername":"u","amtpassword":"p",
         "amttls":1})",
     1},
    {"getnetworkinfo", 0x100000, 0, R"({"nodeid":"$device"})"},
    {"getsysinfo", 0x100000, 0, R"({"nodeid":"$device","nodeinfo":true})"},
    {"lastconnect", kVisible, 0, R"({"nodeid":"$device"})"},
    {"powertimeline", kVisible, 0, R"({"nodeid":"$device"})"},
    {"getDeviceDetails", kVisible, 0, R"({"type":"json","nodeids":["$device"]})"},
    {"events", kVisible, 0, R"({"nodeid":"$device"})"},
    {"getNotes", kVisible, 0, R"({"id":"$device"})"},
    {"getNotes", 1, 0, R"({"id":"$group"})"},
    {"setNotes", 128, 0, R"({"id":"$device","notes":"n"})"},
    {"setNotes", 1, 0, R"({"id":"$group","notes":"n"})"},
    // section 3.7
    {"msg", 8, 256, R"({"nodeid":"$device","type":"ps"})"},
    {"msg", 8, 256, R"({"nodeid":"$device","type":"setclip","value":"x"})"},
    {"msg", 8 + 16, 0, R"({"nodeid":"$device","type":"console","value":"x"})"},
    {"msg", 8, 0, R"({"nodeid":"$device","type":"messagebox","value":"x"})"},
    {"runcommands", 0x20000, 0, R"({"nodeids":["$device"],"cmds":"ls"})"},
    {"runcommands", 8 + 16, 0, R"({"nodeids":["$device"],"cmds":"ls","type":4})"},
    {"poweraction", 0x40000, 0, R"({"nodeids":["$device"],"actiontype":2})"},
    {"poweraction", 64, 0, R"({"nodeids":["$device"],"actiontype":302})"},
    {"poweraction", 8, 0, R"({"nodeids":["$device"],"actiontype":400,"time":5})"},
    {"wakedevices", 64, 0, R"({"nodeids":["$device"]})"},
    {"toast", 0x4000, 0, R"({"nodeids":["$device"],"msg":"m"})"},
    {"uploadagentcore", 16, 0, R"({"nodeids":["$device"],"type":"default"})"},
    {"uninstallagent", 0x8000, 0, R"({"nodeids":["$device"]})"},
    {"agentdisconnect", 16, 0, R"({"nodeid":"$device"})"},
    // section 3.2
    {"changemeshnotify", kVisible, 0, R"({"meshid":"$group","notify":2})"},
    {"changeusernotify", kVisible, 0, R"({"nodeid":"$device","notify":2})"},
    // section 3.5
    {"fileoperation", 32, 0, R"({"fileop":"createfolder","path":["$group"],"newfolder":"f"})"},
    // "any right"
    {"setDeviceEvent", 64, 0, R"({"nodeid":"$device","msg":"m"})"},
};

/// Those that ask for site rights, section 3's rights column; the rest of the world is denied.
struct SiteRow {
    const char* command;
    std::uint32_t needed;
    const char* args;
};
constexpr SiteRow kSiteRows[] = {
    {"wssessioncount", 2, "{}"},
    {"usergroups", 256, "{}"},
    {"files", 8, "{}"},
    {"previousLogins", 2, R"({"userid":"$other"})"},
    {"updateUserImage", 2, R"({"userid":"$other","image":0})"},
    {"events", 2, R"({"userid":"$other"})"},
    {"getNotes", 2, R"({"id":"$other"})"},
    {"setNotes", 2, R"({"id":"$other","notes":"n"})"},
    {"serverstats", 1, R"({"interval":5000})"},
    {"serverstats", 4, R"({"interval":5000})"},
    {"serverstats", 16, R"({"interval":5000})"},
    {"servertimelinestats", 1, R"({"hours":1})"},
    {"servertimelinestats", 4, R"({"hours":1})"},
    {"servertimelinestats", 16, R"({"hours":1})"},
    {"trafficstats", 1, "{}"},
    {"trafficdelta", 16, "{}"},
    {"report", kEverything, R"({"type":4,"groupBy":1,"start":1,"end":2})"},
};

/// About the caller's own account, connection or what he sees anyway; and what is not offered.
const std::set<std::string> kOwn = {
    "account.webstate", "authcookie",  "changeemail",  "changelang",   "changepassword",
    "createLoginToken", "createmesh",  "intersession", "interuser",    "lastconnects",
    "loginTokens",      "logincookie", "meshes",       "userWebState", "rights.explain",
    "device.page",      "session.end", "session.list", "tokens.list",  "server.commands",
    "tokens.create",    "inviteAgent", "webrelay",     "sendmqttmsg",  "tokens.remove",
    "emailuser",        "smsuser",     "msguser",      "endDesktopMultiplex",
    "getmqttlogin",     "traceinfo",   "meshToolInfo", "serverBackup",
    "serverupdate"};

/// Any of the bits 1, 4 and 16 is enough.
bool isStatistics(std::string_view command) {
    return command == "serverstats" || command == "servertimelinestats" ||
           command.starts_with("traffic");
}

struct Handlers : OutcomeFixture {
    model::UserPtr subject = account("subject", model::site::kFileAccess);
    model::UserGroupPtr team = addTeam("team");
    model::GroupPtr to;
    int runs = 0;

    /// A group with one device, made for one run, on which the subject has `bits`.
    Outcome run(const Row& row, std::optional<std::uint32_t> bits) {
        model::Group made;
        made.name = "run " + std::to_string(++runs);
        made.type = row.type;
        const auto target = directory->addGroup(std::move(made), owner);
        to = addGroup(nullptr, "to");
        directory->setLink(subject->id, to->id, 1 + 4);
        const auto machine = online(target);
        side.put(machine->id, model::SideKind::Network,
                 R"({"netif":[{"mac":"00:11:22:33:44:55"}]})");
        model::Event noted;
        noted.etype = "node";
        noted.action = "manual";
        noted.msg = "noted";
        noted.deviceId = machine->id;
        noted.groupId = target->id;
        events.record(noted);
        const auto member = "user//member";
        if (!directory->user(member))
            addUser("member");
        directory->setLink(member, target->id, 8);
        if (bits)
            directory->setLink(subject->id, target->id, *bits);
        std::string args = row.args;
        for (const auto& [name, id] : std::map<std::string, std::string>{{"$device", machine->id},
                                                                         {"$group", target->id},
                                                                         {"$to", to->id},
                                                                         {"$other", stranger->id},
                                                                         {"$member", member}})
            replaceAll(args, '"' + name + '"', '"' + id + '"'); // an id may hold "$to"
        auto outcome =
            outcomeOf(callerFor(*directory->user(subject->id)), row.command, parse(args));
        for (const auto& [id, name] : {std::pair{machine->id, "<device>"}, {target->id, "<group>"}})
            replaceAll(outcome.answer, id, name);
        if (directory->group(target->id)) // the command may have done it
            directory->removeGroup(target->id, model::RemoveKind::Erase);
        directory->removeGroup(to->id, model::RemoveKind::Erase);
        return outcome;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(handler_rights, Handlers)

BOOST_AUTO_TEST_CASE(each_bit_on_device_and_group_is_asked_for) {
    for (const auto& row : kRows) {
        const auto what = std::string(row.command) + " " + row.args;
        const auto allowed = run(row, row.needed);
        const auto refused = row.needed == kVisible ? run(row, std::nullopt) : run(row, 0);
        BOOST_TEST(!(allowed == refused), what << ": " << allowed.answer << allowed.effect);
        BOOST_TEST(refused.effect == "", what << " without the right: " << refused.effect);
        BOOST_TEST((run(row, kEverything) == allowed),
                   what << " with everything: " << run(row, kEverything).answer << " / "
                        << allowed.answer);
        const bool isAny = row.command == std::string("setDeviceEvent");
        for (unsigned bit = 0; bit < 22; ++bit) {
            const auto mask = 1U << bit;
            if ((row.needed & mask) != 0 && row.needed != kEverything && !isAny) {
                const auto less = run(row, 0x3FFFFF & ~mask & ~row.forbidden);
                BOOST_TEST((less == refused),
                           what << " without " << mask << ": " << less.answer << less.effect);
            }
            if ((row.forbidden & mask) != 0) {
                const auto banned = run(row, row.needed | mask);
                BOOST_TEST((banned == refused), what << " in spite of " << mask);
            }
        }
        if (row.needed == kEverything)
            BOOST_TEST((run(row, 0x3FFFFF) == refused), what << " with all but everything");
    }
}

BOOST_AUTO_TEST_CASE(each_site_right_is_asked_for) {
    for (const auto& row : kSiteRows) {
        const auto runWith = [&](std::uint32_t site) {
            auto caller = callerFor(*directory->user(subject->id));
            directory->updateUser(subject->id, [&](model::User& user) { user.siteRights = site; });
            caller.siteRights = site;
            std::string args = row.args;
            replaceAll(args, "$other", stranger->id);
            return outcomeOf(caller, row.command, parse(args));
        };
        const auto what = std::string(row.command) + " " + row.args;
        const auto refused = runWith(0);
        BOOST_TEST(refused.effect == "", what);
        const auto allowed = runWith(row.needed);
        // Asking again may find that nothing is left to change; the answer is the same.
        BOOST_TEST(!(allowed == refused), what << ": " << allowed.answer);
        const auto negatives = model::site::kNegative;
        const auto others = isStatistics(row.command) ? ~0x15U : ~row.needed;
        const auto without = row.needed == kEverything ? 0xFFFU : others;
        const auto less = runWith(without & ~negatives & 0x1FFF);
        BOOST_TEST((less.answer == refused.answer && less.effect == ""),
                   what << " without it: " << less.answer << less.effect);
    }
}

BOOST_AUTO_TEST_CASE(negative_site_rights_take_away) {
    const auto as = [&](std::uint32_t site, const char* command, const char* args) {
        directory->updateUser(subject->id, [&](model::User& user) { user.siteRights = site; });
        return outcomeOf(callerFor(*directory->user(subject->id)), command, parse(args));
    };
    const auto* make = R"({"meshname":"mine","meshtype":2})";
    BOOST_TEST(as(model::site::kNoNewGroups, "createmesh", make).effect == "");
    BOOST_TEST(as(0, "createmesh", make).effect != "");
    BOOST_TEST(as(kEverything, "createmesh", make).effect != "");
    const auto* lang = R"({"lang":"de"})";
    BOOST_TEST(as(model::site::kLockSettings, "changelang", lang).effect == "");
    BOOST_TEST(as(0, "changelang", lang).effect != "");
    directory->setLink(subject->id, group->id, 4);
    const auto invite = R"({"meshid":")" + group->id + R"(","expire":1,"flags":0})";
    BOOST_TEST(as(model::site::kNoNewDevices, "createInviteLink", invite.c_str()).answer !=
               as(0, "createInviteLink", invite.c_str()).answer);
}

BOOST_AUTO_TEST_CASE(a_move_needs_both_rights_on_the_group_it_goes_to) {
    const auto target = addGroup(nullptr, "to");
    directory->setLink(subject->id, group->id, kEverything);
    const json::object args{{"nodeids", {device->id}}, {"meshid", target->id}};
    for (const std::uint32_t bits : {0U, 1U, 4U, 0x3FFFFFU & ~1U, 0x3FFFFFU & ~4U}) {
        directory->setLink(subject->id, target->id, bits);
        outcomeOf(callerFor(*directory->user(subject->id)), "changeDeviceMesh", args);
        BOOST_TEST(directory->device(device->id)->groupId == group->id, bits);
    }
    directory->setLink(subject->id, target->id, 5);
    outcomeOf(callerFor(*directory->user(subject->id)), "changeDeviceMesh", args);
    BOOST_TEST(directory->device(device->id)->groupId == target->id);
}

BOOST_AUTO_TEST_CASE(no_command_is_forgotten) {
    std::set<std::string> covered = kOwn;
    for (const auto& row : kRows)
        covered.insert(row.command);
    for (const auto& row : kSiteRows)
        covered.insert(row.command);
    for (const auto& info : dispatcher.commands())
        if (info.spec->command.requires_.scope == sdk::Scope::SignedIn)
            BOOST_TEST(covered.contains(info.spec->command.name),
                       info.spec->command.name << " checks its caller itself: add a row");
}

BOOST_AUTO_TEST_SUITE_END()
