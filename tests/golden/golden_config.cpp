/// Compares what the configuration and command checks say with the files beside this one.
///
///     config/NN_name.yaml         one file
///     config/NN_name/             trellis.yaml, conf.d/, data/, env (NAME=value lines), show
///     (marker:
///                                 print the configuration in effect as well)
///     schema/NN_name.json         an array of argument objects, each checked on its own
///     <the same>.expected         the exact output
///
/// and the files that are written from the schemas: docs/reference/config.md, packaging/config/*.
///
/// golden-config [--update] <folder of this file>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/config/cli.hpp"
#include "tests/golden/sample_plugins.hpp"

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace trellis;

namespace {

std::string readAll(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::map<std::string, std::string> readEnv(const fs::path& path) {
    std::map<std::string, std::string> env;
    std::istringstream lines(readAll(path));
    for (std::string line; std::getline(lines, line);) {
        const auto equals = line.find('=');
        if (equals != std::string::npos)
            env[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return env;
}

std::string configOutput(const fs::path& path) {
    config::LoadRequest request;
    const bool isFolder = fs::is_directory(path);
    request.file = isFolder ? path / "trellis.yaml" : path;
    if (isFolder) {
        request.dataDir = path / "data";
        request.environment = readEnv(path / "env");
    }
    const auto checked = config::check(config::load(request), golden::samplePlugins());
    std::ostringstream out;
    config::printCheck(request, golden::samplePlugins(), out);
    if (isFolder && fs::exists(path / "show")) {
        std::ostringstream ignored; // printCheck has said it
        config::printShow(request, golden::samplePlugins(), out, ignored);
    }
    return out.str();
}

/// The arguments of a command that has one of everything.
sdk::Schema sampleCommand() {
    using sdk::Schema;
    const auto point = Schema::object()
                           .prop("x", Schema::integer(), "Across.")
                           .prop("y", Schema::integer(), "Down.")
                           .required({"x", "y"});
    return Schema::object()
        .prop("name", Schema::string().range(1, 10), "A name.")
        .prop("count", Schema::integer().range(1, 100).byDefault(7), "How many.")
        .prop("ratio", Schema::number().range(0, 1), "A share.")
        .prop("live", Schema::boolean(), "Whether it is.")
        .prop("mode", Schema::oneOf({"fast", "slow"}), "How.")
        .prop("points", Schema::array(point).range(1, 3), "Where.")
        .prop("tags", Schema::map(Schema::string().range(0, 5)), "Free.")
        .prop("secret", Schema::string().range(8, 100).secret(), "Hidden.")
        .prop("url", Schema::string().format(sdk::Format::Url), "Link.")
        .prop("note", Schema::string().nullable(), "Text or null.")
        .prop("ids", Schema::anyOf({Schema::string(), Schema::array(Schema::string())}),
              "One or more.")
        .prop("extra", Schema::any(), "Anything.")
        .prop("wire", Schema::object().prop("action", Schema::string(), "Name.").allowUnknown(),
              "Old.")
        .required({"name"});
}

std::string schemaOutput(const fs::path& path) {
    json::parse_options options;
    options.max_depth = 100;
    std::string out;
    json::value all = json::parse(readAll(path), {}, options);
    for (json::value& value : all.as_array()) {
        std::vector<sdk::Problem> problems;
        if (sampleCommand().checkAndFill(value, problems))
            out += "ok: " + json::serialize(value) + "\n";
        for (const sdk::Problem& problem : problems) {
            static const char* const kKinds[] = {"",      "missing", "type",
                                                 "range", "unknown", "large"};
            out += std::string(kKinds[static_cast<int>(problem.kind)]) + " " +
                   (problem.pointer.empty() ? "(all)" : problem.pointer) + ": " + problem.message +
                   "\n";
        }
        out += "--\n";
    }
    return out;
}

class Runner {
public:
    explicit Runner(bool update) : update_(update) {}

    template <class Output> void folder(const fs::path& folder, const Output& output) {
        std::vector<fs::path> cases;
        for (const auto& entry : fs::directory_iterator(folder)) {
            const std::string name = entry.path().filename().string();
            const bool isCase = !name.empty() && name[0] >= '0' && name[0] <= '9';
            if (isCase && entry.path().extension() != ".expected")
                cases.push_back(entry.path());
        }
        std::sort(cases.begin(), cases.end());
        for (const fs::path& path : cases)
            one(path, output(path));
    }

    /// A file elsewhere in the sources that is written from the schemas.
    void generated(const fs::path& path, const std::string& got) {
        ++cases_;
        if (update_) {
            std::ofstream(path, std::ios::binary) << got;
            return;
        }
        if (readAll(path) == got)
            return;
        ++failed_;
        std::cout << path.string() << " is behind the schemas; run golden-config --update\n";
    }

    int finish() const {
        std::cout << cases_ << " cases, " << lines_ << " lines, " << failed_ << " wrong\n";
        return failed_ == 0 && cases_ > 0 ? 0 : 1;
    }

private:
    void one(const fs::path& path, const std::string& got) {
        ++cases_;
        lines_ += std::count(got.begin(), got.end(), '\n');
        fs::path expected = path;
        expected.replace_extension(".expected");
        if (update_) {
            std::ofstream(expected, std::ios::binary) << got;
            return;
        }
        const std::string wanted = readAll(expected);
        if (got == wanted)
            return;
        ++failed_;
        std::cout << path.string() << "\n--- expected\n" << wanted << "--- got\n" << got << "\n";
    }

    bool update_;
    int cases_ = 0;
    long lines_ = 0;
    int failed_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    const bool update = argc == 3 && std::string(argv[1]) == "--update";
    if (argc != 2 && !update) {
        std::cerr << "usage: golden-config [--update] <folder>\n";
        return 2;
    }
    fs::current_path(argv[argc - 1]); // so that the texts hold short relative names
    // Modes are not kept by every way of copying the sources.
    fs::permissions("config/secrets/good", fs::perms(0644));
    fs::permissions("config/secrets/private", fs::perms(0600));
    Runner runner(update);
    runner.folder("config", configOutput);
    runner.folder("schema", schemaOutput);
    std::ostringstream schema;
    config::printSchema({}, schema);
    runner.generated("../../docs/reference/config.md", config::referencePage({}));
    runner.generated("../../packaging/config/trellis.yaml", config::exampleFile());
    runner.generated("../../packaging/config/trellis.schema.json", schema.str());
    return runner.finish();
}
