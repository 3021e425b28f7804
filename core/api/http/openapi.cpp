#include "core/api/http/openapi.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/rights.hpp>

#include "core/auth/sessions.hpp"

namespace trellis::api {

namespace {

using Names = std::vector<std::pair<std::uint32_t, std::string_view>>;

const Names& siteRightNames() {
    namespace right = sdk::site_right;
    static const Names names = {
        {right::kBackup, "back up"},           {right::kManageUsers, "manage users"},
        {right::kRestore, "restore"},          {right::kFileAccess, "files on the server"},
        {right::kUpdate, "update the server"}, {right::kUserGroups, "manage user groups"},
        {right::kRecordings, "recordings"},    {right::kAllEvents, "all events"},
    };
    return names;
}

const Names& deviceRightNames() {
    namespace right = sdk::device_right;
    static const Names names = {
        {right::kEditGroup, "edit the group"},
        {right::kManageUsers, "manage its users"},
        {right::kManageDevices, "manage devices"},
        {right::kRemoteControl, "remote control"},
        {right::kAgentConsole, "agent console"},
        {right::kServerFiles, "the group's files on the server"},
        {right::kWake, "wake"},
        {right::kSetNotes, "edit notes"},
        {right::kChatNotify, "chat and notify"},
        {right::kUninstall, "uninstall"},
        {right::kRemoteCommand, "run commands"},
        {right::kResetOff, "reset and power off"},
        {right::kGuestSharing, "share with guests"},
        {right::kDeviceDetails, "see details"},
        {right::kRelay, "relay"},
    };
    return names;
}

std::string wordsFor(std::uint32_t bits, const Names& names) {
    if (bits == sdk::device_right::kAdmin)
        return "all rights";
    std::string words;
    for (const auto& [bit, name] : names)
        if ((bits & bit) != 0)
            words += (words.empty() ? "" : ", ") + std::string(name);
    return words;
}

/// "Needs the right: ..." in words.
std::string needs(const WireSpec& spec) {
    const bool isOwn = spec.command.requires_.scope == sdk::Scope::SignedIn && spec.each;
    const auto& requirement = isOwn ? *spec.each : spec.command.requires_;
    switch (requirement.scope) {
    case sdk::Scope::SignedIn: return "Needs a sign-in; what is named in it has its own rules.";
    case sdk::Scope::Site:
        return "Needs the site right: " + wordsFor(requirement.right, siteRightNames()) + ".";
    case sdk::Scope::Group:
    case sdk::Scope::Device: break;
    }
    const std::string on = requirement.scope == sdk::Scope::Group ? "device group" : "device";
    const auto words = wordsFor(requirement.right, deviceRightNames());
    return words.empty() ? "Needs any right on the " + on + "."
                         : "Needs on the " + on + ": " + words + ".";
}

json::object errorSchema() {
    const json::object text{{"type", "string"}};
    json::object error{{"type", "object"},
                       {"required", json::array{"code", "message"}},
                       {"properties",
                        json::object{{"code", text},
                                     {"message", text},
                                     {"field", json::object{{"type", "string"},
                                                            {"description",
                                                             "JSON pointer (RFC 6901) of the "
                                                             "argument at fault."}}},
                                     {"traceId", text}}}};
    return {{"type", "object"},
            {"required", json::array{"error"}},
            {"properties", json::object{{"error", std::move(error)}}}};
}

json::object responses(const sdk::CommandSpec& command) {
    auto result = command.result.toJsonSchema();
    if (result.empty())
        result["type"] = "object"; // the wire's own message; see the control channel's description
    const auto failed = [](const char* about) {
        return json::object{
            {"description", about},
            {"content", json::object{{"application/json",
                                      json::object{{"schema",
                                                    json::object{{"$ref",
                                                                  "#/components/schemas/Error"}}}}}}}};
    };
    auto limited = failed("Too many requests from this caller.");
    limited["headers"] = json::object{
        {"Retry-After", json::object{{"description", "Seconds to wait."},
                                     {"schema", json::object{{"type", "integer"}}}}}};
    return {{"200",
             json::object{{"description", "Done."},
                          {"content",
                           json::object{{"application/json",
                                         json::object{{"schema", std::move(result)}}}}}}},
            {"429", std::move(limited)},
            {"4XX", failed("Refused: an argument, a missing sign-in or right, a conflict.")},
            {"5XX", failed("The server or the device could not do it.")}};
}

json::object operation(const CommandInfo& info) {
    const auto& command = info.spec->command;
    auto args = command.args.toJsonSchema();
    if (args.empty())
        args["type"] = "object";
    const bool needsBody = args.contains("required");
    return {
        {"operationId", command.name},
        {"summary", command.summary.empty() ? command.name : command.summary},
        {"description", needs(*info.spec)},
        {"tags", json::array{info.owner}},
        {"requestBody",
         json::object{{"required", needsBody},
                      {"content",
                       json::object{{"application/json",
                                     json::object{{"schema", std::move(args)}}}}}}},
        {"responses", responses(command)}};
}

/// `GET /api/v1/events`, which is no command.
json::object eventStream() {
    const auto parameter = [](const char* name, const char* in, const char* about) {
        return json::object{{"name", name},
                            {"in", in},
                            {"description", about},
                            {"schema", json::object{{"type", "string"}}}};
    };
    const json::object text{{"schema", json::object{{"type", "string"}}}};
    const json::object error{{"schema", json::object{{"$ref", "#/components/schemas/Error"}}}};
    return {
        {"operationId", "streamEvents"},
        {"summary", "Events as they happen, as server-sent events."},
        {"description", "Needs a sign-in, or an API token whose scope covers `events`. Each event is "
                        "the JSON of the control channel; those that are stored have an id."},
        {"tags", json::array{"core"}},
        {"parameters",
         json::array{parameter("action", "query", "Names parted by commas; * at the end of one."),
                     parameter("device", "query", "Only events of this device."),
                     parameter("group", "query", "Only events of this device group."),
                     parameter("Last-Event-ID", "header", "What was missed since comes first.")}},
        {"responses",
         json::object{
             {"200", json::object{{"description", "The stream."},
                                  {"content", json::object{{"text/event-stream", text}}}}},
             {"4XX", json::object{{"description", "Refused, or too many streams."},
                                  {"content", json::object{{"application/json", error}}}}}}}};
}

json::array tags(const std::vector<CommandInfo>& commands) {
    std::vector<std::string> seen;
    json::array out;
    for (const auto& info : commands) {
        if (std::find(seen.begin(), seen.end(), info.owner) != seen.end())
            continue;
        seen.push_back(info.owner);
        out.push_back(json::object{{"name", info.owner},
                                   {"description", info.owner == "core"
                                                       ? "Commands of the server itself."
                                                       : "Commands of the plugin " + info.owner +
                                                             "."}});
    }
    return out;
}

/// `| a | b |` with what would end a cell made harmless.
std::string cell(std::string text) {
    for (std::size_t at = 0; (at = text.find_first_of("|\n", at)) != std::string::npos; at += 2)
        text.replace(at, 1, text[at] == '|' ? "\\|" : "  ");
    return text;
}

std::string typeOf(const json::object& schema) {
    if (const auto* any = schema.if_contains("anyOf")) {
        std::string words;
        for (const auto& one : any->as_array())
            words += (words.empty() ? "" : " or ") + typeOf(one.as_object());
        return words;
    }
    if (const auto* words = schema.if_contains("enum")) {
        std::string list;
        for (const auto& word : words->as_array())
            list += (list.empty() ? "" : ", ") + ("`" + std::string(word.as_string()) + "`");
        return list;
    }
    const auto* type = schema.if_contains("type");
    std::string text = type == nullptr ? "any" : std::string(type->as_string());
    if (const auto* items = schema.if_contains("items"))
        text += " of " + typeOf(items->as_object());
    const auto bounds = [&](const char* low, const char* high, const char* unit) {
        const auto* min = schema.if_contains(low);
        const auto* max = schema.if_contains(high);
        if (min == nullptr && max == nullptr)
            return;
        text += ", " + (min != nullptr ? json::serialize(*min) : std::string()) + ".." +
                (max != nullptr ? json::serialize(*max) : std::string()) + unit;
    };
    bounds("minLength", "maxLength", " characters");
    bounds("minimum", "maximum", "");
    bounds("minItems", "maxItems", " items");
    return text;
}

std::string argumentTable(const json::object& args) {
    const auto* properties = args.if_contains("properties");
    if (properties == nullptr || properties->as_object().empty())
        return "No arguments.\n";
    const auto* required = args.if_contains("required");
    std::string out = "| Argument | Value | |\n|---|---|---|\n";
    for (const auto& [name, value] : properties->as_object()) {
        const auto& schema = value.as_object();
        const bool must =
            required != nullptr && std::find(required->as_array().begin(), required->as_array().end(),
                                             json::value(name)) != required->as_array().end();
        const auto* about = schema.if_contains("description");
        out += "| `" + std::string(name) + "`" + (must ? " (required)" : "") + " | " +
               cell(typeOf(schema)) + " | " +
               cell(about != nullptr ? std::string(about->as_string()) : "") + " |\n";
    }
    return out;
}

} // namespace

json::object openApiDocument(const std::vector<CommandInfo>& commands, const std::string& version) {
    json::object paths;
    for (const auto& info : commands)
        paths["/api/v1/" + info.spec->command.name] = json::object{{"post", operation(info)}};
    if (auto* events = paths.if_contains("/api/v1/events"))
        events->as_object()["get"] = eventStream();
    json::object schemes{
        {"apiToken", json::object{{"type", "http"},
                                  {"scheme", "bearer"},
                                  {"description", "An API token, `trl_...`, made with "
                                                  "`trellisctl token add` or tokens.create."}}},
        {"loginToken",
         json::object{{"type", "http"},
                      {"scheme", "bearer"},
                      {"description", "A login token, `~t:<name>:<secret>`."}}},
        {"session", json::object{{"type", "apiKey"},
                                 {"in", "cookie"},
                                 {"name", auth::kSessionCookie},
                                 {"description", "A browser's session; changes also need the "
                                                 "header X-CSRF-Token."}}}};
    return {
        {"openapi", "3.1.0"},
        {"info", json::object{{"title", "Trellis"},
                              {"version", version},
                              {"summary", "Every command of a Trellis server."},
                              {"license", json::object{{"name", "Apache-2.0"},
                                                       {"identifier", "Apache-2.0"}}}}},
        {"servers", json::array{json::object{{"url", "/"}}}},
        {"tags", tags(commands)},
        {"security", json::array{json::object{{"apiToken", json::array()}},
                                 json::object{{"loginToken", json::array()}},
                                 json::object{{"session", json::array()}}}},
        {"paths", std::move(paths)},
        {"components", json::object{{"schemas", json::object{{"Error", errorSchema()}}},
                                    {"securitySchemes", std::move(schemes)}}}};
}

std::string commandReference(const std::vector<CommandInfo>& commands) {
    std::string out =
        "# Commands\n\n"
        "Written from the schemas that check them; don't edit. Each is called by `POST "
        "/api/v1/<command>` with\nits arguments as a JSON object, and on the control channel by a "
        "message with `action`. A running server\ndescribes those of its plugins as well, at "
        "`/api/openapi.json`.\n";
    for (const auto& info : commands) {
        const auto& command = info.spec->command;
        out += "\n## " + command.name + "\n" + command.summary + ' ' + needs(*info.spec) +
               (command.audited ? " Audited." : "") + "\n\n" +
               argumentTable(command.args.toJsonSchema());
    }
    return out;
}

void OpenApiPage::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec spec;
    spec.method = "GET";
    spec.path = "/api/openapi.json";
    routes.push_back(router.addSimple(spec, [this](const net::HttpRequest&) { return serve(); }));
}

net::HttpResponse OpenApiPage::serve() const {
    const auto commands = dispatcher_.commands();
    std::vector<std::shared_ptr<const WireSpec>> specs;
    for (const auto& info : commands)
        specs.push_back(info.spec);
    const std::scoped_lock lock(mutex_);
    if (specs != described_) {
        text_ = json::serialize(openApiDocument(commands, version_));
        described_ = std::move(specs);
    }
    auto response = net::HttpResponse::text(200, text_);
    response.with("Content-Type", "application/json");
    return response;
}

} // namespace trellis::api
