#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/rights.hpp>

#include "core/app/ctl/ctl.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

std::string text(const json::value& value, const char* name) {
    return std::string(value.at(name).as_string());
}

/// "pc1", or the id of what has no name any more.
std::string nameAt(const json::object& step, const char* member) {
    const auto* value = step.if_contains(member);
    if (value == nullptr || value->is_null())
        return {};
    const auto name = text(*value, "name");
    return name.empty() ? text(*value, "id") : name;
}

std::string rightsOf(const json::object& step) {
    std::string list;
    for (const auto& right : step.at("rights").as_array())
        list += (list.empty() ? "" : ", ") + std::string(right.as_string());
    return list.empty() ? "none" : list;
}

std::string sentence(const json::object& step) {
    const auto rule = std::string(step.at("rule").as_string());
    const auto rights = rightsOf(step);
    const auto holder = nameAt(step, "holder");
    const auto target = nameAt(step, "target");
    if (rule == "site")
        return "site rights: " + rights;
    if (rule == "locked")
        return "the account is locked";
    if (rule == "other_tenant")
        return target + " belongs to another tenant";
    if (rule == "group_deleted")
        return "its device group was deleted";
    if (rule == "manages_all")
        return holder + " manages all device groups: all";
    if (rule == "link")
        return holder + " on " + target + ": " + rights;
    if (rule == "no_link")
        return "nothing links " + holder + " to it";
    if (rule == "sum")
        return "together: " + rights;
    if (rule == "removed_right")
        return "taken from the account: " + rights;
    if (rule == "added_restriction")
        return "put on the account: " + rights;
    if (rule == "server_wide")
        return "only accounts of the default tenant administer the server";
    if (rule == "missing")
        return "missing: " + rights;
    if (rule == "restricted")
        return "forbidden by: " + rights;
    return "needed: " + rights;
}

void print(Context& context, const json::value& answer) {
    const auto& device = answer.at("device");
    context.out << (answer.at("allowed").as_bool() ? "yes: " : "no: ")
                << text(answer.at("user"), "name") << ", " << text(answer.at("action"), "name");
    if (!device.is_null())
        context.out << ", " << text(device, "name");
    context.out << '\n';
    for (const auto& step : answer.at("steps").as_array())
        context.out << "  " << sentence(step.as_object()) << '\n';
    if (answer.at("action").at("hasOwnRules").as_bool())
        context.out << "  the command has rules of its own besides\n";
    if (const auto* consent = answer.as_object().if_contains("consent")) {
        using namespace sdk::consent;
        const bool isAsked =
            (consent->to_number<std::uint32_t>() & (kAskDesktop | kAskTerminal | kAskFiles)) != 0;
        context.out << "  the person at the device is "
                    << (isAsked                                    ? "asked first"
                        : consent->to_number<std::uint32_t>() != 0 ? "told"
                                                                   : "neither asked nor told")
                    << '\n';
    }
}

} // namespace

int why(Context& context) {
    json::object arguments{{"user", context.arguments.needWord("the user's name or id")}};
    const auto second = context.arguments.needWord("the device's name or id, or -, and the action");
    const auto third = context.arguments.needWord("the action: a command, a session or a right");
    context.arguments.finish();
    if (second != "-")
        arguments["device"] = second;
    arguments["what"] = third;
    const auto answer = context.client().call("rights.explain", arguments);
    if (context.asJson)
        context.out << json::serialize(answer) << '\n';
    else
        print(context, answer);
    return kOk;
}

} // namespace trellis::app::ctl
