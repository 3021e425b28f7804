#include "parameters.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <trellis/sdk/error.hpp>

#include "json_access.hpp"

namespace scripts {

using namespace trellis::sdk;

namespace {

constexpr std::size_t kMaxValue = 16 * 1024;
constexpr std::size_t kMinSecret = 4;

[[noreturn]] void refuse(const std::string& what, const std::string& place) {
    throw Error(ErrorCode::InvalidArgument, what, place);
}

bool isNumber(const std::string& text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

/// "" when `value` fits the declared kind.
std::string misfit(const json::object& declared, const std::string& value) {
    const auto kind = textOf(declared, "kind");
    if (value.size() > kMaxValue)
        return "longer than 16 KiB";
    if (value.find('\0') != std::string::npos)
        return "has a zero byte";
    if (kind == "number" && !isNumber(value))
        return "expected a number, got \"" + value.substr(0, 40) + "\"";
    if (kind != "choice")
        return {};
    const auto* choices = declared.if_contains("choices");
    if (choices && choices->is_array()) {
        for (const auto& choice : choices->get_array()) {
            if (choice.as_string() == std::string_view(value))
                return {};
        }
    }
    return "is none of the choices";
}

void checkName(const std::string& name, const std::string& place) {
    if (!isParameterName(name))
        refuse("\"" + name + "\" can't be the name of a parameter", place);
}

void checkValue(const std::string& problem, const std::string& name, const char* where) {
    if (!problem.empty())
        refuse("parameter " + name + ": " + problem, std::string(where) + name);
}

void takeSecret(Spec& spec, const std::string& name, const std::string& value) {
    if (value.size() < kMinSecret) {
        refuse("parameter " + name + ": a secret has at least 4 characters", "/secrets/" + name);
    }
    spec.secrets[name] = value;
    spec.secretNames.push_back(name);
}

void fillDeclared(Spec& spec, const json::object& declared, const json::object& given,
                  const json::object& secrets) {
    const auto name = textOf(declared, "name");
    const bool isSecret = textOf(declared, "kind") == "secret";
    if (isSecret && given.contains(name))
        refuse("parameter " + name + " is a secret: give it in secrets", "/parameters/" + name);
    if (!isSecret && secrets.contains(name))
        refuse("parameter " + name + " is not a secret", "/secrets/" + name);
    const auto& source = isSecret ? secrets : given;
    const char* where = isSecret ? "/secrets/" : "/parameters/";
    auto value = textOf(source, name.c_str());
    if (value.empty())
        value = textOf(declared, "default");
    if (value.empty()) {
        const auto* required = declared.if_contains("required");
        if (required && required->is_bool() && required->get_bool())
            refuse("parameter " + name + " is required", where + name);
        return;
    }
    checkValue(misfit(declared, value), name, where);
    if (isSecret)
        return takeSecret(spec, name, value);
    spec.parameters[name] = value;
}

void refuseUnknown(const json::array& declared, const json::object& given, const char* where) {
    for (const auto& [name, value] : given) {
        const std::string key(name);
        const bool isKnown = std::any_of(declared.begin(), declared.end(), [&](const auto& one) {
            return textOf(one.as_object(), "name") == key;
        });
        if (!isKnown)
            refuse("the script has no parameter \"" + key + "\"", where + key);
    }
}

} // namespace

Schema parameterSchema() {
    return Schema::object()
        .prop("name", Schema::string().range(1, 64), "Name of the environment variable.")
        .prop("label", Schema::string().range(0, 120).byDefault(""), "What people read.")
        .prop("kind", Schema::oneOf({"text", "number", "choice", "secret"}).byDefault("text"),
              "What it may be.")
        .prop("default", Schema::string().range(0, 4096).byDefault(""), "Used when none is given.")
        .prop("required", Schema::boolean().byDefault(false), "Refuse to run without it.")
        .prop("choices",
              Schema::array(Schema::string().range(1, 200)).range(0, 100).byDefault(json::array()),
              "For kind choice.")
        .required({"name"});
}

bool isParameterName(std::string_view name) {
    static const std::set<std::string_view> kReserved{
        "PATH",       "HOME",       "SHELL",         "IFS",          "ENV",
        "BASH_ENV",   "SHELLOPTS",  "BASHOPTS",      "PS4",          "PROMPT_COMMAND",
        "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PSMODULEPATH", "COMSPEC",
        "WINDIR",     "SYSTEMROOT", "TEMP",          "TMP"};
    if (name.empty() || name.size() > 64 || (name[0] >= '0' && name[0] <= '9'))
        return false;
    const bool isPlain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
    });
    std::string upper(name);
    for (auto& c : upper) {
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    }
    return isPlain && !upper.starts_with("LD_") && !upper.starts_with("DYLD_") &&
           !upper.starts_with("BASH_FUNC_") && !kReserved.contains(upper);
}

void checkDeclared(const json::array& parameters) {
    std::set<std::string> names;
    for (std::size_t at = 0; at < parameters.size(); ++at) {
        const auto& declared = parameters[at].as_object();
        const auto place = "/parameters/" + std::to_string(at);
        const auto name = textOf(declared, "name");
        checkName(name, place + "/name");
        if (!names.insert(name).second)
            refuse("parameter " + name + " is given twice", place + "/name");
        const auto kind = textOf(declared, "kind");
        if (kind == "choice" && declared.at("choices").as_array().empty())
            refuse("a choice needs choices", place + "/choices");
        const auto otherwise = textOf(declared, "default");
        if (kind == "secret" && !otherwise.empty())
            refuse("a secret has no default: it would be no secret", place + "/default");
        if (otherwise.empty())
            continue;
        const auto problem = misfit(declared, otherwise);
        if (!problem.empty())
            refuse("the default of " + name + " " + problem, place + "/default");
    }
}

void fill(Spec& spec, const json::array* declared, const json::object& given,
          const json::object& secrets) {
    if (declared) {
        refuseUnknown(*declared, given, "/parameters/");
        refuseUnknown(*declared, secrets, "/secrets/");
        for (const auto& one : *declared)
            fillDeclared(spec, one.as_object(), given, secrets);
        return;
    }
    for (const auto& [name, value] : given) {
        const std::string key(name);
        checkName(key, "/parameters/" + key);
        spec.parameters[key] = std::string(value.as_string());
        checkValue(misfit({}, spec.parameters[key]), key, "/parameters/");
    }
    for (const auto& [name, value] : secrets) {
        const std::string key(name);
        checkName(key, "/secrets/" + key);
        if (given.contains(name))
            refuse("parameter " + key + " is given twice", "/secrets/" + key);
        takeSecret(spec, key, std::string(value.as_string()));
    }
}

} // namespace scripts
