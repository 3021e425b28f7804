/// Whether programs written for one OpenAPI document still work with another.
#include "core/api/http/openapi.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

namespace trellis::api {

namespace {

const json::object kNone;

const json::object& objectAt(const json::object& in, std::string_view name) {
    const auto* found = in.if_contains(name);
    return found != nullptr && found->is_object() ? found->get_object() : kNone;
}

bool holds(const json::object& in, std::string_view list, const json::value& word) {
    const auto* found = in.if_contains(list);
    return found != nullptr && found->is_array() &&
           std::find(found->get_array().begin(), found->get_array().end(), word) !=
               found->get_array().end();
}

/// Compares what is sent (arguments) or what comes back (results).
class Comparison {
public:
    Comparison(bool isSent, std::vector<std::string>& found) : isSent_(isSent), found_(found) {}

    void compare(const std::string& where, const json::object& before, const json::object& after) {
        if (after.empty() || (after.contains("description") && after.size() == 1))
            return; // takes anything
        for (const auto* same : {"type", "anyOf"})
            if (differs(before, after, same))
                say(where, "has another type");
        words(where, before, after);
        for (const auto* low : {"minimum", "minLength", "minItems"})
            bound(where, before, after, low, true);
        for (const auto* high : {"maximum", "maxLength", "maxItems"})
            bound(where, before, after, high, false);
        members(where, before, after);
        const auto& items = objectAt(after, "items");
        if (!items.empty())
            compare(where + "[]", objectAt(before, "items"), items);
    }

private:
    static bool differs(const json::object& before, const json::object& after, const char* name) {
        const auto* one = before.if_contains(name);
        const auto* other = after.if_contains(name);
        return (one == nullptr) != (other == nullptr) ||
               (one != nullptr && json::serialize(*one) != json::serialize(*other));
    }

    void words(const std::string& where, const json::object& before, const json::object& after) {
        const auto& narrow = isSent_ ? after : before;
        const auto& wide = isSent_ ? before : after;
        const auto* must = wide.if_contains("enum");
        if (must == nullptr || !narrow.contains("enum"))
            return;
        for (const auto& word : must->as_array())
            if (!holds(narrow, "enum", word))
                say(where, "has another set of words: " + json::serialize(word));
    }

    /// A bound of what is sent may not become tighter.
    void bound(const std::string& where, const json::object& before, const json::object& after,
               const char* name, bool isLow) {
        const auto* now = after.if_contains(name);
        if (!isSent_ || now == nullptr)
            return;
        const auto* once = before.if_contains(name);
        const auto number = [](const json::value& value) { return value.to_number<double>(); };
        if (once == nullptr || (isLow ? number(*now) > number(*once) : number(*now) < number(*once)))
            say(where, std::string("has a tighter ") + name);
    }

    void members(const std::string& where, const json::object& before, const json::object& after) {
        const auto& now = objectAt(after, "properties");
        for (const auto& [name, value] : objectAt(before, "properties")) {
            const auto place = where + '.' + std::string(name);
            if (!now.contains(name))
                say(place, "is gone");
            else
                compare(place, value.as_object(), now.at(name).as_object());
        }
        const auto* required = after.if_contains("required");
        if (!isSent_ || required == nullptr)
            return;
        for (const auto& name : required->as_array())
            if (!holds(before, "required", name))
                say(where + '.' + std::string(name.as_string()), "is required now");
    }

    void say(const std::string& where, const std::string& what) {
        found_.push_back(where + ' ' + what);
    }

    const bool isSent_;
    std::vector<std::string>& found_;
};

const json::object& schemaIn(const json::object& holder) {
    return objectAt(objectAt(objectAt(holder, "content"), "application/json"), "schema");
}

} // namespace

std::vector<std::string> breakingChanges(const json::object& before, const json::object& after) {
    std::vector<std::string> found;
    Comparison sent(true, found);
    Comparison received(false, found);
    const auto& now = objectAt(after, "paths");
    for (const auto& [path, value] : objectAt(before, "paths")) {
        const std::string name(path);
        const auto& once = objectAt(value.as_object(), "post");
        if (!now.contains(path)) {
            found.push_back(name + " is gone");
            continue;
        }
        const auto& other = objectAt(now.at(path).as_object(), "post");
        sent.compare(name, schemaIn(objectAt(once, "requestBody")),
                     schemaIn(objectAt(other, "requestBody")));
        received.compare(name + " ->", schemaIn(objectAt(objectAt(once, "responses"), "200")),
                         schemaIn(objectAt(objectAt(other, "responses"), "200")));
    }
    return found;
}

} // namespace trellis::api
