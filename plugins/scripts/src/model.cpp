#include "model.hpp"

#include "json_access.hpp"

namespace scripts {
json::object toJson(const Spec& spec) {
    json::object parameters;
    for (const auto& [name, value] : spec.parameters)
        parameters[name] = value;
    json::array secrets;
    for (const auto& name : spec.secretNames)
        secrets.emplace_back(name);
    return {{"name", spec.name},
            {"interpreter", spec.interpreter},
            {"text", spec.text},
            {"as", spec.as},
            {"seconds", spec.seconds},
            {"concurrency", spec.concurrency},
            {"ttlMs", spec.ttlMs},
            {"parameters", std::move(parameters)},
            {"secretNames", std::move(secrets)},
            {"scriptId", spec.scriptId},
            {"version", spec.version},
            {"source", spec.source},
            {"depth", spec.depth}};
}

Spec specFrom(const json::object& object) {
    Spec spec;
    spec.name = textOf(object, "name");
    spec.interpreter = textOf(object, "interpreter");
    spec.text = textOf(object, "text");
    spec.as = textOf(object, "as");
    spec.seconds = numberOf(object, "seconds");
    spec.concurrency = numberOf(object, "concurrency");
    spec.ttlMs = numberOf(object, "ttlMs");
    for (const auto& [name, value] : object.at("parameters").as_object()) {
        spec.parameters[std::string(name)] = std::string(value.as_string());
    }
    for (const auto& name : object.at("secretNames").as_array())
        spec.secretNames.emplace_back(name.as_string());
    spec.scriptId = textOf(object, "scriptId");
    spec.version = numberOf(object, "version");
    spec.source = textOf(object, "source");
    spec.depth = numberOf(object, "depth");
    return spec;
}

bool isFinal(const std::string& state) {
    return state != state::kQueued && state != state::kRunning;
}

} // namespace scripts
