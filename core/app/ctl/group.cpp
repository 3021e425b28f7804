#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"
#include "core/app/local_client.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

int add(Context& context) {
    const auto name = context.arguments.needWord("the new group's name");
    context.arguments.finish();
    const auto answer = context.client().call("group.add", {{"name", name}});
    if (context.asJson) {
        context.out << json::serialize(answer) << '\n';
    } else {
        context.out << "added " << std::string(answer.at("id").as_string()) << '\n';
    }
    return kOk;
}

int list(Context& context) {
    context.arguments.finish();
    const auto answer = context.client().call("group.list", {});
    if (context.asJson) {
        context.out << json::serialize(answer) << '\n';
        return kOk;
    }
    for (const auto& item : answer.at("groups").as_array()) {
        context.out << std::string(item.at("name").as_string()) << '\t' << item.at("devices")
                    << " devices\t" << std::string(item.at("id").as_string()) << '\n';
    }
    return kOk;
}

/// Prints the agent settings file (.msh) of a group.
int settings(Context& context) {
    const auto name = context.arguments.needWord("the group's name or id");
    const bool mayCreate = context.arguments.flag("create");
    const auto host = context.arguments.option("host");
    context.arguments.finish();
    json::object arguments{{"group", name}, {"create", mayCreate}};
    if (host) arguments["host"] = *host;
    const auto answer = context.client().call("group.settings", arguments);
    context.answer(answer, std::string(answer.at("settings").as_string()));
    return kOk;
}

}  // namespace

int group(Context& context) {
    const auto verb = context.arguments.needWord("add, list or settings");
    if (verb == "add") return add(context);
    if (verb == "list") return list(context);
    if (verb == "settings") return settings(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "group: expected add, list or settings, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
