#include "library.hpp"

#include <chrono>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/db.hpp>

#include "json_access.hpp"
#include "parameters.hpp"

namespace scripts {

using namespace trellis::sdk;
using namespace trellis::sdk::db;
using Poco::Data::Session;

namespace {

constexpr const char* kColumns =
    "SELECT id, owner, domain, version, runners, updated_ms FROM p_scripts_script";

json::object bodyOf(Session& session, const std::string& id, std::int64_t version) {
    const auto rows =
        query(session, "SELECT body FROM p_scripts_version WHERE script = $1 AND version = $2",
              {id, version});
    if (rows.empty())
        throw Error(ErrorCode::NotFound, "the script has no version " + std::to_string(version),
                    "/version");
    return json::parse(rows[0].text(0)).as_object();
}

json::array versionsOf(Session& session, const std::string& id) {
    json::array versions;
    for (const auto& row : query(session,
                                 "SELECT version, author, time_ms FROM p_scripts_version WHERE "
                                 "script = $1 ORDER BY version DESC",
                                 {id})) {
        versions.push_back(
            {{"version", row.integer(0)}, {"author", row.text(1)}, {"timeMs", row.integer(2)}});
    }
    return versions;
}

Row scriptRow(Session& session, const std::string& id) {
    auto rows = query(session, std::string(kColumns) + " WHERE id = $1", {id});
    if (rows.empty())
        throw Error(ErrorCode::NotFound, "no script " + id, "/id");
    return rows[0];
}

void addVersion(Session& session, const std::string& id, std::int64_t version, const Owner& author,
                const json::object& body) {
    execute(session,
            "INSERT INTO p_scripts_version (script, version, author, time_ms, body) VALUES ($1, "
            "$2, $3, $4, $5)",
            {id, version, author.isLocalAdmin() ? author.name : author.userId, nowMs(),
             json::serialize(body)});
    execute(session, "DELETE FROM p_scripts_version WHERE script = $1 AND version <= $2",
            {id, version - Library::kMaxVersions});
}

} // namespace

std::int64_t nowMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Schema Library::saveArgs() {
    return Schema::object()
        .prop("id", Schema::string().range(1, 64), "The script to change; absent for a new one.")
        .prop("baseVersion", Schema::integer().range(1, 1'000'000),
              "The version that was edited: refused if there is a newer one.")
        .prop("name", Schema::string().range(1, 120).format(Format::Line), "Name.")
        .prop("description", Schema::string().range(0, 4000).byDefault(""), "What it does.")
        .prop("interpreter", Schema::oneOf({"sh", "bash", "powershell", "cmd", "python"}),
              "What runs it.")
        .prop("text", Schema::string().range(1, 30000), "The script.")
        .prop("parameters", Schema::array(parameterSchema()).range(0, 50).byDefault(json::array()),
              "Passed as environment variables.")
        .prop("runners",
              Schema::array(Schema::string().range(1, 200)).range(0, 200).byDefault(json::array()),
              "Who may see and run it besides the owner and administrators: * (everybody), users, "
              "user groups.")
        .required({"name", "interpreter", "text"});
}

bool Library::mayEdit(const Owner& caller, const std::string& owner,
                      const std::string& domain) const {
    if (domain != caller.domain)
        return false;
    return people_.isAdmin(caller) || (!caller.isLocalAdmin() && owner == caller.userId);
}

json::value Library::list(const Owner& caller) {
    json::array scripts;
    host_.database([&](Session& session) {
        for (const auto& row : query(session, std::string(kColumns) + " ORDER BY id")) {
            const bool isEditor = mayEdit(caller, row.text(1), row.text(2));
            const auto runners = json::parse(row.text(4)).as_array();
            if (row.text(2) != caller.domain || (!isEditor && !people_.isAmong(caller, runners)))
                continue;
            auto body = bodyOf(session, row.text(0), row.integer(3));
            body.erase("text");
            body["id"] = row.text(0);
            body["owner"] = row.text(1);
            body["version"] = row.integer(3);
            body["updatedMs"] = row.integer(5);
            body["mayEdit"] = isEditor;
            scripts.push_back(std::move(body));
        }
    });
    return json::object{{"scripts", std::move(scripts)}};
}

LibraryScript Library::load(const Owner& caller, const std::string& id, std::int64_t version) {
    LibraryScript script;
    host_.database([&](Session& session) {
        const auto row = scriptRow(session, id);
        script = {id,
                  row.text(1),
                  version == 0 ? row.integer(3) : version,
                  {},
                  json::parse(row.text(4)).as_array()};
        const bool isTheirs =
            row.text(2) == caller.domain &&
            (mayEdit(caller, script.owner, row.text(2)) || people_.isAmong(caller, script.runners));
        if (!isTheirs)
            throw Error(ErrorCode::NotFound, "no script " + id, "/script");
        script.body = bodyOf(session, id, script.version);
    });
    return script;
}

json::value Library::get(const Owner& caller, const json::object& args) {
    const auto* version = args.if_contains("version");
    auto script = load(caller, textOf(args, "id"), version ? version->as_int64() : 0);
    auto answer = std::move(script.body);
    host_.database([&](Session& session) {
        answer["versions"] = versionsOf(session, script.id);
        answer["mayEdit"] = mayEdit(caller, script.owner, caller.domain);
    });
    answer["id"] = script.id;
    answer["owner"] = script.owner;
    answer["version"] = script.version;
    answer["runners"] = std::move(script.runners);
    return answer;
}

json::value Library::save(const Owner& caller, const json::object& args) {
    checkDeclared(args.at("parameters").as_array());
    json::object body;
    for (const auto* name : {"name", "description", "interpreter", "text", "parameters"})
        body[name] = args.at(name);
    auto id = textOf(args, "id");
    std::int64_t version = 1;
    host_.database([&](Session& session) {
        const auto runners = json::serialize(args.at("runners"));
        if (id.empty()) {
            if (query(session, "SELECT COUNT(*) FROM p_scripts_script")[0].integer(0) >=
                kMaxScripts) {
                throw Error(ErrorCode::Conflict,
                            "the library is full (2,000 scripts): remove some");
            }
            id = randomHex(8);
            execute(session,
                    "INSERT INTO p_scripts_script (id, owner, domain, version, runners, "
                    "updated_ms) VALUES ($1, $2, $3, $4, $5, $6)",
                    {id, caller.userId, caller.domain, version, runners, nowMs()});
        } else {
            const auto row = scriptRow(session, id);
            if (!mayEdit(caller, row.text(1), row.text(2))) {
                const bool isVisible = row.text(2) == caller.domain &&
                                       people_.isAmong(caller, json::parse(row.text(4)).as_array());
                throw isVisible ? Error(ErrorCode::Forbidden,
                                        "only its owner and administrators may change it", "/id")
                                : Error(ErrorCode::NotFound, "no script " + id, "/id");
            }
            const auto* base = args.if_contains("baseVersion");
            if (base && base->as_int64() != row.integer(3))
                throw Error(ErrorCode::Conflict, "somebody saved a newer version meanwhile",
                            "/baseVersion");
            version = row.integer(3) + 1;
            execute(session,
                    "UPDATE p_scripts_script SET version = $1, runners = $2, updated_ms = $3 WHERE "
                    "id = $4",
                    {version, runners, nowMs(), id});
        }
        addVersion(session, id, version, caller, body);
    });
    return json::object{{"id", id}, {"version", version}};
}

json::value Library::remove(const Owner& caller, const json::object& args) {
    const auto id = textOf(args, "id");
    host_.database([&](Session& session) {
        const auto row = scriptRow(session, id);
        if (!mayEdit(caller, row.text(1), row.text(2)))
            throw Error(ErrorCode::NotFound, "no script " + id, "/id");
        execute(session, "DELETE FROM p_scripts_version WHERE script = $1", {id});
        execute(session, "DELETE FROM p_scripts_script WHERE id = $1", {id});
    });
    return json::object{};
}

} // namespace scripts
