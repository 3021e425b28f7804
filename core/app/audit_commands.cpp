#include "core/app/audit_commands.hpp"

#include "core/api/audit/list.hpp"

namespace trellis::app {
namespace {

namespace json = boost::json;
using sdk::Schema;

Schema word(std::int64_t most) {
    return Schema::string().format(sdk::Format::Line).range(1, most);
}

std::string textIn(const json::object& args, const char* name) {
    const auto* value = args.if_contains(name);
    return value ? std::string(value->as_string()) : std::string();
}

std::int64_t numberIn(const json::object& args, const char* name) {
    const auto* value = args.if_contains(name);
    return value ? value->to_number<std::int64_t>() : 0;
}

Schema arguments() {
    const auto time = Schema::integer().range(0, std::int64_t{1} << 53);
    return Schema::object()
        .prop("user", word(300), "Only of this user, by id.")
        .prop("command", word(64), "Only this command; with * at the end all that begin so.")
        .prop("target", word(300), "Only on this device or group, by id.")
        .prop("result", word(64), "\"ok\" or the code of an error.")
        .prop("sinceMs", time, "Not before this time, in ms since 1970.")
        .prop("untilMs", time, "Before this time.")
        .prop("beforePlace", time, "Only older than this record, for paging.")
        .prop("afterPlace", time, "Only newer than this record.")
        .prop("limit", Schema::integer().range(1, 1000).byDefault(100), "At most so many.");
}

json::value list(const api::StoredAudit& audit, const sdk::Request& request,
                 const json::object& args) {
    api::audit::Filter filter;
    filter.domain = request.caller.domain;
    filter.userId = textIn(args, "user");
    filter.command = textIn(args, "command");
    filter.target = textIn(args, "target");
    filter.result = textIn(args, "result");
    filter.sinceMs = numberIn(args, "sinceMs");
    filter.untilMs = numberIn(args, "untilMs");
    filter.beforePlace = numberIn(args, "beforePlace");
    filter.afterPlace = numberIn(args, "afterPlace");
    filter.limit = static_cast<std::size_t>(numberIn(args, "limit"));
    json::array records;
    audit.database().read([&](store::Session& session) {
        for (const auto& link : api::audit::list(session, filter))
            records.push_back(api::audit::document(link));
    });
    return json::object{{"records", std::move(records)}};
}

}  // namespace

api::Registration addAuditCommand(api::Dispatcher& dispatcher, const api::StoredAudit& audit) {
    sdk::CommandSpec spec;
    spec.name = "audit.list";
    spec.summary = "Records of the audit trail, newest first.";
    spec.args = arguments();
    spec.result = Schema::any();
    spec.requires_ = {sdk::Scope::Site, sdk::site_right::kAdmin, 0, ""};
    return dispatcher.add(
        std::move(spec),
        sdk::SimpleCommandHandler([&audit](const sdk::Request& request, const json::object& args) {
            return list(audit, request, args);
        }),
        "core");
}

}  // namespace trellis::app
