#include "spec.hpp"

#include <trellis/sdk/error.hpp>

#include "json_access.hpp"
#include "parameters.hpp"

namespace scripts {

using namespace trellis::sdk;

namespace {

void takeText(Spec& spec, const json::object& args) {
    spec.text = textOf(args, "text");
    spec.interpreter = textOf(args, "interpreter");
    if (spec.text.empty())
        throw Error(ErrorCode::InvalidArgument, "give a script of the library or a text",
                    "/script");
    if (spec.interpreter.empty())
        throw Error(ErrorCode::InvalidArgument, "say what runs the text", "/interpreter");
    if (spec.name.empty())
        spec.name = spec.text.substr(0, spec.text.find_first_of("\r\n")).substr(0, 60);
    fill(spec, nullptr, objectOf(args, "parameters"), objectOf(args, "secrets"));
}

void takeScript(Spec& spec, Library& library, const Owner& owner, const json::object& args) {
    if (args.contains("text"))
        throw Error(ErrorCode::InvalidArgument, "give a script of the library or a text, not both",
                    "/text");
    const auto script = library.load(owner, textOf(args, "script"), numberOf(args, "version", 0));
    spec.scriptId = script.id;
    spec.version = script.version;
    spec.text = textOf(script.body, "text");
    spec.interpreter = textOf(script.body, "interpreter");
    if (spec.name.empty())
        spec.name = textOf(script.body, "name");
    fill(spec, &script.body.at("parameters").as_array(), objectOf(args, "parameters"),
         objectOf(args, "secrets"));
}

constexpr const char* kKept[] = {"script", "version",   "text",        "interpreter", "parameters",
                                 "as",     "timeout_s", "concurrency", "ttl_s",       "name"};

} // namespace

void addRunArgs(Schema& schema) {
    schema.prop("script", Schema::string().range(1, 64), "Id of a script of the library.")
        .prop("version", Schema::integer().range(1, 1'000'000), "Its version; absent: the newest.")
        .prop("text", Schema::string().range(1, 30000), "A script that is in no library.")
        .prop("interpreter", Schema::oneOf({"sh", "bash", "powershell", "cmd", "python"}),
              "What runs `text`.")
        .prop("parameters", Schema::map(Schema::string().range(0, 16384)),
              "Environment variables for the script.")
        .prop("secrets", Schema::map(Schema::string().range(0, 16384)).secret(),
              "The same for what must not be recorded anywhere.")
        .prop("as", Schema::oneOf({"agent", "user"}).byDefault("agent"),
              "Whose rights it has on the device: the agent's (root), or those of the person "
              "signed in there.")
        .prop("timeout_s", Schema::integer().range(1, 86400).unit("s").byDefault(600),
              "It is ended after this time.")
        .prop("concurrency", Schema::integer().range(1, 1000).byDefault(50),
              "Devices at the same time.")
        .prop("ttl_s", Schema::integer().range(0, 90 * 86400).unit("s").byDefault(0),
              "How long devices that are offline are waited for; 0: not at all.")
        .prop("name", Schema::string().range(0, 120).format(Format::Line), "A name for the job.");
}

json::object runArgsOf(const json::object& args) {
    json::object kept;
    for (const auto* name : kKept) {
        if (const auto* value = args.if_contains(name))
            kept[name] = *value;
    }
    return kept;
}

Spec prepare(Library& library, const Limits& limits, const Owner& owner, const json::object& args) {
    Spec spec;
    spec.name = textOf(args, "name");
    if (args.contains("script")) {
        takeScript(spec, library, owner, args);
    } else {
        takeText(spec, args);
    }
    spec.as = textOf(args, "as");
    spec.seconds = numberOf(args, "timeout_s", 600);
    spec.concurrency = numberOf(args, "concurrency", 50);
    spec.ttlMs = numberOf(args, "ttl_s", 0) * 1000;
    spec.source = "user";
    if (spec.ttlMs > limits.maxTtlHours * 3'600'000) {
        throw Error(ErrorCode::InvalidArgument,
                    "devices are waited for at most " + std::to_string(limits.maxTtlHours) +
                        " hours",
                    "/ttl_s");
    }
    return spec;
}

} // namespace scripts
