/// Any bytes as trellis.yaml: loaded, checked against the core's and a sample plugin's schema,
/// shown and compared with the defaults. Nothing may crash, hang or throw. `!file` is refused: no
/// folder is given, and a fuzzer must not open absolute paths, so those are cut out.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

#include "core/config/config.hpp"
#include "core/config/show.hpp"
#include "tests/golden/sample_plugins.hpp"

namespace {

using namespace trellis;

class Discard final : public std::streambuf {
protected:
    int overflow(int c) override { return c; }
};

const config::Config& defaults() {
    static const auto checked = config::check(config::Source(), golden::samplePlugins());
    return *checked.config;
}

std::string withoutFiles(std::string text) {
    for (auto at = text.find("!file"); at != std::string::npos; at = text.find("!file", at)) {
        text.replace(at, 5, "!fil_");
    }
    return text;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto plugins = golden::samplePlugins();
    const std::string text = withoutFiles({reinterpret_cast<const char*>(data), size});
    const auto source = config::loadText(text, "fuzz.yaml");
    const auto early = config::checkServer(source);
    const auto checked = config::check(source, plugins);
    (void)checked.report.text();
    if (checked.config != nullptr) {
        Discard nowhere;
        std::ostream out(&nowhere);
        config::writeYaml(*checked.config, out);
        (void)config::diff(defaults(), *checked.config);
        const auto options = checked.config->pluginOptions("mqtt");
        options->reject("rules", "no");
        (void)options->problems()[0].text();
    }
    return 0;
}
