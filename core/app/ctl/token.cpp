#include <iostream>

#include <trellis/sdk/error.hpp>

#include "core/app/ctl/ctl.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

json::array listFrom(const std::string& text) {
    json::array list;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(',', at), text.size());
        if (end > at) list.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return list;
}

std::string textOf(const json::value& item, const char* name) {
    return std::string(item.at(name).as_string());
}

std::string joined(const json::value& list) {
    std::string text;
    for (const auto& item : list.as_array()) text += (text.empty() ? "" : ",") + std::string(item.as_string());
    return text;
}

int add(Context& context) {
    json::object args{{"name", context.arguments.needWord("the token's name")}};
    args["readOnly"] = context.arguments.flag("read-only");
    if (const auto user = context.arguments.option("user")) args["user"] = *user;
    if (const auto groups = context.arguments.option("groups")) args["groups"] = listFrom(*groups);
    if (const auto from = context.arguments.option("from")) args["addresses"] = listFrom(*from);
    if (const auto days = context.arguments.option("days")) {
        args["expire_days"] = numberFrom(*days, 0, 3650, "--days");
    }
    const auto commands = context.arguments.option("commands");
    context.arguments.finish();
    if (!commands) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "say with --commands what it may call, for example --commands 'device.*,nodes'");
    }
    args["commands"] = listFrom(*commands);
    const auto answer = context.client().call("tokens.create", args);
    // The secret alone on standard output, so that it can be redirected.
    if (!context.asJson) context.err << "made " << textOf(answer, "id") << "; it is not shown again\n";
    context.answer(answer, textOf(answer, "secret") + "\n");
    return kOk;
}

int list(Context& context) {
    json::object args;
    if (const auto user = context.arguments.option("user")) args["user"] = *user;
    context.arguments.finish();
    const auto answer = context.client().call("tokens.list", args);
    std::string text;
    for (const auto& item : answer.at("tokens").as_array()) {
        text += textOf(item, "id") + '\t' + textOf(item, "user") + '\t' + textOf(item, "name") + '\t' +
                joined(item.at("commands")) + (item.at("readOnly").as_bool() ? "\tread-only" : "") + '\n';
    }
    context.answer(answer, text);
    return kOk;
}

int remove(Context& context) {
    json::object args{{"token", context.arguments.needWord("the token's id or name")}};
    if (const auto user = context.arguments.option("user")) args["user"] = *user;
    context.arguments.finish();
    const auto answer = context.client().call("tokens.remove", args);
    context.answer(answer, "removed " + textOf(answer, "id") + "\n");
    return kOk;
}

}  // namespace

int token(Context& context) {
    const auto verb = context.arguments.needWord("add, list or remove");
    if (verb == "add") return add(context);
    if (verb == "list") return list(context);
    if (verb == "remove") return remove(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "token: expected add, list or remove, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
