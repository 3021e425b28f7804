/// Any bytes as a line of MeshCentral's database and as its config.json: parsed, and whatever comes
/// out made into records and into a configuration file, which has to load. Nothing may crash or
/// hang, and nothing but sdk::Error is thrown.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <trellis/sdk/error.hpp>

#include "core/config/config.hpp"
#include "core/model/limits.hpp"
#include "core/takeover/happenings.hpp"
#include "core/takeover/machines.hpp"
#include "core/takeover/nedb_line.hpp"
#include "core/takeover/options.hpp"
#include "core/takeover/people.hpp"

namespace {

using namespace trellis;

template <class Work> void tolerate(Work&& work) {
    try {
        work();
    } catch (const sdk::Error&) {
        // A reason to leave the document.
    }
}

void asRecord(boost::json::object document) {
    document.erase("passtype"); // a password in clear text costs an argon2id
    tolerate([&] {
        model::check(takeover::takeUser(document, {true, true, true, true, true}).user);
    });
    tolerate([&] { model::check(takeover::takeUserGroup(document).group); });
    tolerate([&] { model::check(takeover::takeGroup(document)); });
    tolerate([&] { model::check(takeover::takeDevice(document)); });
    tolerate([&] { (void)takeover::takeLoginToken(document); });
    tolerate([&] { (void)takeover::takeEvent(document); });
    (void)takeover::takeLastConnection(document);
    (void)takeover::takeSide(document);
    (void)takeover::takePower(document);
}

void asConfig(std::string_view text) {
    takeover::Report report;
    const auto options =
        takeover::takeOptions(takeover::parseMeshConfig(text), "a.example.org", report);
    (void)report.toJson();
    const auto yaml = takeover::yamlOf(options.values, std::string(text.substr(0, 100)));
    if (!config::checkServer(config::loadText(yaml, "trellis.yaml")).config)
        __builtin_trap(); // what is written has to load
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::string fault;
    if (auto line = takeover::parseNedbLine(text, fault))
        asRecord(std::move(line->document));
    tolerate([&] { asConfig(text); });
    return 0;
}
